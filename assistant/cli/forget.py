"""`assistant forget`: deletes for good, after a person has said so, and only while no assistant runs on the folder."""

import asyncio
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import typer

from assistant.cli.days import day_of, entities_called, span_of
from assistant.copies import backups_of
from assistant.state_dir import LOCK_NAME, StateDir
from assistant.zone import house_zone
from config.load import Loaded, load_settings, resolve_house_file
from sensors.arrange import HouseFileWatch
from sensors.clock import now_ms
from sensors.database import StoreUnavailable
from sensors.forgetting import Forgotten, forget_entities, forget_span
from sensors.questions import Questions
from sensors.store import StoreWriter
from tools.audit import Audit
from tools.audit_ageing import AuditAgeing
from tools.house_state import forget_what_was_said, open_house_state

ASKED = "Delete this for good?"
AUDIT_LEFT = "What was said of it is still in the audit; `assistant forget speech` deletes that."
DISK = "On a flash disk its controller may keep old blocks for a while; only an encrypted disk is sure to tell nothing."


def forget_day(first: str, last: str | None, *, yes: bool, config: Path | None, state_dir: Path | None) -> int:
    """Raises NotUnderstood, StateDirTaken, StoreUnavailable."""
    loaded = load_settings(config)
    begin, end = day_of(first), day_of(last or first)
    span = span_of(begin, end, house_zone(loaded.settings))
    what = f"Everything that devices reported on {begin}" + (f" and until {end}" if end != begin else "")

    def work(state: StateDir) -> Forgotten:
        async def forget() -> Forgotten:
            async with StoreWriter(state.readings) as store:
                return await forget_span(store.database, span)

        return asyncio.run(forget())

    return _readings(loaded, what, work, yes=yes, state_dir=state_dir)


def forget_device(name: str, *, yes: bool, config: Path | None, state_dir: Path | None) -> int:
    """Raises NotUnderstood, StateDirTaken, StoreUnavailable."""
    loaded = load_settings(config)
    path = StateDir.of(loaded.settings, state_dir).readings

    async def called() -> list[str]:
        async with Questions(path, house_file=HouseFileWatch(resolve_house_file(loaded))) as questions:
            return [entity.id for entity in entities_called([name], await questions.house())]

    ids = asyncio.run(called())

    def work(state: StateDir) -> Forgotten:
        async def forget() -> Forgotten:
            async with StoreWriter(state.readings) as store:
                return await forget_entities(store.database, ids)

        return asyncio.run(forget())

    done = _readings(loaded, f"Everything that {', '.join(ids)} reported", work, yes=yes, state_dir=state_dir)
    if done == 0:
        sys.stdout.write("It is listed again if it is still announced on the broker; remove it there too.\n")
    return done


def forget_speech(before: str | None, *, yes: bool, config: Path | None, state_dir: Path | None) -> int:
    """Raises NotUnderstood, StateDirTaken, StoreUnavailable."""
    settings = (loaded := load_settings(config)).settings
    day = day_of(before) if before else None
    before_ms = None if day is None else span_of(day, day, house_zone(settings)).start_ms
    with StateDir.of(settings, state_dir) as state:
        what = f"What was said and done{f' before {day}' if day else ''}"
        if not _agreed([what, *_backups(loaded, state, "audit", "house")], yes=yes):
            return 1

        async def forget() -> int:
            async with Audit(state.audit, clock_ms=now_ms) as audit, open_house_state(state.house) as house:
                ageing = AuditAgeing(audit, state.audit, state.audit_head, keep_days=0, clock_ms=now_ms)
                if before_ms is None:
                    await forget_what_was_said(house)
                return await ageing.forget(before_ms)

        gone = asyncio.run(forget())
        _unlink(_backups(loaded, state, "audit", "house"))
    sys.stdout.write(f"{gone} records are gone. {DISK}\n")
    return 0


def forget_everything(*, yes: bool, config: Path | None, state_dir: Path | None) -> int:
    """Raises StateDirTaken, StoreUnavailable."""
    loaded = load_settings(config)
    with StateDir.of(loaded.settings, state_dir) as state:
        kept = {LOCK_NAME, state.models.name, state.backups.name}
        files = [one for one in sorted(state.path.iterdir()) if one.is_file() and one.name not in kept]
        files += _backups(loaded, state)
        if not _agreed(files, yes=yes):
            return 1
        _unlink(files)
    sys.stdout.write(f"{len(files)} files are gone. {DISK}\n")
    return 0


def _readings(
    loaded: Loaded, what: str, work: Callable[[StateDir], Forgotten], *, yes: bool, state_dir: Path | None
) -> int:
    with StateDir.of(loaded.settings, state_dir) as state:
        if not state.readings.exists():
            raise StoreUnavailable(f"{state.readings} does not exist: nothing has been recorded")
        also = [*_backups(loaded, state, "readings"), *([state.quarantine] if state.quarantine.exists() else [])]
        if not _agreed([what, *also], yes=yes):
            return 1
        gone = work(state)
        _unlink(also)
    sys.stdout.write(f"{gone.readings} readings of {gone.series} series are gone. {AUDIT_LEFT} {DISK}\n")
    return 0


def _backups(loaded: Loaded, state: StateDir, *names: str) -> list[Path]:
    """Those in which it would still be."""
    every = backups_of(loaded.settings, state)
    return [path for one in every if not names or one.holding.name in names for path in one.newest_first()]


def _agreed(what: Iterable[object], *, yes: bool) -> bool:
    sys.stdout.write("".join(f"  {one}\n" for one in what))
    return yes or typer.confirm(ASKED)


def _unlink(files: Iterable[Path]) -> None:
    """Raises StoreUnavailable for the first that cannot be deleted."""
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"{file} cannot be deleted: {error.strerror}; delete it yourself") from error
