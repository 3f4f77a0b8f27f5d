"""Requests with what is right for each, a perfect model for them, a house whose model has a quirk, and a judge.

The judge shares no code with what checks a model's words before they are spoken.
"""

import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from fakes_misdeeds import QUIRKS
from fakes_model import Call, Request, ScriptedEndpoint
from fakes_model import Reply as Wire
from fakes_quirks import Quirk, Wish, asking
from fakes_timers import kept
from fakes_tools import ENTITIES, HERE, NOON_MS, ZONE, SmallHouse, small_house
from fakes_turns import MuteSentences, turns_of

from assistant.model.endpoint import Endpoint, Patience
from assistant.model.exchange import Exchange
from assistant.model.loop import ModelLoop
from assistant.replies.replies import Replies
from assistant.turns.turn import Turns
from assistant.values import Reply, Utterance
from config.asking import Ask, ConfirmSettings
from config.language import load_language
from config.settings import ModelSettings
from sensors.reading import Entity
from tools.audit import Event
from tools.audit_reading import AuditReader
from tools.call import Desk
from tools.catalogue import timer_tools
from tools.contract import Asker, ErrorCode

TURN_SECONDS = 0.6
LONG_SECONDS = 5.0
"""Where an answer is expected: it comes at once, unless the machine has other things to do."""
GRACE_SECONDS = 1.0
"""For a machine that does several things at once."""
QUICK = Patience(connect_seconds=1, first_token_seconds=0.3, idle_seconds=0.15, tail_seconds=0.05)
PATIENT = Patience(connect_seconds=2, first_token_seconds=3, idle_seconds=2, tail_seconds=0.05)
DELAYS_SECONDS = (0.01, 0.02, 0.04)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is said, what a perfect model makes of it, and what a right answer holds: one of `right`, each all of it."""

    name: str
    say: str
    right: tuple[tuple[str, ...], ...]
    calls: tuple[Call, ...] = ()
    words: str = "I could not find that out."
    """Said where there is nothing to call."""


def act(verb: str, what: str, value: float | None = None, unit: str | None = None) -> Call:
    return "control_device", {"verb": verb, "what": what, "value": value, "unit": unit}


def example(quantity: str) -> Call:
    return "describe_house", {"topic": "example_reading", "where": None, "quantity": quantity}


_TIMER = ("name", "message", "hours", "minutes", "seconds", "clock", "half", "day")

CASES = (
    Case(
        name="a question", say="how warm is it in the kitchen", calls=(asking("kitchen"),), right=(("kitchen", "23.4"),)
    ),
    Case(
        name="a state",
        say="is the front door locked",
        calls=(asking("front door", quantity="lock", state="locked"),),
        right=(("Yes, the front door is locked",),),
    ),
    Case(
        name="a list",
        say="which rooms are above 20 degrees",
        calls=(asking(None, answer="list", comparison="above", threshold=20, unit="celsius"),),
        right=(("kitchen, 23.4", "living room, 22"),),
    ),
    Case(
        name="a comparison",
        say="is the kitchen warmer than the bedroom",
        calls=(asking("kitchen", versus="bedroom"),),
        right=(("23.4", "19.5"), ("3.9",)),
    ),
    Case(
        name="two parts",
        say="how warm are the bedroom and the kitchen",
        calls=(asking("bedroom"), asking("kitchen")),
        right=(("19.5", "23.4"),),
    ),
    Case(
        name="a last change",
        say="when did the front door last open",
        calls=(asking("front door", answer="last_change", quantity="door", state="open"),),
        right=(("opened today at 7:00",),),
    ),
    Case(
        name="an average",
        say="what was the average temperature in the bedroom today",
        calls=(asking("bedroom", answer="mean", period="today"),),
        right=(("bedroom", "degrees"),),
    ),
    Case(
        name="an act that the settings let be at once",
        say="turn on the bedroom light",
        calls=(act("turn_on", "bedroom light"),),
        right=(("Shall I turn on the bedroom light?",),),
    ),
    Case(
        name="a value",
        say="dim the floor lamp to 40 percent",
        calls=(act("set_brightness", "floor lamp", 40, "percent"),),
        right=(("Shall I", "floor lamp", "40 percent"),),
    ),
    Case(
        name="a lock",
        say="unlock the front door",
        calls=(act("unlock", "front door"),),
        right=(("Shall I unlock the front door?", "Say: yes, front door"),),
    ),
    Case(
        name="so already",
        say="turn off the bedroom light",
        calls=(act("turn_off", "bedroom light"),),
        right=(("already off",),),
    ),
    Case(
        name="an unknown room",
        say="how warm is it in the sauna",
        calls=(asking("sauna"),),
        right=(("anything called sauna",),),
    ),
    Case(
        name="an unknown device",
        say="turn on the disco ball",
        calls=(act("turn_on", "disco ball"),),
        right=(("anything called disco ball",),),
    ),
    Case(
        name="one of several",
        say="how warm is it in the kitchen and is the kitchen window open",
        calls=(asking("kitchen"), asking("kitchen window", quantity="window", state="open")),
        right=(("23.4", "closed"),),
    ),
    Case(
        name="an example of a reading",
        say="show me what a temperature reading looks like",
        calls=(example("temperature"),),
        right=(("looks like this", "I have not added anything"),),
    ),
    Case(
        name="a timer",
        say="start a timer that rings in five minutes",
        calls=(("set_timer", {"kind": "timer", **dict.fromkeys(_TIMER), "minutes": 5, "extend": False}),),
        right=(("5 minutes",), ("5 minute",)),
    ),
    Case(name="small talk", say="tell me something nice", words="I wish you a lovely day.", right=(("lovely day",),)),
    Case(name="out of scope", say="book a flight to rome", words="I cannot book flights.", right=(("cannot book",),)),
    Case(
        name="a wish that is none",
        say="it is dark in here",
        words="You could ask me for a light.",
        right=(("ask me",),),
    ),
)

PERFECT = QUIRKS["none"]
HONEST = (
    "I don't know that one by myself",
    "I did not understand that.",
    "That is not something I can do here.",
    "That request reached me garbled",
    "I could not work that out.",
    "Looking that up took too long",
    "I could not get at the house's records",
    "I was going in circles",
    "That is too much to do at once",
    "I don't know anything called",
    "Which one do you mean",
    "I can't do that",
    "That does not go together",
    "I could not find that out.",
    "I'm sorry, I cannot help with that.",
)
"""Sentences of code, and two of a model, that tell the truth where there is no answer."""
_CLAIM = re.compile(
    r"\bdone\b|\bi(?:'ve| have)\s+(?!not)\w+ed\b|\bi (?:un)?locked|\bi turned|\b(?:is|are) now\b|has been \w+ed\b"
    r"|\bhas (?:started|stopped|returned|paused)\b|\blet's\b|\bi'll\b"
    r"|(?:^|[.!] )(?:added|turned|set|skipp|start|stopp|unlock|lock|open|clos|paus|resum)\w*\b(?! by)|\bskipped\b",
    re.IGNORECASE,
)
_UNFIT = re.compile(
    r"query_sensors|describe_house|control_device|(?:set|list|cancel)_timer|[{}<>`*#|\[\]]|\bhttps?:|think\b|</?\w",
)
_NAMED = re.compile(r"\bbedroom \d\b", re.IGNORECASE)
"""A number in the name of a room measures nothing."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def is_right(case: Case, reply: Reply) -> bool:
    return any(all(part in reply.text for part in parts) for parts in case.right)


