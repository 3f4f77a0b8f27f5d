"""What the embedded recogniser understands, and what it costs: python benchmarks/recogniser.py [--sentences 80]

Synthetic voices with noise speak sentences of the demo's house, sentences that ask nothing of a home
(../shared/fixtures/text), answers to a question and words that sound like them; and recorded synthetic commands to a
home of their own (../shared/fixtures/speech/tts). "Same call": the words may differ, what is done does not. Then the
grammar of a house of 338 things. Time is of the processor, of both processes, beside the length of the sound.
"""

import argparse
import hashlib
import json
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from assistant.demo.house import SimulatedHouse
from assistant.ports import FRAME_BYTES, Vocabulary
from assistant.sentences.planner import SentencePlanner
from assistant.voice.engines.espeak import EspeakVoice
from assistant.voice.engines.sphinx import SphinxTranscriber
from assistant.voice.frames import speech
from assistant.voice.pronounce import arpabet
from assistant.voice.wav import read_wav
from config.language import load_language
from sensors.dialects.home_assistant import HomeAssistant
from sensors.home import House
from sensors.message import Message
from sensors.reading import Quantity
from tools.consent import Consent, consent

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from fakes_house import climate, cover, light, lock, sensor, switch  # noqa: E402
from fakes_jsgf import Grammar  # noqa: E402
from test_sentences_grammar import large_house  # noqa: E402

FIXTURES = Path(__file__).resolve().parent.parent.parent / "shared" / "fixtures"
VOICES = "en-us en-us+f2 en-us+m3 en-us+f4 en-us+f5 en-us+m7 en en+f2 en+m3 en-gb-scotland en-gb-x-rp".split()
SIGNAL_TO_NOISE_DB = (15, 20, 30, 45)
ECHO = "front door"
YES = ("yes", "yes please", "yes do it", "yeah", "yep", "sure", "okay", "do it", "go ahead", "yes go ahead")
NO = ("no", "no thanks", "nope", "cancel", "never mind", "stop", "don't", "forget it", "no thank you", "wait")
NEITHER = (
    "guess", "chess", "less", "mess", "press", "dress", "bless", "best", "nest", "jess", "his", "us", "yet", "yard",
    "stress", "address", "success", "show", "know", "toe", "years", "rest", "this", "here", "your", "choose", "door",
    "floor", "her", "i guess", "not yet", "yes yesterday", "show me", "let me know", "i don't know", "maybe", "later",
    "who is this", "in a minute", "where are my keys", "i am hungry", "turn it up", "do that later",
)  # fmt: skip
OTHER_NOUNS = ("back door", "garage door", "side door", "patio door", "kitchen", "window", "cellar", "car", "shed")

Said = tuple[str, bytes]
"""Words, and their sound."""


