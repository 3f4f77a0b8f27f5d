"""Every kind of device goes one way: found by name, put to a person, sent, and proved where it can be."""

from pathlib import Path

import pytest
from fakes_discovery import NOW_MS, Announced
from fakes_tools import ENTITIES, HERE, ZONE, SmallHouse, small_house

from assistant.replies.replies import Replies
from sensors.periods import Span
from sensors.questions import Questions
from sensors.reading import STATES, Aspect, Command, Component, Entity, Quantity, SeriesKey, Verb
from sensors.store import StoreWriter
from tools.answers import HouseAnswer, LatestAnswer, ProposalAnswer, UpkeepAnswer
from tools.arguments import OFFERED_VERBS, ControlDevice, State
from tools.contract import NEEDS_CONFIRMATION, ErrorCode, ToolResult
from tools.executor import Done
from tools.gate import HeardKind


def announced(component: str, name: str, **config: object) -> Entity:
    device = {"name": name, "suggested_area": "Bedroom"}
    return Announced(component, device=device, unique_id=name, **config).entity


FAN = announced(
    "fan",
    "Ceiling fan",
    state_topic="cmd/fan.x",
    command_topic="cmd/fan.x",
    percentage_state_topic="p",
    percentage_command_topic="cmd/fan.p",
    speed_range_max=3,
    preset_mode_state_topic="m",
    preset_mode_command_topic="cmd/fan.m",
    preset_modes=["sleep"],
)
SCENE = announced("scene", "Movie night", command_topic="cmd/scene")
PUMP = announced("switch", "Fish tank pump", state_topic="cmd/pump", command_topic="cmd/pump")
CHILD_LOCK = announced("switch", "Child safety", state_topic="x", command_topic="cmd/child", entity_category="config")
OWN_TEMPERATURE = announced(
    "sensor",
    "Bedroom plug temperature",
    state_topic="x",
    device_class="temperature",
    unit_of_measurement="°C",
    entity_category="diagnostic",
)
MORE = (FAN, SCENE, PUMP, CHILD_LOCK, OWN_TEMPERATURE)


def proposal_of(result: ToolResult) -> ProposalAnswer:
    assert result.verdict == NEEDS_CONFIRMATION, result.error
    assert isinstance(result.answer, ProposalAnswer)
    return result.answer


async def test_a_speed_between_two_is_asked_about_as_the_device_will_run(tmp_path: Path) -> None:
    async with small_house(tmp_path, ENTITIES + MORE) as house:
        for asked, speed in ((5, 33.33333333), (50, 66.66666667), (60, 66.66666667), (100, 100.0)):
            answer = proposal_of(await house.control("set_speed", "ceiling fan", value=asked, unit="percent"))
            assert answer.actions[0].value == pytest.approx(speed)
        refused = await house.control("set_speed", "ceiling fan", value=0, unit="percent")
        assert refused.error is not None and refused.error.code is ErrorCode.OUT_OF_RANGE


async def test_what_takes_a_word_is_asked_for_it_with_those_that_there_are(tmp_path: Path) -> None:
    async with small_house(tmp_path, ENTITIES + MORE) as house:
        refused = await house.control("set_preset", "ceiling fan")
        assert refused.error is not None and refused.error.code is ErrorCode.OUT_OF_RANGE
        assert refused.error.suggestion == ["sleep"]
        said = replies(house).error(refused.error)
        assert said == "I can't do that: it needs one of its own words. It can be sleep."
        assert proposal_of(await house.control("set_preset", "ceiling fan", value="sleep")).actions[0].value == "sleep"


async def test_what_never_answers_is_said_to_have_been_told_and_no_more(tmp_path: Path) -> None:
    async with small_house(tmp_path, ENTITIES + MORE) as house:
        proposal_of(await house.control("activate", "movie night"))
        house.heard(HERE.satellite)
        heard = await house.gate.hear("yes, movie night", HERE)
        assert heard is not None and heard.kind is HeardKind.ACCEPTED
        assert [one.done for one in heard.receipts] == [Done.SENT]
        assert replies(house).receipts(heard.receipts) == "I told the movie night, which never says whether it worked."


