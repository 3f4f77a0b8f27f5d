"""How what is spoken is made, and how well it is understood: python benchmarks/spoken.py [--voices WHICH]

The embedded voice reads sentences with figures, units and times; the embedded recogniser, which knows the words and not
the figures, writes down what it hears, with noise 10 dB below the voice. First as they are written, then as words. With
--voices also over throats, speeds and pitches, by which the defaults in config/aloud were chosen. CPU time, one thread.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.ports import SAMPLE_RATE, Vocabulary
from assistant.voice import pcm
from assistant.voice.engines.espeak import EspeakVoice, Manner
from assistant.voice.engines.piper import PiperVoice
from assistant.voice.engines.sphinx import SphinxTranscriber
from assistant.voice.pronounce import arpabet
from assistant.voice.speakable import Speakable, speakable_in

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from fakes_speech_models import tiny_piper  # noqa: E402

GRAMMAR = """#JSGF V1.0;
grammar figures;
public <sentence> = <temperature> | <energy> | <power> | <clock> | <humidity>;
<temperature> = it is [minus] <number> [point <digit>] degrees celsius in the <room>;
<energy> = the <device> used <number> [point <digit>] kilowatt hours;
<power> = the <device> takes <number> watts;
<clock> = the window opened at <hour> (oh <digit> | <minute>) [p m];
<humidity> = the humidity is <number> percent;
<room> = kitchen | bedroom | hall | garage | bathroom;
<device> = dishwasher | freezer | boiler | washing machine;
<digit> = one | two | three | four | five | six | seven | eight | nine;
<teen> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen;
<tens> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
<minute> = <teen> | (twenty | thirty | forty | fifty) [<digit>];
<number> = zero | <digit> | <teen> | <tens> [<digit>];
<hour> = <digit> | ten | eleven | twelve;
"""
ROOMS, DEVICES = "kitchen bedroom hall garage bathroom".split(), ["dishwasher", "freezer", "boiler", "washing machine"]
SPEAKABLE = speakable_in("en")
USUAL = "The temperature in the kitchen is 21.5 °C, and it was 19 °C today at 7:05."


def written(chance: random.Random) -> str:
    figure = f"{chance.randint(2, 98)}.{chance.randint(1, 9)}"
    return chance.choice(
        [
            f"It is {chance.choice(['', '-'])}{figure} °C in the {chance.choice(ROOMS)}.",
            f"The {chance.choice(DEVICES)} used {figure} kWh.",
            f"The {chance.choice(DEVICES)} takes {chance.randint(2, 99)} W.",
            f"The window opened at {chance.randint(1, 23)}:{chance.randint(1, 59):02d}.",
            f"The humidity is {chance.randint(2, 99)}%.",
        ]
    )


def plain(words: str) -> str:
    return " ".join(words.lower().replace("-", " ").replace(".", "").split())


class Listener:
    """The embedded recogniser beside a noise."""

    def __init__(self) -> None:
        names = EspeakVoice("en-us")
        self._ear = SphinxTranscriber(lambda word: arpabet(names.phonemes(word)))
        self._noise = np.random.default_rng(1)

    def heard(self, voice: EspeakVoice, text: str) -> str:
        sound = b"".join(pcm.at_rate(one, SAMPLE_RATE).pcm for one in voice.synthesize(text))
        samples = np.frombuffer(pcm.silence(0.3) + sound + pcm.silence(0.3), "<i2").astype(np.float64)
        samples += self._noise.normal(0, 32768 * pcm.level(sound) * 10 ** (-10 / 20), samples.size)
        noisy = np.clip(samples, -32768, 32767).astype("<i2").tobytes()
        self._ear.begin(Vocabulary(jsgf=GRAMMAR))
        for frame in pcm.Framer().feed(noisy + bytes(-len(noisy) % 1024)):
            self._ear.feed(frame)
        return self._ear.finish().text


def right(listener: Listener, voice: EspeakVoice, texts: Sequence[str], *, as_words: bool = True) -> int:
    return sum(listener.heard(voice, SPEAKABLE(one) if as_words else one) == plain(SPEAKABLE(one)) for one in texts)


def understood(listener: Listener, texts: Sequence[str]) -> Table:
    table = Table("spoken by en-us", "understood word for word", title=f"{len(texts)} sentences with figures")
    voice = EspeakVoice("en-us", Manner(rate_wpm=160, pitch=45, pitch_range=55))
    table.add_row("as it is written", f"{right(listener, voice, texts, as_words=False)}")
    table.add_row("as words", f"{right(listener, voice, texts)}")
    return table


TRIED = {
    "throats": [(f"en-us{one}", 160, 45, 55) for one in ("", "+f2", "+f3", "+m3", "+m7", "+Annie", "+Michael")],
    "speeds": [("en-us", rate, 45, 55) for rate in (130, 145, 160, 175, 200, 230)],
    "pitches": [("en-us", 160, *both) for both in ((25, 55), (35, 55), (45, 55), (60, 55), (45, 25), (45, 75))],
}


def voices(listener: Listener, texts: Sequence[str], which: str, screen: Console) -> None:
    """A line as soon as there is one: a hundred sentences take a minute."""
    for name, rate, pitch, span in TRIED[which]:
        voice = EspeakVoice(name, Manner(rate_wpm=rate, pitch=pitch, pitch_range=span))
        understood = right(listener, voice, texts)
        screen.print(f"{name:<14} {rate} words a minute, pitch {pitch}, range {span}: {understood} of {len(texts)}")


def cost() -> Table:
    table = Table("what", "CPU", title="what it costs")
    started = time.thread_time()
    Speakable("en")
    table.add_row("a language's words, once", f"{(time.thread_time() - started) * 1000:.1f} ms")
    for name, text in (("a sentence with figures", USUAL), ("one without", "Shall I turn on the kitchen light?")):
        SPEAKABLE(text)
        started = time.thread_time()
        for _ in range(1000):
            SPEAKABLE(text)
        table.add_row(f"words of {name}", f"{(time.thread_time() - started) * 1000:.0f} µs")
    long = SPEAKABLE("The rooms are, " + ", ".join(f"number {n} at {n}.5 °C" for n in range(1, 20)) + ".")
    with tempfile.TemporaryDirectory() as folder:
        piper = PiperVoice(tiny_piper(Path(folder)))
        for name, voice in (("espeak-ng", EspeakVoice("en-us")), ("Piper, a tiny model", piper)):
            list(voice.synthesize("Warm."))
            started = time.process_time()
            sounds = voice.synthesize(long)
            first = next(iter(sounds))
            took = (time.process_time() - started) * 1000
            rest = sum(sound.seconds for sound in sounds)
            table.add_row(f"{name}: first sound of {first.seconds + rest:.0f} s", f"{took:.1f} ms")
    return table


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--voices", choices=TRIED)
    asked.add_argument("--sentences", type=int, default=60)
    options = asked.parse_args()
    chance = random.Random(7)
    texts, listener, screen = [written(chance) for _ in range(options.sentences)], Listener(), Console()
    if options.voices is None:
        screen.print(cost())
        screen.print(understood(listener, texts))
    else:
        voices(listener, texts, options.voices, screen)


if __name__ == "__main__":
    main()
