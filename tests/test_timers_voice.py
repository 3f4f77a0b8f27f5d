"""What rings is heard in the room: by itself, until somebody reacts, and never into a question."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from fakes_voice import (
    VOCABULARIES,
    FlakyMicrophone,
    RecordingSpeaker,
    RoomMicrophone,
    ScriptedConversation,
    reply,
)
from test_voice_loop import ASK, SCRIPT, running, said

from assistant.ports import Announcement, Microphone, Sound, Speaker, Vocabulary
from assistant.values import Expects, Reply
from assistant.voice import pcm
from assistant.voice.chime import chime
from assistant.voice.frames import ScriptedMicrophone
from assistant.voice.listen import VoiceLoop
from assistant.voice.parts import build_voice
from config.settings import VoiceSettings
from tools.contract import Asker

HERE = Asker(satellite="here", room="hall")
STOP = """#JSGF V1.0;
grammar house;
public <request> = stop | turn on the kitchen light;
"""
CHIME = chime().pcm


@dataclass
class OneBell:
    """Rings what it is given, until that is settled; remembers whether it was heard."""

    ringing: Announcement | None = None
    over: list[bool] = field(default_factory=list)
    happened: asyncio.Event = field(default_factory=asyncio.Event)

    def due(self) -> Announcement | None:
        return self.ringing

    async def settled(self, announcement: Announcement, *, heard: bool) -> None:
        assert announcement is self.ringing
        self.ringing = None
        self.over.append(heard)
        self.happened.set()

    async def until_over(self) -> None:
        async with asyncio.timeout(20):
            await self.happened.wait()


def pasta(seconds: float = 60.0) -> Announcement:
    return Announcement(keys=(1,), text="Your pasta timer is done.", insist_seconds=seconds, wants_reaction=True)


def reminder(text: str = "Reminder: call mum.") -> Announcement:
    return Announcement(keys=(2,), text=text, insist_seconds=0.0, wants_reaction=False)


async def loop_of(
    bell: OneBell, conversation: ScriptedConversation, microphone: Microphone, speaker: Speaker
) -> VoiceLoop:
    built = await build_voice(
        VoiceSettings(room="hall", volume=100, signs=False),
        conversation,
        asker=HERE,
        sorry=lambda: "Sorry, I did not catch that.",
        announcements=bell,
        microphone=microphone,
        speaker=speaker,
    )
    assert built.loop is not None, built.notice
    built.loop._pause_frames = 30
    return built.loop


def chimes(speaker: RecordingSpeaker) -> int:
    return sum(sound.pcm == CHIME for sound in speaker.played)


def spoken(speaker: RecordingSpeaker) -> int:
    return sum(sound.pcm != CHIME for sound in speaker.played)


async def test_a_reminder_is_said_by_itself_after_a_sound() -> None:
    bell, microphone, speaker = OneBell(reminder()), ScriptedMicrophone(paced=True), RecordingSpeaker()
    async with running(await loop_of(bell, ScriptedConversation(), microphone, speaker)):
        await bell.until_over()
    assert bell.over == [True]
    assert speaker.played[0].pcm == CHIME and spoken(speaker) >= 1


async def test_a_timer_rings_until_the_wake_word_and_what_follows_it_is_heard() -> None:
    microphone = ScriptedMicrophone()
    conversation = ScriptedConversation(
        {"stop": reply("Okay.")}, vocabularies=VOCABULARIES | {Expects.NOTHING: Vocabulary(jsgf=STOP)}
    )
    bell, speaker = OneBell(pasta()), RecordingSpeaker()
    # Nobody reacts for six seconds.
    microphone.say(pcm.silence(6) + said("okay nabu. stop"))
    async with running(await loop_of(bell, conversation, microphone, speaker)):
        await conversation.until("spoken")
    assert bell.over == [True]
    assert conversation.events == [("heard", "stop"), ("spoken", "Okay.")]
    assert chimes(speaker) >= 5
    assert spoken(speaker) < chimes(speaker)


async def test_words_that_fit_nothing_stop_it_too_and_are_not_answered() -> None:
    """Who wants it to be quiet wants no explanation of what else can be said."""
    microphone, speaker, bell = ScriptedMicrophone(), RecordingSpeaker(), OneBell(pasta())
    conversation = ScriptedConversation(SCRIPT)
    microphone.say(pcm.silence(2) + said("okay nabu. be quiet you terrible old machine") + pcm.silence(2))
    microphone.end()
    await (await loop_of(bell, conversation, microphone, speaker)).run()
    assert bell.over == [True]
    assert conversation.events == []


@pytest.mark.parametrize("quiet_seconds", [1.0, 1.3, 1.6, 1.9, 2.2])
async def test_whenever_somebody_begins_to_speak_they_are_not_rung_down(quiet_seconds: float) -> None:
    microphone, speaker, bell = ScriptedMicrophone(), RecordingSpeaker(), OneBell(pasta())
    microphone.say(pcm.silence(quiet_seconds) + said("okay nabu") + pcm.silence(6))
    async with running(await loop_of(bell, ScriptedConversation(), microphone, speaker)):
        await bell.until_over()
    assert bell.over == [True]


async def test_nobody_reacts_and_it_ends_as_unheard() -> None:
    bell, microphone, speaker = OneBell(pasta(seconds=0.3)), ScriptedMicrophone(paced=True), RecordingSpeaker()
    loop = await loop_of(bell, ScriptedConversation(), microphone, speaker)
    loop._pause_frames = 3
    async with running(loop):
        await bell.until_over()
    assert bell.over == [False]
    assert chimes(speaker) >= 3


async def test_it_waits_until_a_question_has_been_asked_and_answered() -> None:
    microphone, bell, speaker = ScriptedMicrophone(), OneBell(), RecordingSpeaker()
    before: list[int] = []

    def answer_it(told: Reply) -> None:
        before.append(chimes(speaker))
        if told.expects is Expects.CONFIRMATION:
            bell.ringing = reminder()
            microphone.say(said("yes") + pcm.silence(3))

    conversation = ScriptedConversation(SCRIPT, on_spoken=answer_it)
    microphone.say(said("okay nabu. turn on the kitchen light"))
    async with running(await loop_of(bell, conversation, microphone, speaker)):
        await bell.until_over()
    assert conversation.events == [
        ("heard", "turn on the kitchen light"),
        ("spoken", ASK.text),
        ("heard", "yes"),
        ("spoken", "The kitchen light is on."),
    ]
    assert before == [0, 0] and chimes(speaker) >= 1


async def test_its_own_voice_opens_no_turn() -> None:
    """The loudspeaker is looped into the microphone, and somebody had it remind of the wake word and an order."""
    microphone = RoomMicrophone()

    def loop_back(sound: Sound) -> None:
        microphone.say(pcm.at_rate(sound, 16_000).pcm)

    speaker = RecordingSpeaker(before_end=loop_back)
    bell = OneBell(reminder("Okay nabu. Turn on the kitchen light. Yes."))
    conversation = ScriptedConversation(SCRIPT)
    microphone.say(pcm.silence(1))
    feeding = microphone.forget

    def forget() -> None:
        feeding()
        microphone.say(pcm.silence(2))

    microphone.forget = forget  # type: ignore[method-assign]
    async with running(await loop_of(bell, conversation, microphone, speaker)):
        await bell.until_over()
        microphone.say(pcm.silence(3))
        await asyncio.sleep(0.2)
    assert bell.over == [True]
    assert conversation.events == []


async def test_what_could_not_be_played_was_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    bell, microphone = OneBell(reminder()), ScriptedMicrophone(paced=True)
    async with running(await loop_of(bell, ScriptedConversation(), microphone, RecordingSpeaker(broken=True))):
        await bell.until_over()
    assert bell.over == [False]
    assert "cannot speak" in caplog.text


async def test_it_rings_without_a_microphone() -> None:
    bell, speaker = OneBell(reminder()), RecordingSpeaker()
    microphone = FlakyMicrophone(pulled_after=0, refusals=1000)
    microphone.say(pcm.silence(1))
    bell.ringing = None
    loop = await loop_of(bell, ScriptedConversation(), microphone, speaker)
    loop._first_retry_seconds = loop._retry_seconds = loop._longest_retry_seconds = 0.03
    async with running(loop):
        await loop.ready.wait()
        await asyncio.sleep(0.1)
        assert loop._lost
        bell.ringing = reminder()
        await bell.until_over()
    assert bell.over == [True]
    assert speaker.played


async def test_silenced_from_elsewhere_it_stops_within_a_frame() -> None:
    microphone, speaker = ScriptedMicrophone(paced=True), RecordingSpeaker()
    bell = OneBell(pasta())
    stop: Callable[[], None] = lambda: setattr(bell, "ringing", None)  # noqa: E731
    speaker.before_end = lambda _sound: stop() if chimes(speaker) >= 1 else None
    async with running(await loop_of(bell, ScriptedConversation(), microphone, speaker)):
        await asyncio.sleep(0.5)
    assert bell.over == []
    assert chimes(speaker) == 1


def test_the_sound_is_short_soft_and_no_speech() -> None:
    sound = chime()
    assert 0.5 < sound.seconds < 1.0
    assert 0.02 < pcm.level(sound.pcm) < 0.3
