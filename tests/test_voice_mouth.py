"""One thing at a time and the most urgent first; nothing is lost, and what is ended ends at once."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ports import AudioUnavailable, Sound
from assistant.voice.chime import Sign, chime, sound_of
from assistant.voice.ducking import CommandDuck, Ducking
from assistant.voice.ear import EngineThread
from assistant.voice.engines.silero import SileroDetector
from assistant.voice.floor import Floor, Urgency
from assistant.voice.mouth import Mouth, Said
from assistant.voice.pcm import Framer, level
from assistant.voice.quiet import HowLoud
from assistant.volume import Volume


def sentence(text: str) -> Sound:
    return Sound(pcm=text.encode("utf-16-le"), sample_rate=16_000)


class Reader:
    """A voice whose sound is the text itself, a sentence at a time."""

    def synthesize(self, text: str) -> Iterator[Sound]:
        yield from (sentence(one.strip()) for one in text.split(".") if one.strip())


@dataclass
class Stage:
    """A speaker that plays until it is let go on, and never two things at once."""

    heard: list[str] = field(default_factory=list)
    playing: str | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: bool = False
    broken: bool = False

    async def play(self, sound: Sound) -> None:
        if self.broken:
            raise AudioUnavailable("There is no speaker; plug one in")
        assert self.playing is None, "spoken over something else"
        self.playing, self.stopped = sound.pcm.decode("utf-16-le"), False
        self.begun.set()
        try:
            await self.go_on.wait()
            self.go_on.clear()
            self.heard.append(self.playing + ("-" if self.stopped else ""))
        finally:
            self.playing = None

    async def stop(self) -> None:
        if self.playing is not None:
            self.stopped = True
            self.go_on.set()

    async def until_begun(self, text: str) -> None:
        async with asyncio.timeout(5):
            while self.playing != text:
                self.begun.clear()
                await self.begun.wait()

    async def finish(self, text: str) -> None:
        await self.until_begun(text)
        self.go_on.set()


@asynccontextmanager
async def a_mouth(stage: Stage, *, volume: int = 100, ducking: Ducking | None = None) -> AsyncIterator[Mouth]:
    engines = EngineThread()
    try:
        yield Mouth(
            voice=Reader(), speaker=stage, engines=engines, how_loud=HowLoud(volume=Volume(volume)), ducking=ducking
        )
    finally:
        engines.close()


async def test_an_alarm_gets_in_between_two_sentences_and_nothing_is_lost() -> None:
    stage = Stage()
    async with a_mouth(stage) as mouth, asyncio.TaskGroup() as group:
        news = group.create_task(mouth.say("News. More news", urgency=Urgency.ANNOUNCEMENT))
        await stage.until_begun("News")
        answer = group.create_task(mouth.say("Answer. More answer"))
        await asyncio.sleep(0)
        alarm = group.create_task(mouth.say("Ring", urgency=Urgency.ALARM))
        await asyncio.sleep(0)
        for text in ("News", "Ring", "Answer", "More answer", "More news"):
            await stage.finish(text)
    assert stage.heard == ["News", "Ring", "Answer", "More answer", "More news"]
    assert {news.result(), answer.result(), alarm.result()} == {Said.ALL}


async def test_a_question_is_put_in_one() -> None:
    stage = Stage()
    async with a_mouth(stage) as mouth, asyncio.TaskGroup() as group:
        group.create_task(mouth.say("Shall I. Say yes", in_one=True))
        await stage.until_begun("Shall I")
        group.create_task(mouth.say("Ring", urgency=Urgency.ALARM))
        for text in ("Shall I", "Say yes", "Ring"):
            await stage.finish(text)
    assert stage.heard == ["Shall I", "Say yes", "Ring"]


async def test_what_is_cut_ends_at_once_and_so_does_what_waits() -> None:
    stage = Stage()
    async with a_mouth(stage) as mouth, asyncio.TaskGroup() as group:
        answer = group.create_task(mouth.say("Long. Longer"))
        await stage.until_begun("Long")
        waiting = group.create_task(mouth.say("Later", urgency=Urgency.ANNOUNCEMENT))
        await asyncio.sleep(0)
        mouth.cut()
        assert await answer is Said.CUT and await waiting is Said.CUT
        assert stage.heard == ["Long-"]
        group.create_task(mouth.say("Next"))
        await stage.finish("Next")
    assert stage.heard == ["Long-", "Next"]


async def test_without_a_speaker_nothing_was_heard_and_the_next_is_tried(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(broken=True)
    async with a_mouth(stage) as mouth, asyncio.TaskGroup() as group:
        assert await mouth.say("Lost") is Said.UNHEARD
        await mouth.sign(sound_of(Sign.AWAKE))
        assert caplog.text.count("cannot speak") == 1
        stage.broken = False
        said = group.create_task(mouth.say("Found"))
        await stage.finish("Found")
    assert said.result() is Said.ALL


async def test_a_sign_is_left_out_while_something_is_said() -> None:
    stage = Stage()
    async with a_mouth(stage) as mouth, asyncio.TaskGroup() as group:
        group.create_task(mouth.say("Answer"))
        await stage.until_begun("Answer")
        await mouth.sign(sentence("beep"))
        await stage.finish("Answer")
    assert stage.heard == ["Answer"]


@given(st.lists(st.tuples(st.sampled_from(Urgency), st.booleans()), max_size=12))
async def test_the_most_urgent_who_waits_is_next_and_who_gives_up_blocks_nobody(
    waiting: list[tuple[Urgency, bool]],
) -> None:
    floor, order = Floor(), list[tuple[Urgency, int]]()

    async def speak(urgency: Urgency, number: int) -> None:
        async with floor.taken(urgency):
            order.append((urgency, number))

    async with asyncio.TaskGroup() as group, floor.taken(Urgency.ANSWER):
        tasks = [group.create_task(speak(urgency, number)) for number, (urgency, _) in enumerate(waiting)]
        await asyncio.sleep(0)
        for task, (_, gives_up) in zip(tasks, waiting, strict=True):
            if gives_up:
                task.cancel()
        await asyncio.sleep(0)
    stayed = [(urgency, number) for number, (urgency, gives_up) in enumerate(waiting) if not gives_up]
    assert order == sorted(stayed, key=lambda one: (-one[0], one[1]))
    assert not floor.is_taken


async def test_what_else_plays_is_turned_down_once_and_up_again(tmp_path: Path) -> None:
    done = tmp_path / "done"
    script = f"import sys; open({str(done)!r}, 'a').write(sys.argv[1] + ' ')"
    ducking = Ducking(CommandDuck([sys.executable, "-c", script]))
    stage = Stage()
    async with a_mouth(stage, ducking=ducking) as mouth, asyncio.TaskGroup() as group:
        with ducking.down():
            group.create_task(mouth.say("Answer"))
            await stage.finish("Answer")
            await asyncio.sleep(0)
    await asyncio.to_thread(ducking.close)
    assert done.read_text() == "down up "


async def test_a_command_that_fails_is_told_once_and_nobody_waits_for_it(caplog: pytest.LogCaptureFixture) -> None:
    ducking = Ducking(CommandDuck(["/nowhere/duck"]))
    for _ in range(3):
        with ducking.down():
            pass
    await asyncio.to_thread(ducking.close)
    assert [one.levelname for one in caplog.records if "duck_command" in one.message] == ["WARNING"]


@pytest.mark.parametrize("sound", [chime(), *map(sound_of, Sign)])
def test_a_sign_is_short_soft_and_no_speech(sound: Sound) -> None:
    assert 0.1 < sound.seconds < 0.8
    assert 0.01 < level(sound.pcm) < 0.3
    detector = SileroDetector()
    assert all(detector.probability(frame) < 0.5 for frame in Framer().feed(sound.pcm))
