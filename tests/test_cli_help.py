"""`assistant --help` and all below it, as somebody reads it who has never seen the program."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from assistant.cli.main import PANELS, app

ROOT: Any = typer.main.get_command(app)


def _below(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield words, command
    for name, one in getattr(command, "commands", {}).items():
        yield from _below((*words, name), one)


EVERY = dict(_below((), ROOT))


def test_every_command_is_in_a_panel_in_the_order_of_the_way_through_it() -> None:
    text = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).output
    places = [text.index(panel) for panel in PANELS]
    assert places == sorted(places) and "─ Commands ─" not in text
    for panel, commands in PANELS.items():
        listed = [text.index(f"│ {name} ", text.index(panel)) for name in commands]
        assert listed == sorted(listed), panel


@pytest.mark.parametrize("words", list(EVERY)[1:], ids=" ".join)
def test_every_command_says_in_a_sentence_what_it_is_for_and_what_each_option_does(words: tuple[str, ...]) -> None:
    command = EVERY[words]
    first = str(command.help).split("\n\n")[0]
    assert first[0].isupper() and first.endswith(".") and len(first) <= 90, first
    for option in command.params:
        assert option.help and option.help[0].isupper() and option.help.endswith((".", '"')), option.name


def test_every_example_in_them_is_a_command_with_these_options() -> None:
    texts = [text for command in EVERY.values() for text in str(command.help).split("\n\n")]
    examples = [found for text in texts for found in re.findall(r": assistant (.+?)(?:\. |\.?$)", text)]
    assert len(examples) >= 12
    for example in examples:
        _understood(ROOT, shlex.split(example), None)


def _understood(command: Any, words: list[str], parent: Any) -> None:
    """Raises where the words are no command with its arguments and options."""
    context = command.make_context("assistant", list(words), parent=parent)
    if hasattr(command, "commands"):
        _, below, rest = command.resolve_command(context, words)
        _understood(below, rest, context)


def test_help_loads_nothing_of_what_the_commands_need() -> None:
    """What takes the time of a start is what is imported; benchmarks/start.py measures the rest."""
    code = (
        "import sys; from assistant.cli.main import app; from typer.testing import CliRunner;"
        "CliRunner().invoke(app, ['--help']);"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"numpy", "pydantic", "sqlite3", "paho", "openai", "hassil", "apscheduler", "jinja2", "sounddevice"}
    assert not heavy & set(loaded)
