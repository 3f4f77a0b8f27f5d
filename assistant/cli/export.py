"""`assistant export`: readings as a table that other programs read. Only reads, also beside a running assistant."""

import asyncio
import csv
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from assistant.cli.days import day_of, entities_called, span_of
from assistant.state_dir import StateDir
from assistant.zone import house_zone
from config.errors import UserFacingError
from config.load import load_settings, resolve_house_file
from sensors.arrange import HouseFileWatch
from sensors.periods import Span
from sensors.questions import Questions
from sensors.reading import Aspect, Entity, SeriesKey

COLUMNS = ("time", "id", "aspect", "name", "room", "quantity", "value", "unit")
_PAGE = 20_000


class NotWritten(UserFacingError):
    """The file cannot be written; the message says why."""


def write_csv(
    names: Sequence[str],
    first: str | None,
    last: str | None,
    output: Path | None,
    *,
    config: Path | None,
    state_dir: Path | None,
) -> int:
    """Raises NotUnderstood, NotWritten, StoreUnavailable."""
    loaded = load_settings(config)
    path = StateDir.of(loaded.settings, state_dir).readings
    begin = day_of(first) if first else datetime(1970, 1, 2).date()
    end = day_of(last) if last else datetime(9000, 1, 1).date()
    span = span_of(begin, end, house_zone(loaded.settings))
    try:
        with output.open("w", newline="", encoding="utf-8") if output else nullcontext(sys.stdout) as file:
            rows = asyncio.run(_write(path, names, span, file, HouseFileWatch(resolve_house_file(loaded))))
    except BrokenPipeError:
        return 0  # whoever read has had enough
    except OSError as error:
        raise NotWritten(f"{output or 'standard output'} cannot be written: {error.strerror}") from error
    sys.stderr.write(f"{rows} readings\n")
    return 0


async def _write(path: Path, names: Sequence[str], span: Span, file: IO[str], house_file: HouseFileWatch) -> int:
    table, rows = csv.writer(file), 0
    async with Questions(path, deadline_seconds=60.0, house_file=house_file) as questions:
        house = await questions.house()
        wanted = {entity.id for entity in (entities_called(names, house) if names else house.entities)}
        table.writerow(COLUMNS)
        for entity, aspect, key in house.series():
            if entity.id in wanted:
                rows += await _series(questions, key, span, table, entity, aspect)
    return rows


async def _series(questions: Questions, key: SeriesKey, span: Span, table: Any, entity: Entity, aspect: Aspect) -> int:
    rows, after_ms = 0, span.start_ms - 1
    while page := await questions.records(key, after_ms, most=_PAGE):
        for record in page:
            if record.at_ms >= span.end_ms:
                return rows
            moment = datetime.fromtimestamp(record.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
            value = record.value if isinstance(record.value, str) else f"{record.value:.12g}"
            what = entity.name, entity.room or "", aspect.quantity.value, value, aspect.unit or ""
            table.writerow((moment, entity.id, aspect.name, *what))
            rows += 1
        after_ms = page[-1].at_ms
    return rows
