"""`assistant forget` and `assistant export`: what is asked for is gone, backups too; what is written was stored."""

import asyncio
import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes_tools import NOON_MS, contact, sensor
from typer.testing import CliRunner

from assistant.build import open_assistant
from assistant.cli.main import app
from assistant.state_dir import StateDir
from assistant.values import Utterance
from config.settings import Settings
from sensors.decoded import Decoded, Definition
from sensors.reading import Quantity, Reading, SeriesKey
from sensors.reckoning import DAY_MS, HOUR_MS
from sensors.store import StoreWriter

ROOM = sensor("Bedroom", Quantity.TEMPERATURE, "celsius")
ANNA = contact("Hallway", "Anna", Quantity.PRESENCE)
MIDNIGHT = NOON_MS // DAY_MS * DAY_MS
TODAY = datetime.fromtimestamp(MIDNIGHT / 1000, UTC).date()


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_HOUSE__TIME_ZONE", "UTC")
    monkeypatch.setenv("ASSISTANT_MQTT__ENABLED", "false")
    monkeypatch.setenv("ASSISTANT_VOICE__ENABLED", "false")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    asyncio.run(served(folder))
    return folder


async def served(folder: Path) -> None:
    """A house that devices reported to, and somebody spoke to."""
    async with StoreWriter(folder / "readings.sqlite3") as store:
        definitions = tuple(Definition(entity=one, dialect="t", topic=one.id, payload=b"{}") for one in (ROOM, ANNA))
        found = []
        for hour in range(-24, 24):
            at_ms = MIDNIGHT + hour * HOUR_MS + 60_000
            found.append(Reading(key=SeriesKey(entity_id=ROOM.id), at_ms=at_ms, value=20 + hour / 10))
            state = "present" if hour % 2 else "away"
            found.append(Reading(key=SeriesKey(entity_id=ANNA.id), at_ms=at_ms, value=state))
        await store.write([Decoded(definitions=definitions, readings=tuple(found))])
    settings = Settings.model_validate({"mqtt": {"enabled": False}, "voice": {"enabled": False}})
    async with open_assistant(settings, folder) as assistant:
        asker = assistant.typist(None)
        for said in ("how is my zanzibar today", "tell me when Anna comes home"):
            await assistant.turns.hear(Utterance(text=said, asker=asker))


def run(state: Path, *words: str, given: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words, "--state-dir", str(state)], input=given)
    return done.exit_code, done.output


def exported(state: Path, *words: str) -> list[dict[str, str]]:
    done = CliRunner().invoke(app, ["export", *words, "--state-dir", str(state)])
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_readings_are_written_as_a_table(state: Path, tmp_path: Path) -> None:
    rows = exported(state)
    assert len(rows) == 96
    warm = [row for row in rows if row["id"] == ROOM.id]
    assert warm[0] == {
        "time": f"{datetime.fromtimestamp(MIDNIGHT / 1000 - 86_340, UTC).isoformat(timespec='milliseconds')}",
        "id": ROOM.id,
        "aspect": "state",
        "name": "Bedroom temperature",
        "room": "Bedroom",
        "quantity": "temperature",
        "value": "17.6",
        "unit": "celsius",
    }
    assert len(exported(state, "anna", "--from", str(TODAY))) == 24
    assert len(exported(state, "--to", "2001-01-01")) == 0
    code, said = run(state, "export", "--output", str(tmp_path / "out.csv"))
    assert code == 0 and "96 readings" in said
    assert len(list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))) == 96


def test_a_day_is_forgotten_with_the_backups_that_hold_it(state: Path) -> None:
    assert run(state, "backup")[0] == 0
    copies = list((state / "backups").glob("readings-*"))
    assert copies
    code, said = run(state, "forget", "day", str(TODAY), given="n\n")
    assert code == 1 and len(exported(state)) == 96 and str(copies[0]) in said
    code, said = run(state, "forget", "day", str(TODAY), given="y\n")
    assert code == 0 and "48 readings of 2 series are gone" in said and "assistant forget speech" in said
    assert all(row["time"] < str(TODAY) for row in exported(state))
    assert not any(copy.exists() for copy in copies)


def test_a_person_is_forgotten(state: Path) -> None:
    code, said = run(state, "forget", "device", "Anna", "--yes")
    assert code == 0 and "48 readings of 1 series are gone" in said
    assert {row["id"] for row in exported(state)} == {ROOM.id}


def test_what_was_said_is_forgotten_and_the_chain_still_holds(state: Path) -> None:
    assert "zanzibar" in run(state, "audit", "list")[1]
    assert run(state, "backup")[0] == 0
    code, _ = run(state, "forget", "speech", "--yes")
    assert code == 0
    assert "zanzibar" not in run(state, "audit", "list")[1]
    assert run(state, "audit", "verify")[0] == 0
    for file in state.rglob("*"):
        if file.is_file():
            assert b"zanzibar" not in file.read_bytes(), file


def test_a_watch_that_was_set_comes_out_the_same_when_its_turn_is_taken_again(state: Path) -> None:
    assert "call set_watch" in run(state, "audit", "show")[1]
    code, said = run(state, "audit", "replay")
    assert code == 0 and "come out the same" in said


def test_everything_is_forgotten(state: Path) -> None:
    assert run(state, "backup")[0] == 0
    (state / "models").mkdir()
    (state / "models" / "voice.onnx").write_text("heavy")
    assert run(state, "forget", "everything", "--yes")[0] == 0
    left = sorted(str(one.relative_to(state)) for one in state.rglob("*") if one.is_file())
    assert left == ["assistant.lock", "models/voice.onnx"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["forget", "day", "yesterday", "--yes"], "write it as 2026-11-03"),
        (["forget", "day", "2026-11-03", "--until", "2026-11-01", "--yes"], "name the earlier day first"),
        (["forget", "device", "Ghost", "--yes"], "nothing is called 'Ghost'"),
        (["export", "Ghost"], "nothing is called 'Ghost'"),
    ],
)
def test_what_is_not_understood_is_said_and_changes_nothing(state: Path, words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, [*words, "--state-dir", str(state)])
    assert done.exit_code != 0 and said in f"{done.output}{done.exception}"
    assert len(exported(state)) == 96


def test_while_an_assistant_runs_nothing_is_deleted(state: Path) -> None:
    with StateDir(state):
        done = CliRunner().invoke(app, ["forget", "everything", "--yes", "--state-dir", str(state)])
        assert done.exit_code != 0 and "already running" in f"{done.output}{done.exception}"
        assert len(exported(state)) == 96


def test_the_page_on_privacy_names_every_file_and_commands_that_there_are(state: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "privacy.md").read_text()
    files = {one.name for one in state.iterdir()} - {"assistant.lock"}
    of_databases = {name for name in files if name.endswith(("-wal", "-shm"))}
    assert [name for name in sorted(files - of_databases) if name not in page] == []
    for words in re.findall(r"`assistant (forget \w+)", page):
        assert CliRunner().invoke(app, [*words.split(), "--help"]).exit_code == 0, words
