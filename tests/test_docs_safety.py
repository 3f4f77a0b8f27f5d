"""docs/safety.md is true as far as that can be looked up: each promise names code and tests that there are."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from test_structure import ROOT

TEXT = (ROOT / "docs" / "safety.md").read_text()
PROMISED, _, NOT_PROMISED = TEXT.partition("## What is not promised")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PROMISED.splitlines()
    if line.startswith("| ") and not line.startswith(("| promise", "|---"))
]


@cache
def promises_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:60] for row in ROWS])
def test_each_promise_names_code_and_tests_that_there_are(row: list[str]) -> None:
    promise, code, held = row
    assert promise.endswith(".")
    files = re.findall(r"`([^`]+)`", code)
    assert files and [one for one in files if not (ROOT / one).is_file()] == []
    path, named = "", re.findall(r"`([^`]+)`", held)
    assert named
    for one in named:
        file, separator, function = one.partition("::")
        path = file or path
        assert separator and function in promises_in(path), one


def test_what_the_house_promises_is_all_there_and_so_is_what_it_does_not() -> None:
    assert len(ROWS) > 50
    told = {file for row in ROWS for file in re.findall(r"`([^`]+)`", row[1])}
    guards = {
        "gate",
        "executor",
        "tiers",
        "pin",
        "consent",
        "call",
        "proposals",
        "roles",
        "audit",
        "switch",
        "sanitise",
    }
    assert {f"tools/{name}.py" for name in guards} | {"sensors/guard.py", "assistant/model/ground.py"} <= told
    assert len(re.findall(r"^- ", NOT_PROMISED, re.MULTILINE)) >= 6


def test_each_file_and_page_that_it_points_to_is_there() -> None:
    paths = re.findall(r"`((?:tests|benchmarks)/[\w/]+\.py)`", TEXT) + [
        f"docs/{page}" for page in re.findall(r"\]\(([\w-]+\.md)\)", TEXT)
    ]
    assert paths and [one for one in paths if not Path(ROOT / one).is_file()] == []


def test_the_table_of_the_readme_has_nothing_that_is_missing_here() -> None:
    readme = (ROOT / "README.md").read_text().partition("## What it promises")[2].partition("\n## ")[0]
    code = set(re.findall(r"`((?:assistant|sensors|tools)/[\w/]+\.py)`", readme))
    assert sorted(one for one in code if f"`{one}`" not in TEXT) == []
