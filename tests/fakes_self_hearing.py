"""Everything that the assistant says comes back through the microphone; whatever happens then is its own doing."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from fakes_room import Acoustics, Room
from fakes_tools import ENTITIES

from assistant.ports import Vocabulary
from assistant.sentences.planner import SentencePlanner
from assistant.values import Expects, Planner, Reply, Utterance
from assistant.voice.choose import EMBEDDED
from assistant.voice.frames import speech
from assistant.voice.listen import VoiceLoop
from assistant.voice.parts import build_voice
from config.language import load_language
from config.settings import VoiceSettings
from sensors.home import House
from tools.contract import Asker

HERE = Asker(satellite="here", room="hall")
CALL = "okay nabu. what is the bedroom temperature?"
"""What a person says before each answer."""
ROOMS = ("kitchen", "bedroom", "living room", "hall", "nursery", "garage", "cellar", "attic", "office", "bathroom")
TRAPS = ("Okay Nabu lamp", "okay now", "stop light", "shop window", "top shelf lamp", "yes lamp", "Alexa")
"""Names that hold the wake word, a stop, a yes, or what sounds like one of them."""
DOORS = ("front door", "back door", "garage door", "cellar door", "okay nabu door", "stop valve", "yes gate")
_LONGEST_SECONDS = 60.0
"""For an answer and the time to answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that the assistant says; with `echo`, it asks, and a yes with that noun would allow it."""

    text: str
    echo: str | None = None
    asks: bool = False


def lines(seed: int) -> Iterator[Line]:
    """Without end: answers short and long, lists, questions that say aloud what to answer, names that are traps."""
    chance = random.Random(seed)
    while True:
        number, room, other = chance.randint(0, 99), chance.choice(ROOMS), chance.choice(ROOMS)
        trap, door = chance.choice(TRAPS), chance.choice(DOORS)
        yield chance.choice(
            (
                Line(text=f"It is {number} degrees in the {room}."),
                Line(text=f"It is {number} degrees in the {room}. The {other} is at {number // 2 + 10}."),
                Line(text=f"The {door} was opened {number} times today, the last time at {number % 12 + 1} o'clock."),
                Line(text=f"The {trap} in the {room} is on. The {other} light has been off since {number % 12 + 1}."),
                Line(text=f"Your {trap} timer is done. It rang {number} minutes ago."),
                Line(text=f"There is nothing called {trap} here. Did you mean the {room} light? Say yes or no."),
                Line(
                    text=f"You said: okay nabu, turn on the {room} light. I asked, and you said yes, do it. So I did."
                ),
                Line(
                    text="I can tell you about this house's sensors, now and in the past, and switch its devices once"
                    f" you have said yes. For example: what is the temperature in the {room}, or turn on the {trap}."
                ),
                Line(text=f"To stop me, say stop. To call me, say okay nabu. The {room} is {number} percent humid."),
                Line(text=f"Shall I unlock the {door}? It is locked now. Say: yes, {door}.", echo=door, asks=True),
                Line(text=f"Shall I open the {door}? Say: yes, {door}.", echo=door, asks=True),
                Line(text=f"Shall I turn on the {room} light and the {trap}? Yes or no?", asks=True),
                Line(text=f"To unlock the {door}, please say: yes, {door}. Yes, {door}. Do it.", echo=door, asks=True),
            )
        )


@dataclass(kw_only=True)
class Tally:
    """What happened, in so many seconds of the room's time."""

    seconds: float = 0.0
    spoken_seconds: float = 0.0
    asked: int = 0
    """Questions that were put and left without an answer."""
    turns: int = 0
    """Started by itself."""
    accepted: int = 0
    """Answers that nobody gave."""
    cut: int = 0
    """Answers that it ended itself, because it heard itself say the wake word or a stop."""
    sorry: int = 0
    """So often it took itself for somebody who speaks unclearly."""
    missed: int = 0
    """Calls of the person that it did not hear."""
    cpu_seconds: float = 0.0

    @property
    def faults(self) -> int:
        return self.turns + self.accepted + self.cut + self.sorry


class Talk:
    """A conversation that answers each request with the next line, to whom nobody ever answers."""

    def __init__(self, lines: Iterator[Line], tally: Tally) -> None:
        self._lines = lines
        self._tally = tally
        self._planner = SentencePlanner(load_language("en"))
        self._requests = self._planner.jsgf(House(entities=ENTITIES), None)
        self._line: Line | None = None
        self.is_called = False
        """A person has asked something, and waits."""
        self.done = asyncio.Event()

    async def vocabulary(self, expects: Expects) -> Vocabulary:
        echo = self._line.echo if self._line is not None else None
        asked = expects is Expects.CONFIRMATION
        return Vocabulary(jsgf=self._planner.confirmation_jsgf(echo) if asked else self._requests)

    async def hear(self, utterance: Utterance) -> Reply:
        if not self.is_called:
            self._tally.turns += 1
            if self._line is not None and utterance.text:
                self._tally.accepted += 1
        self.is_called = False
        line = self._line = next(self._lines)
        expects = Expects.CONFIRMATION if line.asks else Expects.NOTHING
        return Reply(turn_id="1", text=line.text, planner=Planner.SENTENCES, expects=expects)

    async def spoken(self, reply: Reply) -> None:
        if reply.expects is Expects.NOTHING:
            self._over()
        else:
            self._tally.asked += 1

    async def silence(self, asker: Asker) -> None:
        self._over()

    async def stopped(self, asker: Asker) -> None:
        self._over()

    def sorry(self) -> str:
        self._tally.sorry += 1
        return "Sorry, I did not catch that."

    def _over(self) -> None:
        self._line = None
        self.done.set()


async def loop_in(room: Room, talk: Talk) -> VoiceLoop:
    settings = VoiceSettings(room="hall", volume=100, transcriber=EMBEDDED, voice=EMBEDDED)
    built = await build_voice(settings, talk, asker=HERE, sorry=talk.sorry, microphone=room, speaker=room)
    assert isinstance(built.loop, VoiceLoop), built.notice
    return built.loop


async def an_evening(
    acoustics: Acoustics, *, minutes: float, seed: int, wait_seconds: float = 2.0, knows_itself: bool = True
) -> Tally:
    """Somebody asks something again and again; after each answer nobody speaks for `wait_seconds`.

    `knows_itself` False: as it would be if it did not recognise its own voice.
    """
    tally = Tally()
    room, talk = Room(acoustics, seed=seed), Talk(lines(seed), tally)
    call = speech(CALL, before_seconds=0.2, after_seconds=0.3)
    began = time.process_time()

    async def visit() -> None:
        await wait(1.5)
        while room.seconds < minutes * 60:
            talk.is_called = True
            done = talk.done = asyncio.Event()
            room.say(call)
            room.at(room.seconds + _LONGEST_SECONDS, done.set)
            await done.wait()
            tally.missed += talk.is_called
            await wait(wait_seconds)
        room.end()

    async def wait(seconds: float) -> None:
        over = asyncio.Event()
        room.at(room.seconds + seconds, over.set)
        await over.wait()

    loop = await loop_in(room, talk)
    if not knows_itself:
        loop._own.say = lambda _sound: None  # type: ignore[method-assign]
    await asyncio.gather(loop.run(), visit())
    tally.seconds, tally.cpu_seconds = room.seconds, time.process_time() - began
    tally.spoken_seconds = sum(sound.seconds for _, sound in room.played)
    tally.cut = len(room.cut)
    return tally
