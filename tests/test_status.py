"""`assistant status` tells what is so, of a running assistant and without one, and changes nothing."""

import asyncio
import json
import os
import re
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes_operations import FACTS, SAY, as_nobody
from real_daemon import announce
from real_mosquitto import Mosquitto
from real_peer import publish
from typer.testing import CliRunner, Result

from assistant.app import running
from assistant.build import Assistant, open_assistant
from assistant.cli.main import app
from assistant.cli.screen import size
from assistant.cli.status import RUNS, RUNS_NOT, UNKNOWN, code_of, rows_of
from assistant.cli.status_facts import facts_of
from assistant.console import Console
from assistant.health import health_of
from assistant.values import Utterance
from assistant.vitals.watchdog import Watchdog
from config.load import load_settings
from sensors.clock import now_ms


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "assistant.toml"
    folder = tmp_path / "state"
    file.write_text(
        f'[house]\ntime_zone = "UTC"\n[store]\nstate_dir = "{folder}"\n[voice]\nenabled = false\n'
        "[mqtt]\nenabled = false\n"
    )
    return file


def with_broker(config: Path, port: int) -> None:
    config.write_text(config.read_text().replace("[mqtt]\nenabled = false", f"[mqtt]\nport = {port}"))


@asynccontextmanager
async def served(config: Path) -> AsyncIterator[Assistant]:
    """An assistant with its socket, as the daemon has it."""
    settings, listening, started_ms = load_settings(config).settings, asyncio.Event(), now_ms()
    async with open_assistant(settings, config.parent / "state") as assistant:
        console = Console(
            assistant.turns,
            assistant.approvals,
            assistant.state.place_socket(),
            asker=assistant.typist,
            ready=listening.set,
            health=lambda: health_of(assistant, None, None, Watchdog([]), started_ms=started_ms),
        )
        loops = {"console": console.run()}
        if assistant.ingest is not None:
            loops["ingest"] = assistant.ingest.run()
        async with running(**loops):
            await listening.wait()
            yield assistant


def asked(config: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["status", "--config", str(config), *options])


def flat(done: Result) -> str:
    return " ".join(done.output.split())


async def counted(assistant: Assistant, what: str) -> None:
    """Until something of that has come in."""
    assert assistant.ingest is not None
    async with asyncio.timeout(20):
        while not assistant.ingest.counts[what]:  # noqa: ASYNC110 - ingest has no event for it
            await asyncio.sleep(0.05)


def rows(facts: Mapping[str, Any]) -> dict[str, str]:
    return dict(rows_of(facts, SAY))


def test_where_none_ever_ran_it_says_how_to_start_one_and_makes_nothing(config: Path) -> None:
    done = asked(config)
    assert done.exit_code == RUNS_NOT == 3
    assert re.search(r"not running on .*; start it: (sudo systemctl start assistant|assistant run)", flat(done))
    assert not (config.parent / "state").exists()


async def test_a_running_one_is_told_on_a_screen_and_as_json(config: Path, mosquitto: Mosquitto) -> None:
    with_broker(config, mosquitto.port)
    announce(mosquitto.port)
    async with served(config) as assistant:
        await counted(assistant, "readings")
        publish(mosquitto.port, "home/bedroom", "warm as zanzibar")
        for said in ("set a timer for ten minutes", "is it cosy in zanzibar", "tell me when the bedroom is above 25"):
            await assistant.turns.hear(Utterance(text=said, asker=assistant.typist(None)))
        assistant.watch.notices.begin("x", "something should be known")
        await counted(assistant, "refused.not_a_number")
        facts = await facts_of(config, None)
        done = await asyncio.to_thread(asked, config)
        as_json = await asyncio.to_thread(asked, config, "--json")
    told = rows(facts)
    assert re.match(r"running since today at [\d:]+, version \S+, process \d+$", told["assistant"])
    assert told["broker"].startswith(f"connected to 127.0.0.1:{mosquitto.port} since today at")
    assert told["readings"] == "1 stored within the last minute, the newest just now"
    assert told["house"] == "1 entity of 1 device" and told["set"].startswith("1 timer, 1 watch; the next t")
    assert told["today"] == "3 turns, 1 without an answer" and told["acting"] == "on; nothing waits"
    assert told["refused"].startswith("1 kept (not_a_number 1)") and "readings" in told["disk"]
    assert done.exit_code == RUNS == 0 and "! something should be known" in done.output
    assert len(done.output.splitlines()) <= 24 and "zanzibar" not in done.output + as_json.output
    assert json.loads(as_json.output)["house"] == facts["house"]


