"""Takes markdown's marks off a text, whether it is printed or spoken. Pure."""

import re
from re import Match

_LINE_MARK = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|[-*+•·▪][ \t]+|>+[ \t]?|\d{1,2}[.)][ \t]+(?=\D)|\[[ xX]\][ \t]+)+", re.M
)
_RULE = re.compile(r"^[ \t]*(?:[-*_=]{3,}|\|?(?:[ \t]*:?-{2,}:?[ \t]*\|)+[ \t]*:?-*:?[ \t]*)[ \t]*$", re.M)
_EMPHASIS = re.compile(r"(\*{1,3}|~~|`+|(?<!\w)_{1,3})(?=\S)(.+?)(?<=\S)\1")
_PICTURE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
_LINE_END = re.compile(r"[ \t]*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_PAUSES = frozenset(["", *".!?:;,"])


def unmarked(text: str) -> str:
    """Without the marks of headings, bullets and quotes, rules, links and emphasis; its lines stay."""
    named = _LINK.sub(r"\1", _PICTURE.sub(r"\1", text))
    return _EMPHASIS.sub(r"\2", _LINE_MARK.sub("", _RULE.sub("", named)))


def in_one_line(text: str) -> str:
    """The end of a line is the end of a sentence."""
    return _LINE_END.sub(_ended, text)


def _ended(match: Match[str]) -> str:
    before = match.string[max(0, match.start() - 1) : match.start()]
    return " " if before in _PAUSES else ". "