async def test_a_groups_settings_are_not_its_devices(tmp_path: Path) -> None:
    async with small_house(tmp_path, (PUMP, CHILD_LOCK)) as house:
        answer = proposal_of(await house.control("turn_on", "all switches"))
        assert [action.name for action in answer.actions] == ["fish tank pump"]
        answer = proposal_of(await house.control("turn_on", "child safety"))
        assert [action.name for action in answer.actions] == ["child safety"]


async def test_a_value_one_fine_step_away_is_no_proof(tmp_path: Path) -> None:
    told = Command(
        verb=Verb.SET_NUMBER,
        topic="cmd/number.dose",
        payload="{{ value }}",
        takes_value=True,
        minimum=0,
        maximum=5,
        step=0.1,
        proof_aspect="brightness",
    )
    aspects = tuple(Aspect(name=name, quantity=Quantity.NUMBER, numeric=True) for name in ("state", "brightness"))
    dose = Entity(id="number.dose", component=Component.NUMBER, name="Dose", aspects=aspects, commands=(told,))
    async with small_house(tmp_path, (dose,)) as house:
        for reported, done in ((2.0, Done.NOT_REPORTED), (2.1, Done.DONE)):
            house.devices.reports["2.1"] = reported
            answer = proposal_of(await house.control("set_number", "dose", value=2.12))
            assert answer.actions[0].value == 2.1
            house.heard(HERE.satellite)
            heard = await house.gate.hear("yes", HERE)
            assert heard is not None and [one.done for one in heard.receipts] == [done]


async def test_how_a_device_is_set_up_is_no_device(tmp_path: Path) -> None:
    async with small_house(tmp_path, MORE) as house:
        result = await house.call("describe_house", topic="devices", where=None, quantity=None)
        assert isinstance(result.answer, HouseAnswer)
        assert result.answer.names == ("ceiling fan", "fish tank pump", "movie night")


async def test_a_bell_that_rings_three_times_rang_three_times(tmp_path: Path) -> None:
    bell = Announced("event", state_topic="s", event_types=["ring"], name="Door bell", device={"name": "Door bell"})
    async with StoreWriter(tmp_path / "readings.sqlite3") as store, Questions(tmp_path / "readings.sqlite3") as asked:
        await store.write([bell.decoded])
        for minute in range(3):
            decoded = bell.hear("s", '{"event_type": "ring"}', at_ms=NOW_MS + minute * 60_000)
            await store.write([decoded, decoded])
        span = Span(start_ms=NOW_MS - 60_000, end_ms=NOW_MS + 600_000)
        found = await asked.occurrences(SeriesKey(entity_id=bell.entity.id), "ring", span)
        assert found is not None and (found.count, found.last_ms) == (3, NOW_MS + 120_000)


async def test_a_rooms_temperature_is_not_that_of_a_plug_in_it(tmp_path: Path) -> None:
    async with small_house(tmp_path, ENTITIES + MORE) as house:
        result = await house.query("latest", quantity="temperature", where="bedroom")
        assert isinstance(result.answer, LatestAnswer)
        assert [row.entity_id for row in result.answer.rows] == ["sensor.bedroom_temperature"]


async def test_what_never_reports_is_not_missed(tmp_path: Path) -> None:
    async with small_house(tmp_path, (SCENE, PUMP)) as house:
        result = await house.query("not_reporting")
        assert isinstance(result.answer, UpkeepAnswer)
        assert result.answer.never == ("fish tank pump",)


def test_a_planner_is_offered_only_what_it_can_ask_for() -> None:
    offered = ControlDevice.model_json_schema()["properties"]["verb"]
    assert offered == {"type": "string", "enum": [verb.value for verb in OFFERED_VERBS]}
    assert set(Verb) - set(OFFERED_VERBS) == {Verb.SET_TEXT}


def test_every_state_that_a_thing_of_two_states_has_can_be_asked_for() -> None:
    assert {word for pair in STATES.values() for word in pair} == {state.value for state in State}


def replies(house: SmallHouse) -> Replies:
    return Replies(zone=ZONE, units="metric", clock_ms=house.clock.now_ms)
