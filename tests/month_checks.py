"""What must hold of a daemon's records, whatever happened: each check gives what is wrong, as sentences."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from month_house import METERS, ORDERS
from month_people import Said

from tools.audit import Event, Record
from tools.audit_reading import AuditReader

_EVERYTHING = 10_000_000
_NUMBERS = (
    "SELECT s.entity_id, n.value FROM numbers n JOIN series s ON s.id = n.series"
    " WHERE s.entity_id LIKE 'sensor.meter_%'"
)
_SENT_FOR = {("light", "turn_on"): 0, ("light", "turn_off"): 1, ("lock", "unlock"): 2, ("lock", "lock"): 3}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How the store stands against what the broker had acknowledged."""

    expected: int
    lost: frozenset[tuple[str, int]]
    twice: int


def kept(path: Path, confirmed: Iterable[int], excused: frozenset[tuple[str, int]]) -> Kept:
    """Readings of the meter; `excused` are those that lay in pages that were destroyed."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        found = Counter((entity[-3:].lstrip("_"), int(value) // 1000) for entity, value in connection.execute(_NUMBERS))
    expected = {(meter, number) for number in confirmed for meter in METERS} - excused
    return Kept(
        expected=len(expected),
        lost=frozenset(expected - found.keys()),
        twice=sum(count - 1 for count in found.values()),
    )


def audited(path: Path, said: Said, sent: Mapping[tuple[str, bytes], int], *, deaths: int, unwritten: int) -> list[str]:
    """The chain; that every turn is there, and every act was allowed by a person; `deaths` may each have cut one.

    `unwritten` turns were answered while the disk was full, and the log says that they are not recorded.
    """
    with closing(AuditReader(path)) as reader:
        checked = reader.check()
        records = reader.records(newest=_EVERYTHING)
    faults = [] if checked.broken is None else [f"the audit's chain breaks at record {checked.broken}: {checked.why}"]
    turns = [record for record in records if record.event == Event.TURN]
    if len(turns) > said.turns:
        faults.append(f"{len(turns)} turns are recorded, and {said.turns} were said")
    if len(turns) + unwritten < said.answered:
        faults.append(f"{said.answered} turns were answered, {len(turns)} recorded, {unwritten} owned up to")
    return faults + _acts(records, turns, sent, deaths)


def _acts(records: list[Record], turns: list[Record], sent: Mapping[tuple[str, bytes], int], deaths: int) -> list[str]:
    faults, proposals = [], {r.body["proposal"]: r.body for r in records if r.event == Event.PROPOSED}
    claimed = Counter(record.body["proposal"] for record in records if record.event == Event.CLAIMED)
    if again := [one for one, count in claimed.items() if count > 1]:
        faults.append(f"{len(again)} proposals were consumed twice")
    answered = {turn.body["answered"] for turn in turns}
    silent = [one for one in claimed if one not in answered]
    if len(silent) > deaths:
        faults.append(f"{len(silent)} proposals were consumed without a person's turn, and only {deaths} were cut")
    wire = list(ORDERS.values())
    allowed = Counter(
        wire[_SENT_FOR[action["entity"].partition(".")[0], action["verb"]]]
        for one in claimed
        for action in proposals[one]["actions"]
    )
    for one, count in sent.items():
        if count > allowed[one]:
            faults.append(f"{one} was sent {count} times, and the audit knows of {allowed[one]}")
    return faults


def told(path: Path) -> Counter[tuple[str, str]]:
    """By kind and what it was about: how many times it rang or was told."""
    with closing(AuditReader(path)) as reader:
        records = reader.records("event = ?", (Event.TOLD,), newest=_EVERYTHING)
    return Counter((str(one.body["kind"]), str(one.body["name"] or one.body["message"])) for one in records)


def rang(found: Counter[tuple[str, str]], said: Said, *, deaths: int) -> list[str]:
    """Each timer rings once; what was killed between the ring and the ear rings again."""
    faults, again = [], 0
    for name in said.timers.keys() | {name for kind, name in found if kind == "timer"}:
        count, sure, perhaps = found["timer", name], said.timers[name], said.perhaps[name]
        if count < sure:
            faults.append(f"the {name} timer was set {sure} times and rang {count} times")
        again += max(0, count - sure - perhaps)
    if again > deaths:
        faults.append(f"{again} timers rang again, and the daemon was killed {deaths} times")
    return faults


def noticed(found: Counter[tuple[str, str]], words: str, kinds: Iterable[str], times: int, *, more: int) -> list[str]:
    """What was to be told so many times; `more` may have been told again after a kill, or not have been known of."""
    count = sum(number for (kind, text), number in found.items() if kind in set(kinds) and words in text.lower())
    if times <= count <= times + more:
        return []
    return [f"{words!r} came about {times} times and was told {count} times"]
