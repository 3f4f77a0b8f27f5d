"""The doctor's rounds: looks at each part in turn, with or without a running assistant, and changes nothing.

Where one runs it has the microphone and the broker's attention, and is asked for what it knows of them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.control_socket import ConsoleFailed, NoDaemon, ask_health
from assistant.copies import backups_of
from assistant.doctor import (
    broker,
    clock,
    databases,
    devices,
    disk,
    endpoint,
    running,
    settings,
    sound,
    speech,
    trial,
    unit,
)
from assistant.doctor.finding import Finding, State, broken, ok, told
from assistant.known import Known, read_known
from assistant.model.card import Cards
from assistant.state_dir import StateDir
from assistant.voice.store import ModelStore
from assistant.zone import machine_zone
from config.errors import MISTAKES, UserFacingError
from config.house_file import HouseFileError
from config.load import ConfigError, Loaded, load_settings
from sensors.clock import now_ms
from sensors.database import StoreUnavailable

Health = Mapping[str, Any]
Look = Callable[[], Awaitable[Iterable[Finding]]]

ANSWER_SECONDS = 5.0
LONGEST_SECONDS = 60.0
"""For one part: a big model on a slow card takes its time to be read."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What the rounds are made on. `health` is of the running assistant, None where none runs or it is dumb."""

    loaded: Loaded
    config: Path | None
    state: StateDir
    health: Health | None
    root: Path

    @property
    def models(self) -> ModelStore:
        return ModelStore(self.loaded.settings.voice.models_dir or self.state.models)


async def rounds(config: Path | None, state_dir: Path | None, *, root: Path = Path("/")) -> AsyncIterator[Finding]:
    """Every finding, as it is made. `root`: of the file system in which the service is installed."""
    try:
        loaded = load_settings(config)
    except (ConfigError, UserFacingError) as error:
        for finding in settings.unusable(error):
            yield finding
        return
    for finding in settings.usable(loaded):
        yield finding
    state = StateDir.of(loaded.settings, state_dir)
    if (shut := disk.shut(state.path)) is not None:
        yield shut
        return
    health, unheard = await _ask(state, installed=(root / unit.UNIT).is_file())
    if unheard is not None:
        yield unheard
    patient = Patient(loaded=loaded, config=config, state=state, health=health, root=root)
    for part, look in _looks(patient, state_dir):
        for finding in await _looked(part, look):
            yield finding


def _looks(one: Patient, state_dir: Path | None) -> Iterable[tuple[str, Look]]:
    """From what all else stands on to what only one feature needs."""
    return (
        (running.PART, lambda: _at_once(_running, one)),
        (disk.PART, lambda: asyncio.to_thread(_disk, one)),
        (databases.PART, lambda: asyncio.to_thread(_databases, one)),
        (broker.PART, lambda: _house(one, state_dir)),
        (clock.ZONE, lambda: _at_once(_zone, one)),
        (sound.MICROPHONE, lambda: _sound(one)),
        (speech.PART, lambda: asyncio.to_thread(_engines, one)),
        (endpoint.PART, lambda: _model(one)),
        (unit.PART, lambda: asyncio.to_thread(_service, one)),
    )


async def _at_once(look: Callable[[Patient], Iterable[Finding]], one: Patient) -> Iterable[Finding]:
    return look(one)


async def _looked(part: str, look: Look) -> list[Finding]:
    """One part that cannot be looked at must not hide the others."""
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            return list(await look())
    except UserFacingError as error:
        return [told(part, State.BROKEN, str(error))]
    except TimeoutError:
        slow = f"looking at it took longer than {LONGEST_SECONDS:.0f} seconds"
        return [broken(part, slow, "see whether the disk and the network are well")]
    except OSError as error:
        return [broken(part, f"it cannot be looked at: {error}", "run this as the assistant's user, or with sudo")]
    except MISTAKES as error:
        _LOG.debug("a check failed", exc_info=True)
        fault = f"the check itself failed ({type(error).__name__}: {error})"
        return [broken(part, fault, "this is a fault in the program: please report it")]


async def _ask(state: StateDir, *, installed: bool) -> tuple[Health | None, Finding | None]:
    try:
        return await ask_health(state.socket, seconds=ANSWER_SECONDS), None
    except NoDaemon:
        return None, running.not_running(state.path, installed=installed)
    except TimeoutError:
        return None, running.silent(state.path)
    except ConsoleFailed as error:
        fix = "run this as the assistant's user, or with sudo"
        return None, told(running.PART, State.DEGRADED, str(error), fix, marks=("; ",))