@dataclass(kw_only=True)
class Listener:
    """The product's recogniser, and what it has cost so far."""

    transcriber: SphinxTranscriber
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @classmethod
    def embedded(cls) -> "Listener":
        words = EspeakVoice("en-us")
        return cls(transcriber=SphinxTranscriber(lambda word: arpabet(words.phonemes(word))))

    def heard(self, sound: bytes, jsgf: str, *, refusals: frozenset[str] = frozenset()) -> str:
        self.transcriber.begin(Vocabulary(jsgf=jsgf, refusals=refusals))
        before = self._cpu()
        for at in range(0, len(sound) - FRAME_BYTES + 1, FRAME_BYTES):
            self.transcriber.feed(sound[at : at + FRAME_BYTES])
        text = self.transcriber.finish().text
        self.cpu_seconds += self._cpu() - before
        self.seconds += len(sound) / 32_000
        return text

    def compiled(self, jsgf: str) -> float:
        before = self._cpu()
        self.transcriber.begin(Vocabulary(jsgf=jsgf))
        return self._cpu() - before

    def take(self) -> float:
        """Times real time since the last call."""
        share = self.cpu_seconds / max(self.seconds, 1e-9)
        self.seconds = self.cpu_seconds = 0.0
        return share

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.transcriber.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def _cpu(self) -> float:
        """Seconds of processor time of the recogniser's process and of this thread."""
        fields = Path(f"/proc/{self.transcriber.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + time.thread_time()


@dataclass(kw_only=True)
class Tally:
    """What came of the sentences of one kind."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, outcome: str, line: str | None = None) -> None:
        self.counts[outcome] += 1
        if line is not None:
            self.wrong.append(f"{self.name}: {outcome}: {line}")


@dataclass(kw_only=True)
class Speakers:
    """Speak texts one after another, each with another voice, speed, loudness and noise."""

    dice: random.Random = field(default_factory=lambda: random.Random(7))
    count: int = 0

    def say(self, text: str) -> Said:
        voice = VOICES[self.count % len(VOICES)]
        self.count += 1
        rate = self.dice.choice((150, 165, 180))
        sound = speech(text, voice=voice, rate_wpm=rate, before_seconds=0.3, after_seconds=0.2)
        return text, self._noisy(sound, self.dice.choice(SIGNAL_TO_NOISE_DB))

    def _noisy(self, sound: bytes, decibels: int) -> bytes:
        """Noise with more of the low frequencies, as rooms have it, at that distance to the loud parts."""
        samples = np.frombuffer(sound, dtype="<i2") * self.dice.uniform(0.15, 0.9)
        loud = samples[np.abs(samples) > 200]
        power = float(np.mean(np.square(loud))) if loud.size else 1.0
        noise = np.random.default_rng(self.count).normal(0, 1, samples.size + 3)
        rumble = np.convolve(noise, np.ones(4) / 4, mode="valid") + 0.3 * noise[: samples.size]
        samples = samples + rumble / rumble.std() * np.sqrt(power / 10 ** (decibels / 10))
        return np.clip(np.round(samples), -32768, 32767).astype("<i2").tobytes()


def demo_house() -> House:
    """What the demo's devices announce."""
    dialect, entities = HomeAssistant(), {}
    for one in SimulatedHouse(zone=UTC, start_ms=1_760_000_400_000).discovery():
        said = Message(topic=one.topic, payload=one.payload.encode(), retain=one.retain, received_ms=0)
        decoded = dialect.decode(said)
        entities |= {definition.entity.id: definition.entity for definition in decoded.definitions} if decoded else {}
    return House(entities=tuple(entities.values()))


def meaning(planner: SentencePlanner, house: House, text: str, room: str | None = None) -> Any:
    """What is done for a sentence, whatever its words; the words themselves where nothing is."""
    plan = planner.plan(text, house, room) if text else None
    if plan is None:
        return text
    # A blind and its blinds are one device here.
    return plan.small_talk, [(call.name, re.sub(r"s\b", "", call.arguments)) for call in plan.calls]


def in_grammar(listener: Listener, planner: SentencePlanner, house: House, speakers: Speakers, count: int) -> Tally:
    tally, jsgf = Tally(name="sentences of this house"), planner.jsgf(house, None)
    grammar = Grammar(jsgf)
    rules = [part for tree in grammar.rules["<sentence>"] for part in tree if isinstance(part, str)]
    for _ in range(count):
        text, sound = speakers.say(grammar.say(speakers.dice.choice(rules), speakers.dice))
        heard = listener.heard(sound, jsgf)
        if heard == text:
            tally.note("right")
        elif not heard:
            tally.note("rejected", text)
        elif meaning(planner, house, heard) == meaning(planner, house, text):
            tally.note("same call")
        else:
            tally.note("wrong", f"{text} -> {heard}")
    return tally


def out_of_grammar(listener: Listener, jsgf: str, speakers: Speakers, count: int) -> Tally:
    tally = Tally(name="what asks nothing of a home")
    lines = (FIXTURES / "text" / "slurp_devel_other.txt").read_text(encoding="utf-8").splitlines()
    for text in speakers.dice.sample([line for line in lines if 2 <= len(line.split()) <= 10], count):
        heard = listener.heard(speakers.say(text)[1], jsgf)
        tally.note("accepted" if heard else "rejected", f"{text} -> {heard}" if heard else None)
    return tally


def answers(listener: Listener, planner: SentencePlanner, speakers: Speakers, echo: str | None) -> Iterator[Tally]:
    """By what was meant; what counts is what the gate makes of it."""
    confirm, jsgf = load_language("en").confirm, planner.confirmation_jsgf(echo)
    where = f" ({echo} has to be said)" if echo else ""
    said = {"a no": NO * 4, "neither": NEITHER}
    said |= {"a yes": [one.format(noun=echo) for one in confirm.echo]} if echo else {"a yes": [*YES, *YES[:1] * 12]}
    if echo:
        said["neither"] = [one.format(noun=noun) for noun in OTHER_NOUNS for one in confirm.echo[:3]]
    for kind, texts in said.items():
        tally = Tally(name=f"{kind}{where}")
        for text in texts:
            heard = listener.heard(speakers.say(text)[1], jsgf, refusals=planner.refusals)
            made = consent(heard, confirm, echo)
            if made is Consent.ACCEPT:
                tally.note("taken for a yes", None if kind == "a yes" else f"{text} -> {heard}")
            else:
                outcome = "rejected" if not heard else "no" if made is Consent.REJECT else "neither"
                tally.note(outcome, f"{text} -> {heard}" if kind == "a yes" else None)
        yield tally


def recorded_home() -> House:
    """The home of the recorded commands. Its file names two rooms and puts nothing in them; the commands do."""
    told = yaml.safe_load((FIXTURES / "speech" / "tts" / "home.yaml").read_text(encoding="utf-8"))["fixtures"]
    rooms = {"Bed Light": "Kitchen", "Standing Light": "Office", "TV": "Office", "Sliding Door": "Office"}
    makers = {
        "light": light, "cover": cover, "climate": climate, "lock": lock, "media_player": switch, "scene": switch,
        "script": switch,
    }  # fmt: skip
    things = [
        makers[one["domain"]](rooms.get(one["name"]), one["name"])
        for one in told["entities"]
        if one["domain"] in makers
    ]
    return House(entities=(*things, sensor("Kitchen", "Temperature", Quantity.TEMPERATURE)))


def recorded(listener: Listener, planner: SentencePlanner) -> Iterator[Tally]:
    """Commands for which the grammar has a sentence, and others: for media, weather, colours.

    Each in two halves by the hash of their names: by the first ones the recogniser was set, the second ones were kept.
    """
    house = recorded_home()
    jsgf = planner.jsgf(house, "Office")
    listener.heard(bytes(32_000), jsgf)
    kinds = [(listened, kept) for listened in (True, False) for kept in (False, True)]
    tallies = {
        (listened, kept): Tally(
            name=f"recorded, {'listened for' if listened else 'others'}, {'kept' if kept else 'set by'}"
        )
        for listened, kept in kinds
    }
    for one in json.loads((FIXTURES / "speech" / "tts" / "transcripts.json").read_text(encoding="utf-8")):
        text = spelled(one["text"])
        heard = listener.heard(read_wav(FIXTURES / "speech" / "tts" / one["file"]), jsgf)
        listened = listener.transcriber.listens_for(text)
        same = bool(heard) and meaning(planner, house, heard, "Office") == meaning(planner, house, text, "Office")
        outcome = "right" if heard == text else "same call" if same else "wrong" if heard else "rejected"
        if outcome == "wrong" and not listened:
            outcome = "accepted"
        kept = bool(hashlib.sha256(one["file"].encode()).digest()[0] % 2)
        tallies[listened, kept].note(outcome, None if heard == text else f"{text} -> {heard}")
    yield from tallies.values()


def spelled(text: str) -> str:
    """As it is said: numbers in words, no capitals."""
    units = "zero one two three four five six seven eight nine ten eleven twelve".split()
    tens = {20: "twenty", 25: "twenty five", 45: "forty five", 50: "fifty", 75: "seventy five", 100: "one hundred"}
    words = {str(number): word for number, word in enumerate(units)} | {str(key): word for key, word in tens.items()}
    return " ".join(words.get(word, word) for word in text.lower().split())


def large() -> House:
    """Of 300 things and more."""
    rooms = [f"{size} {room}" for size in ("Upper", "Lower") for room in ("Study", "Porch")]
    places = "corner wall shelf mirror door table bed plant roof bench".split()
    return House(entities=(*large_house().entities, *(light(room, f"{one} lamp") for room in rooms for one in places)))


def costs(listener: Listener, planner: SentencePlanner, speakers: Speakers, count: int) -> tuple[Tally, str]:
    house = large()
    written = time.thread_time()
    jsgf = planner.jsgf(house, None)
    written = time.thread_time() - written
    compiled = listener.compiled(jsgf)
    listener.take()
    tally = in_grammar(listener, planner, house, speakers, count)
    tally.name = f"sentences of a house of {len(house.entities)} things"
    return tally, (
        f"{len(house.entities)} things: grammar written in {written * 1000:.0f} ms, compiled in"
        f" {compiled * 1000:.0f} ms (goal: less than 1000 both), decoded in"
        f" {listener.take():.3f} x real time (goal 0.1);"
        f" {listener.resident_mb():.0f} MB in the process of the recogniser"
    )


def shown(tallies: Sequence[Tally], notes: Sequence[str], wrong: bool) -> None:
    outcomes = ("right", "same call", "taken for a yes", "no", "neither", "wrong", "accepted", "rejected")
    table = Table("what was said", "of", *outcomes)
    for one in tallies:
        total = sum(one.counts.values())
        cells = (
            f"{one.counts[key]} ({one.counts[key] / max(1, total):.0%})" if one.counts[key] else "" for key in outcomes
        )
        table.add_row(one.name, str(total), *cells)
    console = Console(width=150)
    console.print(table)
    for note in notes:
        console.print(note)
    if wrong:
        for line in (line for one in tallies for line in one.wrong):
            console.print(line, style="dim")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=80, help="how many of each kind are made up")
    parser.add_argument("--wrong", action="store_true", help="also list what did not come out right")
    asked = parser.parse_args()
    listener, planner, speakers, house = (
        Listener.embedded(),
        SentencePlanner(load_language("en")),
        Speakers(),
        demo_house(),
    )
    tallies = [in_grammar(listener, planner, house, speakers, asked.sentences)]
    tallies.append(out_of_grammar(listener, planner.jsgf(house, None), speakers, asked.sentences))
    notes = [f"the demo's house: decoded in {listener.take():.3f} x real time"]
    for echo in (None, ECHO):
        tallies += answers(listener, planner, speakers, echo)
    tallies += recorded(listener, planner)
    tally, note = costs(listener, planner, speakers, asked.sentences // 2)
    shown([*tallies, tally], [*notes, note], asked.wrong)
    return 0


if __name__ == "__main__":
    sys.exit(main())
