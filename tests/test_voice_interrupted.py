"""Whoever speaks while it speaks or rings is heard: for the wake word and a stop, and for nothing else.

With the real engines, in a room in which the loudspeaker is heard by the microphone.
"""

import asyncio
from collections.abc import Callable

import pytest
from fakes_room import Acoustics, Room
from fakes_self_hearing import an_evening
from fakes_voice import ScriptedConversation, reply
from test_timers_voice import OneBell, pasta
from test_voice_loop import said

from assistant.ports import FRAME_SECONDS, Sound
from assistant.values import Expects, Reply
from assistant.voice.chime import chime
from assistant.voice.late import Listening
from assistant.voice.own_voice import OwnVoice
from assistant.voice.parts import build_voice
from config.settings import VoiceSettings
from tools.contract import Asker

ASKED = "what is the bedroom temperature"
LONG = "It is 20 degrees in the bedroom, and a little warmer in the kitchen. The hall is colder. So is the attic."
QUESTION = reply("Shall I unlock the front door? Say: yes, front door, if you want it.", expects=Expects.CONFIRMATION)
NEAR = Acoustics(echo_db=-26.0)
"""A microphone that takes out most of what its own loudspeaker plays."""


async def listening(
    conversation: ScriptedConversation,
    *,
    bell: OneBell | None = None,
    acoustics: Acoustics = NEAR,
) -> tuple[Room, Listening]:
    """A room, and the voice that hears and speaks in it."""
    room = Room(acoustics)
    built = await build_voice(
        VoiceSettings(room="hall", volume=100, signs=False, transcriber="embedded", voice="embedded"),
        conversation,
        asker=Asker(satellite="here"),
        sorry=lambda: "Sorry?",
        announcements=bell,
        microphone=room,
        speaker=room,
    )
    assert built.loop is not None
    return room, built.loop


async def in_the_room(
    conversation: ScriptedConversation,
    *,
    acoustics: Acoustics = NEAR,
    when_it_speaks: Callable[[Room], None] = lambda _room: None,
    until: tuple[str, int] = ("spoken", 1),
    seconds: float = 30.0,
) -> Room:
    """Somebody asks; `when_it_speaks` happens a second after it has begun to speak for the first time."""
    room, loop = await listening(conversation, acoustics=acoustics)
    room.at(1.5, lambda: room.say(said(f"okay nabu. {ASKED}?", after_seconds=0.2)))
    first = True

    def look() -> None:
        nonlocal first
        speeches = [at for at, sound in room.played if sound.seconds > 0.6]
        if first and speeches and room.seconds > speeches[0] + 1.0:
            first = False
            when_it_speaks(room)
        if sum(event == until[0] for event, _ in conversation.events) >= until[1] and room.seconds > 3:
            room.at(room.seconds + 1, room.end)
        elif room.seconds < seconds:
            room.at(room.seconds + 0.1, look)
        else:
            room.end()

    room.at(0.1, look)
    async with asyncio.timeout(60):
        await loop.run()
    return room


async def test_the_wake_word_ends_an_answer_and_the_next_request_is_heard() -> None:
    conversation = ScriptedConversation({ASKED: reply(LONG), "turn on the kitchen light": reply("It is on.")})
    room = await in_the_room(
        conversation, when_it_speaks=lambda room: room.say(said("okay nabu. turn on the kitchen light"))
    )
    assert [event for event in conversation.events if event[0] != "stopped"] == [
        ("heard", ASKED),
        ("heard", "turn on the kitchen light"),
        ("spoken", "It is on."),
    ]
    assert len(room.cut) == 1


@pytest.mark.parametrize(("word", "echo_db"), [("stop", -45.0), ("be quiet", -36.0)])
async def test_a_stop_ends_an_answer_and_nothing_more_is_said(word: str, echo_db: float) -> None:
    """One syllable needs a microphone that hardly hears the loudspeaker; two are heard where the echo is faint."""
    conversation = ScriptedConversation({ASKED: reply(LONG)})
    room = await in_the_room(
        conversation,
        acoustics=Acoustics(echo_db=echo_db),
        when_it_speaks=lambda room: room.say(said(word, after_seconds=0.5)),
        until=("stopped", 1),
    )
    assert conversation.events == [("heard", ASKED), ("stopped", "here")]
    assert len(room.cut) == 1


async def test_a_question_that_is_stopped_is_closed_and_not_agreed_to() -> None:
    conversation = ScriptedConversation({ASKED: QUESTION}, stopped_reply=reply("Okay, not done."))
    await in_the_room(
        conversation,
        when_it_speaks=lambda room: room.say(said("be quiet", after_seconds=1.5) + said("yes")),
        until=("stopped", 1),
    )
    assert conversation.events == [("heard", ASKED), ("stopped", "here")]


async def test_a_yes_before_the_question_has_been_put_counts_for_nothing() -> None:
    conversation = ScriptedConversation({ASKED: QUESTION})
    await in_the_room(
        conversation,
        when_it_speaks=lambda room: room.say(said("yes", after_seconds=0.1)),
        until=("silence", 1),
    )
    assert conversation.events == [("heard", ASKED), ("spoken", QUESTION.text), ("silence", "here")]