def _running(one: Patient) -> Iterable[Finding]:
    if one.health is None:
        return ()
    file = one.loaded.file
    changed_ms = file.stat().st_mtime_ns // 1_000_000 if file and file.exists() else None
    return running.assistant(one.health, settings_changed_ms=changed_ms)


def _disk(one: Patient) -> Iterable[Finding]:
    backup_dir = one.loaded.settings.store.backup_dir
    found = [*disk.folder(one.state.path), disk.room(one.state.path)]
    return [*found, disk.room(backup_dir)] if backup_dir else found


def _databases(one: Patient) -> Iterable[Finding]:
    store = one.loaded.settings.store
    all_of_them = backups_of(one.loaded.settings, one.state)
    found = [finding for each in all_of_them if (finding := databases.database(each.holding)) is not None]
    if not found:
        found = [ok(databases.PART, "none yet: the first start makes them")]
    return [*found, *databases.backups(all_of_them, now_ms=now_ms(), days=store.backups_daily)]


async def _house(one: Patient, state_dir: Path | None) -> Iterable[Finding]:
    """Broker, discovery, devices and clock: the last three by what the database holds."""
    mqtt = one.loaded.settings.mqtt
    known, problem = await _known(one, state_dir)
    contact = await _contact(one, known)
    found = [broker.contact(mqtt, contact), *problem]
    if known is None:
        return [*found, clock.clock(now_ms(), None, set_by_network=clock.is_set_by_network())]
    entities = known.arranged.house.entities
    seen = broker.discovery(mqtt, contact, entities=len(entities), devices=len(known.devices))
    return [
        *found,
        *([seen] if seen else []),
        *_devices(known),
        *settings.house_file_notes(known.arranged.warnings),
        clock.clock(now_ms(), known.newest_ms, set_by_network=clock.is_set_by_network()),
    ]


async def _known(one: Patient, state_dir: Path | None) -> tuple[Known | None, list[Finding]]:
    try:
        return await read_known(one.config, state_dir), []
    except HouseFileError as error:
        return None, [settings.house_file_unusable(error)]
    except StoreUnavailable as error:
        return None, [told(broker.DISCOVERY, State.DEGRADED, f"what is known of devices cannot be read: {error}")]


async def _contact(one: Patient, known: Known | None) -> broker.Contact:
    mqtt = one.loaded.settings.mqtt
    if not mqtt.enabled:
        return broker.Contact()
    if one.health is not None:
        return broker.Contact(problem=running.broker_problem(one.health))
    # Without a device that is known it is worth a second and a half to see whether there are any.
    seconds = broker.LISTEN_SECONDS if known is None or not known.arranged.house.entities else 0.0
    return await broker.call(mqtt, listen_seconds=seconds)


def _devices(known: Known) -> Iterable[Finding]:
    entities = known.arranged.house.entities
    return devices.devices(known.marked(now_ms()), total=len(entities))


def _zone(one: Patient) -> Iterable[Finding]:
    zone = machine_zone()
    return [clock.time_zone(one.loaded.settings.house.time_zone, str(zone) if zone else None)]


async def _sound(one: Patient) -> Iterable[Finding]:
    voice = one.loaded.settings.voice
    if not voice.enabled:
        return [ok(sound.MICROPHONE, "switched off in the settings")]
    if one.health is not None:
        return sound.as_told(one.health["voice"])
    return await trial.tried(voice)


def _engines(one: Patient) -> Iterable[Finding]:
    found = list(speech.models(one.models))
    if not one.loaded.settings.voice.enabled:
        return found
    if one.health is not None:
        # It has them loaded; a second time would be too much for a small machine's memory.
        return [*found, speech.as_told(one.health["voice"])]
    house = one.loaded.settings.house
    return [*found, *speech.engines(one.loaded.settings.voice, house.language, one.models)]


async def _model(one: Patient) -> Iterable[Finding]:
    model = one.loaded.settings.model
    if (off := endpoint.switched_off(model)) is not None:
        return [off]
    cards = Cards(one.state.model_cards)
    asked = [*([model.decider] if model.decider else []), *model.endpoints]
    problems = await asyncio.gather(*(endpoint.reach(each) for each in asked))
    return [
        finding
        for each, problem in zip(asked, problems, strict=True)
        for finding in endpoint.endpoint(each, problem, cards.of(each), now_ms())
    ]


def _service(one: Patient) -> Iterable[Finding]:
    process = int(one.health["process"]) if one.health else None
    files = unit.files_of(process) if process else None
    limit = [unit.open_files(*files)] if files else []
    return [*unit.service(one.root, rated=unit.rate(one.root)), *limit]
