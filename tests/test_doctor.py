"""The doctor in houses that are really broken: the fault is named and so is what to do, and nothing else is blamed."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes_databases import leaf_pages, overwrite
from fakes_endpoints import Nature, endpoint_like
from fakes_house import sensor
from fakes_model import ScriptedEndpoint
from fakes_operations import as_nobody
from fakes_sensors import HOUR_MS, MINUTE_MS, definition, reading, store_with
from fakes_sound_server import SoundServer, require_sound_server
from real_daemon import announce, eventually, running
from real_mosquitto import Mosquitto, free_port
from real_peer import publish
from test_sensors_broker_tls import authority as authority  # a fixture
from test_sensors_broker_tls import serving, with_certificate

from assistant.cli.doctor import examine
from assistant.doctor.clock import clock, time_zone
from assistant.doctor.disk import space
from assistant.doctor.finding import Finding, State, told
from assistant.doctor.rounds import rounds
from assistant.doctor.running import assistant
from assistant.doctor.sound import as_told as heard_of
from assistant.doctor.sound import level
from assistant.doctor.speech import as_told as engines_of
from assistant.doctor.speech import engines
from assistant.doctor.trial import tried
from assistant.doctor.unit import open_files
from assistant.model.card import Cards
from assistant.model.endpoint import Endpoint
from assistant.model.probe import Probe
from assistant.state_dir import StateDir
from assistant.voice.store import ModelStore
from config.model import EndpointSettings
from config.settings import VoiceSettings
from sensors.backup import stamp
from sensors.clock import now_ms
from sensors.decoded import Decoded
from sensors.reading import Quantity, SeriesKey

# After a handshake that failed paho leaves it to the garbage collector to close the socket.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

QUIET = "[voice]\nenabled = false\n"
NO_BROKER = f"{QUIET}[mqtt]\nenabled = false\n"
ROOMS = ("Kitchen", "Hall", "Attic")
UNIT = Path(__file__).parent.parent / "systemd" / "assistant.service"


class House:
    """Settings and a state folder, as a person has them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config, self.state, self.root = folder / "assistant.toml", folder / "state", folder / "root"
        self.state.mkdir(mode=0o700)
        self.settings(NO_BROKER)

    def settings(self, text: str) -> None:
        self.config.write_text(text)

    async def record(self, *, ago_ms: int = MINUTE_MS, gone: str | None = None, battery: float = 80.0) -> None:
        """Three sensors that said something so long ago."""
        sensors = [sensor(room, f"{room} temperature", Quantity.TEMPERATURE) for room in ROOMS]
        low = sensor("Hall", "Hall battery", Quantity.BATTERY)
        said = [reading(SeriesKey(entity_id=one.id), now_ms() - ago_ms, 20.0) for one in sensors]
        said.append(reading(SeriesKey(entity_id=low.id), now_ms() - ago_ms, battery))
        known = [definition(one, topic=f"homeassistant/sensor/{one.id}/config") for one in (*sensors, low)]
        async with store_with(self.state / "readings.sqlite3", said, *known) as (writer, _):
            await writer.write([Decoded(availability={one.id: False for one in sensors if one.room == gone})])

    async def findings(self) -> list[Finding]:
        return [one async for one in rounds(self.config, self.state, root=self.root)]

    async def found(self, part: str, state: State) -> Finding:
        """The one finding of that part in that state, which names a fault and a fix unless all is well."""
        all_of_them = await self.findings()
        (one,) = [each for each in all_of_them if each.part.startswith(part) and each.state is state] or [None]
        assert one is not None, all_of_them
        assert one.found and "\n" not in one.found and (one.state is State.OK or one.fix), one
        return one


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


# The broker.


async def test_a_closed_port(house: House) -> None:
    port = free_port()
    house.settings(f"{QUIET}[mqtt]\nport = {port}\n")
    one = await house.found("broker", State.BROKEN)
    assert one.found == f"nothing listens at 127.0.0.1:{port}" and "mqtt.port" in one.fix


