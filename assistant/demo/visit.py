"""The scripted visit: what a guest says to the simulated house, and how to tell that each turn went right.

Holds no wiring: it talks through a microphone and a conversation that are handed to it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.ports import Conversation, Sound, Speaker, Vocabulary
from assistant.values import Expects, Reply, Utterance
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


@dataclass(slots=True)
class Witness:
    """Stands between the voice and the turns, and notes what passes; also where the voice's sound goes.

    It changes nothing: every call goes on to the conversation and every sound to the recording and the speaker.
    """

    conversation: Conversation
    folder: Path
    loudspeaker: Speaker | None
    spoken_files: int = 0
    heard: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue)
    _text: str = ""
    _decided: float = 0.0
    _before_ms: float = 0.0
    _first_audio_ms: float = 0.0
    _sounds: list[Sound] = field(default_factory=list)

    async def vocabulary(self, expects: Expects) -> Vocabulary:
        return await self.conversation.vocabulary(expects)

    async def hear(self, utterance: Utterance) -> Reply:
        self._decided = time.perf_counter()
        self._before_ms = sum(utterance.timings_ms.values())
        self._text = utterance.text
        return await self.conversation.hear(utterance)

    async def spoken(self, reply: Reply) -> None:
        await self.conversation.spoken(reply)
        await self._close(reply)

    async def stopped(self, asker: Asker) -> Reply | None:
        return await self.conversation.stopped(asker)

    async def silence(self, asker: Asker) -> Reply | None:
        return await self.conversation.silence(asker)

    async def play(self, sound: Sound) -> None:
        if not self._sounds:
            self._first_audio_ms = self._before_ms + (time.perf_counter() - self._decided) * 1000
        self._sounds.append(sound)
        if self.loudspeaker is not None:
            await self.loudspeaker.play(sound)

    async def stop(self) -> None:
        if self.loudspeaker is not None:
            await self.loudspeaker.stop()

    async def _close(self, reply: Reply) -> None:
        self.spoken_files += 1
        async with WavSpeaker(self.folder / f"answer-{self.spoken_files:02d}.wav") as file:
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
