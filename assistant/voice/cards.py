"""The sound devices of this machine as PortAudio sees them, which two are used, and the settings that name them."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.voice.portaudio import NoSuchDevice, PortAudio, known_device, numbered

RATES = (16_000, 22_050, 32_000, 44_100, 48_000)
"""Hz that are tried; the assistant converts, so one of them is enough."""

_PLACE = re.compile(r"\s*\(hw:[^)]*\)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A device as a microphone, or as a speaker."""

    channels: int
    rates: tuple[int, ...]
    """Of RATES, in Hz; none where it cannot be opened now."""
    refusal: str
    """Why it cannot be opened, in PortAudio's words; empty where it can."""
    setting: str
    """What names it under [voice] in the settings, for example `input_device = "USB Audio"`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    number: int
    name: str
    host_api: str
    own_rate: int
    microphone: Side | None
    speaker: Side | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Which device is the microphone or the speaker; `problem` says why there is none."""

    number: int | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    all: tuple[Card, ...]
    microphone: Used
    speaker: Used


def cards_of(library: PortAudio, *, input_device: str | int | None, output_device: str | int | None) -> Cards:
    """Opens each device for a moment, which can take seconds and blocks for as long as a sound system hangs."""
    known = library.query_devices()
    return Cards(
        all=tuple(_card(library, number, known) for number in range(len(known))),
        microphone=_used(library, input_device, "input"),
        speaker=_used(library, output_device, "output"),
    )


def _card(library: PortAudio, number: int, known: Sequence[Mapping[str, Any]]) -> Card:
    one = known[number]
    return Card(
        number=number,
        name=str(one["name"]),
        host_api=str(library.query_hostapis(one["hostapi"])["name"]),
        own_rate=int(one["default_samplerate"]),
        microphone=_side(library, library.check_input_settings, number, known, "input"),
        speaker=_side(library, library.check_output_settings, number, known, "output"),
    )


def _side(
    library: PortAudio,
    check: Callable[..., None],
    number: int,
    known: Sequence[Mapping[str, Any]],
    kind: str,
) -> Side | None:
    channels = int(known[number][f"max_{kind}_channels"])
    if channels < 1:
        return None
    rates, refusal = [], ""
    for rate in RATES:
        try:
            check(device=number, channels=min(channels, 2), dtype="int16", samplerate=rate)
            rates.append(rate)
        except (library.PortAudioError, ValueError) as error:
            refusal = refusal or str(error)
    return Side(
        channels=channels,
        rates=tuple(rates),
        refusal="" if rates else refusal,
        setting=setting_of(number, known, kind),
    )


def setting_of(number: int, known: Sequence[Mapping[str, Any]], kind: str) -> str:
    """The line that names this device, if possible by what stays the same when it is plugged in elsewhere."""
    name = str(known[number]["name"])
    for wanted in (_PLACE.sub("", name), name):
        try:
            if wanted and numbered(wanted, known, kind) == number:
                return f"{kind}_device = {json.dumps(wanted, ensure_ascii=False)}"
        except NoSuchDevice:
            continue
    return f"{kind}_device = {number}"


def _used(library: PortAudio, wanted: str | int | None, kind: str) -> Used:
    try:
        number, known = known_device(library, wanted, kind)
    except NoSuchDevice as error:
        what = "microphone" if kind == "input" else "speaker"
        called = "" if wanted is None else f" called {wanted!r}"
        return Used(number=None, problem=f"There is no {what}{called} ({error}).")
    return Used(number=int(known["index"]) if number is None else number)
