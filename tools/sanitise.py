"""Makes text from outside safe to hand on: data, never instructions, never markup, nothing that cannot be seen.

Pure. What a planner puts into a call, what a device calls itself and what it reports pass here once, on their way in
or out of the contract; a model's requests take what a person said through `clean`.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

LONGEST_TEXT = 200
"""Characters of any one text that leaves the contract."""

_DEEPEST = 8

_HARMLESS = re.compile(r"[A-Za-z0-9_.,:;'%+/-]+(?: [A-Za-z0-9_.,:;'%+/-]+)*")
"""What nearly every text is; it needs no closer look. No colon before slashes: that is an address."""
_CONTROL_TOKEN = re.compile(
    r"<\|[^<>|]{0,60}\|?>|<\|+|\|+>"
    r"|\[/?(INST|SYS|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|SYSTEM_PROMPT)\]"
    r"|<</?SYS>>"
    r"|</?(s|bos|eos|pad|unk|think|tool_call|tool_response|tools?|function|invoke|start_of_turn|end_of_turn"
    r"|system|user|assistant|human)(=[^<>]{0,60})?>",
    re.IGNORECASE,
)
"""What chat templates take for the end of one speaker's words and the beginning of another's."""
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("\u2039\u2329\u27e8\u3008\u276e\u2770\u1438\u02c2", "<"),
        **dict.fromkeys("\u203a\u232a\u27e9\u3009\u276f\u2771\u1433\u02c3", ">"),
        **dict.fromkeys("\u01c0\u2223\u2758\u2502\u2503\u23d0", "|"),
        **dict.fromkeys("\u2772\u3014\u27e6", "["),
        **dict.fromkeys("\u2773\u3015\u27e7", "]"),
    }
)
"""Brackets and bars that are not folded by Unicode's own table and are read as the plain ones all the same."""
_ADDRESS = re.compile(r"(?:\b[a-z][a-z0-9+.-]{1,12})?://\S*|\bwww\.\S*", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]{0,200}>")
_MARK = re.compile(r"[*`#|{}<>\[\]\\~^\"]|[\u2190-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff]")
_KEPT = frozenset({"entity_id", "proposal_id"})
"""Fields of answers that nobody reads out."""
_UNIT = re.compile(r"[\w/%°²³µμ·. -]{1,20}")
"""Units by the names that code has for them, and such as devices write; what else stands in their place is a text."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})

T = TypeVar("T")


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """One line without control tokens, bidirectional or invisible characters, confusables folded, cut at `longest`."""
    plain = unicodedata.normalize("NFKC", text[: 4 * longest])
    plain = "".join(" " if letter.isspace() else letter for letter in plain if _visible(letter)).translate(_LOOKALIKES)
    while (shorter := _CONTROL_TOKEN.sub("", plain)) != plain:
        plain = shorter
    plain = " ".join(plain.split())
    return plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…"


def _visible(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) not in _INVISIBLE


def unmarked(text: str, longest: int = LONGEST_TEXT) -> str:
    """Cleaned, and without anything that a voice would stumble over: tags, emphasis, brackets, pictures, addresses."""
    if len(text) <= longest and _HARMLESS.fullmatch(text) and "://" not in text and "www." not in text:
        return text
    plain = clean(text, longest)
    # What is left when one thing is taken out may be another.
    while (shorter := " ".join(_MARK.sub(" ", _TAG.sub(" ", _ADDRESS.sub("a link", plain))).split())) != plain:
        plain = shorter
    return plain


def unmarked_json(value: Any, longest: int = LONGEST_TEXT) -> Any:
    """The same JSON with every string in it unmarked; keys stay as they are."""
    if isinstance(value, str):
        return unmarked(value, longest)
    if isinstance(value, Mapping):
        return {key: unmarked_json(item, longest) for key, item in value.items()}
    return [unmarked_json(item, longest) for item in value] if isinstance(value, list | tuple) else value


def unmarked_answer(answer: T) -> T:
    """The same answer, a frozen dataclass, with every text in it unmarked but identifiers."""
    made: T = _unmarked_value(answer)
    return made


def _unmarked_value(value: Any) -> Any:
    """The very same object where nothing had to be changed."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return unmarked(value)
    if isinstance(value, tuple):
        made = tuple(_unmarked_value(item) for item in value)
        return value if all(new is old for new, old in zip(made, value, strict=True)) else made
    if is_dataclass(value) and not isinstance(value, type):
        old_values = {one.name: getattr(value, one.name) for one in fields(value) if one.name not in _KEPT}
        new_values = {name: old if _is_unit(name, old) else _unmarked_value(old) for name, old in old_values.items()}
        changed = {name: new for name, new in new_values.items() if new is not old_values[name]}
        return replace(value, **changed) if changed else value
    return value


def _is_unit(name: str, value: Any) -> bool:
    return name == "unit" and isinstance(value, str) and _UNIT.fullmatch(value) is not None


def clean_json(value: Any, depth: int = 0) -> Any:
    """The same JSON with every string and key cleaned; what is nested beyond reason is dropped."""
    if isinstance(value, str):
        return clean(value)
    if depth >= _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {clean(str(key)): clean_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item, depth + 1) for item in value]
    return value