async def test_a_wrong_password(house: House, tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    command = ["mosquitto_passwd", "-b", "-c", str(passwords), "house", "secret"]
    if shutil.which(command[0]) is None:
        pytest.skip("mosquitto_passwd is not here")
    subprocess.run(command, check=True, capture_output=True)  # noqa: ASYNC221 - nothing else runs yet
    passwords.chmod(0o644)
    with serving(tmp_path, "allow_anonymous false", f"password_file {passwords}") as server:
        house.settings(f'{QUIET}[mqtt]\nport = {server.port}\nusername = "house"\npassword = "guess"\n')
        one = await house.found("broker", State.BROKEN)
        assert "refused the user name or password" in one.found and "mqtt.password" in one.fix
        assert "guess" not in repr(one)
        house.settings(f'{QUIET}[mqtt]\nport = {server.port}\nusername = "house"\npassword = "secret"\n')
        assert "as 'house', without TLS" in (await house.found("broker", State.OK)).found


async def test_a_certificate_of_another_authority(house: House, tmp_path: Path, authority: Path) -> None:
    with serving(tmp_path, *with_certificate(authority, "right")) as server:
        house.settings(
            f'{QUIET}[mqtt]\nhost = "localhost"\nport = {server.port}\ntls = true\nca_file = "{authority}/other.crt"\n'
        )
        one = await house.found("broker", State.BROKEN)
        assert "is not trusted" in one.found and one.fix == "set mqtt.ca_file"


async def test_a_certificate_authority_that_is_not_there(house: House) -> None:
    house.settings(f'{QUIET}[mqtt]\ntls = true\nca_file = "/nowhere/ca.crt"\n')
    one = await house.found("broker", State.BROKEN)
    assert one.found == "mqtt.ca_file /nowhere/ca.crt cannot be read (No such file or directory)"
    assert one.fix == "name the authority's certificate, in PEM"


async def test_tls_towards_a_plain_port(house: House, mosquitto: Mosquitto) -> None:
    house.settings(f"{QUIET}[mqtt]\nport = {mosquitto.port}\ntls = true\n")
    one = await house.found("broker", State.BROKEN)
    assert "mqtt.tls" in one.fix


async def test_something_else_at_the_port(house: House) -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read(100)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

    async with await asyncio.start_server(web, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        house.settings(f"{QUIET}[mqtt]\nport = {port}\n")
        assert "does not speak MQTT" in (await house.found("broker", State.BROKEN)).found


async def test_nothing_announces_itself_and_what_does_is_seen(house: House, mosquitto: Mosquitto) -> None:
    house.settings(f"{QUIET}[mqtt]\nport = {mosquitto.port}\n")
    await house.record(ago_ms=0)
    shutil.rmtree(house.state)
    house.state.mkdir(mode=0o700)
    one = await house.found("discovery", State.DEGRADED)
    assert "nothing is announced below homeassistant/" in one.found and "assistant capture" in one.fix
    announce(mosquitto.port)
    assert "1 things are announced" in (await house.found("discovery", State.DEGRADED)).found


# The records.


async def test_a_corrupt_database(house: House) -> None:
    await house.record()
    path = house.state / "readings.sqlite3"
    overwrite(path, leaf_pages(path, "series"))
    one = await house.found("database", State.BROKEN)
    assert str(path) in one.found and "restores the newest backup" in one.fix


async def test_a_file_that_is_no_database(house: House) -> None:
    (house.state / "readings.sqlite3").write_bytes(b"readings\n" * 100)
    assert "does not begin like a database" in (await house.found("database", State.BROKEN)).found


async def test_a_database_that_root_left_behind(house: House) -> None:
    await house.record()
    if os.geteuid() == 0:
        os.chown(house.state, 65_534, 65_534)
        one = await house.found("database", State.BROKEN)
        assert "belongs to another user" in one.found and "sudo chown" in one.fix


async def test_a_folder_that_cannot_be_written() -> None:
    with tempfile.TemporaryDirectory() as place:
        house = House(Path(place))
        house.state.chmod(0o555)
        with as_nobody(Path(place)):
            one = await house.found("state folder", State.BROKEN)
    assert str(house.state) in one.found and one.fix


async def test_a_folder_that_this_user_may_not_look_into() -> None:
    with tempfile.TemporaryDirectory() as place:
        house = House(Path(place))
        house.state.chmod(0o000 if os.geteuid() else 0o700)
        with as_nobody(Path(place)):
            one = await house.found("state folder", State.BROKEN)
        house.state.chmod(0o700)
    assert "may not look into it" in one.found and "sudo" in one.fix


async def test_a_folder_that_others_can_look_into(house: House) -> None:
    house.state.chmod(0o755)
    assert (await house.found("state folder", State.DEGRADED)).fix == f"run: chmod 700 {house.state}"


async def test_a_full_disk(house: House) -> None:
    with small_disk(house.state) as mounted:
        if mounted:
            (house.state / "film").write_bytes(bytes(900_000))
            with suppress(OSError):
                (house.state / "rest").write_bytes(bytes(1_000_000))
            assert "nothing more can be stored" in (await house.found("disk", State.BROKEN)).found
    assert space(house.state, 5_000_000, 32_000_000_000).state is State.BROKEN
    low = space(house.state, 150_000_000, 32_000_000_000)
    assert low.state is State.DEGRADED and "keep_raw_days" in low.fix


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A megabyte in memory, mounted there; False where this user may not mount."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", str(folder)], check=True)


