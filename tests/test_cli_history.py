"""`assistant history`: one thing over a period, drawn in the terminal from the database alone."""

import asyncio
import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes_house import binary, light, sensor
from fakes_sensors import HOUR_MS, MINUTE_MS, definition, store_with
from hypothesis import given
from hypothesis import strategies as st
from test_cli_devices import house, said

from assistant.cli.days import NotUnderstood
from assistant.cli.history import show_history
from assistant.cli.plot import Column, plotted
from assistant.cli.recorded import pieces_of, shares_of, states_of
from sensors.clock import now_ms
from sensors.measures import Sample
from sensors.periods import Span
from sensors.reading import Quantity, SeriesKey
from sensors.retention import Retention
from sensors.rollups import Rollups

KITCHEN = sensor("Kitchen", "Kitchen temperature", Quantity.TEMPERATURE)
HUMID = sensor("Kitchen", "Kitchen humidity", Quantity.HUMIDITY)
LAMP = light("Hall", "Ceiling light")
DOOR = binary("Hall", "Front door", Quantity.DOOR)
BACK = binary("Hall", "Back door", Quantity.DOOR)
EMPTY = 0x2800
"""The first letter of braille: no dots."""


def recorded(folder: Path) -> Path:
    """Sixty hours of a thermometer with a hole of four, and a door that was open for one hour of the last six."""
    warm = [said(KITCHEN, 20 + min(minute, 600) / 100, minute * MINUTE_MS) for minute in range(3600, -1, -10)]
    holed = [one for minute, one in zip(range(3600, -1, -10), warm, strict=True) if not 200 <= minute < 440]
    door = [said(DOOR, state, hours * HOUR_MS) for state, hours in (("closed", 6), ("open", 3), ("closed", 2))]
    more = [said(LAMP, "on", HOUR_MS), said(LAMP, 40.0, HOUR_MS, "brightness"), said(HUMID, 50.0, HOUR_MS)]
    return house(folder, [KITCHEN, HUMID, LAMP, DOOR, BACK], [*holed, *door, *more])


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("house"))


def ask(
    state: Path,
    name: str,
    *,
    quantity: str | None = None,
    period: str = "last 12 hours",
    as_json: bool = False,
    settings: str = "",
) -> int:
    config = state / "assistant.toml"
    config.write_text(settings)
    return show_history(name, quantity=quantity, period=period, as_json=as_json, config=config, state_dir=state)


def test_numbers_are_a_line_with_their_extremes_and_their_gap(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, "kitchen temperature") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("kitchen temperature (Kitchen), last 12 hours: 20")
    top, bottom = next(line for line in lines if "┤" in line), lines[2 + 9]
    assert top.startswith("26.0 °C ┤") and bottom.startswith("20.0 °C ┤")
    assert any(line.startswith("Lowest 20 °C (") and "highest 26 °C (" in line for line in lines)
    assert any(line.startswith("Lowest") and line.endswith("; 48 readings.") for line in lines)
    gaps = [line for line in lines if line.startswith("  nothing from ")]
    assert len(gaps) == 1 and gaps[0].endswith(" (3 hours and 40 minutes)"), "half an hour the last reading still holds"
    plot = [line.split("┤")[-1].split("│")[-1] for line in lines[2:12]]
    empty = [all(line[column] == chr(EMPTY) for line in plot) for column in range(len(plot[0]))]
    assert any(empty) and not empty[0] and not empty[-1], "nothing is drawn where nothing is known"
    runs = "".join(" " if one else "x" for one in empty).split()
    assert len(runs) == 2, "the hole is a hole in the line"


def test_states_are_a_strip_each_with_how_long_and_how_often(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, "front door", period="last 6 hours") == 0
    lines = capsys.readouterr().out.splitlines()
    closed, opened = (next(line for line in lines if line.lstrip().startswith(f"{one} ")) for one in ("closed", "open"))
    assert opened.endswith("1 hour, began once") and closed.split("┤")[1].startswith("█")
    drawn = opened.split("┤")[1].split("  1 hour")[0]
    dark = [place / len(drawn) for place, shade in enumerate(drawn) if shade == "█"]
    assert min(dark) == pytest.approx(1 / 2, abs=0.03) and max(dark) == pytest.approx(2 / 3, abs=0.03)
    assert [line.split()[-1] for line in lines[lines.index("Changes:") + 1 :]] == ["open", "closed"]


