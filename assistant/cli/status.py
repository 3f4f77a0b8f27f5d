"""`assistant status`: what is it doing now? One screen; the exit code is what systemd's people expect of a status."""

import asyncio
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from assistant.cli.devices import MARKS
from assistant.cli.screen import harmless, screen, size, some
from assistant.cli.status_facts import Facts, facts_of
from assistant.doctor.unit import UNIT
from assistant.model.breaker import State
from assistant.replies.figures import Figures
from assistant.voice.late import Doing
from assistant.zone import house_zone
from config.load import load_settings
from sensors.clock import now_ms

RUNS, RUNS_NOT, UNKNOWN = 0, 3, 4
"""Exit codes, as of `systemctl status`; 2 is for settings that cannot be used."""

_LONGEST = 300
_DOING = {
    Doing.WAITING: "waits for the wake word",
    Doing.LISTENING: "listens",
    Doing.THINKING: "thinks",
    Doing.SPEAKING: "speaks",
}
_OFF = "switched off in the settings"

Row = tuple[str, str]


def show_status(*, as_json: bool, config: Path | None, state_dir: Path | None) -> int:
    """0: it runs, 3: it does not, 4: it does not answer. Raises ConfigError."""
    logging.basicConfig(level=logging.CRITICAL)  # what cannot be read is told in its place
    facts = asyncio.run(facts_of(config, state_dir))
    if as_json:
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    else:
        settings = load_settings(config).settings
        say = Figures(zone=house_zone(settings), units=settings.house.units, clock_ms=now_ms)
        _print(facts, say)
    return code_of(facts)


def code_of(facts: Facts) -> int:
    if facts["problem"] is not None:
        return UNKNOWN
    return RUNS if facts["running"] else RUNS_NOT


def _print(facts: Facts, say: Figures) -> None:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, told in rows_of(facts, say):
        table.add_row(name, Text(harmless(told, _LONGEST)))
    screen().print(table)
    for notice in facts["notices"] if isinstance(facts["notices"], list) else ():
        screen().print(Text(f"! {harmless(notice, _LONGEST)}", style="yellow"), soft_wrap=True)


def rows_of(facts: Facts, say: Figures) -> Iterator[Row]:
    """What is told in order; a part that could not be looked at with the reason."""
    yield "assistant", _assistant(facts, say)
    for name, key, told in _ROWS:
        part = facts[key]
        if isinstance(part, Mapping) and set(part) == {"problem"}:
            if part["problem"] != facts["problem"]:
                yield name, f"cannot be looked at: {part['problem']}"
        elif (text := told(part, facts, say)) is not None:
            yield name, text


def _assistant(facts: Facts, say: Figures) -> str:
    if facts["problem"] is not None:
        return f"runs on {facts['state_dir']}, but {facts['problem']}" if facts["running"] else facts["problem"]
    if not facts["running"]:
        start = "sudo systemctl start assistant" if (Path("/") / UNIT).is_file() else "assistant run"
        return f"not running on {facts['state_dir']}; start it: {start}"
    since = say.when(facts["started_ms"])
    return f"running since {since}, version {facts['version']}, process {facts['process']}"


def _broker(part: Any, facts: Facts, say: Figures) -> str | None:
    if part is None:
        return _OFF
    if part["connected"] is None:
        return None
    since = say.when(part["since_ms"])
    if part["connected"]:
        return f"connected to {part['address']} since {since}"
    return f"no connection since {since}: {part['problem']}"


def _readings(part: Any, facts: Facts, say: Figures) -> str:
    newest = "none yet" if part["newest_ms"] is None else f"the newest {say.ago(part['newest_ms'])}"
    if part["last_minute"] is None or (part["newest_ms"] is None and not part["problem"]):
        return newest
    stored = f"{part['last_minute']:,} stored within the last minute"
    stored = f"cannot be stored: {part['problem']}" if part["problem"] else stored
    return f"{stored}, {newest}"


def _house(part: Any, facts: Facts, say: Figures) -> str:
    there = f"{some(part['entities'], 'entity')} of {some(part['devices'], 'device')}"
    marks = [f"{count} {MARKS[mark]}" for mark, count in part["marked"].items()]
    return "; ".join([there, *([", ".join(marks)] if marks else [])])


def _voice(part: Any, facts: Facts, say: Figures) -> str | None:
    if part is None:
        return _OFF
    if facts["process"] is None:
        return None
    if part["problem"] is not None:
        return f"hears nothing: {part['problem']}"
    if part["doing"] is None:
        return f"off: {part['notice'] or 'it could not be loaded, the log says why'}"
    return ". ".join([_DOING[Doing(part["doing"])], *([part["notice"]] if part["notice"] else [])])


def _model(part: Any, facts: Facts, say: Figures) -> str | None:
    if part is None:
        return _OFF
    told = {State.CLOSED: "well", State.HALF_OPEN: "failed, is tried again with the next question"}
    each = [
        f"{one['model'] or 'a model'} at {one['endpoint']}: "
        + told.get(State(one["state"]), f"failed, rests until {say.clock(say.local(one['until_ms']))}")
        for one in part
    ]
    return "; ".join(each) or None


def _acting(part: Any, facts: Facts, say: Figures) -> str:
    if not part["allowed"]:
        return "off, in the settings"
    if not part["on"]:
        return "off; `assistant acting on` lets things be done again"
    count = part["waiting"]
    waits = f"{count} {'waits' if count == 1 else 'wait'} for a yes: `assistant approve`" if count else "nothing waits"
    return f"on; {waits}" if facts["process"] is not None else "on"


def _set(part: Any, facts: Facts, say: Figures) -> str:
    nouns = ("timer", "alarm", "reminder", "watch")
    there = [some(part[noun], noun) for noun in nouns if part[noun]]
    first = [f"the next {say.coming(part['next_ms'])}"] if part["next_ms"] is not None else []
    return "; ".join([", ".join(there), *first]) if there else "nothing"


def _today(part: Any, facts: Facts, say: Figures) -> str:
    turns = f"{some(part['turns'], 'turn')}, {part['declined']} without an answer"
    spent = f"; {some(part['tokens'], 'token')}" if part["tokens"] else ""
    return turns + spent + (f", cost {part['cost']:.4g}" if part["cost"] else "")


def _quarantine(part: Any, facts: Facts, say: Figures) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in part.items())
    return f"{sum(part.values())} kept ({reasons}): `assistant explain-mqtt` tells more" if part else "nothing"


def _backups(part: Any, facts: Facts, say: Figures) -> str:
    if part is None:
        return _OFF
    taken = [moment for moment in part.values() if moment is not None]
    missing = [name for name, moment in part.items() if moment is None]
    if missing:
        return f"none yet of {', '.join(missing)}: `assistant backup` makes them"
    return f"of {', '.join(part)} {say.when(min(taken))}, {say.ago(min(taken))}" if taken else "nothing to back up yet"


def _disk(part: Any, facts: Facts, say: Figures) -> str:
    databases = ", ".join(f"{name} {size(count)}" for name, count in part["databases"].items() if count)
    return f"{size(part['free'])} of {size(part['total'])} free" + (f"; {databases}" if databases else "")


_ROWS = (
    ("broker", "broker", _broker),
    ("readings", "house", _readings),
    ("house", "house", _house),
    ("voice", "voice", _voice),
    ("model", "model", _model),
    ("acting", "acting", _acting),
    ("set", "set", _set),
    ("today", "today", _today),
    ("refused", "quarantine", _quarantine),
    ("backups", "backups", _backups),
    ("disk", "disk", _disk),
)
