"""Whole conversations in a German house, word for word: what is asked, agreed to, refused, and said of it later."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fakes_model import Reply as ScriptedReply
from fakes_model import ScriptedEndpoint, calls, control, query, says

from assistant.eval.house import read_house
from assistant.eval.stage import open_stage
from assistant.eval.trial import Planners, planner_of, speaking
from assistant.model.build import open_model
from assistant.model.cost import Day
from assistant.replies.replies import Replies
from assistant.turns.by_model import Model
from assistant.turns.turn import Turns
from assistant.values import Utterance
from config.model import ModelSettings
from config.settings import Settings
from sensors.clock import now_ms
from tools.contract import Asker

HOUSE = Path(__file__).parent / "golden" / "de.house.json"


class German:
    """Somebody at a microphone in the living room."""

    def __init__(self, turns: Turns, asker: Asker) -> None:
        self._turns = turns
        self._asker = asker

    async def say(self, text: str) -> str:
        reply = await self._turns.hear(Utterance(text=text, asker=self._asker))
        await self._turns.spoken(self._asker)
        return reply.text

    async def says_nothing(self) -> str:
        reply = await self._turns.silence(self._asker)
        return reply.text if reply is not None else ""


@asynccontextmanager
async def at_home(planners: Planners = Planners.SENTENCES, model: Model | None = None) -> AsyncIterator[German]:
    house = read_house(HOUSE)
    settings = speaking(Settings(), house, "de")
    async with open_stage(house, settings, sentences=planner_of("de", planners), model=model) as stage:
        yield German(stage.turns, stage.roles.asker("wohnzimmer", "Wohnzimmer"))


CONVERSATIONS: list[list[tuple[str, str]]] = [
    [
        ("Schalte die Stehlampe ein", "Soll ich die Stehlampe einschalten? Gerade ist sie aus."),
        ("Wie bitte?", "Soll ich die Stehlampe einschalten?"),
        ("Ja", "Die Stehlampe ist jetzt an."),
        ("Schalte die Stehlampe ein", "Die Stehlampe ist schon an."),
    ],
    [
        ("Schalte die Stehlampe ein", "Soll ich die Stehlampe einschalten? Gerade ist sie aus."),
        ("Nein", "Okay, ich lasse es."),
        ("Ja", "Es wartet gerade nichts auf ein Ja oder ein Nein."),
    ],
    [
        (
            "Schließ die Haustür auf",
            "Soll ich das Haustürschloss aufschließen? Gerade ist es abgeschlossen. Sag: ja, Haustürschloss.",
        ),
        ("Ja", "Soll ich das Haustürschloss aufschließen? Dann sag bitte: ja, Haustürschloss."),
        ("Ja, Haustürschloss", "Das Haustürschloss ist jetzt aufgeschlossen."),
    ],
    [
        ("Wie warm ist es in der Küche?", "Die Temperatur in der Küche beträgt 21,8 Grad."),
        ("Danke", "Gern geschehen."),
        ("", "Das habe ich leider nicht verstanden. Ich kann dir sagen, was die Sensoren im Haus jetzt melden"),
    ],
    [
        ("Stell einen Nudeltimer auf acht Minuten", "Nudel-Timer, 8 Minuten, ab jetzt."),
        ("Welche Timer laufen?", "Nudel-Timer, noch 8 Minuten."),
        ("Timer auf zehn Minuten", "Timer, 10 Minuten, ab jetzt."),
        ("Lösch den Timer", "Was meinst du: den Nudel-Timer oder den Timer über 10 Minuten?"),
        ("den Nudeltimer", "Gelöscht: Nudel-Timer."),
        ("Lösch den 10 Minuten Timer", "Gelöscht: Timer über 10 Minuten."),
    ],
    [
        ("Kannst du mich morgen früh um sieben wecken?", "Wecker gestellt: morgen um 7 Uhr."),
        ("Kannst du mich morgen früh um acht wecken?", "Wecker gestellt: morgen um 8 Uhr."),
        ("Lösch den Wecker", "Was meinst du: den Wecker um 7 Uhr oder den Wecker um 8 Uhr?"),
        ("den um acht", "Gelöscht: Wecker."),
    ],
    [("x" * 1001, "Das war mir zu lang. Sag es bitte in einem Satz.")],
]


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda one: one[0][0][:30])
async def test_a_conversation(conversation: list[tuple[str, str]]) -> None:
    async with at_home() as somebody:
        for said, answered in conversation:
            reply = await somebody.say(said)
            assert reply.startswith(answered)
            assert reply == answered or said == ""


async def test_who_says_nothing_is_told_that_nothing_was_done() -> None:
    async with at_home() as somebody:
        await somebody.say("Schalte die Stehlampe ein")
        assert await somebody.says_nothing() == "Ich habe keine Antwort gehört und darum nichts getan."


async def test_the_assistant_tells_in_german_what_it_did_and_why() -> None:
    async with at_home() as somebody:
        await somebody.say("Schalte die Stehlampe ein")
        await somebody.say("Ja")
        did = await somebody.say("Was hast du gerade gemacht?")
        assert did.startswith("Heute um ") or did.startswith("Gestern um ")
        assert did.endswith(", gerade eben, sollte ich die Stehlampe einschalten. Das hat geklappt.")
        await somebody.say("Wie warm ist es im Keller?")
        why = await somebody.say("Warum hast du das gesagt?")
        assert why == "Du hast gesagt: Wie warm ist es im Keller. Ich konnte es nicht tun: im Haus heißt nichts so."


@pytest.mark.parametrize(
    ("script", "answered"),
    [
        ([says("Ich habe die Stehlampe eingeschaltet.")] * 4, "Das habe ich nicht verstanden."),
        ([says("Erledigt.")] * 4, "Das habe ich nicht verstanden."),
        (
            [calls(query("küche")), says("In der Küche sind es 30 Grad, und die Haustür ist offen.")],
            "Die Temperatur in der Küche beträgt 21,8 Grad.",
        ),
        (
            [calls(control("Stehlampe", "turn_on")), says("Die Stehlampe ist jetzt an.")],
            "Soll ich die Stehlampe einschalten? Gerade ist sie aus.",
        ),
    ],
    ids=["a deed", "a word", "a reading", "an order"],
)
async def test_what_a_model_says_in_german_is_told_by_code(script: list[ScriptedReply], answered: str) -> None:
    """Nobody can hold its German against what the house said; what it looked up or proposed can be told."""
    async with ScriptedEndpoint(script) as endpoint:
        settings = ModelSettings(enabled=True, base_url=endpoint.base_url, name="plauder")
        replies = Replies(zone=ZoneInfo("Europe/Berlin"), units="metric", clock_ms=now_ms, language="de")
        async with (
            open_model(settings, say=replies.result, day=Day(today=date.today)) as model,
            at_home(Planners.BOTH, model) as somebody,
        ):
            assert (await somebody.say("Mach es mir gemütlich")).startswith(answered)
