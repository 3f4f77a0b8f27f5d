"""What gets past the check of a model's words: an invented number, deed, unit, place, comparison, negation or time.

Each is tried on answers that hold nearly all of it. What code would say of an answer is in what a model was shown.
"""

import pytest
from fakes_model import BASE_MS, row
from hypothesis import given, settings
from hypothesis import strategies as st
from test_model_ground import BEDROOM, DOOR, OPENED, WARM, result, told

from assistant.model.ground import grounded
from assistant.model.spoken import speakable, tidy
from sensors.periods import Span
from sensors.reading import Quantity
from tools.answers import (
    AggregateAnswer,
    AggregateRow,
    CompareAnswer,
    LatestAnswer,
    ListAnswer,
    Side,
    StateAnswer,
    StateRow,
    TrendAnswer,
    TrendRow,
)
from tools.contract import ToolResult

KITCHEN = result(LatestAnswer(rows=(row("kitchen", 23.0),)))
BATHROOM = result(LatestAnswer(rows=(row("bathroom", 55.0, Quantity.HUMIDITY, "percent"),)))
WASHER = result(LatestAnswer(rows=(row("washer", 21.4, Quantity.POWER, "watts"),)))
UNLOCKED = result(LatestAnswer(rows=(row("front door", "unlocked", Quantity.LOCK, None),), asked_state="locked"))
ONE_OPEN, NONE_OPEN = (
    result(ListAnswer(quantity=Quantity.WINDOW, rows=rows, considered=5, state="open"))
    for rows in ((row("kitchen window", "open", Quantity.WINDOW, None),), ())
)
WINDOWS = result(
    LatestAnswer(
        rows=(
            row("kitchen window", "open", Quantity.WINDOW, None),
            row("bedroom window", "closed", Quantity.WINDOW, None),
        )
    )
)
COMPARED = result(
    CompareAnswer(
        kind="latest",
        quantity=Quantity.TEMPERATURE,
        state=None,
        first=Side(name="kitchen", room="kitchen", entity_id="a", value=23.0, unit="celsius"),
        second=Side(name="bedroom", room="bedroom", entity_id="b", value=21.4, unit="celsius"),
        by_period=False,
    )
)
YESTERDAY = Span(start_ms=BASE_MS - 86_400_000, end_ms=BASE_MS)
HIGHEST = result(
    AggregateAnswer(
        kind="maximum",
        quantity=Quantity.TEMPERATURE,
        period="yesterday",
        span=YESTERDAY,
        rows=(AggregateRow(name="bedroom", room="bedroom", entity_id="a", value=24.5, unit="celsius", covered=1.0),),
    )
)
RISING = result(
    TrendAnswer(
        quantity=Quantity.TEMPERATURE,
        period="today",
        span=YESTERDAY,
        rows=(
            TrendRow(
                name="bedroom",
                room="bedroom",
                entity_id="a",
                direction="rising",
                per_hour=0.5,
                first=20.0,
                last=22.0,
                unit="celsius",
                covered=1.0,
            ),
        ),
    )
)
HOW_LONG = result(
    StateAnswer(
        kind="duration",
        quantity=Quantity.DOOR,
        state="open",
        period="today",
        span=YESTERDAY,
        rows=(StateRow(name="front door", room="hall", entity_id="a", seconds=5400, covered=1.0),),
    )
)
TWO = [BEDROOM, KITCHEN]

