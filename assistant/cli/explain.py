"""`assistant explain-mqtt`: recorded messages through the dialects, without a broker or a database.

Exit code 0: everything was understood, left out or of no interest; 1: something was refused or a line held no message.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.text import Text

from assistant.cli.screen import digits, harmless, screen
from config.errors import UserFacingError
from config.load import load_settings, resolve_house_file
from sensors.arrange import load_house_file
from sensors.capture import LARGEST_LINE_BYTES, BadLine, message_of
from sensors.clock import now_ms
from sensors.decoded import Decoded
from sensors.dialects import dialects_of
from sensors.dialects.notes import MEANINGS, Note
from sensors.explain import Explained, Explainer
from sensors.reading import STATE_ASPECT, Entity, Reading
from sensors.units import sign_of

NO_VALUE = "no_value"
"""The note of a dialect where a message says nothing for one of its listeners, as most messages do."""
MOST_LISTED = 40
"""Lines about one message; the rest is counted."""
LEAST_PAYLOAD = 24
"""Characters of a payload that are shown, however long its topic is."""
MOST_ALIKE = 5
"""Lines without a message that are told with the same words; the rest is counted."""


class NoCapture(UserFacingError):
    """There is no such file of messages."""


def explain_mqtt(file: Path, *, as_json: bool, only_refused: bool, config: Path | None) -> int:
    """Raises NoCapture, ConfigError, HouseFileError."""
    loaded = load_settings(config)
    explainer = Explainer(dialects_of(loaded.settings), load_house_file(resolve_house_file(loaded)))
    report = _JsonReport(explainer) if as_json else _Report(explainer, screen())
    bad = 0
    with _opened(file) as stream:
        for number, line in _lines(stream):
            try:
                explained = explainer.take(message_of(line, received_ms=now_ms()))
            except BadLine as error:
                bad += 1
                report.bad_line(number, str(error))
                continue
            if explained.refusals or not only_refused:
                report.message(number, explained)
    report.totals(bad)
    return 1 if bad or _refused(explainer.counts) else 0


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise NoCapture(
            f"{file} cannot be read: {error.strerror}; `assistant capture` records such a file, - is standard input"
        ) from error
    with stream:
        yield stream


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, none of them longer than can be a message; empty ones left out."""
    number = 0
    while line := stream.readline(LARGEST_LINE_BYTES + 1):
        number += 1
        whole = line
        while not line.endswith(b"\n") and (line := stream.readline(LARGEST_LINE_BYTES)):
            pass
        if whole.strip():
            yield number, whole


class _Report:
    """For a person: a line for the message, and below it what was made of it."""

    def __init__(self, explainer: Explainer, console: Console) -> None:
        self._explainer = explainer
        self._console = console
        self._problems: Counter[str] = Counter()

    def bad_line(self, number: int, problem: str) -> None:
        self._problems[problem] += 1
        if self._problems[problem] <= MOST_ALIKE:
            self._line(f"{number:>5}  ", "no message: ", problem, style="red")

    def message(self, number: int, explained: Explained) -> None:
        message = explained.message
        kept = " (retained)" if message.retain else ""
        topic = f"{harmless(message.topic)}{kept}  "
        room = max(LEAST_PAYLOAD, self._console.width - len(topic) - 7)
        payload = harmless(message.payload.decode(errors="replace"), room) or "(empty)"
        self._line(f"{number:>5}  ", topic, payload, style="bold", dim_last=True)
        if not explained.told:
            self._line("", "nobody: no device that is known so far uses this topic", style="dim")
        for name, decoded in explained.told:
            self._decoded(name, decoded)

    def _decoded(self, name: str, decoded: Decoded) -> None:
        self._line("", name if any(_said(decoded)) else f"{name}: nothing new", style="cyan")
        lines = [*self._definitions(decoded), *(("", self._reading(one)) for one in decoded.readings)]
        lines += [("", _availability(entity_id, up)) for entity_id, up in decoded.availability.items()]
        for style, text in lines[:MOST_LISTED]:
            self._line("  ", text, style=style)
        if len(lines) > MOST_LISTED:
            self._line("  ", f"and {len(lines) - MOST_LISTED} more", style="dim")
        for refusal in decoded.refusals:
            style = "yellow" if _left_out(refusal.code) else "red"
            self._line("  ", f"{_verdict(refusal.code)}: {harmless(refusal.detail, 400)}", style=style)
        for note in dict.fromkeys(decoded.notes):
            self._line("  ", f"noticed: {_noticed(note)}", style="dim" if note == NO_VALUE else "yellow")

    def _definitions(self, decoded: Decoded) -> Iterator[tuple[str, str]]:
        for definition in decoded.definitions:
            entity = self._explainer.entities[definition.entity.id]
            hidden = ", hidden by the house file" if entity.id in self._explainer.hidden else ""
            yield "green", f"defines {entity.id}: {_described(entity)}{hidden}"
        for gone in decoded.removals:
            yield "green", f"removes {gone}; its readings stay"

    def _reading(self, reading: Reading) -> str:
        name = reading.key.entity_id
        name += "" if reading.key.aspect == STATE_ASPECT else f" {reading.key.aspect.replace('_', ' ')}"
        if isinstance(reading.value, str):
            return f"{name} = {harmless(reading.value)}"
        stored = self._explainer.unit(reading.key)
        unit = f" {sign_of(stored)}" if stored else ""
        return f"{name} = {digits(reading.value)}{unit}"

    def totals(self, bad: int) -> None:
        counts = self._explainer.counts
        for problem, count in self._problems.items():
            if count > MOST_ALIKE:
                self._line("", f"{count - MOST_ALIKE} more lines: {problem}", style="red")
        self._console.print()
        self._line("", "Totals", style="bold", margin="")
        rows = {"messages": counts["messages"], "lines that held no message": bad}
        rows |= {f"taken by {name}": count for name, count in _under(counts, "dialect.").items()}
        rows |= {
            "taken by nobody": counts["nobody"],
            "entities": len(self._explainer.entities),
            "readings": counts["readings"],
        }
        rows |= {_verdict(code): count for code, count in _under(counts, "refused.").items()}
        rows |= {f"noticed, {code}": count for code, count in _under(counts, "noted.").items()}
        for name, count in rows.items():
            if count or name in {"messages", "entities", "readings"}:
                self._line(f"{count:>8}  ", name, margin="")
        if not _refused(counts):
            self._line(f"{0:>8}  ", "refused", margin="")

    def _line(
        self, start: str, *parts: str, style: str = "", dim_last: bool = False, margin: str | None = None
    ) -> None:
        margin = ("" if start.strip() else "       ") if margin is None else margin
        text = Text(margin + start, style="dim" if start.strip() else "")
        for place, part in enumerate(parts):
            text.append(part, style="dim" if dim_last and place == len(parts) - 1 else style)
        self._console.print(text, soft_wrap=True)


