"""`assistant audit`: what was asked, decided, done and said; whether the record holds; a turn taken again."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from assistant.cli.screen import harmless, screen
from assistant.eval.exported import case_of, house_of
from assistant.state_dir import StateDir
from assistant.turns.replay import Case, as_json, covered, from_json, replay
from assistant.zone import house_zone
from config.errors import UserFacingError
from config.load import load_settings
from tools.audit import Event, Record
from tools.audit_ageing import read_seal
from tools.audit_reading import AuditReader

DONE, ASKED, REFUSED, ANSWERED = "done", "asked", "refused", ""
_MOST_LISTED = 10_000


class NoSuchTurn(UserFacingError):
    """The audit holds no turn of that id, or more than one begins so."""


class NoCase(UserFacingError):
    """The file holds no exported turn; the message says what is wrong with it."""


@contextmanager
def _opened(config: Path | None, state_dir: Path | None) -> Iterator[tuple[AuditReader, StateDir, ZoneInfo]]:
    """Raises StoreUnavailable where there is no audit."""
    settings = load_settings(config).settings
    # Not entered: the lock is the daemon's, and reading needs none.
    state = StateDir.of(settings, state_dir)
    with closing(AuditReader(state.audit)) as reader:
        yield reader, state, house_zone(settings)


def list_turns(
    *,
    newest: int,
    days: float | None,
    satellite: str | None,
    acted: bool,
    as_json: bool,
    config: Path | None,
    state_dir: Path | None,
) -> int:
    """Prints the newest turns, oldest of them first."""
    with _opened(config, state_dir) as (reader, _, zone):
        turns = reader.records("event = ?", (Event.TURN,), newest=_MOST_LISTED)
        kept = [turn for turn in turns if _fits(turn, zone, days=days, satellite=satellite)]
        claimed = {record.body["proposal"] for record in reader.records("event = ?", (Event.CLAIMED,), newest=10**6)}
    lines = [(turn, _mark(turn, claimed)) for turn in kept]
    lines = [line for line in lines if not acted or line[1] == DONE][-newest:]
    if as_json:
        for turn, mark in lines:
            sys.stdout.write(json.dumps({**_numbered(turn), "mark": mark}, ensure_ascii=False) + "\n")
        return 0
    if not lines:
        sys.stdout.write("No turn fits that.\n")
        return 0
    for turn, mark in lines:
        body = turn.body
        screen().print(Text(f"{_local(turn.at_ms, zone)}  {body['turn']}  {harmless(body['satellite'], 40)}  {mark}"))
        screen().print(Text(f"    > {harmless(body['heard'])}\n    < {harmless(body['said'])}"))
    return 0


def show(wanted: str, *, as_json: bool, config: Path | None, state_dir: Path | None) -> int:
    """Prints all that is known of one turn. Raises NoSuchTurn."""
    with _opened(config, state_dir) as (reader, _, zone):
        turn = _turn(reader, wanted)
        records = reader.of_turn(turn.body["turn"])
    if as_json:
        sys.stdout.write(json.dumps([_numbered(record) for record in records], ensure_ascii=False) + "\n")
        return 0
    for line in _story(records, zone):
        screen().print(Text(line))
    return 0


def verify(*, config: Path | None, state_dir: Path | None) -> int:
    """Follows the chain. 0 where it holds, 1 where it does not."""
    with _opened(config, state_dir) as (reader, state, _):
        checked = reader.check(read_seal(state.audit_head))
    if checked.broken is not None:
        sys.stdout.write(f"The audit does NOT hold from record {checked.broken} on: {checked.why}.\n")
        return 1
    count = checked.last.number - checked.first + 1
    sys.stdout.write(f"The audit holds: {count} records, {checked.first} to {checked.last.number}.\n")
    sys.stdout.write(f"Its head is {checked.last.hash}; whoever notes that elsewhere can prove it later.\n")
    return 0


def export(wanted: str, *, golden: Path | None, house: Path | None, config: Path | None, state_dir: Path | None) -> int:
    """Prints one turn as a JSON object that `assistant audit replay` takes; or adds it to a golden set.

    `golden` is appended to, `house` is written anew. Raises NoSuchTurn, NoSuchCase, NoCase.
    """
    with _opened(config, state_dir) as (reader, _, _):
        case = _case(reader, _turn(reader, wanted))
    if golden is not None or house is not None:
        _as_golden(case, golden, house)
        return 0
    sys.stdout.write(json.dumps(as_json(case), ensure_ascii=False, indent=1) + "\n")
    return 0


def _as_golden(case: Case, golden: Path | None, house: Path | None) -> None:
    """Both are made before either is written. Raises NoSuchCase, and NoCase where a file cannot be written."""
    line, there = json.dumps(case_of(case), ensure_ascii=False), house_of(case)
    try:
        if golden is not None:
            with golden.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        if house is not None:
            house.write_text(json.dumps(there, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise NoCase(f"{error.filename} cannot be written: {error.strerror}") from error


def replay_turn(wanted: str, *, config: Path | None, state_dir: Path | None) -> int:
    """Takes a recorded turn, or an exported one in a file, again. 0: it comes out the same; 1: not, and how.

    Raises NoSuchTurn, NoCase.
    """
    file = Path(wanted)
    if file.is_file():
        case = _read(file)
    else:
        with _opened(config, state_dir) as (reader, _, _):
            case = _case(reader, _turn(reader, wanted))
    differences = replay(case)
    for one in differences:
        sys.stdout.write(f"{one.what}:\n  then: {harmless(one.then, 2000)}\n  now:  {harmless(one.now, 2000)}\n")
    if not differences:
        sys.stdout.write(f"{covered(case)}\n")
    return 1 if differences else 0


def _read(file: Path) -> Case:
    try:
        return from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise NoCase(f"{file} cannot be replayed: {error}") from error


def _turn(reader: AuditReader, wanted: str) -> Record:
    """By its id or the beginning of it; `last` is the newest."""
    if wanted == "last":
        found = reader.records("event = ?", (Event.TURN,), newest=1)
    else:
        like = "".join(letter for letter in wanted if letter.isalnum())
        found = reader.records("event = ? AND json_extract(body, '$.turn') GLOB ?", (Event.TURN, f"{like}*"), newest=2)
    if len(found) != 1:
        many = "more than one turn begins" if found else "no turn begins"
        raise NoSuchTurn(f"{many} with {wanted!r}; `assistant audit list` shows them, and `last` is the newest")
    return found[0]


def _case(reader: AuditReader, turn: Record) -> Case:
    house = reader.house(turn)
    if house is None:
        raise NoSuchTurn("what there was in the house then is no longer on the record")
    asked = reader.records(
        "event = ? AND json_extract(body, '$.proposal') = ?", (Event.PROPOSED, turn.body.get("answered")), newest=1
    )
    return Case(
        turn=turn.body,
        house=house.body["house"],
        facts={name: house.body[name] for name in ("language", "units", "version", "zone")},
        at_ms=turn.at_ms,
        question=asked[0].body if asked else None,
    )


def _fits(turn: Record, zone: ZoneInfo, *, days: float | None, satellite: str | None) -> bool:
    if satellite is not None and turn.body["satellite"] != satellite:
        return False
    if days is None:
        return True
    return datetime.fromtimestamp(turn.at_ms / 1000, zone) >= datetime.now(zone) - timedelta(days=days)


def _mark(turn: Record, claimed: set[str]) -> str:
    if turn.body.get("answered") in claimed:
        return DONE
    if turn.body.get("proposal"):
        return ASKED
    return REFUSED if any(call["result"].get("error") for call in turn.body["calls"]) else ANSWERED


def _numbered(record: Record) -> dict[str, Any]:
    return {"number": record.number, "at_ms": record.at_ms, "event": record.event, **record.body}


def _local(at_ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, zone):%Y-%m-%d %H:%M:%S}"


def _story(records: Sequence[Record], zone: ZoneInfo) -> Iterator[str]:
    """One line for each thing that happened, in the order in which it did."""
    for record in records:
        told = _TOLD.get(Event(record.event), _other)(record.body)
        for number, line in enumerate(told):
            yield f"{_local(record.at_ms, zone) if number == 0 else ' ' * 19}  {harmless(line, 400)}"


def _call(body: Mapping[str, Any]) -> list[str]:
    result = body["result"]
    outcome = f"{result['error']}: {result['message']}" if result.get("error") else result.get("kind_of_answer", "")
    return [
        f"call {body['tool']} {_compact(body['arguments'])}",
        f"  meant {_compact(body['resolved'])}",
        f"  {body['verdict']}: {outcome}",
    ]


def _of_turn(body: Mapping[str, Any]) -> list[str]:
    who = f"{body['satellite']} ({body['role']}{', ' + body['room'] if body['room'] else ''})"
    times = ", ".join(f"{name} {value:g} ms" for name, value in body["timings_ms"].items())
    return [
        f"heard on {who}: {body['heard']!r}",
        f"  decided by {body['planner']}{' as ' + str(body['intent']) if body.get('intent') else ''}",
        *_by_the_model(body.get("model")),
        f"  said: {body['said']!r}",
        f"  took {times}" + (f", {body['tokens']} tokens" if body["tokens"] else ""),
    ]


def _by_the_model(model: Mapping[str, Any] | None) -> Iterator[str]:
    """Each request with what it brought, then what all of them cost."""
    if not model:
        return
    for one in model["requests"]:
        waited = f"first token after {one['ttft_ms']:g} ms, then {one['generation_ms']:g} ms"
        came = waited if one["ok"] else f"failed after {one['ttft_ms'] + one['generation_ms']:g} ms: {one['failure']}"
        yield f"  asked {one['model']} at {one['endpoint']}: {came}"
    for answer in model["answers"]:
        calls = ", ".join(f"{call['tool']} {call['arguments']}" for call in answer.get("calls", ()))
        if answer.get("kind"):
            yield f"  it said {answer['kind']}: {calls or repr(answer['text'])}"
    price = f", {model['cost']:g} in money" if model["cost"] else ""
    about = "about " if model["estimated"] else ""
    ended = f"{model['stopped']}{', because of model.' + model['limit'] if model['limit'] else ''}"
    yield f"  ended as {ended}; {about}{model['tokens_in']} tokens sent, {model['tokens_out']} made{price}"


def _proposed(body: Mapping[str, Any]) -> list[str]:
    actions = "; ".join(
        f"{one['verb']} {one['name']} ({one['entity']})" + ("" if one["value"] is None else f" to {one['value']}")
        for one in body["actions"]
    )
    return [f"proposed, asking for {body['ask']}: {actions}"]


def _receipt(body: Mapping[str, Any]) -> list[str]:
    return [f"{one['entity']}: {one['done']}, it says {one['now']}" for one in body["receipts"]]


def _other(body: Mapping[str, Any]) -> list[str]:
    return [_compact(body)]


_TOLD: Mapping[Event, Callable[[Mapping[str, Any]], list[str]]] = {
    Event.CALL: _call,
    Event.TURN: _of_turn,
    Event.PROPOSED: _proposed,
    Event.RECEIPT: _receipt,
    Event.CLAIMED: lambda body: [f"allowed by {body.get('by', 'the person')}; sending"],
    Event.CLOSED: lambda body: [f"closed: {body['state']}"],
    Event.PIN: lambda body: ["a wrong PIN" + ("; no more are taken for now" if body["locked"] else "")],
}


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