NUMBERS = [
    ("The bedroom is at twenty-two degrees.", [BEDROOM]),
    ("The bedroom is at twenty two point five degrees.", [BEDROOM]),
    ("The bedroom is between 20 and 25 degrees.", [BEDROOM]),
    ("The bedroom is at 20 to 22 degrees.", [BEDROOM]),
    ("The bedroom is in the low twenties.", [BEDROOM]),
    ("The bedroom is above 20 degrees.", [BEDROOM]),
    ("The bedroom is twice as warm as the kitchen.", TWO),
    ("A dozen rooms are warmer.", [WARM]),
    ("Several windows are open.", [ONE_OPEN]),
    ("Both windows are open.", [ONE_OPEN]),
    ("Half of the windows are open.", [ONE_OPEN]),
    ("The kitchen is at 22 degrees.", [WARM]),
    ("The battery is at eighty percent.", []),
    ("The kitchen is at minus 23 degrees.", [KITCHEN]),
    ("The kitchen is at 23 degrees below zero.", [KITCHEN]),
    ("The kitchen is at 46/2 degrees.", [KITCHEN]),
    ("Five windows are open.", [ONE_OPEN]),
    ("The difference is 2 degrees.", TWO),
]
UNITS = [
    ("The bathroom is at 55 degrees.", [BATHROOM]),
    ("The washer uses 21.4 kilowatts.", [WASHER]),
    ("The washer is at 21.4 degrees.", [WASHER]),
    ("The bedroom is at 21.4 kelvin.", [BEDROOM]),
    ("The bedroom is at 21.4 degrees Fahrenheit.", [BEDROOM]),
    ("The bedroom is at 21.4 °F.", [BEDROOM]),
    ("The bedroom is at 70.6 degrees Celsius.", [BEDROOM]),
    ("The bedroom is at 21.4 watts.", [BEDROOM]),
    ("The bedroom is at 21.4 lux.", [BEDROOM]),
]
PLACES = [
    ("The kitchen is at 21.4 degrees and the bedroom at 23 degrees.", TWO),
    ("The kitchen is at 21.4 degrees.", TWO),
    ("The bedroom is at 21.4 degrees, and so is the kitchen, at 21.4.", TWO),
    ("The attic is at 21.4 degrees.", [BEDROOM]),
    ("The kitchen is at 28.5 degrees.", [WARM]),
    ("It is 21.4 degrees outside.", [BEDROOM]),
    ("The bedroom window is open.", [WINDOWS]),
    ("The kitchen window is closed.", [WINDOWS]),
    ("The bedroom window is open and the kitchen window is closed.", [WINDOWS]),
    ("The back door was last opened at 15:00.", [OPENED]),
    ("The kitchen is at 23 degrees, and so is the bedroom.", TWO),
    ("The kitchen is at 23 degrees, the bedroom too.", TWO),
    ("The kitchen window is open and the front door too.", [ONE_OPEN, DOOR]),
    ("The bedroom and the kitchen are at 21.4 and 23 degrees.", TWO),
]
COMPARISONS = [
    ("The bedroom is warmer than yesterday.", [BEDROOM]),
    ("The bedroom is warmer than the kitchen.", TWO),
    ("The bedroom is higher than the kitchen.", [COMPARED]),
    ("The bedroom is at 21.4 degrees, which is warmer than usual.", [BEDROOM]),
    ("The bedroom is at 21.4 degrees and rising.", [BEDROOM]),
    ("The bedroom is the warmest room at 21.4 degrees.", [BEDROOM]),
    ("The bedroom is comfortable at 21.4 degrees.", [BEDROOM]),
    ("The bedroom is freezing.", [BEDROOM]),
    ("Sorry, the bedroom is freezing.", [BEDROOM]),
]
NEGATIONS = [
    ("No window is open.", [ONE_OPEN]),
    ("None of the windows is open.", [ONE_OPEN]),
    ("There are no open windows.", [ONE_OPEN]),
    ("Nothing is open.", [ONE_OPEN]),
    ("Neither window is open.", [WINDOWS]),
    ("All windows are closed.", [ONE_OPEN]),
    ("All windows are open.", [ONE_OPEN]),
    ("The kitchen window is open.", [NONE_OPEN]),
    ("A window is open.", [NONE_OPEN]),
    ("Window open.", [NONE_OPEN]),
    ("Yes, it's locked.", [UNLOCKED]),
    ("Yes.", [UNLOCKED]),
    ("No.", [DOOR]),
    ("The front door is never locked.", [DOOR]),
    ("The front door is no longer locked.", [DOOR]),
    ("The front door is hardly locked.", [DOOR]),
    ("The front door ain't locked.", [DOOR]),
    ("Your front door is secured.", [UNLOCKED]),
    ("The house is safe.", [ONE_OPEN]),
    ("There is no smoke in the kitchen.", [KITCHEN]),
    ("Nobody is home.", [BEDROOM]),
    ("I do not see any smoke.", TWO),
    ("I cannot find any open window.", [ONE_OPEN]),
    ("I do not know, but the bedroom is freezing.", TWO),
    ("Did you know that the bedroom is freezing?", TWO),
    ("The others are closed.", [ONE_OPEN]),
]
TIMES = [
    ("The bedroom was at 21.4 degrees yesterday.", [BEDROOM]),
    ("It has been 21.4 degrees all day.", [BEDROOM]),
    ("The bedroom will be at 21.4 degrees tomorrow.", [BEDROOM]),
    ("The bedroom is at 24.5 degrees.", [HIGHEST]),
    ("The bedroom was at 24.5 degrees today.", [HIGHEST]),
    ("The lowest in the bedroom yesterday was 24.5 degrees.", [HIGHEST]),
    ("The average of the bedroom yesterday was 24.5 degrees.", [HIGHEST]),
    ("The bedroom is at 20 degrees.", [RISING]),
    ("The bedroom is falling.", [RISING]),
    ("The bedroom is rising by 2 degrees an hour.", [RISING]),
    ("The front door is open.", [HOW_LONG]),
    ("The front door was open for 3 hours today.", [HOW_LONG]),
    ("The front door was closed for 1 hour today.", [HOW_LONG]),
    ("The front door was last opened at half past two.", [OPENED]),
    ("The front door was last opened at noon.", [OPENED]),
    ("The front door was last opened yesterday.", [OPENED]),
    ("The front door was last opened on Monday.", [OPENED]),
    ("The front door was last opened an hour ago.", [OPENED]),
    ("The front door was last opened just now.", [OPENED]),
    ("The front door was last opened 3 minutes ago.", [OPENED]),
    ("The front door was last closed at 15:00.", [OPENED]),
    ("The front door was last opened at 15:05.", [OPENED]),
    ("The front door is open.", [OPENED]),
    ("The front door has been open since 15:00.", [OPENED]),
    ("The front door is closed since 15:00.", [OPENED]),
    ("The front door was last opened at 15:00 by Anna.", [OPENED]),
]
DEEDS = [
    ("That's taken care of.", [BEDROOM]),
    ("I took care of it.", []),
    ("I put the light on.", []),
    ("I made the bedroom brighter.", [BEDROOM]),
    ("I went ahead and locked it.", []),
    ("I remembered that.", []),
    ("The door got locked.", [DOOR]),
    ("The lights come on.", []),
    ("The heating kicks in.", []),
    ("Enjoy the light!", []),
    ("It worked.", []),
    ("Here you go.", []),
    ("Will do.", []),
    ("Got it.", []),
    ("Leave it to me.", []),
    ("As you wish.", []),
    ("On it.", []),
    ("Mission accomplished.", []),
    ("You will be reminded at seven.", []),
    ("Rain is expected.", []),
    ("Sorry, but there is no lamp in the kitchen.", []),
]