async def test_a_backup_that_is_too_old_and_one_that_was_never_made(house: House) -> None:
    await house.record()
    one = await house.found("backups", State.DEGRADED)
    assert "no backup of readings" in one.found and "assistant backup" in one.fix
    (house.state / "backups").mkdir()
    old = house.state / "backups" / f"readings-{stamp(now_ms() - 9 * 24 * HOUR_MS)}.sqlite3"
    shutil.copy(house.state / "readings.sqlite3", old)
    assert "9 days old" in (await house.found("backups", State.DEGRADED)).found


# Settings and secrets.


async def test_a_misspelt_setting_and_an_unknown_zone(house: House) -> None:
    house.settings('[mqtt]\nhsot = "x"\n')
    one = await house.found("settings", State.BROKEN)
    assert '"hsot"' in one.found and 'did you mean "host"' in one.fix
    house.settings('[house]\ntime_zone = "Mars/Phobos"\n')
    one = await house.found("settings", State.BROKEN)
    assert "Mars/Phobos" in one.found and "Europe/Berlin" in one.fix


async def test_a_secret_that_others_can_read(house: House) -> None:
    house.settings(f'{NO_BROKER}password = "hunter2"\n')
    house.config.chmod(0o644)
    one = await house.found("secrets", State.DEGRADED)
    assert one.fix == f"run: chmod 600 {house.config}"
    assert "hunter2" not in repr(one)
    house.config.chmod(0o600)
    assert (await house.found("secrets", State.OK)).found


async def test_a_house_file_with_a_mistake(house: House) -> None:
    await house.record()
    (house.folder / "house.toml").write_text('[rooms.Kitchen]\nalias = ["cook"]\n')
    assert "alias" in (await house.found("house file", State.BROKEN)).found


# Time.


async def test_a_clock_that_is_behind_what_was_recorded(house: House) -> None:
    await house.record(ago_ms=-3 * 24 * HOUR_MS)
    one = await house.found("clock", State.BROKEN)
    assert "3 days ahead" in one.found and "set-ntp" in one.fix


def test_a_clock_that_was_never_set_and_one_that_nobody_keeps() -> None:
    assert "has not been set" in clock(1_000_000, None, set_by_network=None).found
    assert clock(now_ms(), now_ms(), set_by_network=False).state is State.DEGRADED
    assert clock(now_ms(), now_ms(), set_by_network=True).state is State.OK


