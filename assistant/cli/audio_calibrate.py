"""`assistant audio calibrate`: how loud the room and the person are, what to change, and what it sounds like."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from rich.live import Live

from assistant.cli.screen import screen, tell
from assistant.cli.sound import chatter_hidden, chosen, explained, sound_system
from assistant.ports import FRAME_SECONDS, SAMPLE_RATE, AudioUnavailable, Sound, WakeWord
from assistant.voice.devices import SoundCardSpeaker
from assistant.voice.engines.micro_wakeword import MicroWakeWordDetector
from assistant.voice.gain import advice, gain_db
from assistant.voice.levels import Levels, levels_of
from assistant.voice.microphone import microphone_of
from assistant.voice.wav import WavSpeaker
from config.load import load_settings
from config.settings import VoiceSettings

BE_QUIET = "Be quiet for a moment: the room is measured."
SPEAK = 'Now speak as you usually would, from where you usually are: "{word}", and then a question.'
PLAYING_BACK = "This is what was heard:"
FOUND = (
    "The room is at {room:.0f} dB, you are at {speech:.0f} dB, at most {peak:.0f} (0 is the loudest that there can be);"
    " the wake word was {heard}."
)
ALL_WELL = "You are heard well."
QUIET_SECONDS = 2.0

_CELLS = 40
_LOWEST_SHOWN_DBFS = -70.0
_SHOWN_SECONDS = 0.096
_LINE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrating:
    """How it is done. `keep` is a WAV file for what is heard while the person speaks."""

    seconds: float
    keep: Path | None
    play: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    room: Levels
    speech: Levels
    wake_word_heard: bool
    problems: tuple[str, ...]


class Shows(Protocol):
    """Where the person sees that they are heard."""

    def say(self, text: str) -> None: ...

    def level(self, sound: bytes) -> None:
        """Told of each frame."""
        ...


def calibrate(wanted: Calibrating, *, microphone: str | None, speaker: str | None, config: Path | None) -> int:
    """0 where the person is heard well, else 1. Raises ConfigError, EngineMissing, AudioUnavailable."""
    settings = chosen(load_settings(config).settings.voice, microphone, speaker)
    detector = MicroWakeWordDetector(settings.wake_words[0].word)
    with chatter_hidden(), _shown(as_json=wanted.as_json) as shows:
        outcome = asyncio.run(_calibrate(settings, wanted, detector, shows))
    if wanted.as_json:
        sys.stdout.write(json.dumps(_as_json(outcome), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(_in_words(outcome)) + "\n")
    return 1 if outcome.problems else 0


async def _calibrate(settings: VoiceSettings, wanted: Calibrating, detector: WakeWord, shows: Shows) -> Outcome:
    word = settings.wake_words[0].word.replace("_", " ")
    heard = Hearing(detector, shows)
    problems: list[str] = []
    try:
        async with aclosing(microphone_of(settings).frames()) as frames:
            shows.say(BE_QUIET)
            room = await heard.hear(frames, QUIET_SECONDS)
            shows.say(SPEAK.format(word=word))
            heard.wake_word_heard = False
            speech = await heard.hear(frames, wanted.seconds)
    except AudioUnavailable as error:
        nothing = levels_of(b"")
        return Outcome(room=nothing, speech=nothing, wake_word_heard=False, problems=tuple(explained(error)))
    room_levels, levels = levels_of(room), levels_of(speech)
    problems += advice(room_levels, levels, wake_word_heard=heard.wake_word_heard, wake_word=word)
    problems += await _kept_and_played(settings, wanted, speech, shows)
    return Outcome(room=room_levels, speech=levels, wake_word_heard=heard.wake_word_heard, problems=tuple(problems))


async def _kept_and_played(settings: VoiceSettings, wanted: Calibrating, speech: bytes, shows: Shows) -> list[str]:
    sound = Sound(pcm=speech, sample_rate=SAMPLE_RATE)
    try:
        if wanted.keep is not None:
            async with WavSpeaker(wanted.keep) as file:
                await file.play(sound)
        if wanted.play:
            shows.say(PLAYING_BACK)
            await SoundCardSpeaker(await sound_system(), settings.output_device).play(sound)
    except AudioUnavailable as error:
        return list(explained(error))
    return []


class Hearing:
    """Takes frames for some time, shows how loud they are, and listens for the wake word in them."""

    def __init__(self, detector: WakeWord, shows: Shows) -> None:
        self._detector = detector
        self._shows = shows
        self.wake_word_heard = False

    async def hear(self, frames: AsyncGenerator[bytes, None], seconds: float) -> bytes:
        """Raises AudioUnavailable."""
        heard = bytearray()
        async for frame in frames:
            heard += frame
            self._shows.level(frame)
            self.wake_word_heard = self._detector.heard(frame) or self.wake_word_heard
            if len(heard) / 2 / SAMPLE_RATE >= seconds:
                break
        return bytes(heard)


class Lines:
    """Plain lines, one each second: for a file, a pipe, or a log."""

    def __init__(self) -> None:
        self._sound = b""

    def say(self, text: str) -> None:
        self._sound = b""
        tell(text)

    def level(self, sound: bytes) -> None:
        self._sound += sound
        if len(self._sound) / 2 / SAMPLE_RATE >= _LINE_SECONDS:
            tell(f"{levels_of(self._sound).rms_dbfs:.0f} dB")
            self._sound = b""


class Bar:
    """A bar that moves as one speaks, with a mark where it was loudest."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._sound = b""
        self._loudest = 0

    def say(self, text: str) -> None:
        self._loudest, self._sound = 0, b""
        self._live.console.print(text)

    def level(self, sound: bytes) -> None:
        self._sound += sound
        if len(self._sound) / 2 / SAMPLE_RATE >= _SHOWN_SECONDS:
            self._live.update(self.drawn(levels_of(self._sound)))
            self._sound = b""

    def drawn(self, levels: Levels) -> str:
        cells = bar_cells(levels.rms_dbfs)
        self._loudest = max(self._loudest, bar_cells(levels.peak_dbfs))
        bar = "█" * cells + "·" * (_CELLS - cells)
        if self._loudest > cells:
            bar = f"{bar[: self._loudest - 1]}|{bar[self._loudest :]}"
        full = "  too loud" if levels.clipped_share else ""
        return f"{bar} {levels.rms_dbfs:4.0f} dB{full}"


