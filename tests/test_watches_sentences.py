"""What people say of what is to be watched for and of how the day was, and the call that it becomes; no model is asked."""

# ruff: noqa: E501 - a case is a line

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fakes_model import Reply, ScriptedEndpoint, says
from fakes_tools import contact, sensor
from fakes_watches import WATCHED, tracker

from assistant.build import open_assistant
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.requests import Requests
from assistant.values import Utterance
from config.language import load_language
from config.settings import Settings
from sensors.home import House
from sensors.reading import Quantity

ENGLISH = """
tell me when the windows are closed -> set_watch: what=all windows, state=closed, together=True
tell me when all lights are off -> set_watch: what=all lights, state=off, together=True
tell me when any window is open -> set_watch: what=all window, state=open
tell me when everyone has left -> set_watch: quantity=presence, state=away, together=True
tell me when everything is locked -> set_watch: quantity=lock, state=locked, together=True
tell me when the washing machine uses less than 5 watts -> set_watch: what=washing machine, quantity=power, comparison=below, threshold=5, unit=watts
tell me the next time the front door opens -> set_watch: what=front door, state=open
tell me when the washing machine is done -> set_watch: what=washing machine, done=True
let me know when the washing is finished -> set_watch: what=washing machine, done=True
could you let me know when the washing machine is ready -> set_watch: what=washing machine, done=True
let me know if the freezer is above minus 15 for ten minutes -> set_watch: what=freezer, quantity=temperature, comparison=above, threshold=-15, minutes=10
let me know if the freezer is above minus fifteen degrees for ten minutes -> set_watch: what=freezer, quantity=temperature, comparison=above, threshold=-15, minutes=10
let me know if the freezer gets warmer than -15 for 10 minutes -> set_watch: what=freezer, quantity=temperature, comparison=above, threshold=-15, minutes=10
warn me when the front door is open for more than five minutes -> set_watch: what=front door, state=open, minutes=5
warn me if the front door stays open longer than 5 minutes -> set_watch: what=front door, state=open, minutes=5
tell me when someone comes home -> set_watch: quantity=presence, state=present
tell me when Anna comes home -> set_watch: what=anna, quantity=presence, state=present
let me know when anna leaves -> set_watch: what=anna, quantity=presence, state=away
tell me when the window is closed -> set_watch: what=window, state=closed
tell me when the kitchen window is closed -> set_watch: what=kitchen window, state=closed
tell me every time the front door opens -> set_watch: what=front door, state=open, each_time=True
notify me whenever somebody unlocks the front door -> set_watch: what=front door, state=unlocked, each_time=True
alert me if there is smoke -> set_watch: quantity=smoke, state=detected
alert me when there is water in the bathroom -> set_watch: what=bathroom, quantity=leak, state=detected
tell me when it is below 18 degrees in the bedroom -> set_watch: what=bedroom, quantity=temperature, comparison=below, threshold=18
tell me when the temperature in the bedroom drops below 18 degrees -> set_watch: what=bedroom, quantity=temperature, comparison=below, threshold=18
tell me when the bedroom is warmer than 24 degrees for half an hour -> set_watch: what=bedroom, quantity=temperature, comparison=above, threshold=24, minutes=30
let me know when the humidity in the bathroom is above 70 percent -> set_watch: what=bathroom, quantity=humidity, comparison=above, threshold=70, unit=percent
tell me once when the kitchen light goes off -> set_watch: what=kitchen light, state=off
what are you watching for -> list_watches:
what are you watching -> list_watches:
are you watching anything -> list_watches:
stop watching the freezer -> cancel_watch: what=freezer
stop watching for the washing machine -> cancel_watch: what=washing machine
stop watching everything -> cancel_watch: every=True
stop watching -> cancel_watch:
cancel all alerts -> cancel_watch: every=True
cancel the washing machine alert -> cancel_watch: what=washing machine
don't warn me about the freezer any more -> cancel_watch: what=freezer
give me the summary of the day -> summarise_day: day=today
how was the day -> summarise_day: day=today
how was yesterday -> summarise_day: day=yesterday
what happened today -> summarise_day: day=today
daily summary -> summarise_day: day=today
summarize the day -> summarise_day: day=today
give me a summary of yesterday -> summarise_day: day=yesterday
remind me when the washing machine is done -> set_watch: what=washing machine, done=True
watch if the freezer is above -15 for 10 minutes -> set_watch: what=freezer, quantity=temperature, comparison=above, threshold=-15, minutes=10
tell me when the fridge is above 8 degrees -> set_watch: what=fridge, quantity=temperature, comparison=above, threshold=8
""".strip().splitlines()