def test_a_machine_without_a_time_zone() -> None:
    assert time_zone(None, None).state is State.BROKEN
    assert "house.time_zone" in time_zone(None, "Etc/UTC").fix
    assert time_zone("Europe/Berlin", None).state is State.OK


# Devices.


async def test_devices_that_say_nothing_any_more(house: House) -> None:
    await house.record(ago_ms=30 * HOUR_MS)
    one = await house.found("devices", State.BROKEN)
    assert "not one of 4 entities" in one.found and "bridge" in one.fix


async def test_a_device_that_cannot_be_reached_and_one_with_a_low_battery(house: House) -> None:
    await house.record(gone="Attic", battery=5.0)
    faults = [one for one in await house.findings() if one.part == "devices"]
    assert [one.found for one in faults] == [
        "Attic temperature: cannot be reached",
        "Hall battery: low battery",
    ]
    assert all(one.state is State.DEGRADED for one in faults)


# Speech and sound.


async def test_a_model_whose_bytes_are_not_its_own(house: House) -> None:
    folder = house.state / "models" / "base"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"half of it")
    one = await house.found("models", State.BROKEN)
    assert "base is damaged: " in one.found and "assistant models pull base" in one.fix


def test_a_model_that_is_named_and_missing_and_a_language_that_nothing_understands(house: House) -> None:
    store = ModelStore(house.state / "models")
    *_, transcriber, _voice = engines(VoiceSettings(transcriber="base"), "en", store)
    assert transcriber.state is State.DEGRADED and "base" in transcriber.found
    assert "assistant models pull" in transcriber.fix
    wake_word, _, transcriber, voice = engines(VoiceSettings(), "de", store)
    assert transcriber.state is State.DEGRADED and "English only" in transcriber.found
    assert "assistant models pull base" in transcriber.fix
    assert wake_word.state is voice.state is State.OK


