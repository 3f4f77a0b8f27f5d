"""The scripted visit: what a guest says to the simulated house, and how to tell that each turn went right.

Holds no wiring: it talks through a microphone and a conversation that are handed to it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.ports import Sound, Speaker
from assistant.satellite import Satellite
from assistant.turns.turn import Turns
from assistant.values import Reply, Utterance
from assistant.voice.frames import ScriptedMicrophone, speech
from assistant.voice.wav import WavSpeaker
from tools.contract import NEEDS_CONFIRMATION, OK, Asker

VISITOR = "en-us+m3"
"""The voice that asks; the assistant answers in another."""

WAKE_WORD = "okay nabu."
ATTEMPTS = 2
PATIENCE_SECONDS = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One exchange: what was understood, what was answered, and how long until the answer began to sound."""

    text: str
    reply: Reply
    first_audio_ms: float
    """From the end of the speech, its closing silence included, to the first sound of the answer."""


class Witness(Satellite):
    """Notes what passes; as a speaker, puts every sound into a recording and to the loudspeaker where there is one."""

    def __init__(self, turns: Turns, asker: Asker, folder: Path, loudspeaker: Speaker | None) -> None:
        super().__init__(turns, asker)
        self.spoken_files = 0
        self.heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._folder = folder
        self._loudspeaker = loudspeaker
        self._text = ""
        self._decided = self._before_ms = self._first_audio_ms = 0.0
        self._sounds: list[Sound] = []

    async def hear(self, utterance: Utterance) -> Reply:
        self._decided = time.perf_counter()
        self._before_ms = sum(utterance.timings_ms.values())
        self._text = utterance.text
        return await super().hear(utterance)

    async def spoken(self, reply: Reply) -> None:
        await super().spoken(reply)
        await self._close(reply)

    async def play(self, sound: Sound) -> None:
        if not self._sounds:
            self._first_audio_ms = self._before_ms + (time.perf_counter() - self._decided) * 1000
        self._sounds.append(sound)
        if self._loudspeaker is not None:
            await self._loudspeaker.play(sound)

    async def stop(self) -> None:
        if self._loudspeaker is not None:
            await self._loudspeaker.stop()

    async def _close(self, reply: Reply) -> None:
        self.spoken_files += 1
        async with WavSpeaker(self._folder / f"answer-{self.spoken_files:02d}.wav") as file:
            for sound in self._sounds:
                await file.play(sound)
        self._sounds = []
        self.heard.put_nowait(Heard(text=self._text, reply=reply, first_audio_ms=self._first_audio_ms))


Check = Callable[[Heard], Awaitable[str | None]]
"""What is wrong with an exchange, in words; None where nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that the visitor says. After a question of the house it is said without the wake word."""

    say: str
    check: Check
    wake: bool = True
    before: Callable[[], Awaitable[None]] | None = None
    """Done before each time that it is said."""
    note: Callable[[], Awaitable[str]] | None = None
    """A fact to print under the exchange, looked up after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A line and what came of it."""

    line: Line
    heard: Heard | None
    fault: str | None
    attempts: int
    note: str | None = None


class Visit:
    """Says one line after another into the microphone and waits for each answer to have been spoken."""

    def __init__(self, microphone: ScriptedMicrophone, witness: Witness) -> None:
        self._microphone = microphone
        self._witness = witness

    async def say(self, line: Line) -> Exchange:
        """A line that was not heard rightly is said again, as a person would, but not for ever."""
        heard: Heard | None = None
        fault: str | None = "no answer"
        attempts = 0
        while fault is not None and attempts < (ATTEMPTS if line.wake else 1):
            attempts += 1
            if line.before is not None:
                await line.before()
            heard = await self._said(line)
            fault = "no answer" if heard is None else await line.check(heard)
        note = await line.note() if line.note is not None else None
        return Exchange(line=line, heard=heard, fault=fault, attempts=attempts, note=note)

    async def _said(self, line: Line) -> Heard | None:
        sound = await asyncio.to_thread(_speech, line)
        self._microphone.say(sound)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._witness.heard.get()
        except TimeoutError:
            return None


def _speech(line: Line) -> bytes:
    request = speech(line.say, voice=VISITOR, before_seconds=0.3, after_seconds=1.5)
    return speech(WAKE_WORD, voice=VISITOR, before_seconds=1.0, after_seconds=0.2) + request if line.wake else request


def answered(tool: str, *words: str) -> Check:
    """The turn made this call, it went through, and the answer holds these words."""

    async def check(heard: Heard) -> str | None:
        results = [result for result in heard.reply.results if result.call.name == tool]
        if not results:
            return f"{tool} was not called"
        if results[0].verdict != OK:
            return f"{tool} came back with {results[0].verdict}"
        return _missing(heard, words)

    return check


def asks(*words: str) -> Check:
    """Nothing has been done, and a person is being asked."""

    async def check(heard: Heard) -> str | None:
        if [result.verdict for result in heard.reply.results] != [NEEDS_CONFIRMATION]:
            return "it did not ask for confirmation"
        return _missing(heard, words)

    return check


def says(*words: str, then: Callable[[], bool] | None = None, wanted: str = "") -> Check:
    """The answer holds these words, and what `wanted` describes is so in the house itself."""

    async def check(heard: Heard) -> str | None:
        if then is not None and not then():
            return f"the device is not as it should be: {wanted}"
        return _missing(heard, words)

    return check


def declines() -> Check:
    """No call was made, and the answer tells what would work."""

    async def check(heard: Heard) -> str | None:
        if heard.reply.results:
            return "a call was made for something that the house cannot know"
        return _missing(heard, ("for example",))

    return check


def _missing(heard: Heard, words: Sequence[str]) -> str | None:
    lacking = [word for word in words if word.lower() not in heard.reply.text.lower()]
    return f"the answer does not say {lacking[0]!r}" if lacking else None
