"""Takes the decisions of a recorded turn again, from its record alone, and tells whether they come out the same.

What is pure is done anew: what was said is planned over the house as it was, arguments are checked, answers and errors
are spoken, consent is judged. What came from outside (readings, a model's calls, the gate's receipts) is as recorded.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from assistant.model.assemble import parse_arguments
from assistant.model.outcome import StoppedBecause
from assistant.model.record import retake
from assistant.replies.replies import Replies
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.requests import Requests
from assistant.turns.errands import errands_of
from assistant.turns.record import house_from_json, subject_from_json
from config.language import Language, load_language
from tools.answers import answer_from_json
from tools.arguments import ARGUMENTS
from tools.consent import Consent, consent
from tools.contract import ErrorCode, ToolCall, ToolError, ToolResult, error_from_record
from tools.parsing import parsed, repaired, validated
from tools.pin import BLANK

_ALL_FIELDS = frozenset(name for model in ARGUMENTS.values() for name in model.model_fields)

FORMAT = 1
"""Of an exported case."""

TAKEN_AGAIN = "The plan, the arguments and what code says to each result come out the same; results are as recorded."
MODEL_AGAIN = (
    "The model's messages lead to the same calls and the same words, and the arguments come out the same;"
    " messages and results are as recorded."
)
ANSWER_ONLY = "The words mean the same as an answer; what was done then is not taken again."
ARGUMENTS_ONLY = "The arguments come out the same; what a model made of the words is not taken again."


_COMES_OF = {
    Consent.ACCEPT: frozenset({"accepted", "pin_needed", "console_needed", "repeat", "rejected"}),
    Consent.ECHO_NEEDED: frozenset({"echo_needed", "rejected"}),
    Consent.REPEAT: frozenset({"repeat", "rejected"}),
    Consent.REJECT: frozenset({"rejected"}),
    Consent.OTHER: frozenset({"other"}),
}
"""What the gate can make of an answer; which of them depends on what was asked before, and how often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that came out otherwise than it did then."""

    what: str
    then: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One turn with all that its decisions rest on."""

    turn: Mapping[str, Any]
    house: Mapping[str, Any]
    facts: Mapping[str, Any]
    at_ms: int
    question: Mapping[str, Any] | None = None
    """What had been asked, where the words answered it."""


def as_json(case: Case) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "at_ms": case.at_ms,
        "question": None if case.question is None else dict(case.question),
        "facts": dict(case.facts),
        "house": dict(case.house),
        "turn": dict(case.turn),
    }


def from_json(kept: Mapping[str, Any]) -> Case:
    """Raises ValueError for what is no exported case."""
    try:
        if kept["format"] != FORMAT:
            raise ValueError(f"the case has format {kept['format']}; this program reads {FORMAT}")
        return Case(
            turn=kept["turn"],
            house=kept["house"],
            facts=kept["facts"],
            at_ms=int(kept["at_ms"]),
            question=kept["question"],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"it is no exported turn: {error} is missing or of the wrong kind") from error


def replay(case: Case) -> tuple[Difference, ...]:
    """Empty where every decision and every word comes out as it did."""
    return tuple(
        difference
        for look in (_consent, _plan, _model, _arguments, _speech)
        for difference in look(case)
        if difference.then != difference.now
    )


def covered(case: Case) -> str:
    """What of the turn it is that was taken again, for a person: no more is claimed."""
    if case.turn["planner"] == "sentences":
        return TAKEN_AGAIN
    if case.turn.get("model"):
        return MODEL_AGAIN
    return ANSWER_ONLY if case.question is not None else ARGUMENTS_ONLY


@lru_cache(maxsize=2)
def _planner(language: Language) -> SentencePlanner:
    """One for all turns, since reading a language takes longer than a turn."""
    return SentencePlanner(language)


def _consent(case: Case) -> Iterator[Difference]:
    """What the words mean as an answer to the question that was open."""
    heard = str(case.turn["heard"])
    if case.question is None or BLANK in heard:
        return
    language = load_language(str(case.facts["language"]))
    said = _planner(language).with_digits(heard)
    meant = consent(said, language.confirm, case.question["echo"])
    then = str(case.turn["intent"]) if case.turn["planner"] == "interceptor" else Consent.OTHER.value
    now = then if then in _COMES_OF[meant] else meant.value
    yield Difference(what="answer to the question", then=then, now=now)