async def test_no_sound_card_and_sound_settings_that_break_the_library(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.settings("[mqtt]\nenabled = false\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(house.folder / "asound.conf"))
    one = await house.found("microphone", State.BROKEN)
    assert "sound library" in one.found and "/etc/asound.conf" in one.fix
    if not Path("/proc/asound/cards").exists():
        monkeypatch.delenv("ALSA_CONFIG_PATH")
        one = await house.found("microphone", State.BROKEN)
        assert "There is no microphone" in one.found and "arecord -l" in one.fix


def test_the_command_prints_a_table_or_json_and_its_code_is_that_of_the_worst(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-m", "assistant", "doctor", "--json", "--config", str(house.config)]
    environment = os.environ | {"STATE_DIRECTORY": str(house.state)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["worst"], done.stderr) == (1, "degraded", "")
    assert set(answer["findings"][0]) == {"part", "state", "found", "fix"}
    house.settings('[mqtt]\nhsot = "x"\n')
    assert examine(as_json=False, config=house.config, state_dir=house.state) == 2
    shown = capsys.readouterr().out
    assert '-> did you mean "host"?' in shown and "Something does not work." in shown


async def test_a_real_microphone_that_is_muted_and_one_that_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    require_sound_server()
    noise = np.random.default_rng(1).normal(0, 2000, 16_000 * 6).astype("<i2").tobytes()
    with SoundServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        muted, speaker = await tried(VoiceSettings())
        assert (muted.part, muted.state, speaker.state) == ("microphone", State.BROKEN, State.OK)
        assert "muted" in muted.found and "alsamixer" in muted.fix
        with ThreadPoolExecutor(1) as pool:
            saying = pool.submit(server.say_pcm, noise)
            heard, _ = await tried(VoiceSettings())
            assert heard.state is State.OK and "hears the room" in heard.found
            saying.result()
        (missing,) = await tried(VoiceSettings(input_device="Blue Yeti"))
        assert "Blue Yeti" in missing.found and "voice.input_device" in missing.fix


def test_a_microphone_that_is_muted_or_overdriven() -> None:
    assert level(b"").state is level(bytes(32_000)).state is State.BROKEN
    assert "muted" in level(bytes(32_000)).found
    loud = b"\xff\x7f\x00\x80" * 8_000
    assert "overdriven" in level(loud).found and level(loud).state is State.DEGRADED
    quiet_room = b"\x20\x00\xe0\xff" * 8_000
    assert level(quiet_room).state is State.OK


# The model.


async def test_a_dead_endpoint(house: House) -> None:
    house.settings(f'{NO_BROKER}[model]\nenabled = true\nbase_url = "http://127.0.0.1:{free_port()}/v1"\n')
    one = await house.found("model", State.BROKEN)
    assert "cannot be reached" in one.found and "start the model's server" in one.fix
    house.settings(f'{NO_BROKER}[model]\nenabled = true\nbase_url = "ollama"\n')
    assert "is no address" in (await house.found("model", State.BROKEN)).found


@asynccontextmanager
async def served(house: House, nature: Nature) -> AsyncIterator[EndpointSettings]:
    async with ScriptedEndpoint(endpoint_like(nature)) as server:
        house.settings(f'{NO_BROKER}[model]\nenabled = true\nbase_url = "{server.base_url}"\nname = "tiny"\n')
        yield EndpointSettings(base_url=server.base_url, name="tiny")


async def test_an_endpoint_that_nobody_tried_and_one_that_did_badly(house: House) -> None:
    async with served(house, Nature(tools=False)) as settings:
        assert "assistant model check" in (await house.found("model", State.DEGRADED)).fix
        async with Endpoint(settings) as endpoint:
            card = await Probe(endpoint=endpoint, clock_ms=now_ms).card()
        Cards(StateDir(house.state).model_cards).keep(settings, card)
        faults = [one for one in await house.findings() if one.part.startswith("model:")]
        assert faults and all(one.state is not State.OK and one.fix for one in faults)
        Cards(StateDir(house.state).model_cards).keep(settings, replace(card, findings=()))
        assert "did well" in (await house.found("model", State.OK)).found


# The service, and a running assistant.


async def test_an_installed_service_that_does_not_run_and_has_lost_its_hardening(house: House) -> None:
    unit = house.root / "etc" / "systemd" / "system" / "assistant.service"
    unit.parent.mkdir(parents=True)
    unit.write_text(UNIT.read_text().replace("ProtectSystem=strict\n", "").replace("WatchdogSec=60\n", ""))
    one = await house.found("service", State.DEGRADED)
    assert "lacks ProtectSystem=strict, WatchdogSec" in one.found and "assistant install --apply" in one.fix
    assert "is not there" in (await house.found("service", State.BROKEN)).found
    assert "journalctl -u assistant" in (await house.found("assistant", State.BROKEN)).fix


def test_too_few_open_files() -> None:
    assert "LimitNOFILE" in open_files(256, None).fix
    assert open_files(1024, 1000).state is State.DEGRADED
    assert open_files(4096, 40).state is State.OK


async def test_an_assistant_that_runs_is_asked_and_tells_what_only_it_knows(house: House, mosquitto: Mosquitto) -> None:
    house.settings(f"{QUIET}[mqtt]\nport = {mosquitto.port}\n")
    announce(mosquitto.port)
    publish(mosquitto.port, "homeassistant/sensor/bad/config", "not json{")
    settings = {"ASSISTANT_CONFIG": str(house.config)}
    with running(house.folder, mosquitto.port, **settings) as daemon:
        await asyncio.to_thread(eventually, daemon, "what is the temperature in the bedroom", "21.5")
        healthy = await house.findings()
        parts = {one.part: one for one in healthy if one.state is State.OK}
        assert {"settings", "secrets", "assistant", "broker", "discovery", "devices", "readings"} <= parts.keys()
        assert {"state folder", "disk", "database", "open files"} <= parts.keys()
        assert f"process {daemon.process.pid} is running" in parts["assistant"].found
        assert "refused: " in parts["readings"].found and "explain-mqtt" in parts["readings"].found
        assert not [one for one in healthy if one.state is State.BROKEN]
        os.utime(house.config, (time.time() + 5, time.time() + 5))
        assert "restart" in (await house.found("assistant", State.DEGRADED)).fix
        mosquitto.stop()
        end = time.monotonic() + 20
        while not (lost := [one for one in await house.findings() if one.part == "broker" and one.fix]):
            assert time.monotonic() < end
        assert lost[0].state is State.BROKEN
        assert daemon.stop() == 0


HEALTH = {
    "process": 7,
    "started_ms": 1000,
    "broker": {"problem": None},
    "ingest": {"problem": None, "counts": {"messages": 5, "readings": 4}},
    "upkeep": {},
    "notices": [],
    "stuck_seconds": {"storing of readings": None},
    "voice": {"notice": None, "problem": None, "sound": ""},
}


@pytest.mark.parametrize(
    ("told_by_it", "state", "words"),
    [
        ({"stuck_seconds": {"storing of readings": 75.0}}, State.BROKEN, "has been stuck for 75 seconds"),
        ({"ingest": {"problem": "the disk is full", "counts": {}}}, State.BROKEN, "cannot be stored: the disk is full"),
        ({"ingest": {"problem": None, "counts": {"dropped": 9}}}, State.DEGRADED, "9 messages came faster"),
        ({"upkeep": {"space": "Only 90 MB are free on the disk of /x."}}, State.DEGRADED, "Only 90 MB"),
        ({"notices": ["the model costs too much; set cost_per_day"]}, State.DEGRADED, "the model costs too much"),
        ({"notices": ["the battery of the door is low: 7 percent"]}, State.DEGRADED, "low: 7 percent"),
    ],
)
def test_what_a_running_assistant_tells_of_itself(told_by_it: dict[str, Any], state: State, words: str) -> None:
    faults = [one for one in assistant({**HEALTH, **told_by_it}, settings_changed_ms=None) if one.state is not State.OK]
    assert [(one.state, words in one.found, bool(one.fix)) for one in faults] == [(state, True, True)]
    assert all(one.state is State.OK for one in assistant(HEALTH, settings_changed_ms=500))


@pytest.mark.parametrize(
    ("voice", "states", "words"),
    [
        ({"notice": "No voice: There is no microphone; plug one in"}, (State.BROKEN, State.BROKEN), "plug one in"),
        ({"notice": "model missing: pull it again", "sound": "QA=="}, (State.BROKEN, State.DEGRADED), "pull it"),
        ({"problem": "The microphone has stopped: plug it in", "sound": ""}, (State.BROKEN, State.OK), "plug it in"),
    ],
)
def test_what_a_running_assistant_tells_of_its_voice(
    voice: dict[str, Any], states: tuple[State, State], words: str
) -> None:
    whole = {"notice": None, "problem": None, "sound": None, **voice}
    found = (next(heard_of(whole)), engines_of(whole))
    assert tuple(one.state for one in found) == states
    assert any(words in one.fix for one in found)


async def test_an_assistant_that_hangs(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.doctor.rounds.ANSWER_SECONDS", 0.3)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(StateDir(house.state).socket))
        deaf.listen()
        one = await house.found("assistant", State.BROKEN)
    assert "does not answer" in one.found and "restart" in one.fix


@pytest.mark.parametrize(
    ("sentence", "found", "fix"),
    [
        ("nothing listens; start it there", "nothing listens", "start it there"),
        ("There is no speaker; plug one in", "There is no speaker", "plug one in"),
        ("it is broken", "it is broken", "the assistant's log tells more"),
    ],
)
def test_a_sentence_about_an_error_is_parted_into_fault_and_fix(sentence: str, found: str, fix: str) -> None:
    one = told("broker", State.BROKEN, sentence)
    assert (one.found, one.fix) == (found, fix)
