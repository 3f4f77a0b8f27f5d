"""What an assistant is doing and what it has: from the running one what only it knows, all the rest from its files.

Changes nothing, and no running assistant waits for it. What cannot be found out is told in place of the facts.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

from assistant.control_socket import ConsoleFailed, NoDaemon, ask_health
from assistant.copies import backups_of
from assistant.doctor.disk import shut
from assistant.known import read_known
from assistant.model.anomalies import FAILED
from assistant.model.cost import Day
from assistant.state_dir import StateDir
from assistant.values import Planner
from assistant.zone import house_zone
from config.errors import UserFacingError
from config.load import Loaded, load_settings
from sensors.backup import bytes_of
from sensors.clock import now_ms
from sensors.quarantine import read_quarantine
from sensors.upkeep import disk_space
from tools.audit_reading import AuditReader
from tools.house_state import read_house_state
from tools.switch import Switch
from tools.timers import Timers, machine_clocks
from tools.watches import Watches

ANSWER_SECONDS = 5.0

Facts = Mapping[str, Any]
Health = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose status is asked for. `health`: of the running assistant; None where none runs or it cannot be asked."""

    loaded: Loaded
    config: Path | None
    state: StateDir
    health: Health | None


async def facts_of(
    config: Path | None, state_dir: Path | None, *, answer_seconds: float = ANSWER_SECONDS
) -> dict[str, Any]:
    """As docs/operations.md tells it; a part that cannot be looked at is `{"problem": sentence}`.

    Raises ConfigError.
    """
    loaded = load_settings(config)
    state = StateDir.of(loaded.settings, state_dir)
    if (closed := shut(state.path)) is not None:
        problem = f"{closed.found}; {closed.fix}"
        return {**_head(state, None, problem), "running": None, **{key: {"problem": problem} for key in _LOOKS}}
    health, why = await _asked(state, answer_seconds)
    place = Place(loaded=loaded, config=config, state=state, health=health)
    return {**_head(state, health, why), **{name: await _looked(look, place) for name, look in _LOOKS.items()}}


def _head(state: StateDir, health: Health | None, why: str | None) -> dict[str, Any]:
    return {
        "running": health is not None or why is not None,
        "problem": why,
        "state_dir": str(state.path),
        **{key: (health or {}).get(key) for key in ("process", "version", "started_ms")},
    }


async def _asked(state: StateDir, seconds: float) -> tuple[Health | None, str | None]:
    """What it tells of itself; or why one that runs does not. Neither where none runs."""
    try:
        return await ask_health(state.socket, seconds=seconds), None
    except NoDaemon:
        return None, None
    except TimeoutError:
        return None, f"it does not answer within {seconds:g} seconds; `assistant doctor` tells more"
    except ConsoleFailed as error:
        return None, f"{error}; run this as the assistant's user, or with sudo"


async def _looked(look: Callable[[Place], Awaitable[Any]], place: Place) -> Any:
    try:
        return await look(place)
    except UserFacingError as error:
        return {"problem": str(error)}
    except OSError as error:
        return {"problem": f"{error.filename or place.state.path}: {error.strerror}"}


async def _broker(one: Place) -> Facts | None:
    """None where it is switched off."""
    mqtt = one.loaded.settings.mqtt
    if not mqtt.enabled:
        return None
    seen = (one.health or {}).get("broker") or {}
    return {
        "address": f"{mqtt.host}:{mqtt.port}",
        "connected": seen.get("problem") is None if seen else None,
        "since_ms": seen.get("since_ms"),
        "problem": seen.get("problem"),
    }


async def _house(one: Place) -> Facts:
    """Devices as `assistant devices` marks them, and how readings come in."""
    known = await read_known(one.config, one.state.path)
    ingest = (one.health or {}).get("ingest") or {}
    return {
        "entities": len(known.arranged.house.entities),
        "devices": len(known.devices),
        "marked": {mark: len(names) for mark, names in known.marked(now_ms()).items()},
        "newest_ms": known.newest_ms,
        "last_minute": ingest.get("last_minute"),
        "problem": ingest.get("problem"),
    }


