"""docs/audio.md, held against the product: its messages, its settings, its commands and the files that it shows."""

import ast
import ctypes
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from fakes_sound_server import LOUDSPEAKER, MICROPHONE, SoundServer, require_sound_server

from config.settings import VoiceSettings

PAGE = Path(__file__).parent.parent / "docs" / "audio.md"
CODE = Path(__file__).parent.parent / "assistant"
_FENCE = re.compile(r"^```([a-z]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for sort, text in _FENCE.findall(PAGE.read_text()) if sort == kind]


def messages() -> list[str]:
    """The first column of the table at the end."""
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return [row[0].removeprefix("| ") for row in rows if len(row) == 3][1:]


def sentences() -> set[str]:
    """Everything that the code holds as text, with "…" in the place of what differs."""
    found = set()
    for path in [*CODE.glob("voice/*.py"), *CODE.glob("cli/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                found.add("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.sub(r"\{[a-z_:.0-9]+\}|%[sd]", "…", node.value))
    return found


SAID = sentences()


@pytest.mark.parametrize("message", messages())
def test_every_message_that_is_explained_is_one_that_the_product_says(message: str) -> None:
    head, _, rest = message.partition("…: ")
    whole = [message] if not rest else [f"{head}…", rest]
    assert all(any(part in sentence for sentence in SAID) for part in whole)


def test_there_are_as_many_as_the_page_promises() -> None:
    assert len(messages()) >= 20 and len(set(messages())) == len(messages())


def test_its_settings_are_settings() -> None:
    for block in blocks("toml"):
        VoiceSettings.model_validate(tomllib.loads(block)["voice"])
    named = set(re.findall(r"`(input_[a-z]+|output_[a-z]+)`", PAGE.read_text()))
    assert named <= set(VoiceSettings.model_fields)


def test_its_alsa_files_are_read_by_alsa(tmp_path: Path) -> None:
    """By the library itself, which needs no sound card for that."""
    require_sound_server()
    alsa = ctypes.CDLL("libasound.so.2")
    for number, block in enumerate(blocks("alsa")):
        path = tmp_path / f"{number}.conf"
        path.write_text(block)
        top, source = ctypes.c_void_p(), ctypes.c_void_p()
        assert alsa.snd_config_top(ctypes.byref(top)) == 0
        assert alsa.snd_input_stdio_open(ctypes.byref(source), str(path).encode(), b"r") == 0
        assert alsa.snd_config_load(top, source) == 0, block
        alsa.snd_input_close(source)
        alsa.snd_config_delete(top)


def test_its_modules_are_loaded_by_a_sound_server_and_its_session_reads_as_the_command_prints() -> None:
    require_sound_server()
    with SoundServer() as server:
        for line in blocks("pulse")[0].splitlines():
            # The first two of a machine with one card are its masters; here they are named.
            name, *rest = line.split()
            masters = [f"source_master={MICROPHONE}.monitor", f"sink_master={LOUDSPEAKER}"]
            server.control(name, *rest, *(masters if name == "load-module" else []))
        assert server.control("get-default-source") == "quiet_microphone"
        assert server.control("get-default-sink") == "heard_speaker"
    with SoundServer() as server:
        server.load("module-loopback", f"source={LOUDSPEAKER}.monitor", f"sink={MICROPHONE}", "latency_msec=20")
        command, *shown = blocks("console")[0].splitlines()
        program = [sys.executable, "-m", *command.removeprefix("$ ").split()]
        printed = subprocess.run(program, env=server.environment, capture_output=True, text=True, timeout=40).stdout
    assert [_masked(line) for line in printed.splitlines()] == [_masked(line) for line in shown]


def _masked(line: str) -> str:
    return re.sub(r"-?[\d.]+", "N", line)


def test_every_command_of_the_page_is_one() -> None:
    from typer.main import get_command

    from assistant.cli.main import app

    commands = get_command(app).commands  # type: ignore[attr-defined]
    for words in set(re.findall(r"`assistant ([a-z]+)(?: ([a-z]+)\b)?", PAGE.read_text())):
        assert words[0] in commands, words
        if words[0] in {"audio", "models"} and words[1]:
            assert words[1] in commands[words[0]].commands, words
