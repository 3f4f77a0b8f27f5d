"""`assistant status --records`: what is kept, since when, how much of it, for how long, and what goes tonight."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rich.table import Table
from rich.text import Text

from assistant.cli.screen import screen, size, some
from assistant.copies import backups_of
from assistant.replies.figures import Figures
from assistant.schedule import deleting_hour, next_night
from assistant.state_dir import StateDir
from assistant.zone import house_zone
from config.errors import UserFacingError
from config.load import load_settings
from config.settings import Settings
from sensors.backup import Keep, bytes_of, taken_at
from sensors.clock import now_ms
from sensors.kept import kept_readings
from sensors.quarantine import LARGEST_FILE_BYTES, read_quarantine
from sensors.reckoning import DAY_MS
from sensors.retention import cuts_at
from tools.audit_reading import AuditReader
from tools.house_state import read_house_state
from tools.proposals import KEPT_DAYS, Proposals

_KINDS: Mapping[str, str] = {
    "numbers": "single numbers",
    "hours": "hours of numbers",
    "states": "changes of states",
    "days": "days of states",
}


class NotReadable(UserFacingError):
    """This user may not look into the state folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Of one kind."""

    what: str
    file: str
    """Or the folder."""
    rows: int
    oldest_ms: int | None
    size_bytes: int | None
    """Of the whole file; None for kinds that lie in one with others, but for the first of them."""
    kept: str
    going: int
    """Of the rows, the next night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeping:
    settings: Settings
    state: StateDir
    backup_at: datetime
    delete_at: datetime

    @property
    def delete_ms(self) -> int:
        return round(1000 * self.delete_at.timestamp())


def show_records(*, as_json: bool, config: Path | None, state_dir: Path | None) -> int:
    """Always 0. Raises ConfigError, StoreUnavailable."""
    settings = load_settings(config).settings
    say = Figures(zone=house_zone(settings), units=settings.house.units, clock_ms=now_ms)
    hour = settings.store.backup_hour
    one = _Keeping(
        settings=settings,
        state=StateDir.of(settings, state_dir),
        backup_at=next_night(say.now(), hour),
        delete_at=next_night(say.now(), deleting_hour(hour)),
    )
    found = asyncio.run(_all(one))
    if as_json:
        told = {"next_night_ms": one.delete_ms, "records": [asdict(each) for each in found]}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        _print(found, one, say)
    return 0


async def _all(one: _Keeping) -> list[Records]:
    try:
        return [each async for each in _each(one)]
    except OSError as error:
        raise NotReadable(f"{error.filename} cannot be looked at: {error.strerror}; run this with sudo") from error


async def _each(one: _Keeping) -> AsyncIterator[Records]:
    async for readings in _readings(one):
        yield readings
    if one.state.audit.exists():
        yield _audit(one)
    if one.state.house.exists():
        yield await _proposals(one)
    refused = read_quarantine(one.state.quarantine)
    yield Records(
        what="refused messages",
        file=one.state.quarantine.name,
        rows=sum(refused.reasons.values()),
        oldest_ms=refused.oldest_ms,
        size_bytes=refused.size_bytes,
        kept=f"the newest {size(2 * LARGEST_FILE_BYTES)}",
        going=0,
    )
    for backups in _backups(one):
        yield backups


async def _readings(one: _Keeping) -> AsyncIterator[Records]:
    store, path = one.settings.store, one.state.readings
    if not path.exists():
        return
    cuts = cuts_at(one.delete_ms, keep_raw_days=store.keep_raw_days, keep_rollups_days=store.keep_rollups_days)
    found = await kept_readings(path, cuts)
    for kind, kept in found.items():
        days = store.keep_raw_days if kind == "numbers" else max(store.keep_rollups_days, store.keep_raw_days)
        yield Records(
            what=_KINDS[kind],
            file=path.name,
            rows=kept.rows,
            oldest_ms=kept.oldest_ms,
            size_bytes=bytes_of(path) if kind == "numbers" else None,
            kept=some(days, "day"),
            going=kept.going,
        )


def _audit(one: _Keeping) -> Records:
    path, days = one.state.audit, one.settings.store.keep_audit_days
    with closing(AuditReader(path)) as audit:
        rows, oldest_ms, going = audit.kept(one.delete_ms - days * DAY_MS)
    return Records(
        what="what was said and done",
        file=path.name,
        rows=rows,
        oldest_ms=oldest_ms,
        size_bytes=bytes_of(path),
        kept=some(days, "day"),
        going=going,
    )


async def _proposals(one: _Keeping) -> Records:
    """They go when the assistant starts, and not at night."""
    path = one.state.house
    async with read_house_state(path) as database:
        rows, oldest_ms = await Proposals(database, clock_ms=now_ms).kept()
    return Records(
        what="what was proposed",
        file=path.name,
        rows=rows,
        oldest_ms=oldest_ms,
        size_bytes=bytes_of(path),
        kept=f"{some(KEPT_DAYS, 'day')}, until it next starts",
        going=0,
    )


def _backups(one: _Keeping) -> Iterator[Records]:
    store = one.settings.store
    keep = Keep(days=store.backups_daily, weeks=store.backups_weekly)
    at_ms = round(1000 * one.backup_at.timestamp())
    for each in backups_of(one.settings, one.state):
        files = each.newest_first()
        oldest = min((taken for file in files if (taken := taken_at(file))), default=None)
        yield Records(
            what=f"backups of {each.holding.name}",
            file=str(each.folder),
            rows=len(files),
            oldest_ms=None if oldest is None else round(1000 * oldest.timestamp()),
            size_bytes=sum(file.stat().st_size for file in files),
            kept=f"of {some(keep.days, 'day')} and {some(keep.weeks, 'week')}" if keep.days else "none are made",
            going=len(each.going(keep, at_ms)) if keep.days else 0,
        )


def _print(found: list[Records], one: _Keeping, say: Figures) -> None:
    table = Table("what", "since", box=None, pad_edge=False)
    for column in ("count", "size"):
        table.add_column(column, justify="right")
    table.add_column("kept for")
    table.add_column("next night", justify="right")
    for each in found:
        since = "" if each.oldest_ms is None else say.day(say.local(each.oldest_ms).date())
        going = f"-{each.going:,}" if each.going else ""
        bytes_ = size(each.size_bytes) if each.size_bytes else ""
        table.add_row(each.what, since, f"{each.rows:,}", bytes_, each.kept, Text(going))
    screen().print(table)
    night = say.coming(one.delete_ms)
    screen().print(f"What is too old is deleted {night}. In {one.state.path}; docs/privacy.md tells more.")