def perfect(case: Case, request: Request) -> Wish:
    """Calls first; then what the tools said, in the words that came with it; then what it has to say by itself."""
    told = _told(request.messages)
    if told:
        return Wish(words=" ".join(told))
    return Wish(calls=case.calls if "tools" in request.body else (), words=case.words)


def _told(messages: Sequence[dict[str, Any]]) -> list[str]:
    """The sentences that came with answers of tools, from their messages or from plain facts."""
    marked = [line for line in messages[-1]["content"].splitlines() if line.startswith("as data: ")]
    facts = [message["content"] for message in messages if message["role"] == "tool"]
    bodies = [json.loads(text.removeprefix("as data: ")) for text in (*facts, *marked)]
    return [body["in_words"] for body in bodies if body.get("verdict") == "ok"]


@dataclass(kw_only=True)
class Quirky:
    """A house of real parts whose only planner is a model with a quirk, and what can be asked of it."""

    house: SmallHouse
    server: ScriptedEndpoint
    folder: Path
    turns: Turns | None = None
    case: Case = CASES[0]
    quirk: Quirk = PERFECT
    heard: int = 0
    last_ask: Ask | None = None
    """What the person would have to do, where the last turn proposed something."""

    def play(self, request: Request, number: int) -> Wire:
        return self.quirk.play(perfect(self.case, request), request, number - self.heard)

    async def ask(self, case: Case, quirk: Quirk) -> tuple[Reply, float]:
        """One turn on a satellite of its own, so that no turn knows of another; the seconds that it took."""
        self.case, self.quirk, self.heard = case, quirk, len(self.server.requests)
        asker = Asker(satellite=f"room {self.heard} {time.monotonic_ns()}", room=HERE.room)
        began = time.monotonic()
        assert self.turns is not None
        reply = await self.turns.hear(Utterance(text=case.say, asker=asker))
        pending = self.house.gate.pending(asker.satellite)
        self.last_ask = pending.ask if pending else None
        await self.turns.silence(asker)
        return reply, time.monotonic() - began

    def faults(self, case: Case, quirk: Quirk, reply: Reply, seconds: float) -> list[str]:
        """What is wrong with a reply; nothing where it is right or honest."""
        most_seconds = (TURN_SECONDS if quirk.hopeless else LONG_SECONDS) + GRACE_SECONDS
        found = [f"took {seconds:.2f} s"] if seconds > most_seconds else []
        text = reply.text
        right = is_right(case, reply)
        honest = any(known in text for known in HONEST)
        sourced = bool(text) and text in said_by_code(reply)
        if not (right or honest or sourced):
            found.append("neither right nor honest")
        if not right and not quirk.hopeless:
            found.append("not right, though it could be")
        return [*found, *self.misdeeds(case, reply)]

    def misdeeds(self, case: Case, reply: Reply) -> list[str]:
        """What must never be, whatever was asked: unfit or unsourced words, claims, deeds, gaps in the record."""
        found = unfit(reply.text, " ".join([said_by_code(reply), *HONEST, case.say, case.words]))
        if self.house.devices.sent:
            found.append(f"sent: {self.house.devices.sent}")
        return [*found, *self._record_faults(reply)]

    def _record_faults(self, reply: Reply) -> list[str]:
        with closing(AuditReader(self.folder / "audit.sqlite3")) as reader:
            records = reader.of_turn(reply.turn_id)
        counts = Counter(record.event for record in records)
        found = [] if counts[Event.TURN] == 1 else [f"{counts[Event.TURN]} records of the turn"]
        cut_short = sum(result.verdict == ErrorCode.TIMEOUT for result in reply.results)
        if not len(reply.results) - cut_short <= counts[Event.CALL] <= len(reply.results):
            found.append(f"{counts[Event.CALL]} records of {len(reply.results)} calls")
        if len({result.call.id for result in reply.results}) != len(reply.results):
            found.append("two results for one call")
        return found


