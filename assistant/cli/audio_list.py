"""`assistant audio list`: which microphones and speakers there are, which two are used, and how to use others."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from assistant.cli.screen import harmless, screen
from assistant.cli.sound import HANGS, PATIENCE_SECONDS, chatter_hidden
from assistant.ports import AudioUnavailable
from assistant.voice.access import obstacles
from assistant.voice.cards import Card, Cards, Side, Used, cards_of
from assistant.voice.devices import SoundSystem, SoundThread
from config.load import load_settings
from config.settings import VoiceSettings

NO_DEVICES = "PortAudio sees no sound device."


def list_audio(*, as_json: bool, config: Path | None) -> int:
    """0 where there are a microphone and a speaker, else 1. Raises ConfigError, AudioUnavailable."""
    settings = load_settings(config).settings.voice
    cards = asyncio.run(known_cards(settings))
    problems = [*(used.problem for used in (cards.microphone, cards.speaker) if used.problem)]
    if problems:
        problems += obstacles()
    if as_json:
        sys.stdout.write(json.dumps(_as_json(cards, problems), ensure_ascii=False) + "\n")
    else:
        _print(cards, problems)
    return 1 if problems else 0


async def known_cards(settings: VoiceSettings) -> Cards:
    """Raises AudioUnavailable where PortAudio is missing or the sound system hangs."""

    def look() -> Cards:
        library = SoundSystem().library
        return cards_of(library, input_device=settings.input_device, output_device=settings.output_device)

    with chatter_hidden():
        try:
            return await SoundThread().run(look, within_seconds=PATIENCE_SECONDS)
        except TimeoutError as error:
            raise AudioUnavailable(HANGS) from error


def _print(cards: Cards, problems: list[str]) -> None:
    console = screen()
    if cards.all:
        table = Table(
            "number", Column("name", overflow="fold"), "sound system", "as a microphone", "as a speaker", "used"
        )
        for card in cards.all:
            table.add_row(
                str(card.number),
                harmless(card.name),
                card.host_api,
                _side(card.microphone),
                _side(card.speaker),
                _use(card, cards),
            )
        console.print(table)
        _print_settings(console, cards)
    else:
        console.print(NO_DEVICES)
    for problem in problems:
        console.print(harmless(problem, 1000), soft_wrap=True)


def _print_settings(console: Console, cards: Cards) -> None:
    console.print("To use another, write one of these under [voice] in the settings:")
    for side, used in (("microphone", cards.microphone), ("speaker", cards.speaker)):
        for card in cards.all:
            one: Side | None = getattr(card, side)
            if one is not None and one.rates:
                mark = "   # used now" if card.number == used.number else ""
                console.print(f"  {one.setting}{mark}", soft_wrap=True)


def _side(side: Side | None) -> str:
    if side is None:
        return ""
    channels = f"{side.channels} channel{'s' if side.channels > 1 else ''}"
    if not side.rates:
        return f"{channels}, cannot be opened: {harmless(side.refusal)}"
    return f"{channels}, {', '.join(f'{rate / 1000:g}' for rate in side.rates)} kHz"


def _use(card: Card, cards: Cards) -> str:
    return ", ".join(name for name, used in _uses(cards) if card.number == used.number)


def _uses(cards: Cards) -> Iterator[tuple[str, Used]]:
    yield "microphone", cards.microphone
    yield "speaker", cards.speaker


def _as_json(cards: Cards, problems: list[str]) -> dict[str, Any]:
    return {
        "devices": [asdict(card) for card in cards.all],
        "microphone": cards.microphone.number,
        "speaker": cards.speaker.number,
        "problems": problems,
    }
