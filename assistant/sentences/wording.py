"""Makes what was said alike: lower case, digits, no articles, no politeness; and tells questions from orders.

Pure text work over a language's data. It never looks at the house.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from config.language import Wording as WordingData

LONGEST_TEXT = 300
"""Characters; no sentence that is understood here is longer, and matching time grows with length."""

_MOST_KEPT = 200

_TOKEN = re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)?(?![^\W_])|[^\W_]+(?:'[^\W_]+)*")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'", "\u2212": "-"})
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

Phrase = tuple[str, ...]


def is_number(token: str) -> bool:
    return _NUMBER.fullmatch(token) is not None


class _Phrases:
    """Finds the longest of many phrases at a place among tokens."""

    def __init__(self, phrases: Mapping[Phrase, Phrase]) -> None:
        self._by_first: dict[str, list[tuple[Phrase, Phrase]]] = {}
        for phrase, meaning in sorted(phrases.items(), key=lambda pair: -len(pair[0])):
            self._by_first.setdefault(phrase[0], []).append((phrase, meaning))

    def at(self, tokens: Sequence[str], start: int) -> tuple[int, Phrase] | None:
        """Length of the longest phrase that starts there, and what it is replaced by."""
        for phrase, meaning in self._by_first.get(tokens[start], ()):
            if tuple(tokens[start : start + len(phrase)]) == phrase:
                return len(phrase), meaning
        return None

    def replace(self, tokens: Sequence[str]) -> list[str]:
        out: list[str] = []
        start = 0
        while start < len(tokens):
            found = self.at(tokens, start)
            out.extend(found[1] if found else (tokens[start],))
            start += found[0] if found else 1
        return out


class Wording:
    """One language's rules for making sentences alike."""

    def __init__(self, data: WordingData, numbers: Mapping[Phrase, float]) -> None:
        """`numbers` spells numbers, such as `("seventy", "two") -> 72`."""
        self._rewrites = _Phrases({_phrase(key): _phrase(value) for key, value in data.rewrites.items()})
        self._numbers = _Phrases({words: (f"{value:g}",) for words, value in numbers.items()})
        self._digits = {
            words[0]: f"{value:g}" for words, value in numbers.items() if value in range(10) and len(words) == 1
        }
        self._symbols = [
            (re.compile(rf"(?<=\d)\s*{re.escape(sign)}(?!\w)"), f" {words} ")
            for sign, words in sorted(data.symbols.items(), key=lambda pair: -len(pair[0]))
        ]
        self._thousands = re.compile(rf"(?<=\d){re.escape(data.thousands)}(?=\d{{3}}(?!\d))")
        self._possessive, self._denials = data.possessive, frozenset(data.denials)
        self._contracted = tuple(data.contracted.items())
        self._tails = tuple(sorted(data.tails, key=len, reverse=True))
        self._spelling: Mapping[str, str] = {}
        self._kept: dict[str, tuple[str, ...]] = {}
        self._point, self._half = data.point, _phrase(data.half)
        self._fillers = frozenset(data.fillers)
        self._ignored = self._fillers | frozenset(data.articles)
        self._polite = _by_word(_alike(data.polite, self._ignored), 0)
        self._trailing = _by_word(_alike(data.trailing, self._ignored), -1)
        self._wishes = _alike(data.wishes, self._ignored)
        self._requests = _alike(data.requests, self._ignored)
        self._abilities = tuple(_phrase(one) for one in data.abilities)
        self._tags = _alike(data.tags, frozenset())
        self._acts = _by_word(_alike(data.acts, self._ignored), 0)
        self._asking, self._endings = frozenset(data.asking), frozenset(data.act_endings)
        self._others = frozenset(data.others)
        self._before_place = frozenset(data.before_place)
        self._timers = frozenset(data.timers)
        self._watches = _alike(data.watches, self._ignored)
        self._summaries = _alike(data.summaries, self._ignored)

    def learn(self, spelling: Mapping[str, str]) -> None:
        """Takes what words may be typed as, in place of any earlier."""
        self._spelling = spelling
        self._kept.clear()

    def plain(self, text: str) -> str:
        """The words alone: for names, and the first step for sentences. Empty for text that is too long."""
        return " ".join(word for word in self._words(text) if word not in self._ignored)

    def as_said(self, part: str, text: str) -> str:
        """The words of a text that became `part` when it was made alike, articles and capitals included."""
        words, most = text.split(), 2 * len(part.split()) + 3
        for start in range(len(words)):
            for end in range(start + 1, min(start + most, len(words)) + 1):
                said = " ".join(words[start:end])
                if self.plain(said) == part:
                    return said.strip(".,;:!? ")
        return part

    def with_digits(self, text: str) -> str:
        """The words as they stand, only spelled numbers as digits. Empty for text that is too long."""
        return " ".join(self._with_digits(_TOKEN.findall(_folded(text))))

    def request(self, text: str, *, articles: bool = False) -> str:
        """The sentence without politeness and fillers; never emptied by that alone (`hello` stays `hello`).

        With `articles` they are left in, for templates that were not written for sentences without them.
        """
        dropped = self._fillers if articles else self._ignored
        words = [word for word in self._words(text) if word not in dropped]
        return " ".join(_without_end(_without_start(words, self._polite), self._trailing))

    def spread(self, text: str) -> str | None:
        """`the machine's done` as `the machine is done`; None where no word has such an ending."""
        words = text.translate(_APOSTROPHES).split()
        spread = [self._spread(word) for word in words]
        return " ".join(spread) if spread != words else None

    def _spread(self, word: str) -> str:
        if self._rewrites.at([word.lower()], 0) is not None:
            return word
        return next((f"{word.removesuffix(one)} {also}" for one, also in self._contracted if word.endswith(one)), word)

    def is_question(self, text: str) -> bool:
        """Whether this is anything but clearly an order; only orders may lead to an action."""
        words = self.request(text).split()
        if any(self._words(text)[: len(one)] == one for one in self._abilities):
            return True
        if not words or words[0] in self._asking or not self._denials.isdisjoint(words):
            return True
        if not self._orders(words) and not self._wished(text):
            return True
        return text.rstrip().endswith("?") and not self._politely_asked(text)

    def has_no_verb(self, words: Sequence[str]) -> bool:
        """Whether nothing in it tells that somebody asks, denies or tells of something."""
        return bool(words) and words[0] not in self._asking and (self._denials | self._others).isdisjoint(words)

    def is_of_timers(self, text: str) -> bool:
        """Whether a word in it speaks of timers, alarms or reminders."""
        return not self._timers.isdisjoint(self._words(text))

    def is_of_watches(self, text: str) -> bool:
        """Whether it speaks of something that is to be told when it comes about."""
        return self._holds(text, self._watches)

    def is_of_summaries(self, text: str) -> bool:
        """Whether it speaks of how a day was."""
        return self._holds(text, self._summaries)

    def _holds(self, text: str, phrases: Sequence[Phrase]) -> bool:
        words = self.plain(text).split()
        return any(tuple(words[at : at + len(one)]) == one for at in range(len(words)) for one in phrases)

    def _orders(self, words: Sequence[str]) -> bool:
        if any(tuple(words[: len(act)]) == act for act in self._acts.get(words[0], ())):
            return True
        if not self._others.isdisjoint(words):
            return False
        return words[-1] in self._endings or any(
            word in self._endings and following in self._before_place for word, following in pairwise(words)
        )

    def _wished(self, text: str) -> bool:
        plain = self.plain(text).split()
        return any(tuple(plain[at : at + len(one)]) == one for at in range(min(4, len(plain))) for one in self._wishes)

    def _politely_asked(self, text: str) -> bool:
        """`Could you turn on the light?` and `Turn on the light, please?` are orders for all their question mark."""
        plain = self.plain(text).split()
        every = self._words(text)
        starts = range(min(4, len(plain)))
        asked = any(tuple(plain[at : at + len(one)]) == one for at in starts for one in self._requests)
        return asked or any(tuple(every[-len(tag) :]) == tag for tag in self._tags)

    def _words(self, text: str) -> tuple[str, ...]:
        """Kept for a while: what is said is looked at from many sides, and in parts again and again."""
        if text not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[text] = tuple(self._made_alike(text))
        return self._kept[text]

    def _made_alike(self, text: str) -> list[str]:
        folded = self._thousands.sub("", _folded(text))
        for sign, words in self._symbols:
            folded = sign.sub(words, folded)
        typed = [part for token in _TOKEN.findall(folded) for part in self._apart(self._spelling.get(token, token))]
        tokens = self._rewrites.replace(typed)
        return self._rewrites.replace(self._with_digits([self._bare(token) for token in tokens]))

    def _apart(self, token: str) -> tuple[str, ...]:
        tail = next((tail for tail in self._tails if token.endswith(tail) and token != tail), None)
        return (token.removesuffix(tail), tail) if tail else (token,)

    def _bare(self, token: str) -> str:
        """Without a possessive ending, and with the decimal comma as a point."""
        token = token.removesuffix(self._possessive) if self._possessive else token
        return token.replace(",", ".") if token[:1].isdigit() or token[:1] == "-" else token

    def _with_digits(self, tokens: Sequence[str]) -> list[str]:
        out: list[str] = []
        at = 0
        while at < len(tokens):
            found = self._numbers.at(tokens, at)
            if found is None and not tokens[at].isdecimal():
                out.append(tokens[at])
                at += 1
                continue
            length, whole = found or (1, (tokens[at],))
            at += length
            fraction, used = self._fraction(tokens, at)
            out.append(whole[0] + fraction)
            at += used
        return out

    def _fraction(self, tokens: Sequence[str], at: int) -> tuple[str, int]:
        """`.5` and the words it took, for `point five` or `and a half` after a spelled number."""
        if tuple(tokens[at : at + len(self._half)]) == self._half:
            return ".5", len(self._half)
        if at + 1 >= len(tokens) or tokens[at] != self._point:
            return "", 0
        digits = ""
        for word in tokens[at + 1 :]:
            if word not in self._digits:
                break
            digits += self._digits[word]
        return (f".{digits}", 1 + len(digits)) if digits else ("", 0)


