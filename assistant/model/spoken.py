"""Makes what a model writes fit for a voice, or says that it is not.

Pure. What is refused here is not lost: code speaks the result itself.
"""

import re
from itertools import takewhile

from assistant.markdown import in_one_line, unmarked
from assistant.model.wrapping import unwrapped

LONGEST_SPEECH = 600
_MOST_LOOKED_AT = 2_000
_BLANK_LINES = re.compile(r" ?\n[ \n]*")
_BLANKS = re.compile(r"[^\S\n]+")

_UNSPEAKABLE = re.compile(
    r"[*_`#|{}<>\[\]\\~^]"
    r"|https?:|www\.|\b[\w-]+\.(?:com|org|net|io|local)\b"
    r'|":'
    r"|[\u2190-\u2bff\u2e80-\u2eff\ufe0e\ufe0f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
    r"|[\U0001f000-\U0001faff\U000e0000-\U000e007f]"
    r"|[\x00-\x09\x0b-\x1f\x7f]"
)
_CODE = re.compile(r"\b(?:[A-Z][a-z]+){3,}\b|\w\((?!s\))")
"""GetLiveContext, and what is called: turn_on(name."""
_INSIDE = re.compile(
    r"\b(?:tools?|functions?|commands?|slot info(?:rmation)?|device class(?:es)?|domains?|parameters?|api|json|schema"
    r"|(?:static|current|provided|live) context|system prompt|language model|generative ai|entity ids?"
    r"|home assistant)\b|\bunable to get response\b|\bunexpected\b.*\b(?:argument|token|delimiter)\b|\be\.g\.",
    re.IGNORECASE,
)
"""What only somebody who builds assistants speaks of."""
_ENGLISH = re.compile(
    r"\d|\b(?:the|is|are|of|and|not|for|that|this|can|cannot|could|have|has|do|don't|with|which|what|my|your|you|there"
    r"|it|it's|to|at|yes|hello|hi|sorry|thanks|good|welcome|degrees|percent)\b",
    re.IGNORECASE,
)
"""What some word or number of nearly every English sentence is; `tongue` tells the languages that we know."""
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_OFFER = re.compile(
    r"\b(?:would you (?:like|prefer)|do you (?:want|need)|shall i|should i|(?:want|like) me to|let me know|feel free"
    r"|please (?:confirm|let)|can i (?:help|do|assist)|how (?:else )?(?:can|may) i|anything else)\b",
    re.IGNORECASE,
)
"""Sentences that ask for an answer. Only code asks, for only code knows what a yes would do."""


def tidy(text: str) -> str:
    """A plain answer without what is around it, its marks, and offers; cut at a sentence's end."""
    # Short enough, and without long blanks, for patterns that look at each place and from there to the end.
    even = _BLANK_LINES.sub("\n", _BLANKS.sub(" ", text.replace("’", "'")))[:_MOST_LOOKED_AT]
    plain = unmarked(unwrapped(even)).strip()
    # Of several lines the last is a sentence too.
    joined = " ".join(in_one_line(f"{plain}\n" if "\n" in plain else plain).split())
    # What comes after an offer speaks of it.
    kept = takewhile(lambda sentence: _OFFER.search(sentence) is None, SENTENCE_END.split(joined))
    joined = " ".join(kept)
    return joined if len(joined) <= LONGEST_SPEECH else to_last_sentence(joined[:LONGEST_SPEECH])


def to_last_sentence(text: str) -> str:
    """What comes before the last sentence that is not whole; empty where none is."""
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s|\Z)", text)]
    return text[: ends[-1]] if ends else ""


def speakable(text: str) -> bool:
    """Whether a voice can read it to anybody: short, no markup, addresses or pictures, and nothing of our insides.

    And English: what a sentence in another language claims, nobody here could tell.
    """
    if not text.strip() or len(text) > LONGEST_SPEECH or not _ENGLISH.search(text):
        return False
    return not any(unfit.search(text) for unfit in (_UNSPEAKABLE, _CODE, _INSIDE))
