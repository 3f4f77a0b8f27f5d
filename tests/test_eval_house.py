"""Whatever a stranger writes into a house or a case file: a house to talk to, or sentences that say why not."""

import asyncio
import json
import tempfile
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from fakes_model import ScriptedEndpoint, calls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.eval.cases import Case, read_cases
from assistant.eval.files import GoldenSetWrong
from assistant.eval.furnish import ATTRIBUTES
from assistant.eval.house import EvalHouse, read_house
from assistant.eval.kinds import known_kinds
from assistant.eval.moments import moment_ms
from assistant.eval.stage import open_stage
from assistant.eval.trial import Planners, Verdict, run_cases
from config.settings import ModelSettings, Settings
from sensors.clock import now_ms
from sensors.reading import Component, Quantity, SeriesKey
from tools.arguments import QuerySensors

NEEDS_OPTIONS = {"select", "input_select", "option", "options"}


def house_of(*devices: dict[str, Any], **more: Any) -> EvalHouse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "house.json"
        path.write_text(json.dumps({"rooms": ["Kitchen", "Bedroom"], "devices": devices, **more}), encoding="utf-8")
        return read_house(path)


def tried(house: EvalHouse, say: str | list[str], room: str | None = None, **expect: Any) -> Verdict:
    said = [say] if isinstance(say, str) else say
    case = Case.model_validate({"id": "1", "say": said, "room": room, "expect": expect})
    return asyncio.run(run_cases([case], house, Settings(), Planners.SENTENCES))[0]


def test_every_kind_stands_in_the_house_without_another_word() -> None:
    """One house with one of each; what is there can be found by its name."""
    kinds = [kind for kind in known_kinds() if kind not in NEEDS_OPTIONS]
    house = house_of(*({"name": f"Thing {number}", "kind": kind} for number, kind in enumerate(kinds)))

    async def there() -> dict[str, Component]:
        async with open_stage(house, Settings()) as stage:
            known = await stage.stores.questions.house()
            return {entity.name: entity.component for entity in known.entities}

    found = asyncio.run(there())
    assert [kind for number, kind in enumerate(kinds) if f"Thing {number}" not in found] == []


@pytest.mark.parametrize(
    ("device", "quantity", "value"),
    [
        ({"kind": "plug", "state": True}, Quantity.SWITCH, "on"),
        ({"kind": "leak", "state": "wet"}, Quantity.LEAK, "detected"),
        ({"kind": "smart_lock", "state": "on"}, Quantity.LOCK, "unlocked"),
        ({"kind": "battery", "state": 12}, Quantity.BATTERY, 12.0),
        ({"kind": "battery", "state": "low"}, Quantity.LOW_BATTERY, "low"),
        ({"kind": "sensor", "state": "21.5", "unit": "C"}, Quantity.TEMPERATURE, 21.5),
        ({"kind": "sensor.temperature", "state": 70, "unit": "fahrenheit"}, Quantity.TEMPERATURE, 21.111),
        ({"kind": "binary_sensor", "state": "on", "device_class": "window"}, Quantity.WINDOW, "open"),
        ({"kind": "cover", "state": 40, "attributes": {"device_class": "garage"}}, Quantity.GARAGE_DOOR, "open"),
        ({"kind": "motion sensor", "state": "clear"}, Quantity.MOTION, "clear"),
        ({"kind": "person", "state": "home"}, Quantity.PRESENCE, "present"),
        ({"kind": "thermostat", "state": "auto"}, Quantity.CLIMATE, "auto"),
        ({"kind": "valve", "state": 0}, Quantity.VALVE, "closed"),
        ({"kind": "tv", "state": "playing"}, Quantity.SWITCH, "on"),
        ({"entity_id": "light.desk", "state": "off"}, Quantity.LIGHT, "off"),
        ({"kind": "energy", "state": 1500, "unit": "Wh"}, Quantity.ENERGY, 1.5),
    ],
)
def test_a_kind_and_a_state_are_what_people_mean_by_them(
    device: dict[str, Any], quantity: Quantity, value: float | str
) -> None:
    house = house_of({"name": "Thing", "room": "Kitchen", **device})

    async def told() -> tuple[Quantity, float | str]:
        async with open_stage(house, Settings()) as stage:
            entity = (await stage.stores.questions.house()).entities[0]
            key = SeriesKey(entity_id=entity.id)
            return entity.aspects[0].quantity, (await stage.stores.questions.latest([key]))[key].value

    found, said = asyncio.run(told())
    assert found is quantity
    assert said == (pytest.approx(value, abs=0.01) if isinstance(value, float) else value)


def test_what_a_device_measures_beside_is_its_own_by_name() -> None:
    house = house_of(
        {"name": "Washing machine", "kind": "plug", "state": "on", "attributes": {"power": 430, "battery": 8}}
    )
    assert tried(house, "how much power does the washing machine use", devices=["Washing machine"]).passed
    assert tried(house, "which batteries are low", devices=["Washing machine"]).passed


def test_the_past_is_as_the_file_has_it() -> None:
    window = {"name": "Kitchen window", "room": "Kitchen", "kind": "window", "state": "open"}
    house = house_of({**window, "last_changed": "2 h ago"})
    assert tried(house, "when was the kitchen window opened", reply_contains="2 hours ago").passed
    told = [["3 days ago 12:00", "closed"], {"ago": "3 h", "state": "open"}]
    house = house_of({**window, "attributes": {"history": told}})
    assert tried(house, "how long has the kitchen window been open", reply_contains="3 hours").passed
    attic = {"name": "Attic temperature", "room": "Attic", "kind": "temperature", "state": 12}
    attic |= {"last_seen": "3 days ago 10:00"}
    assert tried(house_of(attic), "which sensors are not reporting", reply_contains="attic").passed


