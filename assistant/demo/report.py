"""Prints the visit as a person would like to read it, and the timing table at its end."""

import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.demo.visit import Exchange
from sensors.home import House
from tools.contract import ToolResult

WIDTH = 110
_STAGES = (
    ("endpoint", "silence", "silence that shows that the speech has ended"),
    ("transcribe", "transcribe", "speech to text, what was left of it by then"),
    ("plan", "plan", "deciding what is asked"),
    ("tools", "tools", "tools: names, rules, database, audit"),
)
"""Key of a timing, its short name, and what it is."""


@dataclass(slots=True)
class Report:
    """What is printed, in order."""

    started: float
    console: Console = field(default_factory=lambda: Console(highlight=False, width=WIDTH))
    _number: int = 0

    def furnished(self, readings: int) -> None:
        self.console.print(
            f"A simulated house with 30 days of history: {readings:,} readings, written by the one writer."
        )

    def discovered(self, house: House) -> None:
        devices = sum(bool(entity.commands) for entity in house.entities)
        self.console.print(
            f"Its devices announced themselves over MQTT: {len(house.entities)} entities in {len(house.rooms)} rooms,"
            f" {devices} of them can be controlled."
        )

    def loudspeaker(self, *, there: bool) -> None:
        played = "The answers are played." if there else "There is no sound card here to play the answers on."
        self.console.print(f"A visitor speaks; every sentence goes through as sound. {played}\n")

    def exchange(self, exchange: Exchange) -> None:
        """One line of the visit: what was said, heard, called and answered."""
        self._number += exchange.line.wake
        said = f"okay nabu, {exchange.line.say}" if exchange.line.wake else exchange.line.say
        self._row(f"{self._number:>2}" if exchange.line.wake else "", "visitor", f"“{said}”", "bold")
        if exchange.attempts > 1:
            self._row("", "", f"(said {exchange.attempts} times)", "dim")
        if exchange.heard is not None:
            self._heard(exchange)
        if exchange.note:
            self._row("", "records", exchange.note, "cyan")
        if exchange.fault:
            self._row("", "WRONG", exchange.fault, "bold red")
        if exchange.heard is None or exchange.heard.reply.proposal_id is None:
            self.console.print()

    def _heard(self, exchange: Exchange) -> None:
        heard = exchange.heard
        assert heard is not None
        self._row("", "heard", heard.text or "(speech that fits nothing it knows)", "dim")
        for result in heard.reply.results:
            self._row("", "called", _call(result), "dim")
        self._row("", "answer", heard.reply.text, "green")
        taken = heard.reply.timings_ms
        parts = [f"{short} {taken[key]:.0f}" for key, short, _ in _STAGES if key in taken]
        self._row("", "ms", f"{', '.join(parts)}; first sound of the answer after {heard.first_audio_ms:.0f}", "dim")

    def _row(self, number: str, label: str, text: str, style: str) -> None:
        line = Table.grid(padding=(0, 1))
        line.add_column(width=3)
        line.add_column(width=8, style="dim")
        line.add_column()
        line.add_row(number, label, Text(text, style=style))
        self.console.print(line)

    def summary(self, exchanges: Sequence[Exchange], folder: Path | None) -> None:
        """The timing table, what went wrong, and where the records are."""
        self.console.print(_timings(exchanges))
        wrong = [exchange for exchange in exchanges if exchange.fault]
        for exchange in wrong:
            self.console.print(f"Wrong: “{exchange.line.say}”: {exchange.fault}", style="bold red")
        took = time.monotonic() - self.started
        right = len(exchanges) - len(wrong)
        self.console.print(f"{right} of {len(exchanges)} exchanges went right, in {took:.0f} s.")
        if folder is not None:
            self.console.print(
                f"Kept: the spoken answers in {folder / 'answers'}, the databases in {folder / 'state'}."
            )
        else:
            self.console.print(
                "Nothing was kept. To keep the answers as WAV, and the records: assistant demo --keep FOLDER"
            )

    def before_prompt(self) -> None:
        self.console.print("\nNow you: type what you would say. Devices move only after your yes.")


def _call(result: ToolResult) -> str:
    given = {key: value for key, value in json.loads(result.call.arguments).items() if value is not None}
    arguments = ", ".join(f"{key}={value}" for key, value in given.items())
    return f"{result.call.name}({arguments}) -> {result.verdict.replace('_', ' ')}"


def _timings(exchanges: Sequence[Exchange]) -> Table:
    table = Table("milliseconds", "median", "longest", title="From the end of speech", title_justify="left")
    heard = [exchange.heard for exchange in exchanges if exchange.heard is not None]
    for key, _, meaning in _STAGES:
        _add(table, meaning, [one.reply.timings_ms[key] for one in heard if key in one.reply.timings_ms])
    _add(
        table,
        "first sound of the answer, all in all",
        [one.first_audio_ms for one in heard if not _acted(one.reply.text)],
    )
    return table


def _acted(text: str) -> bool:
    """Answers that waited for a device to move say nothing about the assistant's own speed."""
    return " is now " in text


def _add(table: Table, label: str, values: Sequence[float]) -> None:
    if values:
        table.add_row(label, f"{statistics.median(values):.0f}", f"{max(values):.0f}")