GERMAN = """
sag mir Bescheid wenn alle Fenster zu sind -> set_watch: what=all fenster, state=closed, together=True
sag mir Bescheid wenn niemand mehr zu Hause ist -> set_watch: quantity=presence, state=away, together=True
sag mir Bescheid wenn alles abgeschlossen ist -> set_watch: quantity=lock, state=locked, together=True
Sag mir Bescheid, wenn die Waschmaschine fertig ist -> set_watch: what=waschmaschine, done=True
sag Bescheid sobald die Wäsche fertig ist -> set_watch: what=waschmaschine, done=True
kannst du mir Bescheid sagen, wenn die Waschmaschine fertig ist? -> set_watch: what=waschmaschine, done=True
gib mir Bescheid, wenn die Waschmaschine durch ist -> set_watch: what=waschmaschine, done=True
warn mich, wenn der Gefrierschrank zehn Minuten lang über minus 15 Grad ist -> set_watch: what=gefrierschrank, quantity=temperature, comparison=above, threshold=-15, minutes=10
warne mich, wenn der Gefrierschrank länger als 10 Minuten wärmer als -15 Grad ist -> set_watch: what=gefrierschrank, quantity=temperature, comparison=above, threshold=-15, minutes=10
warn mich, wenn die Haustür länger als fünf Minuten offen ist -> set_watch: what=haustür, state=open, minutes=5
sag mir, wenn die Haustür länger als fünf Minuten offen steht -> set_watch: what=haustür, state=open, minutes=5
sag mir Bescheid wenn jemand nach Hause kommt -> set_watch: quantity=presence, state=present
sag mir Bescheid wenn Anna nach Hause kommt -> set_watch: what=anna, quantity=presence, state=present
melde dich, wenn das Badfenster zu ist -> set_watch: what=badfenster, state=closed
sag mir jedes Mal Bescheid, wenn die Haustür aufgeht -> set_watch: what=haustür, state=open, each_time=True
sag mir bescheid wenn die Haustür geöffnet wird -> set_watch: what=haustür, state=open
benachrichtige mich, wenn jemand die Haustür öffnet -> set_watch: what=haustür, state=open
warn mich wenn es in der Küche kälter als 18 Grad wird -> set_watch: what=küche, quantity=temperature, comparison=below, threshold=18
sag mir Bescheid, wenn die Temperatur in der Küche über 25 Grad steigt -> set_watch: what=küche, quantity=temperature, comparison=above, threshold=25
sag mir Bescheid, wenn die Luftfeuchtigkeit im Bad über 70 Prozent liegt -> set_watch: what=bad, quantity=humidity, comparison=above, threshold=70, unit=percent
warn mich wenn Rauch erkannt wird -> set_watch: quantity=smoke, state=detected
erinnere mich, wenn die Waschmaschine fertig ist -> set_watch: what=waschmaschine, done=True
worauf achtest du -> list_watches:
worauf passt du gerade auf? -> list_watches:
achte nicht mehr auf den Gefrierschrank -> cancel_watch: what=gefrierschrank
achte auf nichts mehr -> cancel_watch: every=True
lösche alle Benachrichtigungen -> cancel_watch: every=True
du brauchst nicht mehr auf die Waschmaschine zu achten -> cancel_watch: what=waschmaschine
du brauchst auf die Waschmaschine nicht mehr zu achten -> cancel_watch: what=waschmaschine
was war heute los? -> summarise_day: day=today
wie war der Tag -> summarise_day: day=today
wie war gestern -> summarise_day: day=yesterday
fass den Tag zusammen -> summarise_day: day=today
gib mir eine Zusammenfassung des Tages -> summarise_day: day=today
was ist heute passiert -> summarise_day: day=today
Zusammenfassung von gestern -> summarise_day: day=yesterday
sag mir wenn die Haustür offen ist -> set_watch: what=haustür, state=open
""".strip().splitlines()


@cache
def requests(language: str) -> Requests:
    return Requests(SentencePlanner(load_language(language)), load_language(language))


HOUSES = {
    "en": House(entities=WATCHED),
    "de": House(
        entities=(
            sensor("Waschküche", Quantity.POWER, "watts", "Waschmaschine Leistung"),
            sensor("Küche", Quantity.TEMPERATURE, "celsius", "Gefrierschrank Temperatur"),
            sensor("Küche", Quantity.TEMPERATURE, "celsius", "Küche Temperatur"),
            sensor("Bad", Quantity.HUMIDITY, "percent", "Bad Feuchte"),
            contact("Flur", "Haustür", Quantity.DOOR),
            contact("Bad", "Badfenster", Quantity.WINDOW),
            contact("Flur", "Rauchmelder", Quantity.SMOKE),
            tracker("Anna"),
        )
    ),
}


