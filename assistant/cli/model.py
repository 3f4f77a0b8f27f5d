"""`assistant model check`: what the configured endpoints are like, in a table with advice."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.table import Table
from rich.text import Text

from assistant.cli.screen import harmless, screen
from assistant.model.card import Card, Cards, Mark, card_as_json
from assistant.model.endpoint import Endpoint, host_of, patience_of
from assistant.model.probe import Probe
from assistant.state_dir import StateDir
from config.load import load_settings
from config.model import EndpointSettings, ModelSettings
from sensors.clock import now_ms

EXIT_CODES = {Mark.GOOD: 0, Mark.ROUND: 0, Mark.POOR: 1, Mark.BROKEN: 2}
LEAST_PATIENCE_SECONDS = 60.0
"""For a first token: here a model may take its time to be loaded, and how long it took is shown."""
_STYLES = {Mark.GOOD: "green", Mark.ROUND: "", Mark.POOR: "yellow", Mark.BROKEN: "red"}
_SWITCHED_OFF = "The model is switched off: set enabled = true under [model], and restart the assistant."
_KEPT = "Kept for the assistant, which reads it when it starts."


def check(*, as_json: bool, config: Path | None, state_dir: Path | None) -> int:
    """Prints a table for each endpoint, or a JSON list; the code is that of the worst finding."""
    settings = load_settings(config).settings
    # Not entered: the lock is the daemon's, and its own file is written whole.
    cards = Cards(StateDir.of(settings, state_dir).model_cards)
    told = (lambda _card: None) if as_json else _print
    found = asyncio.run(_checked(settings.model, cards, told))
    if as_json:
        sys.stdout.write(json.dumps([card_as_json(card) for card in found], ensure_ascii=False, indent=1) + "\n")
    else:
        _end(settings.model)
    return max(EXIT_CODES[card.worst] for card in found)


async def _checked(model: ModelSettings, cards: Cards, told: Callable[[Card], None]) -> Sequence[Card]:
    found = []
    for settings in _endpoints(model):
        patience = patience_of(settings)
        patience = replace(
            patience,
            first_token_seconds=max(patience.first_token_seconds, LEAST_PATIENCE_SECONDS),
            idle_seconds=max(patience.idle_seconds, LEAST_PATIENCE_SECONDS / 2),
        )
        async with Endpoint(settings, patience=patience) as endpoint:
            card = await Probe(endpoint=endpoint, clock_ms=now_ms).card()
        found.append(card)
        told(card)
        if card.worst is not Mark.BROKEN:
            _keep(cards, settings, card)
    return found


def _endpoints(model: ModelSettings) -> Iterator[EndpointSettings]:
    if model.decider is not None:
        yield model.decider
    yield from model.endpoints


def _keep(cards: Cards, settings: EndpointSettings, card: Card) -> None:
    try:
        cards.keep(settings, card)
    except OSError as error:
        host = host_of(settings.base_url)
        sys.stderr.write(f"What {host} is like cannot be kept: {error.strerror}; run this as the assistant's user.\n")


def _print(card: Card) -> None:
    table = Table("", "how", "found", "what to do", title=f"{harmless(card.model, 60)} at {card.host}")
    for one in card.findings:
        cells = (one.what, one.mark.value, harmless(one.found), one.advice)
        table.add_row(*(Text(cell) for cell in cells), style=_STYLES[one.mark])
    screen().print(table)


def _end(model: ModelSettings) -> None:
    screen().print(Text(_KEPT))
    if not model.enabled:
        screen().print(Text(_SWITCHED_OFF))