class Nothing:
    """For a program, which waits for the one object at the end."""

    def say(self, text: str) -> None: ...

    def level(self, sound: bytes) -> None: ...


def bar_cells(dbfs: float) -> int:
    """How long the bar is, 0..40."""
    share = (dbfs - _LOWEST_SHOWN_DBFS) / -_LOWEST_SHOWN_DBFS
    return round(_CELLS * min(1.0, max(0.0, share)))


@contextmanager
def _shown(*, as_json: bool) -> Iterator[Shows]:
    if as_json:
        yield Nothing()
    elif not sys.stdout.isatty():
        yield Lines()
    else:
        with Live(console=screen(), transient=True, refresh_per_second=1 / FRAME_SECONDS / 3) as live:
            yield Bar(live)


def _in_words(outcome: Outcome) -> Iterator[str]:
    if outcome.speech.seconds:
        yield FOUND.format(
            room=outcome.room.floor_dbfs,
            speech=outcome.speech.loud_dbfs,
            peak=outcome.speech.peak_dbfs,
            heard="heard" if outcome.wake_word_heard else "not heard",
        )
    yield from outcome.problems or (ALL_WELL,)


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "ok": not outcome.problems,
        "room": asdict(outcome.room),
        "speech": asdict(outcome.speech),
        "wake_word_heard": outcome.wake_word_heard,
        "gain_db": gain_db(outcome.speech),
        "problems": list(outcome.problems),
    }
