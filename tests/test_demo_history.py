"""The history of the simulated house, as the product's own decoding understands it."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.demo.curves import DAY_MS, HOUR_MS
from assistant.demo.history import STEP_MS, backfill
from assistant.demo.house import SimulatedHouse
from sensors.dialects.home_assistant import HomeAssistant
from sensors.home import House
from sensors.message import Message
from sensors.periods import Period, resolve
from sensors.reading import Entity, Quantity, Reading, SeriesKey

BERLIN = ZoneInfo("Europe/Berlin")
EVENING_MS = round(datetime(2026, 11, 20, 21, 40, tzinfo=BERLIN).timestamp() * 1000)

Course = list[Reading]


class Known:
    """A house, what it is made of, what it says at its start, and the history that leads there."""

    def __init__(self, start_ms: int, *, days: int, seed: int = 7) -> None:
        self.simulated = SimulatedHouse(zone=BERLIN, start_ms=start_ms, seed=seed)
        dialect = HomeAssistant()
        entities: list[Entity] = []
        self.now: dict[SeriesKey, float | str] = {}
        for one in [*self.simulated.discovery(), *self.simulated.live(start_ms)]:
            decoded = dialect.decode(Message(topic=one.topic, payload=one.payload.encode(), received_ms=start_ms))
            assert decoded is not None
            entities += [definition.entity for definition in decoded.definitions]
            self.now |= {reading.key: reading.value for reading in decoded.readings}
        self.house = House(entities=tuple(entities))
        self.courses: dict[SeriesKey, Course] = defaultdict(list)
        for reading in backfill(self.simulated, HomeAssistant(), days=days):
            self.courses[reading.key].append(reading)

    def course(self, name: str) -> Course:
        [key] = [key for entity, aspect, key in self.house.series() if entity.name == name and aspect.name == "state"]
        return self.courses[key]


@cache
def a_month() -> Known:
    return Known(EVENING_MS, days=30)


def at(course: Course, at_ms: int) -> float | str:
    return [reading.value for reading in course if reading.at_ms <= at_ms][-1]


def test_every_series_goes_back_thirty_days_in_order_and_up_to_now() -> None:
    known = a_month()
    assert set(known.courses) == {key for _, _, key in known.house.series()}
    for key, course in known.courses.items():
        times = [reading.at_ms for reading in course]
        assert times == sorted(set(times)), key
        assert times[0] == EVENING_MS - 30 * DAY_MS
        assert times[-1] < EVENING_MS
    assert 80_000 < sum(map(len, known.courses.values())) < 300_000


def test_numbers_are_reported_at_least_once_an_hour_and_never_more_often_than_every_five_minutes() -> None:
    known = a_month()
    moved = {"brightness", "position", "target_temperature"}
    for _, aspect, key in known.house.series():
        if aspect.numeric and aspect.name not in moved:
            times = [reading.at_ms for reading in known.courses[key]]
            gaps = [later - earlier for earlier, later in pairwise(times)]
            assert min(gaps) >= STEP_MS and max(gaps) <= HOUR_MS


@settings(max_examples=12, deadline=None)
@given(hours=st.integers(0, 24 * 365), minutes=st.integers(0, 59), seed=st.integers(0, 10_000))
def test_history_ends_where_the_live_reports_begin(hours: int, minutes: int, seed: int) -> None:
    known = Known(EVENING_MS + hours * HOUR_MS + minutes * 60_000, days=2, seed=seed)
    for entity, aspect, key in known.house.series():
        last, now = known.courses[key][-1].value, known.now[key]
        if not aspect.numeric or aspect.name in {"brightness", "position", "target_temperature"}:
            assert last == now, (entity.name, aspect.name)
        elif aspect.quantity is Quantity.TEMPERATURE:
            assert abs(float(last) - float(now)) <= 0.6, entity.name


@settings(max_examples=25, deadline=None)
@given(day=st.integers(0, 400), minute=st.integers(6 * 60, 24 * 60 - 1))
def test_from_six_on_the_front_door_was_last_opened_this_morning(day: int, minute: int) -> None:
    local = datetime(2026, 1, 1, minute // 60, minute % 60, tzinfo=BERLIN) + timedelta(days=day)
    start_ms = round(local.timestamp() * 1000)
    morning = resolve(Period.THIS_MORNING, start_ms, BERLIN)
    openings = [reading.at_ms for reading in Known(start_ms, days=1).course("Front door") if reading.value == "open"]
    assert morning.start_ms <= openings[-1] < morning.end_ms


def test_in_the_small_hours_it_was_yesterday() -> None:
    start_ms = round(datetime(2026, 11, 20, 2, 30, tzinfo=BERLIN).timestamp() * 1000)
    opened_ms = [one.at_ms for one in Known(start_ms, days=3).course("Front door") if one.value == "open"][-1]
    assert datetime.fromtimestamp(opened_ms / 1000, BERLIN).day == 19


def test_the_front_door_opens_only_while_its_lock_is_open() -> None:
    known = a_month()
    lock = known.course("Front door lock")
    opened = [reading.at_ms for reading in known.course("Front door") if reading.value == "open"]
    assert len(opened) > 90
    assert {at(lock, at_ms) for at_ms in opened} == {"unlocked"}
    assert lock[-1].value == "locked"


def test_the_energy_of_a_socket_is_what_its_power_adds_up_to() -> None:
    known = a_month()
    for name in ("Washing machine", "Television", "Coffee machine", "Freezer"):
        energy = [float(reading.value) for reading in known.course(f"{name} Energy")]
        assert energy == sorted(energy)
        power = known.course(f"{name} Power")
        ends = [*(reading.at_ms for reading in power[1:]), EVENING_MS]
        watt_ms = sum(float(one.value) * (end - one.at_ms) for one, end in zip(power, ends, strict=True))
        used = watt_ms / HOUR_MS / 1000
        assert abs(energy[-1] - energy[0] - used) < 0.05 * used + 0.1, name


def test_people_sleep_at_night() -> None:
    for reading in a_month().course("Hallway motion"):
        if reading.value == "detected":
            assert 6 <= datetime.fromtimestamp(reading.at_ms / 1000, BERLIN).hour < 23


def test_the_same_seed_makes_the_same_history_and_another_one_another() -> None:
    def made(seed: int) -> list[Reading]:
        return list(backfill(SimulatedHouse(zone=UTC, start_ms=EVENING_MS, seed=seed), HomeAssistant(), days=2))

    assert made(7) == made(7)
    assert made(7) != made(8)
