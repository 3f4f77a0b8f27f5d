"""`assistant audio test`: plays a melody, records it by the microphone, and says what is wrong."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.cli.screen import tell
from assistant.cli.sound import chatter_hidden, chosen, explained, sound_system
from assistant.ports import SAMPLE_RATE, AudioUnavailable, Microphone, Speaker
from assistant.voice import trial
from assistant.voice.devices import SoundCardSpeaker
from assistant.voice.levels import Diagnosis, Fault, Levels, diagnosis, levels_of
from assistant.voice.microphone import microphone_of
from config.load import load_settings
from config.settings import VoiceSettings

PLAYING = "You should hear three rising tones now."
ALL_WELL = "The microphone hears the speaker, {delay:.0f} ms after it was given the sound. All is well."
NOT_HEARD = (
    "The microphone works, but did not hear the speaker. If you did not hear it either, turn the speaker up, or choose"
    " another with: assistant audio list. If you did, the microphone is another one than you think or too far away;"
    " where echo cancellation is on, this is as it should be."
)
_ROOM_SECONDS = 0.6
_AFTER_SECONDS = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of playing and recording; `problems` are sentences, none where all is well."""

    levels: Levels
    heard: trial.Heard | None
    problems: tuple[str, ...]


def test_audio(*, as_json: bool, microphone: str | None, speaker: str | None, config: Path | None) -> int:
    """0 where the microphone heard the speaker, else 1. Raises ConfigError, AudioUnavailable without PortAudio."""
    settings = chosen(load_settings(config).settings.voice, microphone, speaker)

    def playing() -> None:
        if not as_json:
            tell(PLAYING)

    with chatter_hidden():
        outcome = asyncio.run(_try_out(settings, playing))
    sys.stdout.write("\n".join(_as_text(outcome, as_json=as_json)) + "\n")
    return 1 if outcome.problems else 0


async def _try_out(settings: VoiceSettings, playing: Callable[[], None]) -> Outcome:
    system = await sound_system()
    try:
        system.require(settings.output_device, "output")
    except AudioUnavailable:
        playing = _nothing  # what cannot be played is not promised
    speaker = SoundCardSpeaker(system, settings.output_device)
    return await Room(microphone_of(settings), speaker, playing=playing).try_out()


def _nothing() -> None:
    return None


class Room:
    """A microphone and a speaker that are tried out on each other."""

    def __init__(
        self,
        microphone: Microphone,
        speaker: Speaker,
        *,
        room_seconds: float = _ROOM_SECONDS,
        after_seconds: float = _AFTER_SECONDS,
        playing: Callable[[], None] = _nothing,
    ) -> None:
        """`room_seconds` are recorded before the melody, `after_seconds` after it; `playing` is called in between."""
        self._playing = playing
        self._before_seconds = room_seconds
        self._after_seconds = after_seconds
        self._microphone = microphone
        self._speaker = speaker
        self._recorded = bytearray()
        self._listening = asyncio.Event()
        self._over = asyncio.Event()
        self._played_at = 0.0
        self._problems: list[str] = []

    async def try_out(self) -> Outcome:
        await asyncio.gather(self._record(), self._play())
        recorded = bytes(self._recorded)
        levels = levels_of(recorded)
        heard = trial.heard(recorded, from_seconds=self._played_at)
        problems = tuple(dict.fromkeys(self._problems)) or tuple(_problems(diagnosis(levels), heard))
        return Outcome(levels=levels, heard=heard, problems=problems)

    async def _record(self) -> None:
        try:
            async with aclosing(self._microphone.frames()) as frames:
                async for frame in frames:
                    self._recorded += frame
                    self._listening.set()
                    if self._over.is_set():
                        return
        except AudioUnavailable as error:
            self._problems += explained(error)
        finally:
            self._listening.set()

    async def _play(self) -> None:
        await self._listening.wait()
        if not self._problems:
            await asyncio.sleep(self._before_seconds)
        self._played_at = len(self._recorded) / 2 / SAMPLE_RATE
        self._playing()
        try:
            await self._speaker.play(trial.melody())
            await asyncio.sleep(self._after_seconds)
        except AudioUnavailable as error:
            self._problems += explained(error)
        finally:
            self._over.set()


def _problems(found: Diagnosis, heard: trial.Heard | None) -> Iterator[str]:
    if found.fault is not Fault.NONE:
        yield found.sentence
    if heard is None and found.fault not in (Fault.NOTHING_CAME, Fault.SILENT):
        yield NOT_HEARD


def _as_text(outcome: Outcome, *, as_json: bool) -> Iterator[str]:
    if as_json:
        yield json.dumps(_as_json(outcome), ensure_ascii=False)
        return
    if outcome.levels.seconds:
        yield in_words(outcome.levels)
    if outcome.heard is not None and not outcome.problems:
        yield ALL_WELL.format(delay=outcome.heard.delay_seconds * 1000)
    yield from outcome.problems


def in_words(levels: Levels) -> str:
    return (
        f"Heard {levels.seconds:.1f} seconds, between {levels.floor_dbfs:.0f} and {levels.loud_dbfs:.0f} dB,"
        f" at most {levels.peak_dbfs:.0f} (0 is the loudest that there can be)."
    )


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "ok": not outcome.problems,
        "heard": None if outcome.heard is None else asdict(outcome.heard),
        "levels": asdict(outcome.levels),
        "problems": list(outcome.problems),
    }
