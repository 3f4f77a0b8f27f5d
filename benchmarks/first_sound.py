"""From the end of speech to the first sound of the answer: python benchmarks/first_sound.py [--rounds 1]

The demo's house on the embedded broker, the embedded engines, and a microphone at the speed of sound: nothing is
decoded before it has been said. Speech ends with the last sample of it that is above the room's noise. Sound cards add
10 to 20 ms, which are not in here. Also how long the event loop stood still.
Exit code 1 where a figure of DESIGN.md is missed.
"""

import argparse
import asyncio
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.app import read_ahead, running
from assistant.build import open_assistant
from assistant.cli.demo import _discovered, _furnished
from assistant.demo.broker import EmbeddedBroker
from assistant.demo.report import Report
from assistant.ports import FRAME_BYTES, FRAME_SECONDS, Sound
from assistant.satellite import Satellite
from assistant.turns.turn import Turns
from assistant.values import Expects, Reply, Utterance
from assistant.voice.frames import ScriptedMicrophone, speech
from assistant.voice.parts import build_voice
from assistant.wiring import figures_of
from config.settings import MqttSettings, Settings, VoiceSettings
from tools.contract import Asker

VOICES = ("en-us+m3", "en-us", "en")
QUESTIONS = (
    "what is the temperature in the bedroom",
    "when did the front door last open",
    "which rooms are above seventy two degrees",
    "which windows are open",
    "which batteries are low",
    "how often was the front door opened yesterday",
    "what was the average temperature in the living room last week",
    "is the front door locked",
    "what time is it",
    "what rooms are there",
    "is there motion in the hallway",
    "how warm is it in the kitchen",
    "what is the humidity in the bathroom",
    "are any lights on",
    "is the office warmer than the bedroom",
)
ORDER = "dim the kitchen light to {level} percent"
LEVELS = ("ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty")
ANSWERS = ("no", "yes", "no thanks", "yes do it", "never mind", "yeah", "no thank you", "yes please")
GOALS = {"p50": 400.0, "p95": 700.0, "answer": 700.0, "stall": 50.0}
_LOUD = 150
PATIENCE_SECONDS = 15.0


