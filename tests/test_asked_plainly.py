"""Small things that people notice: a yes or a no first, how old is what is old, nothing put that is so."""

import asyncio
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fakes_tools import ENTITIES, HERE, small_house
from fakes_turns import Talk, turns_of

from assistant.eval.cases import Case
from assistant.eval.house import read_house
from assistant.eval.trial import Planners, Verdict, run_cases
from assistant.replies.replies import Replies
from assistant.sentences.planner import Plan, SentencePlanner
from config.language import load_language
from config.settings import Settings
from sensors.home import House
from sensors.reading import Quantity
from tools.answers import ListAnswer, Row
from tools.contract import Role

HOUSES: dict[str, dict[str, Any]] = {
    "en": {
        "rooms": [{"name": name} for name in ("Kitchen", "Nursery", "Hallway", "Garage")],
        "devices": [
            {"name": "Kitchen temperature", "room": "Kitchen", "kind": "temperature", "state": 21},
            {"name": "Nursery temperature", "room": "Nursery", "kind": "temperature", "state": 19},
            {"name": "Hallway motion", "room": "Hallway", "kind": "motion", "state": "on"},
            {"name": "Kitchen motion", "room": "Kitchen", "kind": "motion", "state": "off"},
            {"name": "Garage door", "room": "Garage", "kind": "garage", "state": "closed"},
            {"name": "Hall lamp", "room": "Hallway", "kind": "light", "state": "on"},
            {"name": "Roomba", "room": "Kitchen", "kind": "vacuum", "state": "docked"},
        ],
    },
    "de": {
        "language": "de",
        "rooms": [{"name": name} for name in ("Küche", "Kinderzimmer", "Flur", "Garage")],
        "devices": [
            {"name": "Küche Temperatur", "room": "Küche", "kind": "temperature", "state": 21},
            {"name": "Kinderzimmer Temperatur", "room": "Kinderzimmer", "kind": "temperature", "state": 19},
            {"name": "Flur Bewegung", "room": "Flur", "kind": "motion", "state": "on"},
            {"name": "Küche Bewegung", "room": "Küche", "kind": "motion", "state": "off"},
            {"name": "Garagentor", "room": "Garage", "kind": "garage", "state": "closed"},
            {"name": "Flurlampe", "room": "Flur", "kind": "light", "state": "on"},
            {"name": "Saugroboter", "room": "Küche", "kind": "vacuum", "state": "docked"},
        ],
    },
}
ANSWERS = {
    "en": {
        "is it warmer in the kitchen than in the nursery": "Yes, the temperature is 2 degrees higher in the kitchen",
        "is it colder in the kitchen than in the nursery": "No, the temperature is 2 degrees higher in the kitchen",
        "is the nursery warmer than the kitchen": "No, the temperature is 2 degrees lower in the nursery",
        "is the temperature in the nursery lower than in the kitchen": "Yes, the temperature is 2 degrees lower",
        "is it warmer in the kitchen or in the nursery": "The temperature is 2 degrees higher in the kitchen",
        "are you able to open the garage": "I can tell you about this house's sensors",
        "are you able to turn off the hall lamp and open the garage": "I can tell you about this house's sensors",
        "send the roomba home": "The roomba is already docked.",
        "is somebody in the hallway": "Yes, there is motion in the hallway.",
        "is anybody in the kitchen": "No, there has been no motion in the kitchen for",
        "stop everything": "All right: I do nothing more in the house",
    },
    "de": {
        "ist es in der Küche wärmer als im Kinderzimmer": "Ja, die Temperatur ist in der Küche um 2 Grad höher",
        "ist es in der Küche kälter als im Kinderzimmer": "Nein, die Temperatur ist in der Küche um 2 Grad höher",
        "ist das Kinderzimmer wärmer als die Küche": "Nein, die Temperatur ist im Kinderzimmer um 2 Grad niedriger",
        "ist es in der Küche oder im Kinderzimmer wärmer": "Die Temperatur ist in der Küche um 2 Grad höher",
        "bist du in der Lage, das Garagentor zu öffnen": "Ich kann dir sagen, was die Sensoren",
        "schick den Saugroboter nach Hause": "Der Küche Saugroboter ist schon an der Ladestation.",
        "ist jemand im Flur": "Ja, im Flur wird Bewegung erkannt.",
        "ist jemand in der Küche": "Nein, in der Küche wird keine Bewegung erkannt, und das seit",
        "Halt alles an": "Gut, ich schalte im Haus nichts mehr",
        "stopp alles": "Gut, ich schalte im Haus nichts mehr",
        "mach halt die Flurlampe aus": "Soll ich die Flurlampe ausschalten?",
    },
}
ORDERED = {"mach halt die Flurlampe aus"}


@cache
def answered(code: str) -> dict[str, Verdict]:
    cases = [
        Case.model_validate({"id": said, "kind": "plain", "lang": code, "say": [said], "expect": {"no_call": True}})
        for said in ANSWERS[code]
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "house.json"
        path.write_text(json.dumps(HOUSES[code]), encoding="utf-8")
        verdicts = asyncio.run(run_cases(cases, read_house(path), Settings(), Planners.SENTENCES))
    return {one.case.id: one for one in verdicts}


@pytest.mark.parametrize(("code", "said"), [(code, said) for code, several in ANSWERS.items() for said in several])
def test_what_was_asked_is_answered(code: str, said: str) -> None:
    got = answered(code)[said].got
    assert got.reply.startswith(ANSWERS[code][said])
    assert bool(got.proposed or got.sent) is (said in ORDERED)


def test_what_is_old_in_a_list_is_told_with_its_age() -> None:
    hour, now = 3_600_000, 1_790_000_000_000
    attic = Row(
        entity_id="sensor.attic", name="attic", room="Attic", quantity=Quantity.TEMPERATURE, value=31.0, unit="celsius",
        at_ms=now - 30 * hour, seen_ms=now - 30 * hour, stale=True,
    )  # fmt: skip
    rows = (attic, replace(attic, entity_id="sensor.loft", name="loft", room="Loft", stale=False))
    answer = ListAnswer(
        quantity=Quantity.TEMPERATURE, rows=rows, considered=2, comparison="above", threshold=30.0, unit="celsius"
    )
    told = {
        code: Replies(zone=ZoneInfo("UTC"), units="metric", clock_ms=lambda: now, language=code).answer(answer)
        for code in ("en", "de")
    }
    assert told["en"].endswith("the attic, 31 degrees as of 30 hours ago and the loft, 31 degrees.")
    assert "mit 31 Grad, Stand vor 30 Stunden" in told["de"]


class Noting(SentencePlanner):
    """Keeps which house it was asked about."""

    seen: list[House]

    def plan(self, text: str, house: House, room: str | None) -> Plan | None:
        self.seen.append(house)
        return super().plan(text, house, room)


async def test_a_no_of_a_guest_is_looked_at_in_the_house_that_the_guest_sees(tmp_path: Path) -> None:
    guest = replace(HERE, role=Role.GUEST)
    async with small_house(tmp_path, ENTITIES) as house:
        planner = Noting(load_language("en"))
        planner.seen = []
        talk = Talk(turns_of(house, sentences=planner), guest)
        assert (await talk.say("turn off the floor lamp")).proposal_id is not None
        await talk.say("no")
        whole = await house.questions.house()
        assert planner.seen and all(len(one.entities) < len(whole.entities) for one in planner.seen)
