"""What is forgotten is as if it had never been: in every answer, and in the bytes on the disk."""

import random
from pathlib import Path

import pytest
from fakes_tools import NOON_MS, contact, sensor

from sensors.decoded import Decoded, Definition
from sensors.forgetting import forget_entities, forget_span
from sensors.periods import Span
from sensors.questions import Questions
from sensors.reading import Quantity, Reading, SeriesKey
from sensors.reckoning import DAY_MS, HOUR_MS
from sensors.rollups import Rollups
from sensors.store import StoreWriter

ROOM = sensor("Bedroom", Quantity.TEMPERATURE, "celsius")
DOOR = contact("Hallway", "Front door", Quantity.DOOR)
T, D = SeriesKey(entity_id=ROOM.id), SeriesKey(entity_id=DOOR.id)
START = NOON_MS // DAY_MS * DAY_MS - 6 * DAY_MS
DAY = Span(start_ms=START + 2 * DAY_MS - HOUR_MS, end_ms=START + 3 * DAY_MS - HOUR_MS)
"""A day of a house that is an hour ahead of UTC."""
SPANS = tuple(
    Span(start_ms=START + first * HOUR_MS, end_ms=START + last * HOUR_MS)
    for first, last in ((0, 144), (24, 47), (40, 60), (47, 71), (50, 60), (60, 100), (71, 144))
)


def readings(seed: int) -> list[Reading]:
    chance, found, state = random.Random(seed), [], "closed"
    for minute in range(0, 6 * 24 * 60, 17):
        at_ms = START + minute * 60_000 + chance.randrange(60_000)
        found.append(Reading(key=T, at_ms=at_ms, value=round(chance.uniform(15, 25), 1)))
        if chance.random() < 0.05:
            state = "open" if state == "closed" else "closed"
            found.append(Reading(key=D, at_ms=at_ms, value=state))
    return found


async def stored(store: StoreWriter, found: list[Reading]) -> None:
    definitions = tuple(Definition(entity=one, dialect="t", topic=one.id, payload=b"{}") for one in (ROOM, DOOR))
    await store.write([Decoded(definitions=definitions)])
    await store.write([Decoded(readings=tuple(found))])
    while not await Rollups(store.database).run_once():
        pass


async def answers(path: Path) -> list[object]:
    async with Questions(path) as questions:
        await questions.house()
        found: list[object] = [await questions.latest([T, D]), await questions.counts()]
        for span in SPANS:
            found.append(await questions.aggregate(T, span))
            found.append(await questions.time_in_state(D, "open", span))
            found.append(await questions.occurrences(D, "closed", span))
        return found


@pytest.mark.parametrize("seed", range(3))
async def test_a_day_that_was_forgotten_is_a_day_that_never_was(tmp_path: Path, seed: int) -> None:
    found = readings(seed)
    without = [one for one in found if not DAY.start_ms <= one.at_ms < DAY.end_ms]
    async with StoreWriter(tmp_path / "all.sqlite3") as store:
        await stored(store, found)
        gone = await forget_span(store.database, DAY)
    assert gone.readings == len(found) - len(without) and gone.series == 2
    async with StoreWriter(tmp_path / "without.sqlite3") as store:
        await stored(store, without)
    assert await answers(tmp_path / "all.sqlite3") == await answers(tmp_path / "without.sqlite3")


async def test_what_was_said_last_is_the_last_that_is_left(tmp_path: Path) -> None:
    found = readings(7)
    last = Span(start_ms=START + 3 * DAY_MS, end_ms=START + 9 * DAY_MS)
    async with StoreWriter(tmp_path / "r.sqlite3") as store:
        await stored(store, found)
        await forget_span(store.database, last)
    async with Questions(tmp_path / "r.sqlite3") as questions:
        latest = await questions.latest([T])
    newest = max((one for one in found if one.key == T and one.at_ms < last.start_ms), key=lambda one: one.at_ms)
    assert (latest[T].value, latest[T].at_ms) == (newest.value, newest.at_ms)


async def test_a_person_that_was_forgotten_leaves_no_byte(tmp_path: Path) -> None:
    anna = contact("Hallway", "Anna Wintermute", Quantity.PRESENCE)
    key, path = SeriesKey(entity_id=anna.id), tmp_path / "r.sqlite3"
    async with StoreWriter(path) as store:
        await stored(store, readings(1))
        await store.write([Decoded(definitions=(Definition(entity=anna, dialect="t", topic="anna", payload=b"{}"),))])
        for hour in range(50):
            said = Reading(key=key, at_ms=START + hour * HOUR_MS, value="present" if hour % 2 else "wintermute")
            await store.write([Decoded(readings=(said,))])
        gone = await forget_entities(store.database, [anna.id])
    assert (gone.readings, gone.series) == (50, 1)
    for file in tmp_path.iterdir():
        assert b"intermute" not in file.read_bytes(), file
    async with Questions(path) as questions:
        assert anna.id not in (await questions.house()).by_id
        assert await questions.latest([key]) == {}
        assert len(await questions.latest([T, D])) == 2
