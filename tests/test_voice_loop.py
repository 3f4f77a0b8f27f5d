"""The whole way with the real engines and no sound card: somebody speaks, the assistant hears, answers and asks."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from fakes_voice import (
    VOCABULARIES,
    FakePortAudio,
    FlakyMicrophone,
    RecordingSpeaker,
    RoomMicrophone,
    ScriptedConversation,
    reply,
)

from assistant.ports import FRAME_BYTES, FRAME_SECONDS, AudioUnavailable, Microphone, Sound, Speaker, Vocabulary
from assistant.values import Expects, Reply
from assistant.voice import pcm
from assistant.voice.devices import SoundSystem
from assistant.voice.engines.espeak import EspeakVoice
from assistant.voice.frames import ScriptedMicrophone, speech
from assistant.voice.late import Doing, LateVoice
from assistant.voice.listen import VoiceLoop
from assistant.voice.parts import BuiltVoice, build_voice
from assistant.voice.wav import WavMicrophone, WavSpeaker, read_wav
from config.settings import VoiceSettings
from tools.contract import Asker

ASK = reply("Shall I turn on the kitchen light?", expects=Expects.CONFIRMATION)
SCRIPT = {
    "what is the bedroom temperature": reply("It is 20 degrees in the bedroom. That is cold."),
    "turn on the kitchen light": ASK,
    "yes": reply("The kitchen light is on."),
    "no": reply("Not done."),
}

HERE = Asker(satellite="here", room="hall")


def said(text: str, *, voice: str = "en-us+m3", after_seconds: float = 1.5) -> bytes:
    """With the faint noise of a room."""
    sound = np.frombuffer(speech(text, voice=voice, after_seconds=after_seconds), dtype="<i2")
    noise = np.random.default_rng(1).normal(0, 10, len(sound))
    return np.clip(sound + noise, -32768, 32767).astype("<i2").tobytes()


async def loop_of(conversation: ScriptedConversation, microphone: Microphone, speaker: Speaker) -> VoiceLoop:
    built = await build_voice(
        VoiceSettings(room="hall", volume=100, signs=False),
        conversation,
        asker=HERE,
        sorry=lambda: "Sorry, I did not catch that.",
        microphone=microphone,
        speaker=speaker,
    )
    assert isinstance(built.loop, VoiceLoop), built.notice
    return built.loop


class Noting(ScriptedMicrophone):
    """Notes with each frame what the loop is at."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: VoiceLoop | None = None
        self.seen: list[Doing] = []

    async def frames(self) -> AsyncGenerator[bytes, None]:
        async with contextlib.aclosing(super().frames()) as frames:
            async for frame in frames:
                if self.loop is not None and self.seen[-1:] != [self.loop.doing]:
                    self.seen.append(self.loop.doing)
                yield frame