async def test_what_the_files_tell_is_told_without_one_too(config: Path) -> None:
    async with served(config) as assistant:
        await assistant.turns.hear(Utterance(text="set an alarm for seven", asker=assistant.typist(None)))
        await assistant.upkeep.back_up()
        while_it_ran = rows(await facts_of(config, None))
    facts = await facts_of(config, None)
    told = rows(facts)
    same = ("set", "today", "refused", "backups", "house")
    assert {key: told[key] for key in same} == {key: while_it_ran[key] for key in same}
    assert told["set"].startswith("1 alarm") and told["backups"].startswith("of readings, audit, house today at")
    assert not facts["running"] and told["broker"] == "switched off in the settings"


async def test_one_that_does_not_answer_is_neither_running_nor_not(config: Path) -> None:
    (config.parent / "state").mkdir()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(never, config.parent / "state" / "control.sock"):
        facts = await facts_of(config, None, answer_seconds=0.1)
    assert code_of(facts) == UNKNOWN == 4
    told = rows(facts)
    assert "does not answer within 0.1 seconds" in told["assistant"] and told["acting"] == "on"


async def test_a_part_that_cannot_be_looked_at_is_told_and_hides_no_other(config: Path) -> None:
    async with served(config):
        pass
    state = config.parent / "state"
    (state / "audit.sqlite3").write_bytes(b"no database at all " * 100)
    connection = sqlite3.connect(state / "house.sqlite3")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    told = rows(await facts_of(config, None))
    assert told["today"].startswith("cannot be looked at: ") and "older version" in told["set"]
    assert told["house"] == "0 entities of 0 devices" and "free" in told["disk"]


def test_whoever_may_not_look_into_the_folder_is_told_so_once() -> None:
    with tempfile.TemporaryDirectory() as place:
        config, state = Path(place) / "assistant.toml", Path(place) / "state"
        config.write_text(f'[store]\nstate_dir = "{state}"\n')
        state.mkdir(mode=0o000 if os.geteuid() else 0o700)
        with as_nobody(Path(place)):
            done = asked(config)
        state.chmod(0o700)
    assert done.exit_code == UNKNOWN
    assert "may not look into it; run it with sudo" in flat(done) and flat(done).count("may not") == 1


async def test_it_only_reads(config: Path) -> None:
    async with served(config) as assistant:
        await assistant.turns.hear(Utterance(text="hello", asker=assistant.typist(None)))
    files = sorted(one for one in (config.parent / "state").iterdir() if one.suffix == ".sqlite3")
    before = [one.read_bytes() for one in files]
    await facts_of(config, None)
    assert [one.read_bytes() for one in files] == before


@pytest.mark.parametrize(
    ("row", "part", "told"),
    [
        ("broker", {}, "no connection since on 1 January 1970 at 0:00: nothing listens at h:1"),
        ("readings", {}, "cannot be stored: the disk is full, the newest"),
        ("house", {}, "3 entities of 2 devices; 1 with a low battery, 2 cannot be reached"),
        ("voice", {}, "speaks"),
        (
            "voice",
            {"voice": {"doing": "waiting", "problem": None, "notice": "No Whisper."}},
            "waits for the wake word. No",
        ),
        (
            "voice",
            {"voice": {"doing": "waiting", "problem": "It is muted", "notice": None}},
            "hears nothing: It is muted",
        ),
        ("voice", {"voice": {"doing": None, "problem": None, "notice": "No voice: x."}}, "off: No voice: x."),
        ("model", {}, "m at a:1: failed, rests until 0:00; n at b:1: well"),
        ("acting", {}, "on; 1 waits for a yes: `assistant approve`"),
        ("acting", {"acting": {"on": False, "allowed": True, "waiting": 0}}, "off; `assistant acting on`"),
        ("acting", {"acting": {"on": False, "allowed": False, "waiting": 0}}, "off, in the settings"),
        ("set", {}, "2 watches"),
        ("today", {}, "1 turn, 0 without an answer; 1,200 tokens, cost 0.0123"),
        ("refused", {}, "nothing"),
        ("backups", {}, "none yet of readings: `assistant backup`"),
        ("backups", {"backups": None}, "switched off in the settings"),
        ("disk", {}, "12 GB of 32 GB free; readings 1.8 MB"),
    ],
)
def test_each_part_is_a_line_that_a_person_understands(row: str, part: Mapping[str, Any], told: str) -> None:
    assert rows({**FACTS, **part})[row].startswith(told)


def test_sizes_are_as_people_read_them() -> None:
    assert [size(count) for count in (64_000, 400_000, 9_800_000, 180_000_000)] == [
        "64 kB",
        "400 kB",
        "9.8 MB",
        "180 MB",
    ]