def test_devices_obey_and_report_in_the_case_alone() -> None:
    house = house_of(
        {"name": "Kitchen light", "room": "Kitchen", "kind": "light", "state": "off"},
        {"name": "Kitchen blinds", "room": "Kitchen", "kind": "blind", "state": "closed"},
        {"name": "Bedroom thermostat", "room": "Bedroom", "kind": "thermostat", "target_temperature": 19},
    )
    dimmed = {"Kitchen light": {"state": "on", "brightness": 30}}
    assert tried(house, ["set the kitchen light to 30 percent", "{yes}"], states=dimmed).passed
    assert tried(house, ["open the kitchen blinds", "{yes}"], states={"Kitchen blinds": {"position": 100}}).passed
    warmer = {"Bedroom thermostat": {"target_temperature": 21}}
    assert tried(house, ["set the bedroom to 21 degrees", "{yes}"], states=warmer).passed
    assert not tried(house, "is the kitchen light on", states=dimmed).passed


def test_one_name_in_two_rooms_is_told_apart() -> None:
    rooms = ("Kitchen", "Bedroom")
    house = house_of(*({"name": "Ceiling light", "room": one, "kind": "light", "state": "off"} for one in rooms))
    assert tried(house, "turn on the ceiling light", "Kitchen", devices=["Kitchen ceiling light"]).passed
    assert not tried(house, "turn on the ceiling light", "Kitchen", devices=["Bedroom ceiling light"]).passed
    assert tried(house, "turn on all the lights", devices=["Ceiling light", "Ceiling light (Bedroom)"]).passed


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 5000), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["on", "open", "locked", "heat", "21", "", "unavailable", "wet", "°C"]), st.text(max_size=20),
    st.lists(st.sampled_from(["rgb", "heat", "a"]), max_size=3), st.just({"a": 1}),
)  # fmt: skip
DEVICES = st.fixed_dictionaries(
    {"name": st.text(min_size=1, max_size=12), "kind": st.sampled_from(known_kinds())},
    optional={
        "state": VALUES,
        "unit": st.sampled_from(["°C", "W", "furlongs", ""]),
        "room": st.sampled_from(["Kitchen", "Bedroom"]),
        "attributes": st.dictionaries(st.sampled_from(sorted(ATTRIBUTES)), VALUES, max_size=3),
        "last_changed": st.one_of(st.sampled_from(["2 h ago", "yesterday 10:00", "soon"]), st.floats(0, 1e15)),
        "history": st.lists(st.tuples(st.sampled_from(["1 h", "1 d"]), VALUES), max_size=2),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DEVICES, min_size=1, max_size=2))
def test_any_device_at_all_is_furnished_or_refused_in_words(devices: list[dict[str, Any]]) -> None:
    try:
        house = house_of(*devices)

        async def opened() -> None:
            async with open_stage(house, Settings()) as stage:
                await stage.stores.questions.house()

        asyncio.run(opened())
    except GoldenSetWrong as refused:
        assert "house.json" in str(refused)


KEYS = ("id", "say", "expect", "tool", "room", "devices")


@settings(max_examples=100, deadline=None)
@given(st.recursive(VALUES, lambda inner: st.dictionaries(st.sampled_from(KEYS), inner)))
def test_any_line_at_all_is_a_case_or_refused_in_words(line: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.jsonl"
        path.write_text(json.dumps(line) + "\n", encoding="utf-8")
        try:
            assert read_cases(path)
        except GoldenSetWrong as refused:
            assert "cases.jsonl" in str(refused)


@pytest.mark.parametrize(
    ("said", "ago_seconds"),
    [("2 h ago", 7200), ("90 min", 5400), ("1 h 30 min ago", 5400), (60, 60), ("1.5 days", 129_600), ("now", 0)],
)
def test_a_length_of_time_is_counted_back(said: str | float, ago_seconds: int) -> None:
    now = now_ms()
    assert moment_ms(said, now, UTC) == now - ago_seconds * 1000


@pytest.mark.parametrize("planners", [Planners.MODEL, Planners.BOTH])
def test_a_model_decides_where_it_is_asked_to(planners: Planners) -> None:
    """Left to itself it is asked about everything; beside the sentences about what they leave, and it may be wrong."""
    blank = dict.fromkeys(QuerySensors.model_fields)
    kitchen = {**blank, "answer": "latest", "quantity": "temperature", "where": "kitchen"}
    told = {"devices": ["Kitchen temperature"], "reply_contains": 20.5}
    house = house_of(
        {"name": "Kitchen temperature", "room": "Kitchen", "kind": "temperature", "state": 20.5},
        {"name": "Kitchen light", "room": "Kitchen", "kind": "light", "state": "off"},
    )
    cases = [
        Case.model_validate({"id": str(number), "say": [said], "expect": expect})
        for number, (said, expect) in enumerate(
            [
                (
                    "what is the temperature in the kitchen",
                    {"devices": ["Kitchen temperature"], "reply_contains": 20.5},
                ),
                ("is it chilly where the food is made", told),
                ("tell me something about my aunt", {"no_call": True}),
            ]
        )
    ]

    async def said() -> tuple[list[Verdict], int]:
        async with ScriptedEndpoint(lambda request, number: calls(("query_sensors", kitchen))) as endpoint:
            model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="eager")
            verdicts = await run_cases(cases, house, Settings(model=model), planners)
            return verdicts, len(endpoint.requests)

    verdicts, requests = asyncio.run(said())
    assert [one.passed for one in verdicts] == [True, True, False]
    assert verdicts[0].planner == ("model" if planners is Planners.MODEL else "sentences")
    assert (verdicts[1].planner, verdicts[2].planner) == ("model", "model")
    assert requests >= len([one for one in verdicts if one.planner == "model"])