def understood(language: str, text: str) -> list[tuple[str, dict[str, object]]]:
    """Each call, with the arguments that were given."""
    found = requests(language).understand(text, HOUSES[language], None, None)
    return [
        (call.name, {name: value for name, value in json.loads(call.arguments).items() if value not in (None, False)})
        for request in found.requests
        for call in request.plan.calls
        if request.may_act or call.name not in {"set_watch", "cancel_watch"}
    ]


@pytest.mark.parametrize(("language", "line"), [*(("en", one) for one in ENGLISH), *(("de", one) for one in GERMAN)])
def test_it_is_understood_as_meant(language: str, line: str) -> None:
    said, _, meant = line.partition(" -> ")
    tool, _, arguments = meant.partition(":")
    wanted = dict(pair.split("=") for pair in arguments.strip().split(", ") if pair)
    ((found, given),) = understood(language, said)
    assert found == tool
    assert {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in given.items()} == wanted


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "let me know if the front door is open"),
        ("en", "tell me if the kitchen window is closed"),
        ("en", "tell me when the front door was last opened"),
        ("en", "when was the front door opened"),
        ("en", "is the washing machine done"),
        ("en", "did you tell me when the washing machine was done"),
        ("en", "why did you tell me that the front door is open"),
        ("en", "what would you do when the front door opens"),
        ("en", "tell me when the washing machine is done and turn off the counter light"),
        ("de", "sag mir, ob die Haustür offen ist"),
        ("de", "wann wurde die Haustür zuletzt geöffnet"),
        ("de", "ist die Waschmaschine fertig"),
        ("de", "sag mir, wann die Haustür zuletzt offen war"),
        ("de", "warum hast du mir Bescheid gesagt"),
    ],
)
def test_what_asks_of_now_or_of_before_watches_for_nothing(language: str, said: str) -> None:
    assert {name for name, _ in understood(language, said)} <= {"query_sensors"}


def offered(request: Any) -> list[str]:
    return [tool["function"]["name"] for tool in request.body["tools"]]


@pytest.mark.parametrize(
    ("said", "more", "acts"),
    [
        ("would you call it toasty", set(), False),
        ("tell me when the dishwasher has had enough of it", {"set_watch", "list_watches", "cancel_watch"}, False),
        ("warn me should the cat flap ever squeak", {"set_watch", "list_watches", "cancel_watch"}, None),
        ("sum up the goings on in verse", {"summarise_day"}, None),
    ],
)
async def test_a_model_is_told_of_these_tools_only_where_they_are_spoken_of(
    tmp_path: Path, said: str, more: set[str], acts: bool | None
) -> None:
    """And whoever says `tell me when` has ordered nothing else by it."""

    def script(_request: object, _number: int) -> Reply:
        return says("No.")

    async with ScriptedEndpoint(script) as server:
        model = {"enabled": True, "base_url": server.base_url, "name": "m"}
        settings = Settings.model_validate({"mqtt": {"enabled": False}, "model": model, "voice": {"enabled": False}})
        async with open_assistant(settings, tmp_path / "state") as assistant:
            await assistant.turns.hear(Utterance(text=said, asker=assistant.typist(None)))
        names = offered(server.requests[0])
        assert names[:2] == ["query_sensors", "describe_house"]
        assert {"set_watch", "list_watches", "cancel_watch", "summarise_day"} & set(names) == more
        if acts is not None:
            assert ("control_device" in names) is acts


def test_every_sentence_of_the_docs_is_understood() -> None:
    table, _, rest = (Path(__file__).parent.parent / "docs" / "watches.md").read_text().partition("In German:")
    german, _, rest = rest.partition("What was understood")
    english = re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)
    assert len(english) == 10
    for said in english:
        ((tool, _),) = understood("en", said)
        assert tool in {"set_watch", "list_watches", "cancel_watch"}, said
    for said in re.findall(r"`(.+?)`", german, re.DOTALL):
        assert understood("de", " ".join(said.split())), said
    asked, _, german = rest.partition("## How the day was")[2].partition("in German")
    for language, text in (("en", asked), ("de", german.partition("At most")[0])):
        for said in re.findall(r"`(.+?)`", text, re.DOTALL):
            ((tool, _),) = understood(language, " ".join(said.split()))
            assert tool == "summarise_day", said
