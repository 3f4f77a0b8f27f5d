"""The simulated house: what it announces, what it reports, and how it obeys. Fed with time, without a broker."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.demo.devices import Publication
from assistant.demo.house import SimulatedHouse
from sensors.dialects.home_assistant import HomeAssistant
from sensors.home import House
from sensors.message import Message
from sensors.reading import Command, Component, Entity, Needs, Quantity, Reading, SeriesKey, Verb
from sensors.templates import render_command

BERLIN = ZoneInfo("Europe/Berlin")
NOON_MS = round(datetime(2026, 3, 11, 12, 0, tzinfo=BERLIN).timestamp() * 1000)
LOCK_TOPIC = "zigbee2mqtt/Front door lock/set"
BULB_TOPIC = "zigbee2mqtt/Reading lamp/set"
FAHRENHEIT_72 = (72 - 32) / 1.8


class Listener:
    """Hears the house through the product's own decoding."""

    def __init__(self) -> None:
        self.dialect = HomeAssistant()
        self.entities: dict[str, Entity] = {}
        self.problems: list[object] = []
        self.available: dict[str, bool] = {}

    def hear(self, publications: Iterable[Publication], at_ms: int) -> list[Reading]:
        readings: list[Reading] = []
        for one in publications:
            decoded = self.dialect.decode(
                Message(topic=one.topic, payload=one.payload.encode(), retain=one.retain, received_ms=at_ms)
            )
            if decoded is None:
                self.problems.append(f"nobody listens to {one.topic}")
                continue
            self.problems += [*decoded.refusals, *decoded.notes]
            self.entities |= {definition.entity.id: definition.entity for definition in decoded.definitions}
            self.available |= decoded.availability
            readings += decoded.readings
        return readings

    @property
    def house(self) -> House:
        return House(entities=tuple(self.entities.values()))


def a_house(start_ms: int = NOON_MS, seed: int = 7) -> SimulatedHouse:
    return SimulatedHouse(zone=BERLIN, start_ms=start_ms, seed=seed)


def introduced(house: SimulatedHouse) -> Listener:
    listener = Listener()
    listener.hear(house.discovery(), house.start_ms)
    return listener


def payloads(publications: Iterable[Publication], topic: str) -> list[str]:
    return [one.payload for one in publications if one.topic == topic]


def test_every_announcement_is_understood_and_makes_a_full_house() -> None:
    listener = introduced(a_house())
    assert listener.problems == []
    house = listener.house
    assert len(house.entities) >= 40
    assert len(house.rooms) >= 8
    everyday = "SENSOR BINARY_SENSOR LIGHT SWITCH LOCK COVER CLIMATE"
    assert {entity.component for entity in house.entities} == {Component[name] for name in everyday.split()}
    wanted = {
        "TEMPERATURE HUMIDITY CO2 ILLUMINANCE BATTERY POWER ENERGY DOOR WINDOW MOTION LEAK SMOKE LOCK LIGHT SWITCH"
    }
    names = {name for line in wanted for name in line.split()} | {"COVER", "GARAGE_DOOR", "CLIMATE", "POSITION"}
    assert {Quantity[name] for name in names} <= set(house.quantities)
    assert all(entity.room for entity in house.entities)


def test_the_four_firmwares_announce_themselves_in_their_own_ways() -> None:
    configs = [(one.topic, json.loads(one.payload)) for one in a_house().discovery() if one.topic.endswith("/config")]
    assert all(one.retain for one in a_house().discovery())
    bodies = [body for _, body in configs]
    assert any(
        "value_template" in body and body["origin"]["name"] == "Zigbee2MQTT" for body in bodies if "origin" in body
    )
    assert any("stat_t" in body and "esphome" in body["dev"]["sw"] for body in bodies if "stat_t" in body)
    assert any("~" in body and body["avty_t"].startswith("~") for body in bodies)
    assert any(topic.startswith("homeassistant/device/") and "cmps" in body for topic, body in configs)


def test_every_series_is_reported_and_every_device_can_be_reached() -> None:
    house = a_house()
    listener = introduced(house)
    reported = {reading.key for reading in listener.hear(house.live(NOON_MS), NOON_MS)}
    assert listener.problems == []
    assert reported == {key for _, _, key in listener.house.series()}
    assert set(listener.available) == set(listener.entities)
    assert all(listener.available.values())


@settings(max_examples=40, deadline=None)
@given(hours=st.integers(0, 24 * 400), seed=st.integers(0, 1_000_000))
def test_at_any_hour_some_rooms_are_above_72_fahrenheit_and_some_below(hours: int, seed: int) -> None:
    start_ms = NOON_MS + hours * 3_600_000
    house = a_house(start_ms, seed)
    listener = introduced(house)
    readings = {reading.key: reading.value for reading in listener.hear(house.live(start_ms), start_ms)}
    warm = {
        entity.room
        for entity in listener.entities.values()
        if entity.aspects[0].quantity is Quantity.TEMPERATURE
        and float(readings[SeriesKey(entity_id=entity.id)]) > FAHRENHEIT_72
        and entity.room != "Garden"
    }
    assert warm == {"Living room", "Bathroom", "Children's room"}


def test_the_same_seed_makes_the_same_house_and_another_one_another() -> None:
    assert a_house().live(NOON_MS) == a_house().live(NOON_MS)
    assert a_house().discovery() == a_house(seed=8).discovery()
    assert a_house().live(NOON_MS) != a_house(seed=8).live(NOON_MS)


def commands() -> list[tuple[str, str]]:
    listener = introduced(a_house())
    return [(entity.id, command.verb) for entity in listener.entities.values() for command in entity.commands]


