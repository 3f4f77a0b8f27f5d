"""docs/devices.md, executed: its recording, its house file, and every command whose output it shows."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.house_file import HouseFileError
from sensors.arrange import arrange, load_house_file
from sensors.capture import message_of
from sensors.clock import now_ms
from sensors.dialects.home_assistant import HomeAssistant
from sensors.questions import Questions
from sensors.store import StoreWriter
from tools.names import find_rooms, find_series

PAGE = Path(__file__).parent.parent / "docs" / "devices.md"
_FENCE = re.compile(r"^( *)```([a-z]+(?: [a-z]+)?)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    """The fenced blocks of one kind, in their order, without the indentation of a list."""
    found = _FENCE.findall(PAGE.read_text())
    return [re.sub(f"^{indent}", "", text, flags=re.MULTILINE) for indent, sort, text in found if sort == kind]


def sessions() -> list[tuple[str, list[str]]]:
    """Each command with the lines that the page shows below it."""
    return [(lines[0].removeprefix("$ assistant "), lines[1:]) for lines in map(str.splitlines, blocks("console"))]


def squeezed(line: str) -> str:
    return " ".join(line.split())


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with the page's recording, its settings, and a database in which all of it was recorded just now."""
    (tmp_path / "capture.jsonl").write_text(blocks("jsonl")[0])
    (tmp_path / "assistant.toml").write_text("")

    async def record() -> None:
        dialect = HomeAssistant()
        async with StoreWriter(tmp_path / "readings.sqlite3") as writer:
            for line in blocks("jsonl")[0].encode().splitlines():
                decoded = dialect.decode(message_of(line, received_ms=now_ms() - 120_000))
                assert decoded is not None and decoded.refusals == ()
                await writer.write([decoded])

    asyncio.run(record())
    return tmp_path


def run(folder: Path, command: str) -> tuple[int, list[str]]:
    """Exit code, and what it prints with the folder called as the page calls it."""
    surroundings = {
        **os.environ,
        "ASSISTANT_CONFIG": str(folder / "assistant.toml"),
        "ASSISTANT_STORE__STATE_DIR": str(folder),
    }
    done = subprocess.run(
        [sys.executable, "-m", "assistant", *command.split()],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    text = (done.stdout + done.stderr).replace(str(folder), "~/.config/assistant")
    return done.returncode, [line.rstrip() for line in text.rstrip().splitlines()]


def test_what_each_command_prints_is_what_the_page_shows(house: Path) -> None:
    before, after, wrong, hints, explained = sessions()
    for (command, lines), file in ((before, ""), (after, blocks("toml")[0]), (hints, ""), (explained, "")):
        (house / "house.toml").write_text(file)
        code, printed = run(house, command)
        assert code == 0, printed
        assert list(map(squeezed, printed)) == list(map(squeezed, lines)), command
    (house / "house.toml").write_text(blocks("toml wrong")[0])
    code, printed = run(house, wrong[0])
    assert code == 2 and printed[-1:] == wrong[1]


async def test_the_house_file_of_the_page_does_what_the_page_says(house: Path) -> None:
    (house / "house.toml").write_text(blocks("toml")[0])
    file = load_house_file(house / "house.toml")
    async with Questions(house / "readings.sqlite3") as questions:
        found = arrange(await questions.house(), file)
    assert found.warnings == ()
    assert (
        find_rooms(found.house, "downstairs")
        == ("Kitchen", "Cellar")
        == (*find_rooms(found.house, "kitchen"), *find_rooms(found.house, "basement"))
    )
    lights = find_series(found.house, "lights upstairs", lambda entity, aspect: bool(entity.commands))
    assert [item.entity.name for item in lights] == ["Reading lamp"]
    thermometers = find_series(found.house, "downstairs", lambda _, aspect: aspect.quantity == "temperature")
    assert {item.entity.room for item in thermometers} == {"Kitchen", "Cellar"}
    with pytest.raises(HouseFileError, match="line 2"):
        (house / "house.toml").write_text(blocks("toml wrong")[0])
        load_house_file(house / "house.toml")


def test_what_the_hints_print_can_be_pasted(house: Path) -> None:
    _, printed = run(house, "house edit-hints")
    (house / "house.toml").write_text("\n".join(printed))
    assert load_house_file(house / "house.toml").entries.devices["Bedroom plug"].room == "Bedroom"


@pytest.mark.parametrize("command", [line for block in blocks("sh") for line in block.splitlines()])
def test_every_other_command_of_the_page_has_the_options_that_it_names(command: str) -> None:
    [call] = re.findall(r"assistant ([a-z-]+)", command)
    help_text = subprocess.run(
        [sys.executable, "-m", "assistant", call, "--help"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    for option in re.findall(r" (--[a-z-]+)", command.split("assistant ")[1]):
        assert option in help_text
