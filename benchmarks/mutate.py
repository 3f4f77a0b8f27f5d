"""Breaks the gate, the guard and the validation a line at a time: python benchmarks/mutate.py [MODULE...] [--sample N]

Each mutant is one small change: a comparison turned round, a condition taken as true or as false, a statement left
out, a result dropped. The module's own tests must fail on it. What survives is printed with its line; what cannot be
told from the original is listed in EQUIVALENT with the reason. Exit code 1 where anything else survives. Takes an hour.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).parent.parent
SECONDS = 120
"""After which a mutant counts as killed: the tests hang on it."""

_GATE = (
    *("test_gate_to_the_letter.py", "test_gate_asking.py", "test_tools_gate.py", "test_turns_gate.py"),
    "test_gate_model.py",
)
_CALLS = ("test_tools_calls.py", "test_tools_parsing.py", "test_tools_suggestions.py", "test_one_way.py")
TESTS: dict[str, tuple[str, ...]] = {
    "tools/gate.py": (*_GATE, "test_roles.py"),
    "tools/executor.py": (*_GATE, "test_tools_kinds.py", "test_control_words.py"),
    "tools/proposals.py": (*_GATE, "test_house_state.py"),
    "tools/consent.py": ("test_tools_consent.py", *_GATE),
    "tools/tiers.py": ("test_tools_tiers.py", "test_gate_asking.py"),
    "tools/pin.py": ("test_tools_pin.py", "test_gate_to_the_letter.py", "test_gate_asking.py"),
    "tools/patience.py": ("test_tools_patience.py", "test_gate_asking.py"),
    "tools/roles.py": ("test_roles.py",),
    "tools/limits.py": ("test_tools_limits.py",),
    "tools/switch.py": ("test_roles.py",),
    "tools/chain.py": ("test_tools_chain.py", "test_tools_audit.py"),
    "tools/call.py": (*_CALLS, "test_tools_cache.py"),
    "tools/parsing.py": ("test_tools_parsing.py", *_CALLS),
    "sensors/guard.py": ("test_sensors_guard.py", "test_guard_to_the_letter.py"),
}
"""By module: the tests that must notice, the likeliest first."""

EQUIVALENT: dict[str, str] = {
    "tools/tiers.py: True is False": "zip(strict=True) over two lists of which one was made from the other",
    "tools/gate.py: 0 is 1": "locked for more than a second, just after the try that locked it for 900",
    "sensors/guard.py: 1000 is 1001": "instructions between two looks at the clock",
    "sensors/guard.py: 11 is 12": "how long the self-test's statement would run if it were not stopped",
    "sensors/guard.py: time.monotonic() > self.at_seconds turned": "at the very moment of the deadline",
    "tools/pin.py: if len(digits) != self.length is False": "it only saves the work of a hash that could not be right",
    "tools/limits.py: 1000 is 1001": "a bound of the memory; a thousand and one are as good",
    "tools/proposals.py: False is True": "json.dumps(ensure_ascii=False): the same names, written otherwise",
    "tools/proposals.py: without connection.execute('CREATE INDEX proposal_state ON proposal (state, changed_ms)')": (
        "an index answers sooner, and nothing else"
    ),
}
"""`module: change` to why nobody could tell it from the original; without the line, which moves."""

_TURNED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    module: str
    line: int
    change: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.module}:{self.line}: {self.change}"

    @property
    def kind(self) -> str:
        return f"{self.module}: {self.change}"


def mutants(module: str) -> Iterator[Mutant]:
    tree = ast.parse((ROOT / module).read_text())
    places = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
    spared = _spared(tree)
    for number, node in enumerate(places):
        for change, mutate in _changes(node) if node not in spared else ():
            changed = copy.deepcopy(tree)
            target = [one for one in ast.walk(changed) if hasattr(one, "lineno")][number]
            mutate(target)
            yield Mutant(module=module, line=node.lineno, change=change, source=ast.unparse(changed))


def _spared(tree: ast.AST) -> set[ast.AST]:
    """What only says how something is written: decorators, annotations, and words for the log."""
    spared: set[ast.AST] = set()
    for node in ast.walk(tree):
        said = [*getattr(node, "decorator_list", ()), getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.Expr) and ast.unparse(node).startswith("_LOG."):
            said.append(node)
        spared |= {inner for one in said if one is not None for inner in ast.walk(one)}
    return spared


def _changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    match node:
        case ast.Compare(ops=[op, *_]) if type(op) in _TURNED:
            yield f"{ast.unparse(node)} turned", lambda one: one.ops.__setitem__(0, _TURNED[type(one.ops[0])]())
        case ast.BoolOp():
            yield f"{ast.unparse(node)} with the other word", _other_word
        case ast.UnaryOp(op=ast.Not()):
            yield f"{ast.unparse(node)} without its not", _without_not
        case ast.If() | ast.IfExp() | ast.While():
            for value in (True, False):
                yield f"if {ast.unparse(node.test)} is {value}", _tested(value)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield f"return {ast.unparse(value)} returns nothing", lambda one: setattr(one, "value", ast.Constant(None))
        case ast.Constant(value=bool() | int() as value):
            other = not value if isinstance(value, bool) else value + 1
            yield f"{value} is {other}", lambda one: setattr(one, "value", other)
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Delete() | ast.Raise():
            yield f"without {ast.unparse(node)}", _left_out


def _other_word(node: ast.BoolOp) -> None:
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _without_not(node: ast.UnaryOp) -> None:
    node.op, node.operand = ast.Not(), ast.UnaryOp(op=ast.Not(), operand=node.operand)


def _tested(value: bool) -> object:
    return lambda node: setattr(node, "test", ast.Constant(value))


def _left_out(node: ast.stmt) -> None:
    """In place, so that what holds the statement needs no finding."""
    line = node.lineno
    node.__class__ = ast.Pass
    node.__dict__ = {"lineno": line, "col_offset": 0}


class Copies:
    """Copies of the project, one for each worker."""

    def __init__(self, count: int, folder: Path) -> None:
        self._free: Queue[Path] = Queue()
        for number in range(count):
            place = folder / str(number)
            shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*cache"))
            self._free.put(place)

    def survives(self, mutant: Mutant) -> bool:
        place = self._free.get()
        file = place / mutant.module
        original = file.read_text()
        try:
            file.write_text(mutant.source)
            return _passes(place, TESTS[mutant.module])
        finally:
            file.write_text(original)
            self._free.put(place)


def _passes(place: Path, tests: tuple[str, ...]) -> bool:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "--hypothesis-seed=0",
        *(f"tests/{one}" for one in tests),
    ]
    environment = os.environ | {"PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(TESTS))
    parser.add_argument("--sample", type=int, help="only so many of each module, chosen by chance")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    chance = random.Random(0)
    left = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.workers) as workers:
        copies = Copies(asked.workers, Path(folder))
        for module in asked.modules:
            every = list(mutants(module))
            chosen = chance.sample(every, min(asked.sample, len(every))) if asked.sample else every
            lived = [
                mutant for mutant, alive in zip(chosen, workers.map(copies.survives, chosen), strict=True) if alive
            ]
            unexplained = [mutant for mutant in lived if mutant.kind not in EQUIVALENT]
            left += len(unexplained)
            killed = len(chosen) - len(lived)
            sys.stdout.write(f"{module}: {len(chosen)} mutants, {killed} killed, {len(unexplained)} unexplained\n")
            sys.stdout.writelines(f"  {mutant.name}\n" for mutant in unexplained)
            sys.stdout.flush()
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
