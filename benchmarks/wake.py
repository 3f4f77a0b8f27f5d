"""Calls that are heard, and words that were none: python benchmarks/wake.py [--minutes 60] [--seed 1]

Calls are the recorded wake words of the fixtures, alone, after speech and over a television; what is no call are the
fixtures' commands and speech made by espeak, with and without words that sound alike. Each is told with what the
detector finds, with what is left of that after the second look, and with how often the embedded recogniser then takes
what follows for a request to a small house: where it does not, nothing is said. Times are of the processor.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "tests")]

from fakes_calls import (  # noqa: E402
    ALIKE,
    PHRASES,
    WORDS,
    Samples,
    Understanding,
    caller,
    heard,
    in_room,
    ordinary_sentences,
    over,
    recorded_calls,
    recorded_others,
    silence,
    television,
)

from assistant.ports import SAMPLE_RATE  # noqa: E402
from assistant.voice.called import Count, Outcome  # noqa: E402

Place = Callable[[Samples, random.Random], Samples]
_FOUND = (Outcome.CALL, Outcome.DOUBTFUL, Outcome.MID_SPEECH, Outcome.COOLDOWN)
_TALK_SECONDS = 5.0
_PIECE_SECONDS = 60.0


def places(sentences: list[str]) -> dict[str, Place]:
    """Where a word is said."""

    def talk(chance: random.Random, seconds: float = _TALK_SECONDS) -> Samples:
        return television(sentences, chance, seconds=seconds)

    def after(pause: float) -> Place:
        return lambda word, chance: np.concatenate([talk(chance), silence(pause), word, silence(1.0)])

    def above(louder_db: float) -> Place:
        return lambda word, chance: over(word, talk(chance, 9.0), 6.0, louder_db)

    return {
        "alone": lambda word, _chance: np.concatenate([silence(4.0), word, silence(1.0)]),
        "0.3 s after speech": after(0.3),
        "0.6 s after speech": after(0.6),
        "over a television, 12 dB louder": above(12),
        "over a television, 6 dB louder": above(6),
    }


def counter() -> tuple[Counter[tuple[str, Outcome]], Count]:
    came: Counter[tuple[str, Outcome]] = Counter()
    return came, lambda word, outcome, by: came.update({(word, outcome): by})


def total(came: Counter[tuple[str, Outcome]], *outcomes: Outcome) -> int:
    return sum(number for (_word, outcome), number in came.items() if outcome in outcomes)


def calls(sentences: list[str], seed: int, sensitivity: float) -> Table:
    table = Table("a person calls", "calls", "found", "heard", "of them doubtful", title=f"sensitivity {sensitivity}")
    noise = np.random.default_rng(seed)
    for name, place in places(sentences).items():
        chance, found, taken, doubtful, made = random.Random(seed), 0, 0, 0, 0
        for phrase, _file, word in recorded_calls():
            came, count = counter()
            taken += bool(
                heard(caller(phrase, sensitivity=sensitivity, count=count), in_room(place(word, chance), noise))
            )
            found += total(came, *_FOUND) > 0
            doubtful += total(came, Outcome.DOUBTFUL) > 0
            made += 1
        table.add_row(name, str(made), str(found), str(taken), str(doubtful))
    return table


def others(sentences: list[str], seed: int, minutes: float, sensitivity: float, understanding: Understanding) -> Table:
    columns = (
        "nobody calls",
        "minutes",
        "found",
        "an hour",
        "heard",
        "an hour",
        "understood",
        "an hour",
        "near misses",
    )
    table = Table(*columns, title=f"sensitivity {sensitivity}, all four words at once")

    def pieces(*words: str) -> Iterator[Samples]:
        chance = random.Random(seed)
        for _ in range(max(1, round(minutes * 60 / _PIECE_SECONDS))):
            yield television(sentences, chance, words=words, seconds=_PIECE_SECONDS)

    materials = {
        "recorded commands": (np.concatenate([samples, silence(0.3)]) for _name, samples in recorded_others()),
        "television": pieces(),
        "says what sounds alike, 1 sentence in 5": pieces(*ALIKE),
        "says the words themselves, 1 sentence in 5": pieces(*WORDS),
    }
    noise = np.random.default_rng(seed)
    for name, material in materials.items():
        came, count = counter()
        one, hours, understood = caller(*PHRASES, sensitivity=sensitivity, count=count), 0.0, 0
        for samples in material:
            sound = in_room(samples, noise)
            understood += sum(bool(understanding.of(sound[at:])) for at in heard(one, sound))
            hours += samples.size / SAMPLE_RATE / 3600
        numbers = total(came, *_FOUND), total(came, Outcome.CALL, Outcome.DOUBTFUL), understood
        figures = [text for number in numbers for text in (str(number), f"{number / hours:.1f}")]
        table.add_row(name, f"{hours * 60:.0f}", *figures, str(total(came, Outcome.NEAR_MISS)))
    return table


def cost(sentences: list[str], seed: int) -> str:
    """What listening takes, and one second look."""
    sound = in_room(television(sentences, random.Random(seed), seconds=60), np.random.default_rng(seed))
    one = caller("okay_nabu")
    began = time.process_time()
    heard(one, sound)
    listening = time.process_time() - began
    began = time.process_time()
    one._second_look()
    look = time.process_time() - began
    seconds = len(sound) / 2 / SAMPLE_RATE
    return f"one word: {100 * listening / seconds:.2f} % of a core; a second look: {1000 * look:.0f} ms"


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    console, sentences, understanding = Console(width=140), ordinary_sentences(), Understanding()
    for sensitivity in (0.5, 0.9):
        console.print(calls(sentences, given.seed, sensitivity))
        console.print(others(sentences, given.seed, given.minutes, sensitivity, understanding))
    console.print(cost(sentences, given.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
