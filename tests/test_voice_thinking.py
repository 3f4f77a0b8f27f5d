"""An answer that takes long is announced, and whoever says the wake word meanwhile is listened to instead."""

import asyncio
from dataclasses import dataclass, field

import pytest
from fakes_voice import RecordingSpeaker, ScriptedConversation, reply
from test_voice_loop import loop_of, running, said

from assistant.ports import AudioUnavailable
from assistant.values import Reply, Utterance
from assistant.voice.frames import ScriptedMicrophone
from assistant.voice.thinking import Thinking
from tools.contract import Asker

SLOW = "what is the bedroom temperature"
SCRIPT = {SLOW: reply("It is 20 degrees."), "turn on the kitchen light": reply("It is on.")}


@dataclass
class SlowConversation(ScriptedConversation):
    """Says of one question that it takes long, and answers it only when it is let or ended."""

    let: asyncio.Event = field(default_factory=asyncio.Event)
    given_up: list[str] = field(default_factory=list)

    async def hear(self, utterance: Utterance) -> Reply:
        if utterance.text == SLOW:
            with utterance.wait.told_after(0.01, "One moment."):
                try:
                    async with utterance.wait.within(30):
                        await self.let.wait()
                except TimeoutError:
                    self.note("given up", utterance.text)
                    return reply("Okay, I stopped.")
        return await super().hear(utterance)


def played(conversation: ScriptedConversation) -> list[str]:
    return [text for event, text in conversation.events if event == "spoken"]


async def test_it_says_that_it_takes_long_and_then_the_answer() -> None:
    conversation, microphone, speaker = SlowConversation(SCRIPT), ScriptedMicrophone(paced=True), RecordingSpeaker()
    loop = await loop_of(conversation, microphone, speaker)
    moments = 0

    def heard_something(_sound: object) -> None:
        nonlocal moments
        moments += 1
        conversation.let.set()

    speaker.before_end = heard_something
    async with running(loop):
        microphone.say(said(f"okay nabu. {SLOW}?"))
        await conversation.until("spoken")
    assert played(conversation) == ["It is 20 degrees."]
    assert moments == 2, "the moment, and the answer"


async def test_the_wake_word_ends_the_wait_and_the_next_request_is_heard() -> None:
    conversation, microphone, speaker = SlowConversation(SCRIPT), ScriptedMicrophone(paced=True), RecordingSpeaker()
    loop = await loop_of(conversation, microphone, speaker)
    once: list[bool] = []

    def call_again(_sound: object) -> None:
        if not once:
            once.append(True)
            microphone.say(said("okay nabu. turn on the kitchen light"))

    speaker.before_end = call_again
    async with running(loop):
        microphone.say(said(f"okay nabu. {SLOW}?"))
        await conversation.until("spoken")
    assert conversation.events == [
        ("given up", SLOW),
        ("heard", "turn on the kitchen light"),
        ("spoken", "It is on."),
    ]


UTTERANCE = Utterance(text=SLOW, asker=Asker(satellite="here"))


async def never(over: asyncio.Event) -> bool:
    await over.wait()
    return False


async def test_a_quick_answer_is_not_announced() -> None:
    said_aloud: list[str] = []

    async def say(text: str) -> None:
        said_aloud.append(text)

    thinking = Thinking(ScriptedConversation(SCRIPT), say=say, called=never)
    answer = await thinking.reply(UTTERANCE)
    assert answer is not None and answer.text == "It is 20 degrees."
    assert said_aloud == []


async def test_a_microphone_that_is_pulled_out_ends_the_turn_and_is_told() -> None:
    conversation = SlowConversation(SCRIPT)

    async def say(_text: str) -> None: ...

    async def pulled(_over: asyncio.Event) -> bool:
        raise AudioUnavailable("pulled out")

    with pytest.raises(AudioUnavailable):
        await Thinking(conversation, say=say, called=pulled).reply(UTTERANCE)
    assert conversation.events == [("given up", SLOW)]


async def test_a_fault_of_the_turn_leaves_at_once() -> None:
    class Broken(ScriptedConversation):
        async def hear(self, utterance: Utterance) -> Reply:
            raise OSError("broken")

    async def say(_text: str) -> None: ...

    with pytest.raises(OSError, match="broken"):
        await Thinking(Broken(), say=say, called=never).reply(UTTERANCE)