@pytest.mark.parametrize("word", ["stop", "be quiet"])
async def test_what_rings_is_silenced_by_a_stop_without_the_wake_word(word: str) -> None:
    conversation, bell = ScriptedConversation(), OneBell(pasta())
    room, loop = await listening(conversation, bell=bell)
    # In the pause after the first words.
    room.at(2.6, lambda: room.say(said(word, after_seconds=0.5)))
    room.at(8.0, room.end)
    room.at(7.9, lambda: setattr(bell, "ringing", None))
    await loop.run()
    assert bell.over == [True]
    assert conversation.events == []


async def test_an_alarm_gets_in_between_the_sentences_of_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.voice.speaking._LOOK_SECONDS", 0.001)  # the room's time goes faster than any clock
    bell = OneBell()
    conversation = ScriptedConversation({ASKED: reply(LONG)})
    told: list[Reply] = []
    conversation.on_spoken = told.append

    room, loop = await listening(conversation, bell=bell)
    room.at(1.5, lambda: room.say(said(f"okay nabu. {ASKED}?", after_seconds=0.2)))

    def look() -> None:
        if room.played and bell.ringing is None and not told:
            bell.ringing = pasta()
        if told:
            bell.ringing = None
            room.end()
        else:
            room.at(room.seconds + 0.2, look)

    room.at(0.1, look)
    async with asyncio.timeout(60):
        await loop.run()
    chimed = [sound.pcm == chime().pcm for _, sound in room.played].index(True)
    assert 0 < chimed < len(room.played) - 2, "after a sentence, with the rest of the answer after it"
    assert [one.text for one in told] == [LONG]


@pytest.mark.parametrize("late_seconds", [0.03, 0.4])
async def test_it_never_talks_to_itself(late_seconds: float) -> None:
    """A minute of it; an hour in 48 rooms is benchmarks/self_hearing.py."""
    acoustics = Acoustics(echo_db=0.0, late_seconds=late_seconds, reverb_seconds=0.3, noise=20.0)
    tally = await an_evening(acoustics, minutes=0.4, seed=5)
    assert (tally.turns, tally.accepted, tally.cut) == (0, 0, 0)
    assert tally.spoken_seconds > 8


@pytest.mark.parametrize(
    "words", ["Okay nabu. Okay nabu. That is my name.", "Be quiet. Be quiet. That ends it. Be quiet."]
)
async def test_its_own_words_neither_call_nor_stop_it(words: str) -> None:
    conversation = ScriptedConversation({ASKED: reply(words)})
    room = await in_the_room(conversation, acoustics=Acoustics(echo_db=0.0))
    assert conversation.events == [("heard", ASKED), ("spoken", words)]
    assert room.cut == []


def test_its_own_voice_is_known_by_its_echo_and_nobody_else_is() -> None:
    own = OwnVoice()
    words = "Shall I unlock the front door? Say: yes, front door."
    sound = Sound(pcm=said(words, voice="en-us", after_seconds=0.1), sample_rate=16_000)
    assert not own.is_own([sound.pcm]), "it has said nothing yet"
    own.say(sound)
    assert own.is_own([sound.pcm[40_000:80_000]])
    assert not own.is_own([said("yes, front door", voice="en-us+f2")])
    assert not own.is_own([said("okay nabu, what is the bedroom temperature", voice="en-us+f4")])
    assert not own.is_own([bytes(32_000)]) and not own.is_own([])


@pytest.mark.parametrize(("late_seconds", "echo_db"), [(0.4, 0.0), (0.4, 6.0), (0.15, 6.0)])
async def test_the_end_of_its_own_words_that_a_bare_room_brings_late_is_known(
    late_seconds: float, echo_db: float
) -> None:
    acoustics = Acoustics(echo_db=echo_db, late_seconds=late_seconds, reverb_seconds=0.6, noise=20.0)
    words = "Shall I turn on the kitchen light? It is off now."
    sound = Sound(pcm=said(words, voice="en-us", after_seconds=0.0), sample_rate=16_000)
    own, after = OwnVoice(), await after_it_spoke(Room(acoustics), sound)
    own.say(sound)
    assert own.is_own(after, since_ended=True)
    for voice in ("en-us+f2", "en-us+m3"):
        assert not own.is_own([said("yes", voice=voice)], since_ended=True)
        assert not own.is_own([said("yes, kitchen light", voice=voice)], since_ended=True)


async def after_it_spoke(room: Room, sound: Sound) -> list[bytes]:
    """What is heard in the room in the second after the speaker has told that this has ended."""
    playing = asyncio.create_task(room.play(sound))
    after: list[bytes] = []
    async for frame in room.frames():
        if playing.done():
            after.append(frame)
        if len(after) == round(1.0 / FRAME_SECONDS):
            room.end()
    await playing
    return after
