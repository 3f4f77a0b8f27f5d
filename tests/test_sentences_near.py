"""Who is not understood hears up to two sentences that are near to what they said, and that work in this very house."""

import pytest
from fakes_house import light, sensor
from fakes_wide import wide_house
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.sentences.mapping import is_act
from assistant.sentences.planner import CERTAIN, SentencePlanner
from config.language import load_language
from sensors.home import House
from sensors.reading import Quantity

HOUSE = wide_house()
PLANNER = SentencePlanner(load_language("en"))


def near(said: str, house: House = HOUSE) -> tuple[str, ...]:
    return PLANNER.near(said, house, "Kitchen")


@pytest.mark.parametrize(
    ("said", "example"),
    [
        ("who opened the front door", "when did the front door last open"),
        ("what was the temperature in the kitchen at noon", "what is the temperature in the kitchen"),
        ("dim the chandelier", "dim the kitchen ceiling light to 50 percent"),
        ("paint the bedroom green", "turn on the lights in the bedroom"),
        ("is the bedroom nicer than the office", "is the bedroom warmer than the office"),
    ],
)
def test_what_was_asked_is_near_to_what_is_offered(said: str, example: str) -> None:
    assert PLANNER.plan(said, HOUSE, "Kitchen") is None
    assert example in near(said)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=80), st.sampled_from(["turn it", "open the", "what if i left", "paint the sky"])))
def test_whatever_was_said_what_is_offered_works(said: str) -> None:
    examples = near(said)
    assert len(examples) <= 2
    for example in examples:
        plan = PLANNER.plan(example, HOUSE, "Kitchen")
        assert plan is not None and plan.certainty == CERTAIN


@pytest.mark.parametrize(
    "said", ["tell me a joke", "feed the fish", "play some music", "turn on the jacuzzi", "is it windy"]
)
def test_where_nothing_is_near_nothing_is_offered(said: str) -> None:
    assert near(said) == ()


@pytest.mark.parametrize("said", ["should i turn on the lights in the hall", "why open the front door"])
def test_a_question_is_offered_no_order(said: str) -> None:
    plans = [PLANNER.plan(example, HOUSE, "Kitchen") for example in near(said)]
    assert [plan is not None and is_act(plan.intent) for plan in plans] == [False, False]


def test_no_name_stands_twice_in_an_example() -> None:
    for example in near("set the living room to party mode"):
        assert example.count("living room") <= 1


def test_what_the_house_does_not_have_is_not_offered() -> None:
    house = House(entities=(light("Office", "Desk lamp"),))
    assert all("lamp" in example or "light" in example for example in near("turn the lamp to party", house))
    assert not any("window" in example for example in near("is it windy", house))


def test_an_example_names_a_room_that_does_report_what_was_asked_for() -> None:
    """The living room comes first, and has no thermometer."""
    house = House(
        version=1,
        entities=(
            light("Living room", "Lamp"),
            sensor("Attic", "Humidity", Quantity.HUMIDITY),
            sensor("Kitchen", "Temperature", Quantity.TEMPERATURE),
        ),
    )
    near = SentencePlanner(load_language("en")).near("what's the temp in the baby's room", house, None)
    assert "what is the temperature in the kitchen" in near
