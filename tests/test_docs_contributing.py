"""docs/contributing.md is true: its commands and pages are there, and each example is run by the test that it names."""

import re

import pytest
from test_structure import LONGEST_MODULE, PACKAGES, ROOT

TEXT = (ROOT / "docs" / "contributing.md").read_text()
ADDED = re.findall(r"\[([\w-]+\.md)\]\([\w-]+\.md\) \| `(tests/\w+\.py)`", TEXT)


def test_every_page_and_file_that_it_names_is_there() -> None:
    pages = {f"docs/{page}" for page in re.findall(r"\]\(([\w-]+\.md)\)", TEXT)}
    files = set(re.findall(r"`?((?:tests|tools|config|benchmarks)/[\w/]*(?:\.py)?)", TEXT))
    assert len(pages) >= 7 and [one for one in pages | files if not (ROOT / one).exists()] == []


def test_there_is_a_page_for_each_thing_that_can_be_added() -> None:
    assert {page for page, _ in ADDED} == {file.name for file in (ROOT / "docs").glob("adding-*.md")}


@pytest.mark.parametrize(("page", "test"), ADDED)
def test_the_test_takes_its_example_from_the_page(page: str, test: str) -> None:
    assert page in (ROOT / test).read_text() and "```" in (ROOT / "docs" / page).read_text()


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)", TEXT, re.MULTILINE))
def test_the_make_targets_are_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_kinds_of_tests_that_it_names_are_there() -> None:
    kinds = re.findall(r"`(test_\w+_)\*`", TEXT)
    assert len(kinds) >= 7 and all(list((ROOT / "tests").glob(f"{kind}*.py")) for kind in kinds)


def test_its_rules_are_those_that_are_held() -> None:
    assert f"at most {LONGEST_MODULE} lines" in TEXT
    assert ", ".join(f"`{one}`" for one in reversed(PACKAGES)) in TEXT
