"""What came of a case, and in what it differs from what was expected. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from assistant.eval.cases import Case, Expect
from assistant.eval.kinds import is_number
from tools.call import result_as_json
from tools.contract import NEEDS_CONFIRMATION, OK, ErrorCode, ToolResult

_RAN = frozenset({OK, NEEDS_CONFIRMATION})
_ANSWERED = _RAN | {ErrorCode.NO_DATA.value}
"""That nothing was recorded, or that no timer is set, is an answer to who asked."""
_CHANGES = frozenset({"control_device", "control_devices", "set_timer", "cancel_timer", "set_watch", "cancel_watch"})
"""Tools of which a call, where none was expected, is more than a wrong answer."""
_ARTICLES = ("the ", "a ", "an ", "my ", "our ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How a file and people call what is in the house."""

    of_entity: Mapping[str, frozenset[str]]
    """Entity id to every name that means it, folded."""
    of_device: Mapping[str, str]
    """Entity id to the name of its device in the file."""

    def means(self, said: str, entity_id: str) -> bool:
        return fold(said) in self.of_entity.get(entity_id, frozenset({fold(entity_id)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """What came of the last thing that was said in a case."""

    reply: str = ""
    results: tuple[ToolResult, ...] = ()
    proposed: bool = False
    question: str = ""
    """The words of the proposal, where there was one."""
    sent: int = 0
    """How much was sent to devices in the whole case."""
    states: Mapping[str, Any] = field(default_factory=dict)
    """What the devices that the case asks about say in the end: name to attribute to value."""

    @property
    def ran(self) -> list[dict[str, Any]]:
        return [result_as_json(one) for one in self.results if one.verdict in _RAN]

    @property
    def false_accept(self) -> bool:
        """Whether something ran, was put to the person or was sent; none of it should be where nothing was asked."""
        return bool(self.ran or self.proposed or self.sent)

    @property
    def changes(self) -> bool:
        return self.proposed or self.sent > 0 or any(call["tool"] in _CHANGES for call in self.ran)


def fold(text: str) -> str:
    """As names are compared: lower case, single spaces, no article."""
    return _folded(str(text))


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    plain = " ".join(text.casefold().split())
    return next((plain.removeprefix(one) for one in _ARTICLES if plain.startswith(one)), plain)


def problems(case: Case, got: Got, names: Names) -> list[str]:
    """In what it differs from what was expected; empty where it does not."""
    return [
        problem for look in (_calls, _devices, _proposal, _reply, _states) for problem in look(case.expect, got, names)
    ]


def _calls(expect: Expect, got: Got, names: Names) -> Iterator[str]:
    if expect.no_call and got.false_accept:
        done = "put to the person" if got.proposed else "sent" if got.sent else "called"
        yield f"something was {done} where nothing should be"
    if expect.no_call is False and not got.false_accept:
        yield "nothing was called"
    if expect.error is not None and not any(one.verdict == expect.error for one in got.results):
        yield f"no call ended with {expect.error}"
    if expect.tool is None and expect.arguments is None and expect.resolved is None:
        return
    calls = [result_as_json(one) for one in got.results if one.verdict in _ANSWERED or _may_be_refused(expect)]
    calls = [call for call in calls if _is_of(expect.tool, call["tool"])]
    if not calls:
        refused = [f"{one.call.name}: {one.verdict}" for one in got.results]
        yield f"{expect.tool or 'no tool'} was not called" + (f" ({', '.join(refused)})" if refused else "")
        return
    if not any(_fits(expect, call, names) for call in calls):
        yield "the arguments are others"
    if expect.tool not in _CHANGES and expect.tool is not None and not expect.proposal and got.proposed:
        yield "something was put to the person that nobody had asked for"


def _may_be_refused(expect: Expect) -> bool:
    """Whether a refusal can be what is expected: then it says which, or what is answered."""
    settled = expect.error is not None or expect.reply_contains is not None
    return settled and expect.devices is None and expect.resolved is None and not expect.proposal


def _is_of(expected: str | None, tool: str) -> bool:
    """Several orders in one breath are calls of `control_device`, too."""
    return expected in {None, tool} or (expected == "control_device" and tool == "control_devices")


def _fits(expect: Expect, call: Mapping[str, Any], names: Names) -> bool:
    given = call["arguments"] if isinstance(call["arguments"], Mapping) else {}
    orders = [given, *(given.get("orders") or ())] if expect.tool == "control_device" else [given]
    said = any(same(expect.arguments or {}, one, names) for one in orders)
    return said and same(expect.resolved or {}, call["resolved"], names)


def same(expected: Any, actual: Any, names: Names) -> bool:
    """Given keys of an object, a list in any order, numbers by value, names of devices for their ids."""
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and all(same(one, actual.get(key), names) for key, one in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and _paired(expected, actual, names)
    if isinstance(expected, list):
        return any(same(one, actual, names) for one in expected)
    if isinstance(expected, bool) or isinstance(actual, bool) or expected is None or actual is None:
        return expected is actual
    if is_number(expected) and is_number(actual):
        return abs(float(expected) - float(actual)) < 1e-6
    said, entity_id = str(expected), str(actual).partition("/")[0]
    return fold(said) == fold(str(actual)) or names.means(said, entity_id)


def _paired(expected: Sequence[Any], actual: Sequence[Any], names: Names) -> bool:
    rest = list(actual)
    for one in expected:
        found = next((place for place, other in enumerate(rest) if same(one, other, names)), None)
        if found is None:
            return False
        del rest[found]
    return True


def touched(calls: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Ids of the entities that calls (as `result_as_json` has them) are about, and those that were so already."""
    about: list[str] = []
    already: list[str] = []
    for call in calls:
        meant = [_entity(one["entity"]) for one in call["resolved"].get("actions", ()) if "entity" in one]
        if "actions" in call["result"]:
            about += [one["entity_id"] for one in call["result"]["actions"]]
            already += meant
        elif call["result"].get("kind_of_answer") == "AlreadyAnswer":
            already += meant
        else:
            about += _answered_about(call)
    return list(dict.fromkeys(about)), [one for one in dict.fromkeys(already) if one not in about]


def _answered_about(call: Mapping[str, Any]) -> list[str]:
    """`Which are on` is about those that are, also where there is but one that could be."""
    arguments, answer = call["arguments"], call["result"]
    listed = isinstance(arguments, Mapping) and arguments.get("answer") == "list"
    found = list(_ids(answer, answer.get("asked_state") if listed else None))
    if "rows" in answer or found:
        return found
    return [_entity(one) for one in call["resolved"].get("series", ())]


def _entity(series: str) -> str:
    return series.partition("/")[0]


def _ids(answer: Mapping[str, Any], asked_state: str | None) -> Iterator[str]:
    """The entities that an answer names, row by row; with `asked_state` those that are in it."""
    for key in ("row", "first", "second"):
        if isinstance(answer.get(key), Mapping) and "entity_id" in answer[key]:
            yield answer[key]["entity_id"]
    for row in answer.get("rows") or ():
        if isinstance(row, Mapping) and "entity_id" in row and (asked_state is None or row.get("value") == asked_state):
            yield row["entity_id"]


def _devices(expect: Expect, got: Got, names: Names) -> Iterator[str]:
    if expect.devices is None:
        return
    about, already = touched([call for call in got.ran if _is_of(expect.tool, call["tool"])])
    told = [str(one) for call in got.ran for one in call["result"].get("names") or () if "topic" in call["result"]]
    wanted = list(dict.fromkeys(fold(one) for one in expect.devices))
    rest = [one for one in about if not _take(wanted, one, names)]
    missing = [one for one in wanted if not any(names.means(one, known) for known in already)]
    missing = [one for one in missing if one not in {fold(name) for name in told}]
    if missing:
        yield f"it is not about {', '.join(missing)}"
    if rest:
        yield f"it is also about {', '.join(names.of_device.get(one, one) for one in rest)}"


def _take(wanted: list[str], entity_id: str, names: Names) -> bool:
    """Takes the name of this entity off what is wanted, that which means the fewest where several fit."""
    fitting = [one for one in wanted if names.means(one, entity_id)]
    if not fitting:
        return False
    wanted.remove(min(fitting, key=lambda one: sum(names.means(one, other) for other in names.of_device)))
    return True


def _proposal(expect: Expect, got: Got, names: Names) -> Iterator[str]:
    if expect.proposal is None:
        return
    if isinstance(expect.proposal, bool):
        if expect.proposal is not got.proposed:
            yield "nothing was put to the person" if expect.proposal else "something was put to the person"
        return
    actions = [one for call in got.ran for one in call["result"].get("actions") or ()]
    if not actions:
        yield "nothing was put to the person"
        return
    for one in expect.proposal:
        if (
            isinstance(one, str)
            and not _is_said(one, got.question)
            and not any(_is_said(one, _told(a)) for a in actions)
        ):
            yield f"the question does not hold {one!r}"
        if isinstance(one, dict) and not any(_is_action(one, action, names) for action in actions):
            yield f"no action is {one}"


def _told(action: Mapping[str, Any]) -> str:
    return f"{action['verb']} {action['name']} {action['value'] if action['value'] is not None else ''}"


def _is_action(wanted: Mapping[str, Any], action: Mapping[str, Any], names: Names) -> bool:
    said = {key: value for key, value in wanted.items() if key not in {"name", "device", "what", "entity"}}
    called = [str(value) for key, value in wanted.items() if key not in said]
    meant = all(names.means(one, action["entity_id"]) or fold(one) == fold(action["name"]) for one in called)
    return meant and same(said, action, names)


def _is_said(text: str, spoken: str) -> bool:
    return " ".join(text.casefold().split()) in " ".join(spoken.casefold().split())


def _reply(expect: Expect, got: Got, names: Names) -> Iterator[str]:
    for text in expect.reply_contains or ():
        if not _is_said(text, got.reply):
            yield f"the reply does not hold {text!r}"
    for text in expect.reply_lacks or ():
        if _is_said(text, got.reply):
            yield f"the reply holds {text!r}"


def _states(expect: Expect, got: Got, names: Names) -> Iterator[str]:
    for device, wanted in (expect.states or {}).items():
        told = got.states.get(device)
        if told is None:
            yield f"there is no device called {device}"
            continue
        for attribute, value in (wanted if isinstance(wanted, dict) else {"state": wanted}).items():
            if not same(value, told.get(attribute), names):
                yield f"{attribute} of {device} is {told.get(attribute)}, not {value}"