def _folded(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        return ""
    return unicodedata.normalize("NFC", text).lower().translate(_APOSTROPHES)


def _phrase(text: str) -> Phrase:
    return tuple(text.split())


def _alike(phrases: Iterable[str], ignored: frozenset[str]) -> tuple[Phrase, ...]:
    kept = (tuple(word for word in phrase.split() if word not in ignored) for phrase in phrases)
    return tuple(sorted({phrase for phrase in kept if phrase}, key=len, reverse=True))


def _by_word(phrases: Iterable[Phrase], at: int) -> Mapping[str, Sequence[Phrase]]:
    """By their first word or their last one, in the same order."""
    found: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        found.setdefault(phrase[at], []).append(phrase)
    return found


def _without_start(words: list[str], phrases: Mapping[str, Sequence[Phrase]]) -> list[str]:
    for phrase in phrases.get(words[0], ()) if words else ():
        if len(words) > len(phrase) and tuple(words[: len(phrase)]) == phrase:
            return _without_start(words[len(phrase) :], phrases)
    return words


def _without_end(words: list[str], phrases: Mapping[str, Sequence[Phrase]]) -> list[str]:
    for phrase in phrases.get(words[-1], ()) if words else ():
        if len(words) > len(phrase) and tuple(words[-len(phrase) :]) == phrase:
            return _without_end(words[: -len(phrase)], phrases)
    return words
