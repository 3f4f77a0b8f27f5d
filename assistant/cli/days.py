"""Days and devices as they are given on the command line."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from config.errors import UserFacingError
from sensors.home import House
from sensors.periods import Span
from sensors.reading import Entity


class NotUnderstood(UserFacingError):
    """A day or a name on the command line means nothing; the message says what would."""


def day_of(text: str) -> date:
    """Raises NotUnderstood."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotUnderstood(f"{text!r} is no day; write it as 2026-11-03") from error


def span_of(first: date, last: date, zone: tzinfo) -> Span:
    """From the midnight at which the first day begins to that at which the last one ends."""
    if last < first:
        raise NotUnderstood(f"{last} is before {first}; name the earlier day first")
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    return Span(start_ms=round(begin.timestamp() * 1000), end_ms=round(end.timestamp() * 1000))


def entities_called(names: Sequence[str], house: House) -> list[Entity]:
    """By id, name, alias or device. Raises NotUnderstood for a name that nothing has."""
    found: dict[str, Entity] = {}
    for name in names:
        there = [entity for entity in house.entities if name.casefold() in _labels(entity)]
        if not there:
            raise NotUnderstood(f"nothing is called {name!r}; `assistant devices --ids` lists what there is")
        found |= {entity.id: entity for entity in there}
    return list(found.values())


def _labels(entity: Entity) -> set[str]:
    return {label.casefold() for label in (entity.id, entity.name, entity.device or "", *entity.aliases)} - {""}
