"""The question `which one` by ear: real speech in, the real recogniser, real turns, and the loudspeaker's words out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes_tools import ENTITIES, SmallHouse, light
from fakes_turns import Talk, talking
from fakes_voice import RecordingSpeaker

from assistant.satellite import Satellite
from assistant.turns.turn import Turns
from assistant.values import Expects, Reply, Utterance
from assistant.voice.frames import ScriptedMicrophone, speech
from assistant.voice.parts import build_voice
from config.asking import ConfirmSettings
from config.settings import VoiceSettings
from tools.contract import Asker

HERE = Asker(satellite="here", room="Office")
LAMPS = (*ENTITIES, light("Office", "Desk lamp"), light("Office", "Ceiling lamp"))


def said(text: str) -> bytes:
    """With the faint noise of a room."""
    sound = np.frombuffer(speech(text, voice="en-us+m3", after_seconds=1.5), dtype="<i2")
    noise = np.random.default_rng(1).normal(0, 10, len(sound))
    return np.clip(sound + noise, -32768, 32767).astype("<i2").tobytes()


class Person:
    """Says the next of their lines whenever something was asked of them, and notes what was heard and answered."""

    def __init__(self, microphone: ScriptedMicrophone, lines: Sequence[str]) -> None:
        self._microphone = microphone
        self._lines = list(lines)
        self.talk: list[tuple[str, str]] = []
        self.done = asyncio.Event()

    def hears(self, utterance: Utterance, reply: Reply) -> None:
        self.talk.append((utterance.text, reply.text))
        if reply.expects is Expects.NOTHING:
            self.done.set()
        elif self._lines:
            self._microphone.say(said(self._lines.pop(0)))


class Overheard(Satellite):
    """One beside which a person stands."""

    def __init__(self, turns: Turns, person: Person) -> None:
        super().__init__(turns, HERE)
        self._person = person

    async def hear(self, utterance: Utterance) -> Reply:
        reply = await super().hear(utterance)
        self._person.hears(utterance, reply)
        return reply


@contextlib.asynccontextmanager
async def in_the_office(
    folder: Path, *lines: str, confirm: ConfirmSettings | None = None
) -> AsyncIterator[tuple[Person, SmallHouse, Talk]]:
    microphone = ScriptedMicrophone()
    async with talking(folder, HERE, entities=LAMPS, confirm=confirm) as (talk, home):
        person = Person(microphone, lines[1:])
        satellite = Overheard(talk.turns, person)
        built = await build_voice(
            VoiceSettings(room="Office"),
            satellite,
            asker=HERE,
            sorry=lambda: "Sorry, I did not catch that.",
            microphone=microphone,
            speaker=RecordingSpeaker(),
        )
        assert built.loop is not None, built.notice
        microphone.say(said(lines[0]))
        task = asyncio.ensure_future(built.loop.run())
        try:
            yield person, home, talk
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


WHICH = "Which one do you mean: the ceiling lamp or the desk lamp?"


@pytest.mark.parametrize("answer", ["the desk lamp", "the desk one", "the second one"])
async def test_which_one_is_answered_without_the_wake_word_and_then_confirmed(tmp_path: Path, answer: str) -> None:
    async with in_the_office(tmp_path, "okay nabu. turn on the lamp", answer, "yes") as (person, home, _):
        async with asyncio.timeout(20):
            await person.done.wait()
    assert person.talk == [
        ("turn on the lamp", WHICH),
        (answer, "Shall I turn on the desk lamp?"),
        ("yes", "The desk lamp is now on."),
    ]
    assert [topic for topic, _ in home.devices.sent] == ["cmd/light.desk_lamp"]


async def test_the_question_is_put_again_and_can_be_left_by_ear(tmp_path: Path) -> None:
    async with in_the_office(tmp_path, "okay nabu. turn on the lamp", "say that again", "never mind") as (
        person,
        home,
        _,
    ):
        async with asyncio.timeout(20):
            await person.done.wait()
    assert [text for _, text in person.talk] == [WHICH, WHICH, "Okay."]
    assert home.devices.sent == []


async def test_only_the_answers_are_listened_for(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE, entities=LAMPS) as (talk, _):
        await talk.say("turn on the lamp")
        narrow = (await talk.vocabulary(Expects.CHOICE)).jsgf
        wide = (await talk.vocabulary(Expects.NOTHING)).jsgf
    assert "the desk one" in narrow and "temperature" not in narrow and "ceiling" in narrow
    assert "temperature" in wide and len(narrow) < len(wide) / 2