@pytest.mark.parametrize(("text", "results"), [*NUMBERS, *UNITS, *PLACES, *COMPARISONS, *NEGATIONS, *TIMES, *DEEDS])
def test_what_no_answer_holds_does_not_get_past(text: str, results: list[ToolResult]) -> None:
    tidied = tidy(text)
    assert not (tidied and speakable(tidied) and grounded(tidied, results, "how is it?", told(results)))


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("The kitchen is at 23 degrees and the bedroom at 21.4 degrees.", TWO),
        ("It's 23 degrees in the kitchen, and 21.4 in the bedroom.", TWO),
        ("The bedroom is currently 21.4°C, while the kitchen is 23°C.", TWO),
        ("Right now the kitchen is at 23 degrees and the bedroom is at about 21.", TWO),
        ("The temperature in the kitchen is 23 degrees, and in the bedroom it is 21.4 degrees.", TWO),
        ("Kitchen: 23 degrees. Bedroom: 21.4 degrees.", TWO),
        ("The kitchen is 1.6 degrees higher than the bedroom.", [COMPARED]),
        ("In the bathroom the humidity is 55 percent, and the kitchen window is open.", [BATHROOM, ONE_OPEN]),
        ("Yes, the front door is locked, and the kitchen window is open.", [DOOR, ONE_OPEN]),
        ("One window is open: the kitchen window.", [ONE_OPEN]),
        ("No windows are open, and the bedroom is at 21.4 degrees.", [NONE_OPEN, BEDROOM]),
        ("The front door was last opened today at 15:00 and is closed now.", [OPENED]),
        ("The front door was last opened five minutes ago.", [OPENED]),
        ("The kitchen window is open, but the bedroom window is closed.", [WINDOWS]),
        ("I could not find the sauna, but the bedroom is at 21.4 degrees.", [BEDROOM]),
        ("The washer is drawing about 21 watts right now.", [WASHER]),
        ("The highest in the bedroom yesterday was 24.5 degrees.", [HIGHEST]),
        ("The bedroom is rising: from 20 degrees to 22 today.", [RISING]),
    ],
)
def test_what_they_hold_may_be_put_in_other_words(text: str, results: list[ToolResult]) -> None:
    assert grounded(text, results, "how is it?", told(results))


@settings(deadline=None)
@given(
    st.sampled_from(["bedroom", "kitchen"]),
    st.floats(-40, 60).map(lambda value: round(value, 1)),
    st.sampled_from(["The {room} is at {number} degrees.", "It is {number} in the {room}.", "{room}: {number} °C."]),
)
def test_no_number_is_told_of_a_room_but_its_own(room: str, number: float, said: str) -> None:
    text = said.format(room=room, number=number)
    true = number == (21.4 if room == "bedroom" else 23.0)
    assert grounded(text, TWO, "how warm is it", told(TWO)) == true, text