def sample_value(command: Command) -> float | str | None:
    if command.needs is Needs.WORD:
        return command.options[0]
    return {Verb.SET_BRIGHTNESS: 37.0, Verb.SET_POSITION: 60.0, Verb.SET_TEMPERATURE: 20.5}.get(command.verb)


@pytest.mark.parametrize(("entity_id", "verb"), commands())
def test_every_command_ends_in_the_report_that_proves_it(entity_id: str, verb: Verb) -> None:
    house = a_house()
    listener = introduced(house)
    house.live(NOON_MS)
    command = listener.entities[entity_id].command(verb)
    assert command is not None and command.topic in house.topics()
    payload = render_command(command, sample_value(command)).decode()
    house.react(command.topic, payload, NOON_MS)
    if command.topic == BULB_TOPIC and house.next_due_ms() is None:
        house.react(command.topic, payload, NOON_MS)
    readings = listener.hear(house.due(NOON_MS + 10_000), NOON_MS + 10_000)
    assert listener.problems == []
    if command.proof_aspect is None:
        return  # a blind that stands still has nothing to report when it is told to stop
    key = SeriesKey(entity_id=entity_id, aspect=command.proof_aspect)
    expected = sample_value(command) if command.proof_state is None else command.proof_state
    assert [reading.value for reading in readings if reading.key == key][-1] == expected


def test_the_lock_takes_two_seconds_and_says_that_it_is_turning() -> None:
    house = a_house()
    house.react(LOCK_TOPIC, "UNLOCK", NOON_MS)
    assert house.due(NOON_MS + 99) == []
    [turning] = payloads(house.due(NOON_MS + 1_999), "zigbee2mqtt/Front door lock")
    assert json.loads(turning)["lock_state"] == "UNLOCKING"
    [done] = payloads(house.due(NOON_MS + 2_000), "zigbee2mqtt/Front door lock")
    assert json.loads(done)["lock_state"] == "UNLOCKED"
    assert house.next_due_ms() is None


def test_a_new_order_ends_what_the_earlier_one_had_begun() -> None:
    house = a_house()
    house.react(LOCK_TOPIC, "UNLOCK", NOON_MS)
    house.due(NOON_MS + 500)
    house.react(LOCK_TOPIC, "LOCK", NOON_MS + 600)
    reports = payloads(house.due(NOON_MS + 9_000), "zigbee2mqtt/Front door lock")
    assert [json.loads(report)["lock_state"] for report in reports] == ["LOCKING", "LOCKED"]
    assert house.told("Front door lock")["lock_state"] == "LOCKED"


def test_the_garage_door_travels_and_can_be_stopped_on_its_way() -> None:
    house = a_house()
    house.react("garage/garage_door/set", "OPEN", NOON_MS)
    assert payloads(house.due(NOON_MS + 100), "garage/garage_door/state") == ["opening"]
    assert payloads(house.due(NOON_MS + 2_200), "garage/garage_door/position") == ["50"]
    house.react("garage/garage_door/set", "STOP", NOON_MS + 2_300)
    stopped = house.due(NOON_MS + 9_000)
    assert payloads(stopped, "garage/garage_door/state") == ["open"]
    assert payloads(stopped, "garage/garage_door/position") == ["50"]


def test_the_bulb_at_the_edge_loses_every_second_command_and_which_depends_on_the_seed() -> None:
    def answers(seed: int) -> list[bool]:
        house = a_house(seed=seed)
        answered = []
        for attempt in range(6):
            house.react(BULB_TOPIC, '{"state": "ON"}', NOON_MS + attempt * 1_000)
            answered.append(bool(house.due(NOON_MS + attempt * 1_000 + 900)))
        return answered

    assert {tuple(answers(seed)) for seed in range(20)} == {(True, False) * 3, (False, True) * 3}
    assert answers(7) == answers(7)


def test_a_socket_that_is_off_draws_no_power_and_the_fountain_draws_some_when_it_is_on() -> None:
    house = a_house()

    def power(topic: str, order: str) -> float:
        house.react(f"{topic}/cmnd/POWER", order, NOON_MS)
        [text] = payloads(house.due(NOON_MS + 500), f"{topic}/tele/SENSOR")
        return float(json.loads(text)["ENERGY"]["Power"])

    assert power("freezer", "OFF") == 0
    assert power("freezer", "ON") > 0
    assert power("fountain", "ON") == 42


def test_devices_report_what_is_new_and_repeat_themselves_once_a_minute() -> None:
    house = a_house()
    everything = house.live(NOON_MS)
    assert len(everything) > 40
    assert len(house.live(NOON_MS + 1_000)) < 10
    assert len(house.live(NOON_MS + 61_000)) >= len(everything) - 10


def test_when_home_assistant_announces_itself_everything_is_reported_again() -> None:
    house = a_house()
    everything = house.live(NOON_MS)
    house.react("homeassistant/status", "online", NOON_MS + 10)
    assert [one.topic for one in house.live(NOON_MS + 20)] == [one.topic for one in everything]


@settings(max_examples=150, deadline=None)
@given(
    payload=st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            ["null", "[]", '{"state": 7}', '{"brightness": true}', '{"brightness": 1e9}', "NaN", "101", "-1"]
        ),
        st.floats().map(str),
    ),
    which=st.integers(0, 10_000),
)
def test_a_payload_that_means_nothing_does_nothing_and_never_breaks_the_house(payload: str, which: int) -> None:
    house = a_house()
    listener = introduced(house)
    topics = house.topics()
    house.react(topics[which % len(topics)], payload, NOON_MS)
    listener.hear(house.due(NOON_MS + 60_000), NOON_MS)
    assert listener.problems == []


def test_it_lives_in_any_time_zone() -> None:
    for zone in (UTC, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/St_Johns")):
        house = SimulatedHouse(zone=zone, start_ms=NOON_MS)
        assert len(house.live(NOON_MS)) > 40
