"""The seams of the assistant: what listens, decides and speaks, as Protocols.

Audio inside the assistant is 16 kHz mono signed 16-bit little-endian PCM in frames of 512 samples (32 ms).
Engines are synchronous and not thread-safe: each belongs to one caller, which runs slow ones on a thread of its own.
"""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from assistant.values import Expects, Reply, Utterance
from config.errors import UserFacingError
from tools.contract import Asker

SAMPLE_RATE = 16_000
FRAME_SAMPLES = 512
FRAME_BYTES = 2 * FRAME_SAMPLES
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE


class AudioUnavailable(UserFacingError):
    """No usable microphone or speaker; the message says what is missing and how to mend it."""


class UnusableVocabulary(Exception):
    """A grammar that a transcriber cannot use; the message says which part of it and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A piece of audio to be played: mono signed 16-bit little-endian PCM."""

    pcm: bytes
    sample_rate: int

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / self.sample_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What can sensibly be said now; narrows or biases a transcriber."""

    jsgf: str
    """A JSGF grammar (Java Speech Grammar Format 1.0); its public rule is every sentence that can be understood."""
    names: tuple[str, ...] = ()
    """Names of rooms and devices, most important first, for transcribers that take hints."""
    refusals: frozenset[str] = frozenset()
    """Where a yes may be said: the sentences that are a no. Any other short one counts only where it fits well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was understood. `text` is empty where nothing was, or where it did not fit the vocabulary."""

    text: str
    rejected: bool = False
    """True where there was speech that fitted nothing in the vocabulary."""


class Said(StrEnum):
    """How much of an utterance there is, as far as the transcriber can tell."""

    PART = "part"
    """More has to come, or nobody knows."""
    WHOLE = "whole"
    """A sentence; there are longer ones that begin with it."""
    SETTLED = "settled"
    """A sentence, and nothing that could be said goes on from there."""


class Microphone(Protocol):
    """The one owner of the sound that comes in."""

    def frames(self) -> AsyncGenerator[bytes, None]:
        """Frames of FRAME_BYTES until the source ends; a live one never does. Raises AudioUnavailable.

        Close the generator to give the device back; ask again for a new one.
        """
        ...

    def forget(self) -> None:
        """Drops what has come in and was not taken yet: the assistant's own voice, mostly."""
        ...


class WakeWord(Protocol):
    """Listens for the words that open a turn."""

    def heard(self, frame: bytes, *, amid: bool = False) -> bool:
        """Whether the wake word has just ended within or shortly before this frame.

        `amid`: the assistant itself sounds meanwhile, so that speech before the word tells nothing.
        """
        ...

    @property
    def doubtful(self) -> bool:
        """Whether the last one came right after other speech, so that what follows may be no request."""
        ...

    def reset(self) -> None: ...


class SpeechDetector(Protocol):
    """Tells speech from everything else."""

    def probability(self, frame: bytes) -> float:
        """Probability 0..1 that this frame holds speech; frames must come in order."""
        ...

    def reset(self) -> None: ...


class Transcriber(Protocol):
    """Turns one utterance at a time into text: begin, feed its frames, pause whenever the speaker does, finish."""

    def begin(self, vocabulary: Vocabulary) -> None:
        """Raises UnusableVocabulary. An utterance that was begun and not finished is dropped."""
        ...

    def feed(self, frame: bytes) -> None: ...

    def pause(self) -> Said:
        """The speaker pauses, perhaps for good: the moment for work that would otherwise delay `finish`."""
        ...

    def finish(self) -> Transcript: ...


class Voice(Protocol):
    """Turns text into sound."""

    def synthesize(self, text: str) -> Iterator[Sound]:
        """One Sound for each sentence, in order, made as it is asked for; a long first one comes in two."""
        ...


class Speaker(Protocol):
    """The one owner of the sound that goes out."""

    async def play(self, sound: Sound) -> None:
        """Returns when the sound has been heard in full. Raises AudioUnavailable."""
        ...

    async def stop(self) -> None:
        """Ends at once what is being played; `play` then returns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What is said without anybody having asked: all that rings in one place now."""

    keys: tuple[int, ...]
    """Which rings; as long as they stay the same, the text need not be said again."""
    text: str
    insist_seconds: float
    """For how long it is repeated until somebody reacts."""
    wants_reaction: bool
    """False: once it was said aloud it is over."""


class Announcements(Protocol):
    """What has to be said in one place by itself."""

    def due(self) -> Announcement | None:
        """Asked many times a second, so it is quick; None: nothing rings."""
        ...

    async def settled(self, announcement: Announcement, *, heard: bool) -> None:
        """It is over. `heard`: somebody reacted, or it was said aloud and needs no reaction."""
        ...


class Conversation(Protocol):
    """What the voice talks to: it hears utterances, answers them, and is told what a person has really heard."""

    async def vocabulary(self, expects: Expects) -> Vocabulary:
        """What can sensibly be said while this is expected."""
        ...

    async def hear(self, utterance: Utterance) -> Reply: ...

    async def spoken(self, reply: Reply) -> None:
        """The reply has been played to its end; a question's time to be answered begins now."""
        ...

    async def silence(self, asker: Asker) -> Reply | None:
        """Nobody answered the question, or nothing that could be understood; None where nothing is to be said."""
        ...

    async def stopped(self, asker: Asker) -> Reply | None:
        """Somebody said stop while it spoke: what is open is closed, undone; None where nothing is to be said."""
        ...