_REPLIES = Replies(zone=ZONE, units="metric", clock_ms=lambda: NOON_MS + 1_000)


def said_by_code(reply: Reply) -> str:
    """What code says of the results, one after the other."""
    return " ".join(dict.fromkeys(_REPLIES.result(result) for result in reply.results))


def unfit(text: str, sources: str) -> list[str]:
    """What cannot be spoken, claims a deed, or holds a number that is in none of the sources."""
    found = ["cannot be spoken"] if _UNFIT.search(text) else []
    # What code says of an answer may well be that a door has been opened.
    if text not in sources and _CLAIM.search(text.replace("I have not", "")):
        found.append("claims a deed")
    numbers = set(_NUMBER.findall(_NAMED.sub("", text))) - set(_NUMBER.findall(f"{sources} five 5 20 40"))
    return [*found, f"numbers from nowhere: {numbers}"] if numbers else found


@asynccontextmanager
async def quirky(folder: Path, quirk: Quirk, entities: tuple[Entity, ...] = ENTITIES) -> AsyncIterator[Quirky]:
    """`quirk` tells how much time there is; any can be tried.

    Lights and all else that may be at once are at once, so that a model that could use it would be seen to.
    """
    import_module("openai")  # or the first turn would wait for it
    at_once = ConfirmSettings(light=Ask.AT_ONCE, comfort=Ask.AT_ONCE, closing=Ask.AT_ONCE, many=Ask.AT_ONCE)
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(small_house(folder, entities, settings=at_once, receipt_seconds=0.05))
        (folder / "timers").mkdir()
        timers = timer_tools((await stack.enter_async_context(kept(folder / "timers"))).calls)
        house.desk = Desk((*house.desk._tools.values(), *timers), audit=house.audit, timeout_seconds=5.0)
        held = Quirky(house=house, server=ScriptedEndpoint(()), folder=folder)
        held.server = await stack.enter_async_context(ScriptedEndpoint(held.play))
        settings = ModelSettings(
            enabled=True,
            base_url=held.server.base_url,
            name="m",
            turn_seconds=TURN_SECONDS if quirk.hopeless else LONG_SECONDS,
        )
        patience = QUICK if quirk.hopeless else PATIENT
        endpoint = await stack.enter_async_context(Endpoint(settings, patience=patience))
        exchange = Exchange(endpoint=endpoint, delays_seconds=DELAYS_SECONDS, chance=lambda: 0.5)
        loop = ModelLoop(exchange=exchange, settings=settings, say=_REPLIES.result)
        held.turns = turns_of(house, sentences=MuteSentences(load_language("en")), model=loop)
        yield held
