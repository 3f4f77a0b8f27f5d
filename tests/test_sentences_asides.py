"""What is said beside a request: second thoughts count, reasons do not, and neither makes an order of a question."""

import pytest
from fakes_house import binary, build_house, climate, light, switch
from test_sentences_refusals import ORDERS

from assistant.sentences.fragments import acting
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.requests import Requests
from config.language import load_language
from sensors.reading import Quantity

HOUSE = build_house(
    light("Kitchen", "Ceiling light"),
    light("Hallway", "Hall light"),
    light("Landing", "Landing light"),
    switch("Kitchen", "Oven"),
    climate("Bedroom", "Heating"),
    binary("Bedroom", "Window", Quantity.WINDOW),
)
GERMAN_HOUSE = build_house(light("Diele", "Dielenlicht"), light("Keller", "Kellerlicht"), switch("Küche", "Backofen"))
REQUESTS = {code: Requests(SentencePlanner(load_language(code)), load_language(code)) for code in ("en", "de")}


def calls(text: str, code: str = "en") -> list[str]:
    house = HOUSE if code == "en" else GERMAN_HOUSE
    understood = REQUESTS[code].understand(text, house, None, None)
    return [call.arguments for request in understood.requests for call in request.plan.calls]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("turn on the hall light, no wait, the landing light", "turn on the landing light"),
        ("turn on the hall light no i mean the landing light", "turn on the landing light"),
        ("set the ceiling light to thirty, no, forty percent", "set the ceiling light to forty percent"),
        ("how warm is it in the kitchen, sorry, the bedroom", "how warm is it in the bedroom"),
        ("turn on the oven. No, turn off the hall light", "turn off the hall light"),
        ("set a timer for five, no, six minutes", "set a timer for six minutes"),
        ("turn the oven off, I forgot it", "turn the oven off"),
        ("turn off the oven because it is smoking", "turn off the oven"),
        ("we're going out now, turn off the oven", "turn off the oven"),
    ],
)
def test_what_was_meant_in_the_end_is_understood(said: str, meant: str) -> None:
    assert calls(said) == calls(meant) != []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("mach das Dielenlicht an, nein, das Kellerlicht", "mach das Kellerlicht an"),
        ("schalte den Backofen aus, ich hab ihn vergessen", "schalte den Backofen aus"),
    ],
)
def test_german_has_second_thoughts_too(said: str, meant: str) -> None:
    assert calls(said, "de") == calls(meant, "de") != []


@pytest.mark.parametrize(
    "said",
    [
        "turn off the oven, I am done in ten minutes",
        "turn on the hall light, I will tell you when",
        "turn on the hall light, no, don't",
        "turn on the hall light, I am not sure",
        "should I turn on the hall light, no, the landing light",
        "he said it is hot, turn off the oven?",
    ],
)
def test_what_is_put_off_taken_back_or_asked_is_no_order(said: str) -> None:
    assert [call for call in calls(said) if "control" in call or "verb" in call] == []


@pytest.mark.parametrize("order", ORDERS[:6])
@pytest.mark.parametrize("beside", ["is it right to {}, I am cold", "did you {}, no, {}", "what if I {}, no wait, {}"])
def test_a_question_is_no_order_with_anything_beside_it(order: str, beside: str) -> None:
    said = beside.replace("{}", order)
    understood = REQUESTS["en"].understand(said, HOUSE, None, None)
    acts = [request for request in understood.requests for call in request.plan.calls if acting(call)]
    # What follows a second thought is an order of its own.
    assert not acts or (", no" in beside and all(request.may_act for request in acts))


def test_all_that_is_left_out_is_left_out() -> None:
    spared = calls("turn off all the lights except in the kitchen and the hallway")
    assert spared == calls("turn off all lights except kitchen and hallway")
    assert len(spared) == 1 and "all lights except kitchen except hallway" in spared[0]
    three = calls("turn off all the lights except the kitchen, the hallway and the landing")
    assert len(three) == 1 and "all lights except kitchen except hallway except landing" in three[0]
