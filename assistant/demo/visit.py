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
from tools.contract import NEEDS_CONFIRMATION, OK, Asker, ToolResult

VISITOR = "en-us+m3"
"""The voice that asks; the assistant answers in another."""

WAKE_WORD = "okay nabu."
ATTEMPTS = 2
PATIENCE_SECONDS = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One exchange: what was understood and what was answered. `reply` is None where nothing was understood."""

    text: str
    reply: Reply | None
    said: str
    first_audio_ms: float

    @property
    def results(self) -> tuple[ToolResult, ...]:
        return self.reply.results if self.reply else ()


@dataclass(slots=True)
class Witness:
    """Stands between the voice and the turns, and notes what passes; also where the voice's sound goes.

    It changes nothing: every call goes on to the conversation and every sound to the recording and the speaker.
    """

    conversation: Conversation
    folder: Path
    loudspeaker: Speaker | None
    sorry: str
    spoken_files: int = 0
    heard: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue)
    _text: str = ""
    _reply: Reply | None = None
    _asked_at: float = 0.0
    _first_audio_ms: float = 0.0
    _sounds: list[Sound] = field(default_factory=list)

    async def vocabulary(self, expects: Expects) -> Vocabulary:
        vocabulary = await self.conversation.vocabulary(expects)
        self._asked_at = time.perf_counter()
        return vocabulary

    async def hear(self, utterance: Utterance) -> Reply:
        self._asked_at = time.perf_counter()
        self._text = utterance.text
        self._reply = await self.conversation.hear(utterance)
        return self._reply

    async def spoken(self, reply: Reply) -> None:
        await self.conversation.spoken(reply)
        await self._close(Heard(text=self._text, reply=reply, said=reply.text, first_audio_ms=self._first_audio_ms))

    async def silence(self, asker: Asker) -> Reply | None:
        return await self.conversation.silence(asker)

    def not_understood(self) -> str:
        """The sentence for speech that fitted nothing; the exchange ends with it."""
        self._text, self._reply = "", None
        return self.sorry

    async def play(self, sound: Sound) -> None:
        if not self._sounds:
            self._first_audio_ms = (time.perf_counter() - self._asked_at) * 1000
        self._sounds.append(sound)
        if self.loudspeaker is not None:
            await self.loudspeaker.play(sound)

    async def stop(self) -> None:
        if self.loudspeaker is not None:
            await self.loudspeaker.stop()

    async def after_sorry(self) -> None:
        """What was not understood has been answered."""
        await self._close(Heard(text="", reply=None, said=self.sorry, first_audio_ms=self._first_audio_ms))

    async def _close(self, heard: Heard) -> None:
        self.spoken_files += 1
        async with WavSpeaker(self.folder / f"answer-{self.spoken_files:02d}.wav") as file:
            for sound in self._sounds:
                await file.play(sound)
        self._sounds = []
        self.heard.put_nowait(heard)