@contextlib.asynccontextmanager
async def running(loop: VoiceLoop) -> AsyncIterator[None]:
    task = asyncio.ensure_future(loop.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def heard_to_the_end(loop: VoiceLoop) -> None:
    async with asyncio.timeout(30):
        await loop.run()


async def test_a_question_after_the_wake_word_is_heard_and_answered_aloud(tmp_path: Path) -> None:
    conversation, microphone = ScriptedConversation(SCRIPT), Noting()
    microphone.say(said("okay nabu. what is the bedroom temperature?"))
    microphone.end()
    async with WavSpeaker(tmp_path / "answer.wav") as speaker:
        microphone.loop = loop = await loop_of(conversation, microphone, speaker)
        await heard_to_the_end(loop)
    assert conversation.events == [
        ("heard", "what is the bedroom temperature"),
        ("spoken", "It is 20 degrees in the bedroom. That is cold."),
    ]
    utterance = conversation.utterances[0]
    assert utterance.asker == Asker(satellite="here", room="hall")
    assert 190 <= utterance.timings_ms["endpoint"] <= 260, "nothing could follow: no need to wait for more"
    # The work was done while the silence was still waited for.
    assert utterance.timings_ms["transcribe"] < 100
    assert len(read_wav(tmp_path / "answer.wav")) / 32_000 > 2
    assert microphone.seen[:2] == [Doing.WAITING, Doing.LISTENING] and loop.doing is Doing.WAITING
    assert loop.counts["speeches"] == 1 and 0 < loop.counts["first_sound_seconds"] < 30


@pytest.mark.parametrize("voice", ["en-us", "en-us+m3"])
@pytest.mark.parametrize("pause", ["okay nabu {}", "okay nabu, {}", "okay nabu. {}"])
async def test_the_first_word_is_not_cut_in_one_breath_or_after_a_pause(voice: str, pause: str) -> None:
    conversation, microphone = ScriptedConversation(), ScriptedMicrophone()
    microphone.say(said(pause.format("turn off the bathroom light"), voice=voice))
    microphone.end()
    await heard_to_the_end(await loop_of(conversation, microphone, RecordingSpeaker()))
    assert [utterance.text for utterance in conversation.utterances] == ["turn off the bathroom light"]


async def test_without_the_wake_word_nothing_is_heard() -> None:
    conversation, microphone, speaker = ScriptedConversation(SCRIPT), ScriptedMicrophone(), RecordingSpeaker()
    microphone.say(said("what is the bedroom temperature?") + said("turn on the kitchen light") + said("yes"))
    microphone.end()
    await heard_to_the_end(await loop_of(conversation, microphone, speaker))
    assert (conversation.events, speaker.played) == ([], [])


async def test_a_wake_word_and_then_nothing_is_left_alone() -> None:
    conversation, microphone, speaker = ScriptedConversation(SCRIPT), ScriptedMicrophone(), RecordingSpeaker()
    microphone.say(said("okay nabu", after_seconds=7))
    microphone.say(said("turn on the kitchen light"))
    microphone.end()
    await heard_to_the_end(await loop_of(conversation, microphone, speaker))
    assert (conversation.events, speaker.played) == ([], [])


@pytest.mark.parametrize(("answer", "then"), [("yes", "The kitchen light is on."), ("no", "Not done.")])
async def test_a_question_of_the_assistant_is_answered_without_the_wake_word(answer: str, then: str) -> None:
    microphone = ScriptedMicrophone()

    def answer_it(spoken: Reply) -> None:
        if spoken.expects is Expects.CONFIRMATION:
            microphone.say(said(answer))

    conversation = ScriptedConversation(SCRIPT, on_spoken=answer_it)
    microphone.say(said("okay nabu. turn on the kitchen light"))
    async with running(await loop_of(conversation, microphone, RecordingSpeaker())):
        await conversation.until("spoken", 2)
    assert conversation.events == [
        ("heard", "turn on the kitchen light"),
        ("spoken", ASK.text),
        ("heard", answer),
        ("spoken", then),
    ]
    assert conversation.utterances[1].timings_ms["endpoint"] < 450


async def test_silence_after_a_question_is_reported_and_ends_the_turn() -> None:
    microphone, speaker = ScriptedMicrophone(), RecordingSpeaker()
    conversation = ScriptedConversation(SCRIPT, silence_reply=reply("Then I leave it."))
    microphone.say(said("okay nabu. turn on the kitchen light") + pcm.silence(10) + said("yes"))
    microphone.end()
    await heard_to_the_end(await loop_of(conversation, microphone, speaker))
    assert [event for event, _ in conversation.events] == ["heard", "spoken", "silence", "spoken"]
    assert conversation.events[-1][1] == "Then I leave it."


async def test_speech_that_fits_nothing_is_a_turn_without_a_text_and_never_a_guess() -> None:
    conversation, microphone, speaker = ScriptedConversation(SCRIPT), ScriptedMicrophone(), RecordingSpeaker()
    microphone.say(said("okay nabu. who won the football game last night?"))
    microphone.end()
    await heard_to_the_end(await loop_of(conversation, microphone, speaker))
    assert conversation.events == [("heard", ""), ("spoken", "Very well.")]


async def test_a_television_that_says_the_word_and_talks_on_is_not_spoken_to() -> None:
    conversation, microphone, speaker = ScriptedConversation(SCRIPT), ScriptedMicrophone(), RecordingSpeaker()
    news = "the minister said on tuesday that the budget would be discussed again in the autumn"
    talk = said(news, after_seconds=0) + pcm.silence(0.2)
    microphone.say(talk + said("okay nabu. who won the football game last night?"))
    microphone.say(pcm.silence(5) + talk + said("okay nabu. what is the bedroom temperature?"))
    microphone.end()
    await heard_to_the_end(await loop_of(conversation, microphone, speaker))
    assert conversation.events[0] == ("heard", "what is the bedroom temperature"), "who means it is answered"


async def test_two_unintelligible_answers_are_a_silence_and_never_a_yes() -> None:
    conversation, microphone = ScriptedConversation(SCRIPT), ScriptedMicrophone()
    microphone.say(said("okay nabu. turn on the kitchen light"))
    microphone.say(said("the weather in the mountains was terrible") * 3)
    microphone.end()
    await heard_to_the_end(await loop_of(conversation, microphone, RecordingSpeaker()))
    assert [event for event, _ in conversation.events] == ["heard", "spoken", "silence"]


async def test_its_own_voice_is_never_heard() -> None:
    """Loudspeaker looped into the microphone: it says the wake word, a request and even the yes itself."""
    microphone = RoomMicrophone()

    def loop_back(sound: Sound) -> None:
        microphone.say(pcm.at_rate(sound, 16_000).pcm)

    speaker = RecordingSpeaker(before_end=loop_back)
    trap = reply("Okay nabu. Turn on the kitchen light. Yes. Yes. Yes do it.", expects=Expects.CONFIRMATION)
    conversation = ScriptedConversation(
        {"turn on the kitchen light": trap}, on_spoken=lambda _spoken: microphone.say(pcm.silence(10))
    )
    microphone.say(said("okay nabu. turn on the kitchen light"))
    async with running(await loop_of(conversation, microphone, speaker)):
        await conversation.until("silence")
        microphone.say(pcm.silence(3))
        await asyncio.sleep(0.2)
    assert len(speaker.played) >= 4
    assert conversation.events == [
        ("heard", "turn on the kitchen light"),
        ("spoken", trap.text),
        ("silence", "here"),
    ]


async def test_a_question_that_could_not_be_spoken_cannot_be_agreed_to(caplog: pytest.LogCaptureFixture) -> None:
    conversation, microphone = ScriptedConversation(SCRIPT), ScriptedMicrophone()
    microphone.say(said("okay nabu. turn on the kitchen light") + said("yes"))
    microphone.end()
    await heard_to_the_end(loop := await loop_of(conversation, microphone, RecordingSpeaker(broken=True)))
    assert conversation.events == [("heard", "turn on the kitchen light")]
    assert "cannot speak: There is no speaker" in caplog.text and loop.counts["unheard"] == 1


@pytest.mark.parametrize("pulled_after", [0, 20, 60])
async def test_a_microphone_that_is_pulled_out_at_any_moment_is_used_again_when_it_is_back(
    pulled_after: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    conversation = ScriptedConversation(SCRIPT)
    microphone = FlakyMicrophone(pulled_after=pulled_after, refusals=3)
    built = await loop_of(conversation, microphone, RecordingSpeaker())
    built._first_retry_seconds = built._retry_seconds = 0.01
    microphone.say(said("okay nabu. turn on the kitchen light", after_seconds=0.1)[: pulled_after * FRAME_BYTES])
    microphone.say(pcm.silence(FRAME_SECONDS) + said("okay nabu. what is the bedroom temperature?"))
    async with running(built):
        await conversation.until("spoken")
    assert conversation.events[0] == ("heard", "what is the bedroom temperature")
    assert microphone.opened == 5 and built.counts["microphone_lost"] == 1
    assert [record.message.split(":")[0] for record in caplog.records] == ["cannot listen for now", "listening again"]


async def test_a_grammar_that_cannot_be_used_is_logged_and_the_daemon_lives(caplog: pytest.LogCaptureFixture) -> None:
    broken = {**VOCABULARIES, Expects.NOTHING: Vocabulary(jsgf="nonsense")}
    conversation, microphone, speaker = (
        ScriptedConversation(vocabularies=broken),
        ScriptedMicrophone(),
        RecordingSpeaker(),
    )
    microphone.say(said("okay nabu. turn on the kitchen light"))
    microphone.end()
    await heard_to_the_end(await loop_of(conversation, microphone, speaker))
    assert conversation.events[0] == ("heard", "") and "the grammar is not valid JSGF" in caplog.text


async def test_a_recording_goes_the_same_way(tmp_path: Path) -> None:
    recording, answer = tmp_path / "question.wav", tmp_path / "answer.wav"
    async with WavSpeaker(recording) as person:
        await person.play(Sound(pcm=said("okay nabu. unlock the front door"), sample_rate=16_000))
    conversation = ScriptedConversation({"unlock the front door": reply("Never by voice.")})
    async with WavSpeaker(answer) as speaker:
        await heard_to_the_end(await loop_of(conversation, WavMicrophone(recording), speaker))
    assert conversation.events == [("heard", "unlock the front door"), ("spoken", "Never by voice.")]
    assert len(read_wav(answer)) > 16_000


async def test_a_paced_microphone_gives_silence_at_the_speed_of_sound() -> None:
    microphone = ScriptedMicrophone(paced=True)
    clock = asyncio.get_running_loop().time
    started, count = clock(), 0
    async with contextlib.aclosing(microphone.frames()) as frames:
        async for _ in frames:
            count += 1
            if count == 10:
                break
    assert 0.25 < clock() - started < 1.0


async def test_the_voice_is_switched_off_by_its_setting() -> None:
    built = await build_voice(
        VoiceSettings(enabled=False), ScriptedConversation(), asker=Asker(satellite="here"), sorry=str
    )
    assert (built.loop, built.notice) == (None, None)


def no_portaudio() -> SoundSystem:
    raise AudioUnavailable("PortAudio is not installed: sudo apt install libportaudio2")


@pytest.mark.parametrize(
    ("settings", "load", "says"),
    [
        (VoiceSettings(), no_portaudio, "sudo apt install libportaudio2"),
        (VoiceSettings(voice="martian"), lambda: SoundSystem(FakePortAudio), "no voice called 'martian'"),
    ],
)
async def test_what_is_missing_is_one_notice_with_the_fix(
    settings: VoiceSettings, load: Callable[[], SoundSystem], says: str
) -> None:
    built = await build_voice(
        settings, ScriptedConversation(), asker=Asker(satellite="here"), sorry=str, load_system=load
    )
    assert built.loop is None
    assert built.notice is not None and built.notice.startswith("No voice: ") and says in built.notice


@pytest.fixture
def kept() -> list[BuiltVoice]:
    """Outlives the test's own coroutine: an engine that is freed while an exception passes by loses that."""
    return []


@pytest.mark.parametrize(
    ("settings", "present", "says"),
    [
        (VoiceSettings(), False, "No voice until there is a microphone. There is no microphone; plug one in"),
        (VoiceSettings(input_device="gone"), True, "There is no microphone called 'gone': set voice.input_device"),
        (
            VoiceSettings(output_device="gone"),
            True,
            "Nothing can be said until there is a speaker.",
        ),
    ],
)
async def test_what_is_not_plugged_in_at_the_start_is_one_notice_and_waited_for(
    settings: VoiceSettings, present: bool, says: str, kept: list[BuiltVoice]
) -> None:
    begun: list[str] = []
    built = await build_voice(
        settings,
        ScriptedConversation(),
        asker=HERE,
        sorry=str,
        load_system=lambda: SoundSystem(lambda: FakePortAudio(present=present)),
        begun=lambda: begun.append("now"),
    )
    kept.append(built)
    assert built.notice is not None and says in built.notice
    assert isinstance(built.loop, VoiceLoop) is bool(begun) is ("speaker" in says)


async def test_a_microphone_that_comes_later_is_used_without_a_restart(caplog: pytest.LogCaptureFixture) -> None:
    there = iter([False, False, True])
    microphone, conversation = ScriptedMicrophone(), ScriptedConversation(SCRIPT)
    microphone.say(said("okay nabu. what is the bedroom temperature?"))
    microphone.end()
    events: list[str] = []

    async def is_there() -> bool:
        events.append("looked")
        return next(there)

    async def build() -> VoiceLoop:
        events.append("built")
        return await loop_of(conversation, microphone, RecordingSpeaker())

    late = LateVoice(is_there, build, begun=lambda: events.append("begun"), every_seconds=0.01)
    assert late.ready.is_set() and late.still_seconds == 0
    async with asyncio.timeout(30):
        await late.run()
    assert events == ["looked", "looked", "looked", "built", "begun"]
    assert conversation.utterances and late.still_seconds > 0
    assert "There is a microphone now" in caplog.text


async def test_the_loop_is_ready_when_it_listens_and_stops_when_it_is_cancelled() -> None:
    built = await loop_of(ScriptedConversation(), ScriptedMicrophone(paced=True), RecordingSpeaker())
    assert not built.ready.is_set()
    async with asyncio.timeout(5), running(built):
        await built.ready.wait()


def test_the_assistants_voice_is_another_than_the_persons() -> None:
    own = b"".join(sound.pcm for sound in EspeakVoice("en-us").synthesize("hello there"))
    assert own not in speech("hello there")