def test_what_was_not_known_at_first_is_told(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, "front door", period="last 12 hours") == 0
    assert "Nothing is known of it before 20" in capsys.readouterr().out


def test_as_json_all_of_it_is_there_for_a_program(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, "kitchen temperature", as_json=True) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (found["entity"], found["unit"], found["minimum"], found["maximum"]) == (KITCHEN.id, "celsius", 20, 26)
    assert len(found["gaps"]) == 1 and all(
        one["low"] - 1e-9 <= one["mean"] <= one["high"] + 1e-9 for one in found["points"]
    )
    assert ask(state, "front door", as_json=True) == 0
    doors = json.loads(capsys.readouterr().out)
    assert [one["state"] for one in doors["changes"]] == ["open", "closed"]
    assert {one["state"]: one["times"] for one in doors["states"]} == {"closed": 1, "open": 1}


def test_a_us_house_sees_its_own_units(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, KITCHEN.id, settings='[house]\nunits = "us"\n') == 0
    assert "Lowest 68 °F" in capsys.readouterr().out


def test_a_light_has_its_brightness_beside_its_state(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for quantity, what in ((None, "on ┤"), ("brightness", "Lowest 40 %")):
        assert ask(state, "ceiling light", quantity=quantity) == 0
        assert what in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "quantity", "period", "told"),
    [
        ("frunt dore bell", None, "today", 'nothing in the house is called "frunt dore bell"; did you mean "'),
        ("kitchen", None, "last hour", "say --quantity with one of humidity, temperature"),
        ("hall", "door", "last hour", 'several things are called "hall": back door, front door; name one of them'),
        ("front door", "temperature", "last hour", '"front door" reports no temperature; it reports door'),
        ("front door", "taste", "last hour", 'nothing here reports "taste"; there is brightness, door, '),
        ("front door", None, "some day", "no period is called 'some day'; say for example yesterday"),
    ],
)
def test_what_cannot_be_meant_is_told_with_what_could(
    state: Path, name: str, quantity: str | None, period: str, told: str
) -> None:
    with pytest.raises(NotUnderstood) as raised:
        ask(state, name, quantity=quantity, period=period)
    assert told in str(raised.value)


