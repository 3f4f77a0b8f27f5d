"""`assistant status --records`: what it says that the next night deletes is what the next night deletes."""

import json
import random
import shutil
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes_sensors import BEDROOM, DOOR, HOUR_MS, reading, rows_of
from typer.testing import CliRunner

from assistant.build import open_assistant
from assistant.cli.main import app
from assistant.schedule import deleting_hour, next_night
from assistant.values import Utterance
from config.load import load_settings
from sensors.backup import Backups, Keep, stamp
from sensors.kept import kept_readings
from sensors.reading import Reading, SeriesKey
from sensors.reckoning import DAY_MS
from sensors.retention import Retention, cuts_at
from sensors.rollups import Rollups
from sensors.salvage import readings_holding
from sensors.store import StoreWriter
from tools.audit import Audit, Event
from tools.audit_ageing import AuditAgeing
from tools.audit_reading import AuditReader

KINDS = ("numbers", "hours", "states", "days")
NIGHT_MS = 60 * DAY_MS + 4 * HOUR_MS


def history(dice: random.Random) -> list[Reading]:
    """Sixty days of some series: regular, with holes, and silent for long; numbers and states."""
    found = []
    for number in range(3):
        first, last = sorted(dice.sample(range(60), 2))
        for hour in range(first * 24, last * 24, dice.randint(1, 30)):
            at_ms = hour * HOUR_MS + dice.randint(0, HOUR_MS - 1)
            found.append(reading(SeriesKey(entity_id=f"{BEDROOM.entity_id}{number}"), at_ms, 20.0 + hour % 7))
            door = SeriesKey(entity_id=f"{DOOR.entity_id}{number}")
            found.append(reading(door, at_ms, dice.choice(["open", "closed"])))
    return found


@pytest.mark.parametrize("seed", range(5))
async def test_what_the_next_night_deletes_of_the_readings_is_known_before_it(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    path = tmp_path / "readings.sqlite3"
    keep_raw, keep_rollups = dice.randint(7, 30), dice.randint(7, 50)

    def rows() -> dict[str, int]:
        return {kind: int(str(rows_of(path, f"SELECT count(*) FROM {kind}")[0][0])) for kind in KINDS}

    async with StoreWriter(path) as writer:
        await writer.backfill(history(dice))
        assert await Rollups(writer.database).run_once()
        before = rows()
        told = await kept_readings(path, cuts_at(NIGHT_MS, keep_raw_days=keep_raw, keep_rollups_days=keep_rollups))
        assert {kind: kept.rows for kind, kept in told.items()} == before
        retention = Retention(writer.database, keep_raw_days=keep_raw, keep_rollups_days=keep_rollups, rows_per_step=40)
        while not await retention.run_once(NIGHT_MS):
            pass
        after = rows()
    assert {kind: kept.going for kind, kept in told.items()} == {kind: before[kind] - after[kind] for kind in KINDS}
    assert sum(kept.going for kept in told.values()) > 0


async def test_what_the_next_night_deletes_of_the_audit_is_known_before_it(tmp_path: Path) -> None:
    path, now_ms = tmp_path / "audit.sqlite3", 0
    async with Audit(path, clock_ms=lambda: now_ms) as audit:
        for day in range(20):
            now_ms = day * DAY_MS
            await audit.append(Event.TOLD, {"day": day})
        with closing(AuditReader(path)) as reader:
            rows, oldest_ms, going = reader.kept(now_ms - 7 * DAY_MS)
        assert (rows, oldest_ms) == (20, 0)
        await AuditAgeing(audit, path, tmp_path / "head", keep_days=7, clock_ms=lambda: now_ms).delete_old()
    # One more tells of it.
    assert rows_of(path, "SELECT count(*) FROM record") == [(rows - going + 1,)] and going == 12


@pytest.mark.parametrize("keep", [Keep(days=3, weeks=2), Keep(days=1, weeks=0), Keep(days=7, weeks=4)])
async def test_which_backups_the_next_night_deletes_is_known_before_it(tmp_path: Path, keep: Keep) -> None:
    path, folder = tmp_path / "readings.sqlite3", tmp_path / "backups"
    async with StoreWriter(path):
        pass
    folder.mkdir()
    for day in range(0, 40, 2):
        shutil.copy(path, folder / f"readings-{stamp(NIGHT_MS - day * DAY_MS)}.sqlite3")
    backups = Backups(readings_holding(path), folder)
    told = backups.going(keep, NIGHT_MS + DAY_MS)
    shutil.copy(path, folder / f"readings-{stamp(NIGHT_MS + DAY_MS)}.sqlite3")
    assert backups.prune(keep) == told != []


def test_the_next_night_is_tonight_or_tomorrows() -> None:
    evening = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
    assert next_night(evening, 3) == datetime(2026, 11, 22, 3, 17, tzinfo=UTC)
    assert next_night(evening + timedelta(hours=4), 3) == datetime(2026, 11, 22, 3, 17, tzinfo=UTC)
    assert next_night(evening, deleting_hour(22)) == datetime(2026, 11, 21, 23, 17, tzinfo=UTC)
    assert deleting_hour(23) == 0


async def test_it_is_told_in_a_table_and_as_json_while_an_assistant_runs(tmp_path: Path) -> None:
    config, folder = tmp_path / "assistant.toml", tmp_path / "state"
    config.write_text(
        f'[house]\ntime_zone = "UTC"\n[store]\nstate_dir = "{folder}"\nkeep_raw_days = 30\n[voice]\nenabled = false\n'
        "[mqtt]\nenabled = false\n"
    )
    told: list[str] = []

    def asked() -> None:
        for options in ((), ("--json",)):
            done = CliRunner().invoke(app, ["status", "--records", *options, "--config", str(config)])
            assert done.exit_code == 0, done.output
            told.append(done.output)

    async with open_assistant(load_settings(config).settings, folder) as assistant:
        await assistant.turns.hear(Utterance(text="how is my zanzibar", asker=assistant.typist(None)))
        await assistant.upkeep.back_up()
        thread = threading.Thread(target=asked)
        thread.start()
        while thread.is_alive():
            reply = await assistant.turns.hear(Utterance(text="hello", asker=assistant.typist(None)))
            assert reply.text
        thread.join()
    text, as_json = told
    assert (
        "What is too old is deleted" in text and "30 days" in text and "3,650 days" in text and "zanzibar" not in text
    )
    found = {one["what"]: one for one in json.loads(as_json)["records"]}
    assert found["what was said and done"]["rows"] >= 1 and found["backups of audit"]["rows"] == 1
    assert len(found) == 10 and all(one["size_bytes"] != 0 for one in found.values() if one["rows"])
