"""The recorded answers of twenty language models to another home assistant, played to ours as if they had been for it.

Once with the tools as the models called them, of which there are none here, once with ours in their place, and once
with what they said at the end after two of our reads. The recordings lie beside the checkout and not in it.
"""

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fakes_cases import Case
from fakes_house import climate, cover, light, lock, switch
from fakes_model import Call, Reply, Request, calls, says
from fakes_quirks import Quirk, Wish, asking
from fakes_tools import ENTITIES

from sensors.reading import Entity, Quantity

RUNS = Path(__file__).resolve().parent.parent.parent / "shared" / "fixtures" / "replay" / "model_runs.jsonl.gz"
_QUESTION = "what is going on in the house"
_ORDER = "turn everything as it should be"
_FOREIGN = re.compile(r"\bHass[A-Z]\w+|GetLiveContext|GetDateTime|todo_get_items|calendar_get_events|suppress_output")
_BUILDERS = {"light": light, "lock": lock, "cover": cover, "climate": climate}
_READS = frozenset({"GetLiveContext", "GetDateTime", "todo_get_items", "calendar_get_events"})
_VERBS: Mapping[tuple[str, str], str] = {
    ("HassTurnOn", "lock"): "lock",
    ("HassTurnOff", "lock"): "unlock",
    ("HassTurnOn", "cover"): "open",
    ("HassTurnOff", "cover"): "close",
    ("HassTurnOn", "valve"): "open",
    ("HassTurnOff", "valve"): "close",
    ("HassTurnOn", ""): "turn_on",
    ("HassTurnOff", ""): "turn_off",
    ("HassSetPosition", ""): "set_position",
    ("HassLightSet", ""): "set_brightness",
    ("HassClimateSetTemperature", ""): "set_temperature",
    ("HassVacuumStart", ""): "turn_on",
    ("HassVacuumReturnToBase", ""): "turn_off",
    ("HassStopMoving", ""): "stop",
}
"""What a foreign tool does to a kind of thing; the empty kind is any other."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One recorded turn: messages with calls, and what was said at the end."""

    model: str
    utterance: str
    messages: tuple[tuple[str, tuple[Call, ...]], ...]
    """What was said beside the calls, and the calls."""
    reply: str

    @property
    def case(self) -> Case:
        return Case(name=self.model, say=self.utterance, right=((self.reply,),))

    def as_it_was(self) -> Quirk:
        return self._played([calls(*made, before=said or None) for said, made in self.messages])

    def with_our_tools(self) -> Quirk:
        return self._played([calls(*map(ours, made), before=said or None) for said, made in self.messages])

    def after_two_reads(self) -> Quirk:
        return self._played([calls(asking("kitchen"), asking("bedroom"))])

    def _played(self, messages: list[Reply]) -> Quirk:
        def play(_wish: Wish, _request: Request, number: int) -> Reply:
            return messages[number] if number < len(messages) else says(self.reply)

        return Quirk(seen="runs", play=play)


WAYS = {"as it was": Run.as_it_was, "with our tools": Run.with_our_tools, "after two reads": Run.after_two_reads}


def recorded() -> list[Run]:
    with gzip.open(RUNS, "rt", encoding="utf-8") as lines:
        return [_run(json.loads(line)) for line in lines]


def _run(kept: dict[str, Any]) -> Run:
    by_turn: dict[int, list[dict[str, Any]]] = {}
    for call in kept["tool_calls"]:
        by_turn.setdefault(call["turn"], []).append(call)
    acts = any(call["name"] not in _READS for call in kept["tool_calls"])
    return Run(
        model=kept["model"],
        utterance=kept["utterance"] or (_ORDER if acts else _QUESTION),
        messages=tuple(
            (str(made[0].get("said_before") or ""), tuple((call["name"], call["arguments"]) for call in made))
            for _, made in sorted(by_turn.items())
        ),
        reply=kept["reply"],
    )


def ours(call: Call) -> Call:
    """The call of another assistant as one of ours, as far as there is one."""
    name, given = call
    assert not isinstance(given, str)
    if name == "GetLiveContext":
        return "describe_house", {"topic": "devices", "where": None, "quantity": None}
    kind = _kind(given)
    verb = _VERBS.get((name, kind)) or _VERBS.get((name, ""))
    if verb is None:
        return call
    what = given.get("name") or " ".join(str(given[key]) for key in ("area", "floor", "domain") if given.get(key))
    value = next((given[key] for key in ("position", "brightness", "temperature") if key in given), None)
    return "control_device", {"verb": verb, "what": what or "everything", "value": value, "unit": None}


def _kind(given: Mapping[str, Any]) -> str:
    domain = given.get("domain")
    return str((domain or [""])[0] if isinstance(domain, list) else domain or "")


def things_in(runs: Iterable[Run]) -> tuple[Entity, ...]:
    """The house of the tests, and everything that the models knew by name, so that their orders lead to proposals."""
    found: dict[str, Entity] = {entity.name: entity for entity in ENTITIES}
    for run in runs:
        for _, made in run.messages:
            for _, given in made:
                assert not isinstance(given, str)
                name = given.get("name")
                if isinstance(name, str) and name not in found:
                    found[name] = _thing(_kind(given), name)
    return tuple(found.values())


def _thing(kind: str, name: str) -> Entity:
    if kind == "cover" and "garage" in name.lower():
        return cover("Somewhere", name, Quantity.GARAGE_DOOR)
    return _BUILDERS.get(kind, switch)("Somewhere", name)


def foreign_words(text: str) -> list[str]:
    """Names of tools of the other assistant that would be read aloud."""
    return _FOREIGN.findall(text)
