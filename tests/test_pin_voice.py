"""The front door by ear with a PIN: real speech, the real recogniser, and digits that stay nowhere."""

import asyncio
import logging
from pathlib import Path

import pytest
from pydantic import SecretStr
from test_clarify_voice import in_the_office

from config.asking import Ask, ConfirmSettings
from tools.pin import hash_pin

WITH_PIN = ConfirmSettings(entry=Ask.PIN, pin_hash=SecretStr(hash_pin("2846")))


@pytest.mark.parametrize(
    ("digits", "answer", "sent"),
    [
        ("two eight four six", "The front door is now unlocked.", [("cmd/lock.front_door", b"UNLOCK")]),
        ("nine one nine one", "That is not the PIN, so I did nothing.", []),
        ("no", "Okay, not done.", []),
    ],
)
async def test_the_door_opens_by_its_name_and_the_right_digits(
    tmp_path: Path, digits: str, answer: str, sent: list[tuple[str, bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    lines = ("okay nabu. please unlock the front door", "yes, front door", digits)
    async with in_the_office(tmp_path, *lines, confirm=WITH_PIN) as (person, home, _):
        async with asyncio.timeout(20):
            await person.done.wait()
        asked, wanted, came = (said for _, said in person.talk)
        assert asked.endswith("Say: yes, front door, and then the PIN.")
        assert wanted == "Now the PIN, please."
        assert came == answer and home.devices.sent == sent
    files = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()).decode(errors="replace")
    for kept in ("two eight four six", "2 8 4 6", "nine one nine one", "9 1 9 1"):
        assert kept not in files and kept not in caplog.text
