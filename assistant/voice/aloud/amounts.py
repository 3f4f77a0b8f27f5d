"""Amounts as they are written, in words: units, money, ranges, fractions, ordinals, years, and every other digit."""

import re
import unicodedata
from collections.abc import Mapping
from re import Match

from assistant.voice.aloud.moments import Moments
from assistant.voice.aloud.numbers import FIGURE, Figure, Spelled
from config.spoken_forms import Aloud, Money
from config.spoken_words import Both

_SIGN = r"(?P<sign>(?<![\w.,])[-−–+](?=\d))?"
_TO = r"(?:[-–—]|\s[–—]\s)"
_START = r"(?<![\w.,])"
_PHONE = re.compile(r"(?<![\w.,+-])(?:\+\d[\d ()/-]{6,}\d|0\d[\d /-]{4,}\d|\d{3}-\d{3,4}-\d{4})(?![\w.]*\d)")
_LETTERS = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


class Amounts:
    """Leaves no digit in a text. `moments` has said days and times before."""

    def __init__(self, said: Aloud, spelled: Spelled, moments: Moments) -> None:
        self._said = said
        self._spelled = spelled
        self._moments = moments
        self._units = {written: both for key, both in said.units.items() for written in _spellings(key)}
        self._money = {**said.money.currencies}
        self._nouns = _nouns(said)
        self._compile()

    def _compile(self) -> None:
        said = self._said
        unit = "|".join(map(re.escape, sorted(self._units, key=len, reverse=True)))
        money = "|".join(map(re.escape, sorted(self._money, key=len, reverse=True)))
        to = rf"(?:(?:{_TO}|\s{said.numbers.range}\s)(?P<last>[-−]?{FIGURE}))?"
        amount = rf"{_SIGN}(?P<first>{FIGURE}){to}"
        self._of_unit = re.compile(rf"{amount}\s?(?P<unit>{unit}|{money})(?:/(?P<each>{unit}))?(?![^\W_])")
        self._lone_rate = re.compile(rf"(?<![\w/])(?P<unit>{unit}|{money})/(?P<each>{unit})(?![\w/])")
        lone = [written for written in self._units if _is_lone(written)]
        self._lone_unit = re.compile(
            rf"(?<![\w/])(?:{'|'.join(map(re.escape, sorted(lone, key=len, reverse=True)))})(?![\w/])"
        )
        self._money_before = re.compile(rf"{_START}(?P<sign>[-−])?(?P<unit>{money})\s?(?P<first>{FIGURE})")
        self._money_parts = re.compile(rf"{_SIGN}(?P<first>{FIGURE}(?<=[.,]\d\d))\s?(?P<unit>{money})(?![/\w])")
        self._range = re.compile(rf"{_SIGN}(?P<first>{FIGURE}){_TO}(?P<last>[-−]?{FIGURE})(?![\w-])")
        self._fraction = re.compile(
            rf"{_START}(?:(?P<whole>\d{{1,6}})\s)?(?P<upper>\d{{1,6}})[/⁄](?P<lower>\d{{1,6}})(?![\w/])"
        )
        marks = "|".join(said.ordinals.marks) or r"(?!)"
        self._ordinal = re.compile(rf"{_START}(?P<number>\d{{1,6}})(?:{marks})(?!\w)")
        dotted = "|".join(said.ordinals.dotted) or r"(?!)"
        self._dotted = re.compile(rf"\b(?P<before>{dotted})\s(?P<number>\d{{1,4}})\.(?!\d)(?=\s\S|$)", re.I)
        marks = "|".join(said.decades) or r"(?!)"
        # `90s` are seconds: there two digits need an apostrophe.
        short = r"['’]\d0" if self._units.keys() & said.decades.keys() else r"['’]?\d0"
        self._decade = re.compile(rf"(?<![\w.,])(?P<number>\d{{3}}0|{short})['’]?(?P<mark>{marks})(?!\w)")
        year_after = "|".join(said.numbers.year_after) or r"(?!)"
        self._year = re.compile(
            rf"\b(?P<before>{year_after})\s(?P<year>1[1-9]\d\d|20\d\d)(?=[,;:.!?)]|\s(?![^\W\d]+s\b)|$)(?![.,]\d)", re.I
        )
        nouns = "|".join(sorted(self._nouns, key=len, reverse=True)) or r"(?!)"
        self._one = re.compile(rf"(?<![\w.,-])1\s(?P<noun>{nouns})(?!\w)")
        self._signed = re.compile(rf"{_SIGN}(?P<first>{FIGURE})")
        self._version = re.compile(r"(?<!\w)[vV](?=\d)")
        before = "|".join(map(re.escape, said.before_number)) or r"(?!)"
        self._numbered = re.compile(rf"(?<!\w)(?P<word>{before})\s?(?=\d)")

    def __call__(self, text: str) -> str:
        if any(letter.isdigit() for letter in text):
            text = self._digits(text)
        text = self._lone_rate.sub(lambda match: self._rate(match["unit"], match["each"], one=False), text)
        return self._lone_unit.sub(lambda match: self._units[match[0]][1], text)

    def _digits(self, text: str) -> str:
        text = self._moments(text)
        text = _PHONE.sub(self._phone, text)
        text = self._numbered.sub(lambda match: f"{self._said.before_number[match['word']]} ", text)
        text = self._version.sub(f"{self._said.version} ", text)
        text = self._money_before.sub(lambda match: self._sum(match, match["unit"]), text)
        text = self._money_parts.sub(lambda match: self._sum(match, match["unit"]), text)
        text = self._decade.sub(self._years, text)
        text = self._of_unit.sub(self._measured, text)
        text = self._fraction.sub(self._part, text)
        text = self._ordinal.sub(lambda match: self._spelled.rule(int(match["number"]), self._said.ordinals.rule), text)
        text = self._dotted.sub(self._ordinal_after, text)
        text = self._year.sub(lambda match: f"{match['before']} {self._moments.year(int(match['year']))}", text)
        text = self._one.sub(lambda match: f"{self._nouns[match['noun']]} {match['noun']}", text)
        text = self._range.sub(lambda match: self._first(match) + self._last(match), text)
        # What is left stands by itself, or within a name: `ESP32`.
        text = _LETTERS.sub(" ", text)
        return self._signed.sub(self._first, text)

    def _phone(self, match: Match[str]) -> str:
        groups = re.findall(r"\d+", match[0])
        plus = f"{self._said.symbols['+']} " if match[0].startswith("+") else ""
        return plus + ", ".join(self._spelled.each(group) for group in groups)

    def _first(self, match: Match[str]) -> str:
        """The number with its sign."""
        return self._sign(match["sign"]) + self._spelled.figure(self._spelled.read(match["first"]))

    def _sign(self, sign: str | None) -> str:
        if not sign:
            return ""
        return f"{self._said.symbols['+'] if sign == '+' else self._said.numbers.minus} "

    def _last(self, match: Match[str]) -> str:
        """Where a range goes to; empty for one number."""
        last = match["last"]
        if not last:
            return ""
        figure = self._spelled.figure(self._spelled.read(last.lstrip("-−")))
        minus = self._sign(last[0]) if last[0] in "-−" else ""
        return f" {self._said.numbers.range} {minus}{figure}"

    def _measured(self, match: Match[str]) -> str:
        figure = self._spelled.read(match["first"])
        one = figure.is_one and not match["last"]
        unit = self._rate(match["unit"], match["each"], one=one)
        number = self._sign(match["sign"]) if one else f"{self._first(match)}{self._last(match)} "
        # The dot of an abbreviated unit may end the sentence, too.
        rest = match.string[match.end() :].lstrip()
        ends = match["unit"].endswith(".") and (not rest or rest[0].isupper())
        return f"{number}{unit}{'.' if ends else ''}"

    def _rate(self, unit: str, each: str | None, *, one: bool) -> str:
        said = self._both(unit)[0 if one else 1]
        return f"{said} {self._said.per} {_noun(self._units[each])}" if each else said

    def _both(self, unit: str) -> Both:
        return self._units[unit] if unit in self._units else self._money[unit].whole

    def _sum(self, match: Match[str], currency: str) -> str:
        figure, money = self._spelled.read(match["first"]), self._money[currency]
        sign = self._sign(match["sign"])
        if len(figure.decimals) != 2:
            said = money.whole[0] if figure.is_one else f"{self._spelled.figure(figure)} {money.whole[1]}"
        else:
            said = self._with_parts(figure, money)
        return sign + said

    def _with_parts(self, figure: Figure, money: Money) -> str:
        count = figure.decimals.lstrip("0")
        number = self._spelled.whole(count or "0")
        whole = money.whole[0] if figure.whole == "1" else f"{self._spelled.whole(figure.whole)} {money.whole[1]}"
        if not count:
            return whole
        part = money.part[0] if count == "1" else f"{number} {money.part[1]}"
        if figure.whole.strip("0") == "":
            return part
        return self._said.money.said.format(whole=whole, part=part, number=number)

    def _part(self, match: Match[str]) -> str:
        upper, lower = match["upper"], match["lower"]
        numbers = self._said.numbers
        named = numbers.fractions.get(f"{upper}/{lower}")
        said = named or numbers.over.format(first=self._spelled.whole(upper), second=self._spelled.whole(lower))
        if not match["whole"]:
            return said
        template = numbers.mixed.get(f"{upper}/{lower}", numbers.mixed_else)
        return template.format(whole=self._spelled.rule(int(match["whole"]), numbers.hour), part=said)

    def _ordinal_after(self, match: Match[str]) -> str:
        rule = self._said.ordinals.dotted[match["before"].lower()]
        return f"{match['before']} {self._spelled.rule(int(match['number']), rule)}"

    def _years(self, match: Match[str]) -> str:
        number = int(match["number"].lstrip("'’"))
        said = self._moments.year(number) if number >= 1000 else self._spelled.whole(str(number))
        endings: Mapping[str, str] = self._said.decades[match["mark"]]
        ending = next(one for one in endings if said.endswith(one))
        return f"{said.removesuffix(ending)}{endings[ending]}"


def _spellings(key: str) -> set[str]:
    """How a unit is written: with the letters that look alike made the same, and `m^3` or `m3` for the cube."""
    same = unicodedata.normalize("NFKC", key)
    return {same, same.replace("2", "^2").replace("3", "^3")}


def _is_lone(written: str) -> bool:
    """Whether it is known as a unit without a number before it: no `s`, no `min`, no `bar`."""
    return not written.isalnum() or not (written.islower() or written.istitle() or len(written) < 3)


def _noun(both: Both) -> str:
    """`hour` of `one hour`."""
    return both[0].partition(" ")[2]


def _nouns(said: Aloud) -> dict[str, str]:
    """Noun -> what a one is called before it."""
    counted = {noun: one for one, nouns in said.numbers.counted.items() for noun in nouns}
    measured = {_noun(both): both[0].partition(" ")[0] for both in said.units.values()}
    return {**measured, **counted}
