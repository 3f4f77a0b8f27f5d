"""How words sound, and how far one spelling is from another. The only importer of jellyfish. Pure."""

import jellyfish

SHORTEST_HEARD = 3
"""Letters; of shorter words the sound tells nothing."""
MOST_OF_A_WORD = 0.6
"""Share of the letters that may differ in words that sound the same: `lied` and `light`, but not `tree` and `door`."""
_LONG_WORD, _MOST_OF_A_LONG_WORD = 7, 0.4
"""Long words are heard better: `ride door` is no radiator."""
_ONE_SLIP, _TWO_SLIPS = 4, 9
"""Letters from which a word may be one, and two, edits away from what was meant."""


def sound(word: str) -> str:
    """What a recogniser has to go by, as Metaphone writes it; empty for what has no sound that it knows."""
    said = word[1:] if word.startswith("who") else word
    return jellyfish.metaphone(said) if word.isascii() and word.isalpha() else ""


def edits(one: str, other: str) -> int:
    """Letters to add, drop, replace or swap with their neighbour to get from one to the other."""
    return jellyfish.damerau_levenshtein_distance(one, other)


def likeness(one: str, other: str) -> float:
    """From 0 to 1; quick, for ranking many names. Weighs beginnings, which are heard best."""
    return jellyfish.jaro_winkler_similarity(one, other)


def sounds_like(said: str, word: str) -> bool:
    """Whether one may be heard for the other, given that both have the same sound."""
    if min(len(said), len(word)) < SHORTEST_HEARD:
        return False
    longer = max(len(said), len(word))
    return edits(said, word) <= longer * (MOST_OF_A_WORD if longer < _LONG_WORD else _MOST_OF_A_LONG_WORD)


def slips(word: str) -> int:
    """How many edits a word can bear and still be meant: none for `tv`, one for `lamp`, two for `thermostat`."""
    return 0 if len(word) < _ONE_SLIP else 1 if len(word) < _TWO_SLIPS else 2
