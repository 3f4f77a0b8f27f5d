"""docs/install-pi.md says what is so: its commands exist, its paths are those of the code, its answers can be read."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from assistant.cli.main import app
from assistant.cli.setup import read_answers
from assistant.setup.questions import Trials, questions
from assistant.setup.steps import PROGRAM, STATE, USER
from config.load import CREDENTIALS_FOLDER, SYSTEM_FILE

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "install-pi.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
OURS = [line for line in LINES if re.search(r"(^|/| )assistant (?!-e)[a-z]", line) and "systemctl" not in line]


@pytest.mark.parametrize("line", OURS)
def test_each_of_its_commands_is_one_with_these_options(line: str) -> None:
    words = shlex.split(line)
    at = max(number for number, word in enumerate(words) if word in {"assistant", str(PROGRAM)})
    command = typer.main.get_command(app)
    arguments = words[at + 1 :]
    context = command.make_context("assistant", arguments, resilient_parsing=False)
    name, sub, rest = command.resolve_command(context, arguments)  # type: ignore[attr-defined]
    assert name in TEXT and sub.make_context(name, rest, parent=context) is not None


def test_there_are_all_the_commands_of_the_way() -> None:
    told = " ".join(OURS)
    for command in ("setup", "install --apply", "doctor", "models pull", "ask"):
        assert f"assistant {command}" in told


@pytest.mark.parametrize("path", [PROGRAM.parents[2], STATE, SYSTEM_FILE, SYSTEM_FILE.parent / CREDENTIALS_FOLDER])
def test_its_paths_are_those_of_the_code(path: Path) -> None:
    assert str(path) in TEXT
    assert f"sudo -u {USER} " in TEXT


def test_its_answers_are_answers(tmp_path: Path) -> None:
    (piece,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    form = tmp_path / "answers.toml"
    form.write_text(piece)
    assert len(read_answers(form, [one.name for one in questions(Trials(), zone=None)])) == 5


def test_no_folder_is_copied_whole() -> None:
    """One in which `make demo` was run has a .venv, and the copy's programs would be those of the home directory."""
    assert not re.search(r"^(sudo )?cp -r", TEXT, re.MULTILINE)


def test_what_it_points_at_is_there() -> None:
    for name in re.findall(r"\]\(([\w.-]+)\)", TEXT):
        assert (ROOT / "docs" / name).is_file(), name
    assert (ROOT / "systemd" / "assistant.service").is_file() and (ROOT / "constraints.txt").is_file()