def test_a_name_is_found_as_people_say_it(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("the front door", "frnt door", DOOR.id):
        assert ask(state, name) == 0
        assert capsys.readouterr().out.startswith("front door (Hall)")


def test_nothing_recorded_is_one_sentence(state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, "back door") == 1
    assert "Nothing has been recorded of it yet." in capsys.readouterr().out
    assert ask(state, "kitchen temperature", period="5 days ago") == 1
    assert "the first reading of all is from 20" in capsys.readouterr().out
    assert ask(tmp_path, "anything") == 1
    assert "No devices are known yet" in capsys.readouterr().out


async def test_it_reads_beside_a_daemon_that_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readings = [said(KITCHEN, 21.0, minute * MINUTE_MS) for minute in range(50, 0, -10)]
    path = tmp_path / "readings.sqlite3"
    async with store_with(path, readings, definition(KITCHEN)) as (writer, questions):
        before = await questions.fingerprint()
        assert await asyncio.to_thread(ask, tmp_path, "kitchen temperature", period="last hour") == 0
        assert await questions.fingerprint() == before
        await writer.backfill([said(KITCHEN, 25.0, MINUTE_MS)])
        assert await asyncio.to_thread(ask, tmp_path, "kitchen temperature", period="last hour") == 0
    first, second = capsys.readouterr().out.split("kitchen temperature (Kitchen)")[1:]
    assert "highest 21 °C" in first and "highest 25 °C" in second


async def test_what_is_kept_by_the_hour_is_drawn_by_the_hour(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "readings.sqlite3"
    days = [said(KITCHEN, 20.0 + hours % 24, hours * HOUR_MS) for hours in range(10 * 24, 0, -1)]
    async with store_with(path, days, definition(KITCHEN)) as (writer, _):
        assert await Rollups(writer.database).run_once()
        retention = Retention(writer.database, keep_raw_days=1, keep_rollups_days=100)
        assert await retention.run_once(now_ms())
    assert await asyncio.to_thread(ask, tmp_path, "kitchen temperature", period="7 days ago") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Of the older part only hourly figures are kept." in lines
    assert any(line.startswith("Lowest 20 °C") and "highest 43 °C" in line for line in lines)
    rows = [line.split("┤")[-1].split("│")[-1] for line in lines[2:12]]
    assert all(dots(rows)) and len(rows[0]) > 60, "as wide as any other"


async def test_what_is_told_of_states_is_what_the_questions_answer(tmp_path: Path) -> None:
    lots = random.Random(5)
    ago = sorted((lots.randrange(1, 5_000) for _ in range(200)), reverse=True)
    words = ("open", "closed", "closed", "ajar")
    readings = [said(DOOR, lots.choice(words), minutes * MINUTE_MS) for minutes in ago]
    async with store_with(tmp_path / "readings.sqlite3", readings, definition(DOOR)) as (writer, questions):
        assert await Rollups(writer.database).run_once()
        span = Span(start_ms=now_ms() - 3_000 * MINUTE_MS, end_ms=now_ms())
        found = await states_of(questions, DOOR, DOOR.aspects[0], span, pieces=50)
        assert found is not None and len(found.each) == 3
        for one in found.each:
            held = await questions.time_in_state(SeriesKey(entity_id=DOOR.id), one.state, span)
            came = await questions.occurrences(SeriesKey(entity_id=DOOR.id), one.state, span)
            assert held is not None and came is not None
            assert (one.ms, one.times) == (held.ms, came.count)


async def test_free_text_is_cut_to_a_few_strips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [said(DOOR, f"text {number}", number * 1000) for number in range(3_000, 0, -1)]
    async with store_with(tmp_path / "readings.sqlite3", texts, definition(DOOR)):
        assert await asyncio.to_thread(ask, tmp_path, "front door", period="last hour") == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("┤" in line for line in lines) == 8 and "2992 more states for less time than these." in lines


def dots(lines: Sequence[str]) -> list[set[int]]:
    """For each column of dots, the rows (0 at the top) in which there is one."""
    found: list[set[int]] = []
    for place in range(2 * len(lines[0])):
        bits = [(0, 1, 2, 6), (3, 4, 5, 7)][place % 2]
        drawn = {
            4 * number + row
            for number, line in enumerate(lines)
            for row, bit in enumerate(bits)
            if (ord(line[place // 2]) - EMPTY) >> bit & 1
        }
        found.append(drawn)
    return found


COLUMNS = st.lists(
    st.none() | st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e3)).map(lambda one: column(*one)),
    min_size=2,
    max_size=80,
).filter(any)


def column(low: float, more: float) -> Column:
    return Column(low=low, mean=low + more / 2, high=low + more)


@given(columns=COLUMNS)
def test_the_line_is_wherever_something_is_known_and_reaches_top_and_bottom(columns: list[Column | None]) -> None:
    lines = plotted(columns, ["begin", "end"], unit="W", height=8)
    assert len({len(line) for line in lines[:9]}) == 1, "a frame has straight sides"
    drawn = dots([line.split("┤")[-1].split("│")[-1] for line in lines[:8]])
    for place, one in enumerate(columns):
        assert bool(drawn[place]) is (one is not None)
    known = [one for one in columns if one]
    if max(one.high for one in known) - min(one.low for one in known) > 1e-6:
        assert min(min(rows) for rows in drawn if rows) == 0 and max(max(rows) for rows in drawn if rows) == 31


@given(
    times=st.lists(st.integers(0, 10_000), min_size=1, max_size=30, unique=True).map(sorted),
    states=st.lists(st.sampled_from(["on", "off", "unknown"]), min_size=30, max_size=30),
    start_ms=st.integers(0, 5_000),
    length_ms=st.integers(1, 5_000),
    count=st.integers(1, 50),
)
def test_strips_share_out_exactly_the_time_that_is_known(
    times: list[int], states: list[str], start_ms: int, length_ms: int, count: int
) -> None:
    span = Span(start_ms=start_ms, end_ms=start_ms + length_ms)
    before = [at_ms for at_ms in times if at_ms < span.start_ms][:-1]
    records = [
        Sample(value=state, at_ms=at_ms, seen_ms=at_ms)
        for at_ms, state in zip(times, states, strict=False)
        if at_ms not in before and at_ms < span.end_ms
    ]
    pieces = pieces_of(span, count)
    held = 0.0
    for state in {str(one.value) for one in records}:
        shares = shares_of(state, records, pieces)
        assert all(-1e-9 <= share <= 1 + 1e-9 for share in shares)
        held += sum(share * (one.end_ms - one.start_ms) for share, one in zip(shares, pieces, strict=True))
    known_ms = span.end_ms - max(records[0].at_ms, span.start_ms) if records else 0
    assert math.isclose(held, known_ms, abs_tol=1e-6)