def _plan(case: Case) -> Iterator[Difference]:
    """What the sentences make of the words."""
    if case.turn["planner"] not in ("sentences", "model"):
        return
    language = load_language(str(case.facts["language"]))
    requests = Requests(_planner(language), language)
    then = case.turn["planner"] == "sentences"
    about = subject_from_json(case.turn.get("about"))
    house = house_from_json(dict(case.house))
    found = requests.understand(case.turn["heard"], house, case.turn["room"], about, alone=then).requests
    yield Difference(what="understood without a model", then=str(then), now=str(bool(found)))
    if not (then and found):
        return
    yield Difference(what="intent", then=str(case.turn["intent"]), now=found[0].plan.intent)
    made = [errand.call for errand in errands_of(found) if errand.call is not None]
    calls = [{"tool": call.name, "arguments": json.loads(call.arguments)} for call in made]
    recorded = [{"tool": call["tool"], "arguments": call["arguments"]} for call in case.turn["calls"]]
    # Where one of several orders could not be done, the others were called for once more.
    yield Difference(what="calls", then=_text(recorded[: len(calls)]), now=_text(calls))


def _model(case: Case) -> Iterator[Difference]:
    """What the loop makes of what the model said."""
    kept = case.turn.get("model")
    if not kept:
        return
    results = [_result(call) for call in case.turn["calls"]]
    again = retake(kept, results=results, say=_replies(case).result)
    # A thread of its own, because whoever asks for it may be in an event loop already.
    with ThreadPoolExecutor(1) as thread:
        retaken = thread.submit(asyncio.run, again).result()
    yield Difference(what="end of the model's turn", then=kept["stopped"], now=retaken.outcome.stopped_because.value)
    yield Difference(what="words of the model", then=kept["text"], now=retaken.outcome.text)
    # What was cut off has no result, so that it is not among the turn's calls.
    if kept["stopped"] not in {StoppedBecause.TIME, StoppedBecause.CANCELLED}:
        then, now = (
            _text(sorted((_called(call) for call in calls), key=str))
            for calls in ([result.call for result in results], retaken.calls)
        )
        yield Difference(what="calls of the model", then=then, now=now)


def _arguments(case: Case) -> Iterator[Difference]:
    """Whether each call's arguments pass the schema as they did."""
    refusals = {ErrorCode.BAD_JSON.value, ErrorCode.SCHEMA.value}
    for number, call in enumerate(case.turn["calls"], 1):
        model = ARGUMENTS.get(call["tool"])
        if model is None or call["verdict"] == ErrorCode.UNKNOWN_TOOL:
            continue
        given = call["arguments"] if isinstance(call["arguments"], str) else json.dumps(call["arguments"])
        try:
            validated(model, repaired(parsed(given), model, _ALL_FIELDS))
            now = "valid"
        except ToolError as refused:
            now = refused.code.value
        then = call["verdict"] if call["verdict"] in refusals else "valid"
        yield Difference(what=f"schema of call {number}", then=then, now=now)


def _speech(case: Case) -> Iterator[Difference]:
    """What code says to each result; a reply by code holds all of it, word for word."""
    if case.turn["planner"] != "sentences":
        return
    replies = _replies(case)
    said = str(case.turn["said"])
    for number, call in enumerate(case.turn["calls"], 1):
        now = _spoken(call, replies, of_several=number < len(case.turn["calls"]))
        yield Difference(what=f"speech of call {number}", then=now if now in said else said, now=now)


def _replies(case: Case) -> Replies:
    return Replies(
        zone=ZoneInfo(case.facts["zone"]),
        units=case.facts["units"],
        clock_ms=_clock(case.at_ms),
        language=str(case.facts["language"]),
    )


def _clock(at_ms: int) -> Callable[[], int]:
    return lambda: at_ms


def _spoken(call: Mapping[str, Any], replies: Replies, *, of_several: bool) -> str:
    result: Mapping[str, Any] = call["result"]
    if "error" not in result:
        return replies.answer(answer_from_json(result))
    return replies.error(error_from_record({**result, "suggestion": None} if of_several else result))


def _result(call: Mapping[str, Any]) -> ToolResult:
    """A recorded call with what came of it."""
    arguments, told = call["arguments"], call["result"]
    wanted = ToolCall(
        id="", name=call["tool"], arguments=arguments if isinstance(arguments, str) else json.dumps(arguments)
    )
    if "error" not in told:
        return ToolResult(call=wanted, verdict=call["verdict"], answer=answer_from_json(told))
    return ToolResult(call=wanted, verdict=call["verdict"], error=error_from_record(told))


def _called(call: ToolCall) -> dict[str, Any]:
    return {"tool": call.name, "arguments": parse_arguments(call.arguments) or call.arguments}


def _text(value: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
