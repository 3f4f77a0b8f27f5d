"""Whether there is a microphone that hears something and a speaker that can be opened. Opens both for a moment."""

import asyncio
import base64
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from typing import Any

from assistant.doctor.finding import Finding, State, broken, degraded, ok, told
from assistant.ports import FRAME_SECONDS, SAMPLE_RATE, AudioUnavailable, Microphone, Sound, Speaker
from assistant.voice.levels import Fault, diagnosis, levels_of

MICROPHONE, SPEAKER = "microphone", "speaker"
LISTEN_SECONDS = 1.0
_MOST_SECONDS = 8.0
_TRIAL = Sound(pcm=bytes(2 * SAMPLE_RATE // 10), sample_rate=SAMPLE_RATE)
"""A tenth of a second of silence: nobody wants a beep at night."""
_UNHEARD = "run `assistant audio test`, or `alsamixer` to raise its recording level; then say something and look again"


def as_told(voice: Mapping[str, Any]) -> Iterator[Finding]:
    """By what the running assistant says of its voice (`assistant.health`)."""
    if voice["sound"] is None:
        yield told(MICROPHONE, State.BROKEN, voice["notice"] or "the voice is switched off")
    elif voice["problem"] is not None:
        yield told(MICROPHONE, State.BROKEN, voice["problem"])
    else:
        yield level(base64.b64decode(voice["sound"]))


async def microphone(source: Microphone, *, seconds: float = LISTEN_SECONDS) -> Finding:
    heard = b""
    try:
        async with asyncio.timeout(seconds + _MOST_SECONDS), aclosing(source.frames()) as frames:
            async for frame in frames:
                heard += frame
                if len(heard) * FRAME_SECONDS >= seconds * len(frame):
                    break
    except AudioUnavailable as error:
        return told(MICROPHONE, State.BROKEN, str(error))
    except TimeoutError:
        return broken(MICROPHONE, "the microphone gives no sound", "check that it is plugged in, and plug it in again")
    return level(heard)


def level(heard: bytes) -> Finding:
    """Of a second or so from a microphone: 16 kHz mono signed 16-bit little-endian PCM."""
    levels = levels_of(heard)
    what = diagnosis(levels)
    found = f"between {levels.floor_dbfs:.0f} and {levels.loud_dbfs:.0f} dBFS, at most {levels.peak_dbfs:.0f}"
    match what.fault:
        case Fault.NONE:
            return ok(MICROPHONE, f"it hears the room: {found}")
        case Fault.NOTHING_CAME | Fault.SILENT:
            return broken(MICROPHONE, what.sentence, _UNHEARD)
        case _:
            return degraded(MICROPHONE, f"{what.sentence} ({found})", _UNHEARD)


async def speaker(target: Speaker) -> Finding:
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            await target.play(_TRIAL)
    except AudioUnavailable as error:
        return told(SPEAKER, State.BROKEN, str(error))
    except TimeoutError:
        return broken(SPEAKER, "the speaker takes no sound", "check that it is plugged in, and plug it in again")
    return ok(SPEAKER, "it can be opened and takes sound; `assistant audio test` lets you hear it")


def unavailable(error: AudioUnavailable) -> Iterator[Finding]:
    """Where not even the sound library can be used, or a device of the settings is not there."""
    yield told(MICROPHONE if "microphone" in str(error) else SPEAKER, State.BROKEN, str(error))
