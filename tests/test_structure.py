"""The shape of the code: imports run one way, each library has one importer, and there is one door to a device."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from sys import stdlib_module_names

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("config", "sensors", "tools", "assistant")
SHARED_LIBRARIES = {"pydantic", "typer", "rich", "numpy"}
"""Used as a language is: to declare data, commands, tables and arrays."""
LONGEST_MODULE = 400
LONGEST_FUNCTION = 80

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_text())
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere in it, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("name", MODULES)
def test_imports_run_only_downwards(name: str) -> None:
    floor = PACKAGES.index(name.split(".")[0])
    above = {one for one in imported(MODULES[name]) if one.split(".")[0] in PACKAGES[floor + 1 :]}
    assert not above


def test_no_circle_leads_from_a_room_of_the_assistant_back_into_it() -> None:
    """A room is a package or a module of `assistant`; `turns` stands on `sentences`, never the other way."""

    def room(name: str) -> str:
        return ".".join(name.split(".")[:2])

    beneath = defaultdict(set)
    for name, tree in MODULES.items():
        if name.startswith("assistant."):
            ours = {room(one) for one in imported(tree) if one in MODULES and one.startswith("assistant.")}
            beneath[room(name)] |= ours - {room(name)}
    TopologicalSorter(beneath).prepare()


def test_each_library_is_imported_by_one_module() -> None:
    importers = defaultdict(set)
    for name, tree in MODULES.items():
        for one in imported(tree):
            top = one.split(".")[0]
            if top not in {*PACKAGES, *stdlib_module_names, *SHARED_LIBRARIES}:
                importers[top].add(name)
    assert {library: names for library, names in importers.items() if len(names) > 1} == {}


def test_no_module_and_no_function_is_too_long_to_read() -> None:
    for name, tree in MODULES.items():
        path = ROOT / (name.replace(".", "/") + ".py")
        if path.is_file():
            assert len(path.read_text().splitlines()) <= LONGEST_MODULE, name
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{name}.{node.name}"


def calls(name: str) -> set[str]:
    """The modules in which something called `name` is called."""
    found = set()
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                found.add(module)
    return found


def test_tasks_are_started_in_one_place() -> None:
    assert calls("create_task") | calls("ensure_future") == {"assistant.app"}


def test_only_the_gate_publishes_to_the_house() -> None:
    """The broker's own module calls its library; the simulated house is the other side of the wire; and what was
    spoken goes to a topic that is no device's (tests/test_spoken_topic.py)."""
    publishers = calls("publish") | calls("_publish")
    assert publishers == {"sensors.broker", "tools.executor", "assistant.demo.house", "sensors.spoken_topic"}


def test_publish_is_handed_to_the_gate_and_to_nobody_else() -> None:
    handed = {
        module
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "publish" and isinstance(node.ctx, ast.Load)
    }
    # The one of the spoken topic is its own broker's, and is called there and then.
    assert handed <= {"sensors.broker", "assistant.build", "assistant.demo.house", "sensors.spoken_topic"}
    source = (ROOT / "assistant" / "build.py").read_text()
    assert source.count(".publish") == 1 and "gate_of(settings, stores, broker.publish" in source


def test_only_the_desk_runs_a_tool() -> None:
    runners = {
        module
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Await)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == "run"
        and isinstance(node.value.func.value, ast.Name)
        and node.value.func.value.id == "tool"
    }
    assert runners == {"tools.call"}


def test_no_planner_can_reach_the_writer_or_the_broker() -> None:
    for name, tree in MODULES.items():
        if name.startswith(("assistant.model", "assistant.sentences", "tools.")) or name == "assistant.turns.turn":
            reached = set(imported(tree))
            assert "sensors.store" not in reached, name
            assert not any(one.startswith("sensors.broker.Broker") and one.endswith("Broker") for one in reached), name