def _described(entity: Entity) -> str:
    """A sentence's worth: name, place, what it reports and what it can be told."""
    device = f', device "{harmless(entity.device)}"' if entity.device else ""
    room = f', room "{harmless(entity.room)}"' if entity.room else ", in no room"
    reports = [
        f"{one.quantity.replace('_', ' ')}{f' in {sign_of(one.unit)}' if one.unit else ''}" for one in entity.aspects
    ]
    verbs = [command.verb.replace("_", " ") for command in entity.commands]
    told = f"; can be told to {', '.join(verbs)}" if verbs else ""
    return f'"{harmless(entity.name)}"{device}{room}; reports {", ".join(reports) or "nothing"}{told}'


def _left_out(code: str) -> bool:
    """Whether it was understood and is of no use here, so that there is nothing to be mended."""
    return code.startswith("ignored_")


def _refused(counts: Mapping[str, int]) -> bool:
    return any(not _left_out(code) for code in _under(counts, "refused."))


def _verdict(code: str) -> str:
    return f"left out, {code}" if _left_out(code) else f"refused, {code}"


def _noticed(note: str) -> str:
    if note == NO_VALUE:
        return "for some of what listens to this topic it holds no value"
    return f"{note}: {MEANINGS[Note(note)]}" if note in set(Note) else note.replace("_", " ")


def _availability(entity_id: str, up: bool) -> str:
    return f"{entity_id} {'can' if up else 'cannot'} be reached"


def _said(decoded: Decoded) -> Iterator[object]:
    yield from (decoded.definitions, decoded.removals, decoded.readings, decoded.availability)
    yield from (decoded.refusals, decoded.notes)


def _under(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    """The counts below a prefix, largest first."""
    found = {name.removeprefix(prefix): count for name, count in counts.items() if name.startswith(prefix)}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


class _JsonReport:
    """For a program: one JSON object for each line, and a last one with the totals."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer

    def bad_line(self, number: int, problem: str) -> None:
        _write({"line": number, "error": problem})

    def message(self, number: int, explained: Explained) -> None:
        told = [{"dialect": name, **self._decoded(decoded)} for name, decoded in explained.told]
        _write({"line": number, "topic": explained.message.topic, "retain": explained.message.retain, "told": told})

    def _decoded(self, decoded: Decoded) -> dict[str, Any]:
        return {
            "defines": [self._definition(one.entity.id) for one in decoded.definitions],
            "removes": list(decoded.removals),
            "readings": [self._reading(one) for one in decoded.readings],
            "availability": dict(decoded.availability),
            "refusals": [{"code": one.code, "detail": one.detail} for one in decoded.refusals],
            "notes": list(decoded.notes),
        }

    def _definition(self, entity_id: str) -> dict[str, Any]:
        entity = self._explainer.entities[entity_id]
        return {
            "entity": entity.id,
            "name": entity.name,
            "room": entity.room,
            "device": entity.device,
            "hidden": entity.id in self._explainer.hidden,
            "aspects": [{"aspect": one.name, "quantity": one.quantity, "unit": one.unit} for one in entity.aspects],
            "verbs": [command.verb for command in entity.commands],
        }

    def _reading(self, reading: Reading) -> dict[str, Any]:
        return {
            "entity": reading.key.entity_id,
            "aspect": reading.key.aspect,
            "value": reading.value,
            "unit": self._explainer.unit(reading.key),
            "at_ms": reading.at_ms,
        }

    def totals(self, bad: int) -> None:
        counts = self._explainer.counts
        totals = {
            "messages": counts["messages"],
            "bad_lines": bad,
            "dialects": _under(counts, "dialect."),
            "nobody": counts["nobody"],
            "entities": len(self._explainer.entities),
            "readings": counts["readings"],
            "refused": _under(counts, "refused."),
            "noted": _under(counts, "noted."),
        }
        _write({"totals": totals})


def _write(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
