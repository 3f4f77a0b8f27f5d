"""Whole numbers and decimals in words, by the spelling rules of the Unicode CLDR. The only importer of unicode-rbnf."""

from dataclasses import dataclass
from functools import lru_cache

from unicode_rbnf import RbnfEngine

from config.spoken_forms import Numbers

MOST_DIGITS = 15
"""What has more is no amount that anybody follows; it is said digit by digit."""
FIGURE = r"(?<!\d)(?<!\d[.,])\d++(?:[.,]\d++)*+"
"""A number as it is written, its thousands grouped and its decimals after a point or a comma: all of it or none."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that was written: its digits, and those after the decimal point; several for what is no one number."""

    whole: str
    decimals: str = ""
    parts: tuple[str, ...] = ()

    @property
    def is_one(self) -> bool:
        return self.whole == "1" and not self.decimals and not self.parts


class Spelled:
    """Numbers in one language."""

    def __init__(self, language: str, numbers: Numbers) -> None:
        self._engine = RbnfEngine.for_language(language)
        self.numbers = numbers
        self.rule = lru_cache(maxsize=1024)(self._rule)

    def _rule(self, number: int, name: str) -> str:
        """A whole number of up to MOST_DIGITS by one of the rules."""
        return self._engine.format_number(number, ruleset_names=[name]).text.strip()

    def whole(self, digits: str) -> str:
        """Digits as an amount; one by one where they are no amount: with zeros before them, or too many."""
        if (digits[0] == "0" and len(digits) > 1) or len(digits) > MOST_DIGITS:
            return self.each(digits)
        return self.rule(int(digits), self.numbers.whole)

    def each(self, digits: str) -> str:
        return " ".join(self.rule(int(digit), self.numbers.whole) for digit in digits)

    def figure(self, figure: Figure) -> str:
        if figure.parts:
            return f" {self.numbers.point} ".join(self.whole(part) for part in figure.parts)
        said = self.whole(figure.whole)
        return f"{said} {self.numbers.point} {self.each(figure.decimals)}" if figure.decimals else said

    def read(self, written: str) -> Figure:
        """What FIGURE matches: `1,234.5` in English is `1.234,5` in German."""
        decimal, group = self.numbers.decimal, self.numbers.group
        body, _, decimals = written.partition(decimal)
        grouped = body.split(group)
        if decimal not in decimals and group not in decimals and _are_thousands(grouped):
            return Figure("".join(grouped), decimals)
        pieces = written.replace(group, decimal).split(decimal)
        if len(pieces) == 2:
            # The other language's decimal point, as makers of devices write it everywhere.
            return Figure(pieces[0], pieces[1])
        return Figure("", parts=tuple(pieces))


def _are_thousands(grouped: list[str]) -> bool:
    first, *rest = grouped
    return not rest or (0 < len(first) <= 3 and first[0] != "0" and all(len(part) == 3 for part in rest))
