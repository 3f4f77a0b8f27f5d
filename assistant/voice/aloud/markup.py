"""Takes what only an eye reads out of a text: markdown, addresses, code, pictures, control characters."""

import html
import re
import unicodedata

from assistant.markdown import in_one_line, unmarked
from config.spoken_forms import Aloud

_FENCE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.S)
_ADDRESS = re.compile(
    r"(?<![\w@])(?:(?:https?|ftp|wss?|mqtts?|file)://|www\.)[^\s<>\"')\]]*[^\s<>\"')\].,;:!?]"
    r"|(?<![\w@.])(?:[\w-]+\.)+(?:com|org|net|io|dev|local|lan|de|fr|nl|es|it|eu|uk)(?::\d+)?(?:/[^\s<>\"')\]]*[^\s<>\"')\].,;:!?])?(?![\w.]*\w)",
    re.I,
)
_MAIL = re.compile(r"(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]*>|<!--.*?-->", re.S)
_MARKED = re.compile(r"[`*_#\[\]<>|~>\r\n\v\f\x1c-\x1e\x85\u2028\u2029&]|^\s*[-+•·▪\d]")
_SUPERSCRIPT = re.compile(r"(?<=\d)(?=[⁰¹²³⁴-⁹])")
_THOUSANDS = re.compile(r"(?<=\d)[\u00a0\u2009\u202f'’](?=\d{3}(?!\d))")
_FRACTION = re.compile(r"(?=[¼-¾⅐-⅞])")


class Markup:
    """Plain text of anything."""

    def __init__(self, said: Aloud) -> None:
        self._said = said

    def __call__(self, text: str) -> str:
        if _MARKED.search(text):
            text = self._unmarked(text)
        if "." in text or "://" in text:
            text = _MAIL.sub(self._said.mail, text)
            text = _ADDRESS.sub(self._said.link, text)
        return _same_letters(_THOUSANDS.sub("", text))

    def _unmarked(self, text: str) -> str:
        text = _FENCE.sub(f"\n{self._said.code}.\n", text)
        text = html.unescape(_TAG.sub(" ", text))
        return in_one_line(unmarked(text).replace("|", ", "))


def _same_letters(text: str) -> str:
    """Letters and digits that are written in several ways in one of them: `℃`, `５`, `½`, `m³`."""
    if text.isascii():
        return text
    text = _FRACTION.sub(" ", _SUPERSCRIPT.sub(" ", text) if "²" in text or "³" in text else text)
    text = unicodedata.normalize("NFKC", text)
    return text.translate(_DIGITS)


class _Digits(dict[int, str]):
    """Every decimal digit of the world's scripts as one of ours."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        digit = unicodedata.decimal(letter, None)
        self[code] = letter if digit is None else str(digit)
        return self[code]


_DIGITS = _Digits()