async def _voice(one: Place) -> Facts | None:
    """None where it is switched off."""
    if not one.loaded.settings.voice.enabled:
        return None
    seen = (one.health or {}).get("voice") or {}
    return {"doing": seen.get("doing"), "problem": seen.get("problem"), "notice": seen.get("notice")}


async def _model(one: Place) -> list[Facts] | None:
    """The endpoints in the order in which they are asked; None where it is switched off."""
    if not one.loaded.settings.model.enabled:
        return None
    asked = (one.health or {}).get("model") or []
    return [{**each, "until_ms": now_ms() + round(1000 * each["rest_seconds"])} for each in asked]


async def _acting(one: Place) -> Facts:
    switch = Switch(one.state.acting_off, allowed=one.loaded.settings.gate.acting)
    waiting = (one.health or {}).get("waiting", 0)
    return {"on": switch.acting(), "allowed": switch.allowed, "waiting": waiting}


async def _set(one: Place) -> Facts:
    """What waits for its time or is watched for."""
    counts = dict.fromkeys(("timer", "alarm", "reminder", "watch"), 0)
    if not one.state.house.exists():
        return {**counts, "next_ms": None}
    async with read_house_state(one.state.house) as database:
        timers = await Timers(database, machine_clocks(now_ms), house_zone(one.loaded.settings)).load()
        watches = await Watches(database, timers).load()
    for timer in timers.waiting:
        counts[timer.kind] += 1
    first = min((timer.due_ms for timer in timers.waiting), default=None)
    return {**counts, "watch": len(watches.all), "next_ms": first}


async def _today(one: Place) -> Facts:
    """Turns since midnight by the house's clock, and what the language model has cost."""
    now = datetime.now(house_zone(one.loaded.settings))
    midnight = datetime.combine(now.date(), time(), now.tzinfo)
    day = Day(today=now.date, file=one.state.model_spent)
    turns: Mapping[tuple[str, str | None], int] = {}
    if one.state.audit.exists():
        with closing(AuditReader(one.state.audit)) as audit:
            turns = audit.turns_since(round(1000 * midnight.timestamp()))
    return {
        "turns": sum(turns.values()),
        "declined": sum(n for (planner, stopped), n in turns.items() if planner == Planner.NONE or stopped in FAILED),
        "tokens": day.tokens,
        "cost": day.cost,
    }


async def _quarantine(one: Place) -> Facts:
    return dict(read_quarantine(one.state.quarantine).reasons)


async def _backups(one: Place) -> Facts | None:
    """When the newest of each database that there is was taken; None where none are made."""
    if not one.loaded.settings.store.backups_daily:
        return None
    all_of_them = (each for each in backups_of(one.loaded.settings, one.state) if each.holding.path.exists())
    taken = {each.holding.name: each.last_taken(now_ms()) for each in all_of_them}
    return {name: None if moment is None else round(1000 * moment.timestamp()) for name, moment in taken.items()}


async def _disk(one: Place) -> Facts:
    there = next(path for path in (one.state.path, *one.state.path.absolute().parents) if path.exists())
    free, total = disk_space(there)
    holdings = [each.holding for each in backups_of(one.loaded.settings, one.state)]
    return {"free": free, "total": total, "databases": {one.name: bytes_of(one.path) for one in holdings}}


async def _notices(one: Place) -> list[str]:
    """What stands, of a running assistant, with what is not well with its files."""
    if one.health is None:
        return []
    return [*one.health["notices"], *one.health["upkeep"].values()]


_LOOKS: Mapping[str, Callable[[Place], Awaitable[Any]]] = {
    "broker": _broker,
    "house": _house,
    "voice": _voice,
    "model": _model,
    "acting": _acting,
    "set": _set,
    "today": _today,
    "quarantine": _quarantine,
    "backups": _backups,
    "disk": _disk,
    "notices": _notices,
}
