"""docs/architecture.md is true: every place in it is there, and nothing of the code's large parts is missing."""

import ast
import re
from pathlib import Path

import pytest
from docs_pages import cells_of, sections_of
from test_structure import MODULES, PACKAGES, ROOT

from assistant.state_dir import LOCK_NAME, SOCKET_NAME, StateDir

TEXT = (ROOT / "docs" / "architecture.md").read_text()
SECTIONS = sections_of(TEXT)


def test_every_path_and_module_that_it_names_is_there() -> None:
    paths = set(re.findall(r"`([\w/]+/[\w/]+\.py)`", TEXT))
    assert len(paths) > 60
    assert sorted(path for path in paths if not (ROOT / path).is_file()) == []
    dotted = set(re.findall(rf"\b(?:{'|'.join(PACKAGES)})\.[a-z_]+(?!\w|\.)", SECTIONS["The picture"]))
    dotted -= {one for one in dotted if one.endswith(".sqlite3")}
    assert len(dotted) > 10 and sorted(dotted - set(MODULES)) == []


def test_every_other_page_that_it_points_to_is_there() -> None:
    linked = re.findall(r"\]\(([\w-]+\.md)\)", TEXT)
    assert linked and all((ROOT / "docs" / one).is_file() for one in linked)


def test_no_package_of_the_code_is_missing_and_none_is_made_up() -> None:
    packages = {
        str(file.parent.relative_to(ROOT)) for package in PACKAGES for file in (ROOT / package).rglob("__init__.py")
    }
    assert {row[0].strip("`") for row in cells_of(SECTIONS["The rooms"])} == packages


def test_whatever_starts_a_thread_or_a_process_in_the_daemon_is_told() -> None:
    starters = {"Thread", "ThreadPoolExecutor", "Popen"}
    found = set()
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in starters:
                    found.add(module.replace(".", "/") + ".py")
    beside = {one for one in found if one.startswith(("assistant/cli", "assistant/demo", "assistant/eval"))}
    beside.add("assistant/turns/replay.py")  # of `assistant audit replay`
    told = " ".join(" ".join(row) for row in cells_of(SECTIONS["Processes and threads"]))
    assert sorted(one for one in found - beside if one not in told) == []


def test_every_file_of_the_state_directory_is_told(tmp_path: Path) -> None:
    state = StateDir(tmp_path)
    names = {name for name, value in vars(StateDir).items() if isinstance(value, property)}
    files = {getattr(state, name).name for name in names} | {LOCK_NAME, SOCKET_NAME}
    assert {name for row in cells_of(SECTIONS["Files on disk"]) for name in re.findall(r"`([^`]+)`", row[0])} == files


@pytest.mark.parametrize("name", ["`Gate.recover`", "`ToolCall`", "`Utterance`"])
def test_what_it_calls_by_name_is_called_so(name: str) -> None:
    assert name in TEXT
    own, _, method = name.strip("`").partition(".")
    defined = [
        node
        for tree in MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == own
    ]
    assert defined
    parts = {getattr(part, "name", None) for one in defined for part in one.body}
    assert not method or method in parts
