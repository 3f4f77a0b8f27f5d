"""Whoever waits for the wake word is in no hurry: frames gather, and what came after the word is still to be heard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from assistant.ports import FRAME_BYTES
from assistant.voice.ear import EngineThread
from assistant.voice.engines.silero import SileroDetector
from assistant.voice.frames import ScriptedMicrophone
from assistant.voice.hearing import Hearing
from assistant.voice.interrupt import Interruptions
from assistant.voice.own_voice import OwnVoice
from assistant.voice.wake import Opening

FRAMES = [bytes([number]) * FRAME_BYTES for number in range(1, 9)]


class WakeWordAt:
    """Finds the word in these frames."""

    doubtful = False

    def __init__(self, *found: bytes) -> None:
        self.found = found

    def heard(self, frame: bytes, *, amid: bool = False) -> bool:
        return frame in self.found

    def reset(self) -> None: ...


@asynccontextmanager
async def hearing() -> AsyncIterator[Hearing]:
    microphone = ScriptedMicrophone()
    microphone.say(b"".join(FRAMES))
    microphone.end()
    async with Hearing(microphone, heard=lambda: None) as heard:
        yield heard


async def test_several_frames_come_at_once_and_what_is_left_at_the_end() -> None:
    async with hearing() as heard:
        assert [await heard.several(3) for _ in range(4)] == [FRAMES[:3], FRAMES[3:6], FRAMES[6:], []]
        assert heard.count == 8 and heard.latest(8) == FRAMES


async def test_what_is_given_back_comes_again_and_is_counted_once() -> None:
    async with hearing() as heard:
        frames = await heard.several(6)
        heard.give_back(frames[2:])
        assert heard.count == 2 and heard.latest(10) == FRAMES[:2]
        assert await anext(heard) == FRAMES[2]
        heard.forget(0.0)
        assert await heard.several(6) == FRAMES[6:], "what was given back was heard before that, too"


async def test_what_is_said_right_after_the_wake_word_is_heard_to_its_first_frame() -> None:
    engines = EngineThread()
    opening = Opening()
    interruptions = Interruptions(
        wake_word=WakeWordAt(FRAMES[3], FRAMES[4]),
        detector=SileroDetector(),
        stop_word=None,
        own=OwnVoice(),
        opening=opening,
        engines=engines,
    )
    async with hearing() as heard:
        assert not await interruptions.calls(await heard.several(2), heard)
        assert await interruptions.calls(await heard.several(6), heard)
        assert list(opening.recent) == FRAMES[:4]
        assert [frame async for frame in heard] == FRAMES[4:]
    engines.close()
