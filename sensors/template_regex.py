"""Regular expressions in templates, so narrow that none can run on: a device could write one that takes for ever."""

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sensors.template_filters import TemplateFailed, short

LONGEST_SUBJECT = 1_000
LONGEST_PATTERN = 100
MOST_REPEATS = 2
"""Unbounded repeats in a pattern. The work grows with this power of the subject's length, and without bound where one
repeat stands inside another: so none may stand behind a group."""

_ESCAPED_OR_SET = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")


@lru_cache(maxsize=512)
def _pattern(source: str, ignorecase: bool) -> re.Pattern[str]:
    bare = _ESCAPED_OR_SET.sub("c", source)
    if len(source) > LONGEST_PATTERN:
        raise TemplateFailed(f"a regular expression of more than {LONGEST_PATTERN} characters is not allowed")
    if re.search(r"\)[*+{]", bare) or len(re.findall(r"[*+{]", bare)) > MOST_REPEATS or "(?P=" in bare:
        raise TemplateFailed(f"a regular expression may repeat {MOST_REPEATS} things at most, and no group")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # what a device's pattern may mean some day is no news here
            return re.compile(source, re.IGNORECASE if ignorecase else 0)
    except (re.error, OverflowError, RecursionError) as error:
        raise TemplateFailed(f"not a regular expression: {error}") from error


def _subject(value: Any) -> str:
    text = str(value)
    if len(text) > LONGEST_SUBJECT:
        raise TemplateFailed(f"a regular expression over more than {LONGEST_SUBJECT} characters is not allowed")
    return text


def _match(value: Any, find: str = "", ignorecase: bool = False) -> bool:
    return _pattern(find, ignorecase).match(_subject(value)) is not None


def _search(value: Any, find: str = "", ignorecase: bool = False) -> bool:
    return _pattern(find, ignorecase).search(_subject(value)) is not None


def _replace(value: Any = "", find: str = "", replace: str = "", ignorecase: bool = False) -> str:
    return short(_pattern(find, ignorecase).sub(replace[:LONGEST_PATTERN], _subject(value)))


def _find_all(value: Any, find: str = "", ignorecase: bool = False) -> list[Any]:
    return _pattern(find, ignorecase).findall(_subject(value))


def _find_all_index(value: Any, find: str = "", index: int = 0, ignorecase: bool = False) -> Any:
    return _find_all(value, find, ignorecase)[index]


REGEX_FILTERS: dict[str, Callable[..., Any]] = {
    "regex_match": _match,
    "regex_search": _search,
    "regex_replace": _replace,
    "regex_findall": _find_all,
    "regex_findall_index": _find_all_index,
}
