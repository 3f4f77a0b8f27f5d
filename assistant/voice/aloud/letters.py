"""What is said letter by letter or made shorter: acronyms, identifiers, names that programs give, abbreviations."""

import re
from re import Match

from assistant.voice.aloud.numbers import Spelled
from config.spoken_forms import Aloud

_IDENTIFIER = re.compile(
    r"(?<![\w-])(?:"
    r"0x[0-9a-fA-F]{5,}"
    r"|[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5,7}"
    r"|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|(?=\w*\d)(?=\w*[a-fA-F])[0-9a-fA-F]{8,}"
    r"|(?=(?:[^\W_]*\d){3})(?=[^\W_]*[A-Za-z])(?=[^\W_]*\d[A-Za-z])[^\W_]{10,}"
    r")(?![\w-])"
)
_HEX = re.compile(r"(?<!\w)0x([0-9a-fA-F]{1,4})(?!\w)")
_TAIL = 3
_MODEL = re.compile(r"(?<![^\W_])(?:[A-Z]{2,4}|[a-z]{2,4})(?=-?\d)")
_CAPITALS = re.compile(r"(?<![^\W_])([A-Z]{2,6})(s)?(?![^\W\d_])")
_VOWEL = re.compile(r"[AEIOUYÄÖÜ]")
_HUMPS = re.compile(r"(?<=[^\W\d_][a-zäöüß]{2})(?=[A-ZÄÖÜ][a-zäöüß]{2})")
_DOT = re.compile(r"(?<=[^\W_])\.(?=[^\W\dA-Z_])")
_LONGEST_UNREAD = 5


class Letters:
    """Finds them in a text and says them."""

    def __init__(self, said: Aloud, spelled: Spelled) -> None:
        self._said = said
        self._digits = spelled
        self._spelled = frozenset(said.spelling.words)
        self._small = frozenset(said.spelling.always)
        always = "|".join(sorted(self._small, key=len, reverse=True)) or r"(?!)"
        self._always = re.compile(rf"(?<![^\W_])(?:{always})(?![^\W_])", re.I)
        self._read = frozenset(said.spelling.not_spelled)
        short = sorted(said.abbreviations, key=len, reverse=True)
        self._short = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, short))})(?!\w)" if short else r"(?!)")

    def abbreviations(self, text: str) -> str:
        return self._short.sub(self._in_full, text)

    def identifiers(self, text: str) -> str:
        """Long ones by how they end, and the letters of a short one: `ESP32`. Digits of the latter are left."""
        text = _IDENTIFIER.sub(self._end, text)
        text = _HEX.sub(lambda match: self._each(match[1]), text)
        return _MODEL.sub(self._model, text)

    def names(self, text: str) -> str:
        """A program's way of writing names as words."""
        text = _DOT.sub(f" {self._said.dot} ", text) if "." in text else text
        return _HUMPS.sub(" ", text.replace("_", " "))

    def acronyms(self, text: str) -> str:
        return _CAPITALS.sub(self._capitals, self._always.sub(lambda match: self._several(match[0]), text))

    def _in_full(self, match: Match[str]) -> str:
        said = self._said.abbreviations[match[0]]
        # The dot at the very end ends the sentence, too.
        return f"{said}." if match[0].endswith(".") and not match.string[match.end() :].strip() else said

    def _model(self, match: Match[str]) -> str:
        word = match[0]
        return f"{self._each(word)} " if word.isupper() or word.upper() in self._spelled else word

    def _end(self, match: Match[str]) -> str:
        bare = re.sub(r"[^0-9A-Za-z]", "", match[0])
        return self._said.identifier.format(end=self._each(bare[-_TAIL:]))

    def _each(self, letters: str) -> str:
        named = self._said.spelling.letters
        return " ".join(self._digits.each(one) if one.isdigit() else named.get(one, one) for one in letters.upper())

    def _capitals(self, match: Match[str]) -> str:
        word, several = match[1], match[2]
        unread = len(word) <= _LONGEST_UNREAD and not _VOWEL.search(word) and word not in self._read
        if not (word in self._spelled or unread):
            return match[0]
        return self._each(word) + ("'s" if several else "")

    def _several(self, word: str) -> str:
        one = word.removesuffix("s") if word.removesuffix("s").lower() in self._small else word
        return self._each(one) + ("'s" if one != word else "")
