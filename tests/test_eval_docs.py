"""docs/eval.md, executed: its house, its cases and its table; and that it names every key and kind that there is."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.main import app
from assistant.eval.cases import Case, Expect
from assistant.eval.house import DeviceEntry, RoomEntry
from tools.arguments import ARGUMENTS

PAGE = (Path(__file__).parent.parent / "docs" / "eval.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def example(tmp_path: Path) -> list[str]:
    (tmp_path / "house.json").write_text(block("json"), encoding="utf-8")
    (tmp_path / "cases.jsonl").write_text(block("jsonl"), encoding="utf-8")
    return ["eval", str(tmp_path / "cases.jsonl"), "--house", str(tmp_path / "house.json")]


def test_the_example_comes_out_as_the_page_says(example: list[str]) -> None:
    done = CliRunner().invoke(app, example)
    assert done.exit_code == 0, done.output
    # How long a turn takes differs from machine to machine.
    shown, page = (
        [line.rstrip() for line in text.splitlines() if not line.startswith("a turn took")]
        for text in (done.output, block("text"))
    )
    assert shown == page


def test_the_example_in_numbers(example: list[str]) -> None:
    done = CliRunner().invoke(app, [*example, "--json"])
    told = json.loads(done.output)
    assert (told["cases"], told["passed"], told["failures"], told["score"]) == (8, 8, [], 1.0)
    assert (told["no_call_cases"], told["false_accepts"], told["false_accepts_that_act"]) == (2, 0, 0)
    for key in told:
        assert f"`{key}`" in PAGE


def test_the_page_names_every_key_and_every_tool() -> None:
    keys = {*Case.model_fields, *Expect.model_fields, *RoomEntry.model_fields, *DeviceEntry.model_fields, *ARGUMENTS}
    assert [key for key in keys - {"line", "available"} if f"`{key}`" not in PAGE] == []