class Room(ScriptedMicrophone):
    """A microphone at the speed of sound, with the noise of a room, that knows when what was said last has ended."""

    def __init__(self) -> None:
        super().__init__(paced=True)
        self._noise = np.random.default_rng(1)
        self._left = 0
        self._rest_seconds = 0.0
        self.ended = 0.0

    def say(self, sound: bytes) -> None:
        loud = np.flatnonzero(np.abs(np.frombuffer(sound, dtype="<i2")) > _LOUD)
        frames, rest = divmod(int(loud[-1]) + 1, FRAME_BYTES // 2)
        self._left, self._rest_seconds = frames + 1, FRAME_SECONDS - rest / 16_000
        super().say(sound)

    async def frames(self) -> AsyncGenerator[bytes, None]:
        async for frame in super().frames():
            self._left -= 1
            if self._left == 0:
                self.ended = time.perf_counter() - self._rest_seconds
            noise = self._noise.normal(0, 15, len(frame) // 2)
            yield np.clip(np.frombuffer(frame, "<i2") + noise, -32768, 32767).astype("<i2").tobytes()


@dataclass(kw_only=True)
class Turn:
    """Moments of one, in seconds."""

    heard: float
    utterance: Utterance
    replied: float = 0.0
    reply: Reply | None = None
    sounded: float = 0.0


class Watch(Satellite):
    """Notes when what passes, and is the speaker."""

    def __init__(self, turns: Turns, asker: Asker) -> None:
        super().__init__(turns, asker)
        self.turns: asyncio.Queue[Turn] = asyncio.Queue()
        self._turn: Turn | None = None

    async def hear(self, utterance: Utterance) -> Reply:
        self._turn = turn = Turn(heard=time.perf_counter(), utterance=utterance)
        turn.reply = await super().hear(utterance)
        turn.replied = time.perf_counter()
        return turn.reply

    async def spoken(self, reply: Reply) -> None:
        await super().spoken(reply)
        if self._turn is not None:
            self.turns.put_nowait(self._turn)
        self._turn = None

    async def play(self, sound: Sound) -> None:
        if self._turn is not None and not self._turn.sounded:
            self._turn.sounded = time.perf_counter()

    async def stop(self) -> None: ...


@dataclass(kw_only=True)
class Figures:
    """Milliseconds of every turn, by what they went by on."""

    questions: dict[str, list[float]] = field(default_factory=dict)
    answers: list[float] = field(default_factory=list)
    stalls: list[float] = field(default_factory=list)
    misheard: list[str] = field(default_factory=list)

    def add(self, turn: Turn, ended: float) -> None:
        taken = {**turn.utterance.timings_ms, **(turn.reply.timings_ms if turn.reply else {})}
        all_ms = (turn.sounded - ended) * 1000
        waited, decoded = taken["endpoint"], taken["transcribe"]
        thinking = (turn.replied - turn.heard) * 1000
        parts = {
            "until the detector calls it silence": (turn.heard - ended) * 1000 - waited - decoded,
            "silence that is waited for": waited,
            "decoding after that": decoded,
            "deciding what is asked": taken.get("plan", 0.0),
            "tools: names, rules, database": taken.get("tools", 0.0),
            "the rest of the turn: gate, audit on disk": thinking - taken.get("plan", 0.0) - taken.get("tools", 0.0),
            "making the first sentence's sound, and to the speaker": (turn.sounded - turn.replied) * 1000,
            "all in all": all_ms,
        }
        for name, value in parts.items():
            self.questions.setdefault(name, []).append(value)


async def stalls(noted: list[float], pause_seconds: float = 0.005) -> None:
    """How much later than asked for the event loop comes back, in milliseconds, for ever."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(pause_seconds)
        noted.append((time.perf_counter() - before - pause_seconds) * 1000)


async def said(room: Room, watch: Watch, text: str, voice: str, *, wake: bool, heard: Callable[[str], None]) -> Turn:
    """One request or answer, until what came of it was spoken."""
    sound = await asyncio.to_thread(speech, text, voice=voice, before_seconds=0.4, after_seconds=0.1)
    if wake:
        sound = (
            await asyncio.to_thread(speech, "okay nabu.", voice=voice, before_seconds=1.2, after_seconds=0.2) + sound
        )
    room.say(sound)
    async with asyncio.timeout(PATIENCE_SECONDS):
        turn = await watch.turns.get()
    if turn.utterance.text != text:
        heard(f"{voice}: {text!r} was heard as {turn.utterance.text!r}")
    return turn


async def visit(room: Room, watch: Watch, figures: Figures, rounds: int) -> None:
    """Everything is said once in a round, by one voice after another."""
    for number, question in enumerate(QUESTIONS * rounds):
        voice = VOICES[(number + number // len(QUESTIONS)) % len(VOICES)]
        try:
            turn = await said(room, watch, question, voice, wake=True, heard=figures.misheard.append)
        except TimeoutError:
            figures.misheard.append(f"{voice}: {question!r} was not answered")
            continue
        if turn.utterance.text == question:
            figures.add(turn, room.ended)
    for number, answer in enumerate(ANSWERS * rounds):
        order = ORDER.format(level=LEVELS[number % len(LEVELS)])
        await order_and_answer(room, watch, figures, VOICES[number % len(VOICES)], order, answer)


async def order_and_answer(room: Room, watch: Watch, figures: Figures, voice: str, order: str, answer: str) -> None:
    """How long after the last word of the answer it is with the gate."""
    try:
        asked = await said(room, watch, order, voice, wake=True, heard=figures.misheard.append)
        if asked.reply is None or asked.reply.expects is not Expects.CONFIRMATION:
            figures.misheard.append(f"{voice}: {order!r} was answered: {asked.reply.text if asked.reply else None}")
            return
        turn = await said(room, watch, answer, voice, wake=False, heard=figures.misheard.append)
    except TimeoutError:
        figures.misheard.append(f"{voice}: {order!r} and {answer!r} came to nothing")
        return
    figures.answers.append((turn.heard - room.ended) * 1000)


async def measured(rounds: int) -> Figures:
    figures = Figures()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = await stack.enter_async_context(EmbeddedBroker())
        settings = Settings(
            mqtt=MqttSettings(host=broker.host, port=broker.port, client_id="benchmark"),
            voice=VoiceSettings(satellite="benchmark", room="Hallway"),
        )
        assistant = await stack.enter_async_context(open_assistant(settings, folder / "state"))
        report = Report(started=time.monotonic())
        house = await _furnished(assistant, settings, report)
        assert assistant.ingest is not None
        loops = {"ingest": assistant.ingest.run(), "house": house.run(settings.mqtt, interval_seconds=20.0)}
        await stack.enter_async_context(running(**loops))
        await _discovered(assistant, report)
        await asyncio.to_thread(read_ahead, settings)
        watch, room = Watch(assistant.turns, assistant.speaker), Room()
        built = await build_voice(
            settings.voice,
            watch,
            asker=assistant.speaker,
            sorry=lambda: figures_of(settings).spoken.fixed.not_caught,
            microphone=room,
            speaker=watch,
        )
        if built.loop is None:
            raise SystemExit(built.notice)
        async with running(voice=built.loop.run(), stalls=stalls(figures.stalls)):
            await visit(room, watch, figures, rounds)
    return figures


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def shown(figures: Figures) -> bool:
    console = Console(width=110)
    table = Table("milliseconds", "p50", "p95", "longest", title="from the end of speech to the first sound")
    for name, values in figures.questions.items():
        last = percentile(values, 0.95)
        table.add_row(name, *(f"{one:.0f}" for one in (statistics.median(values), last, max(values))))
    console.print(table)
    everything = figures.questions["all in all"]
    p50, p95 = statistics.median(everything), percentile(everything, 0.95)
    answers, stall = percentile(figures.answers, 0.95), max(figures.stalls)
    console.print(f"{len(everything)} questions: p50 {p50:.0f} (goal 400), p95 {p95:.0f} ms (goal 700)")
    console.print(
        f"{len(figures.answers)} answers of yes or no: from the word to the gate p50"
        f" {percentile(figures.answers, 0.5):.0f}, p95 {answers:.0f} ms (goal 700)"
    )
    console.print(
        f"the event loop stood still for {stall:.0f} ms at most (goal 50), for"
        f" {percentile(figures.stalls, 0.999):.1f} ms one time in a thousand; a busy machine adds to it"
    )
    for line in figures.misheard:
        console.print(f"not counted: {line}")
    return p50 <= GOALS["p50"] and p95 <= GOALS["p95"] and answers <= GOALS["answer"] and stall <= GOALS["stall"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="how often everything is said; takes two minutes each")
    logging.basicConfig(level=logging.ERROR)
    return 0 if shown(asyncio.run(measured(parser.parse_args().rounds))) else 1


if __name__ == "__main__":
    sys.exit(main())
