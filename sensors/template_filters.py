"""The filters and functions of Home Assistant's templates that devices use, none of which can grow or run on."""

import base64
import json
import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

LONGEST_TEXT = 65_536
MOST_ITEMS = 256
MOST_SECONDS = 0.05


class TemplateFailed(Exception):
    """A template is not allowed, too big, or wrong; the message says which."""


class NoValue(Exception):
    """The template has nothing to say about this payload, which is no error."""


_MISSING = object()


def short(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise TemplateFailed(f"a text grew past {LONGEST_TEXT} characters")
    return text


def _bounded(items: Iterable[Any]) -> Iterator[Any]:
    end = time.monotonic() + MOST_SECONDS
    for count, item in enumerate(items):
        if count >= MOST_ITEMS or time.monotonic() > end:
            raise TemplateFailed(f"a loop ran longer than {MOST_ITEMS} items or {MOST_SECONDS * 1000:g} ms")
        yield item


def _to_float(value: Any, default: Any = _MISSING) -> Any:
    try:
        return float(value)
    except (ValueError, TypeError, OverflowError) as error:
        if default is _MISSING:
            raise NoValue(f"{str(value)[:40]!r} is not a number") from error
        return default


def _to_int(value: Any, default: Any = _MISSING, base: int = 10) -> Any:
    try:
        return int(value, base) if isinstance(value, str) and base != 10 else int(float(value))
    except (ValueError, TypeError, OverflowError) as error:
        if default is _MISSING:
            raise NoValue(f"{str(value)[:40]!r} is not a number") from error
        return default


def _to_bool(value: Any, default: Any = _MISSING) -> Any:
    word = str(value).strip().lower()
    if word in {"1", "true", "yes", "on", "enable", "enabled"}:
        return True
    if word in {"0", "false", "no", "off", "disable", "disabled"}:
        return False
    if default is _MISSING:
        raise NoValue(f"{word[:40]!r} is neither true nor false")
    return default


def _round(value: Any, precision: int = 0, method: str = "common", default: Any = _MISSING) -> Any:
    number = _to_float(value, default)
    if not isinstance(number, float) or not math.isfinite(number):
        return number
    match method:
        case "ceil" | "floor":
            factor = 10.0**precision
            number = (math.ceil if method == "ceil" else math.floor)(number * factor) / factor
        case "half":
            number = round(number * 2) / 2
        case _:
            number = round(number, precision)
    return int(number) if precision == 0 else number


def _truncated(value: Any, length: int = 255, killwords: bool = False, end: str = "...", leeway: int = 0) -> str:
    text = str(value)
    if len(text) <= length + leeway:
        return text
    cut = text[: max(0, length - len(end))]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + end


def _iif(value: Any, if_true: Any = True, if_false: Any = False, if_none: Any = _MISSING) -> Any:
    if value is None and if_none is not _MISSING:
        return if_none
    return if_true if value else if_false


def _replaced(value: Any, old: str, new: str, count: int = -1) -> str:
    text = str(value)
    if len(text) + text.count(old) * len(new) > LONGEST_TEXT:
        raise TemplateFailed(f"a text grew past {LONGEST_TEXT} characters")
    return text.replace(old, new, count)


def _joined(items: Iterable[Any], separator: str = "") -> str:
    parts = [str(item) for item in _bounded(items)]
    if sum(map(len, parts)) + len(separator) * len(parts) > LONGEST_TEXT:
        raise TemplateFailed(f"a text grew past {LONGEST_TEXT} characters")
    return separator.join(parts)


def _numbers(compute: Callable[[float], float]) -> Callable[..., Any]:
    """A filter over one number, with a default for what is none."""

    def apply(value: Any, default: Any = _MISSING) -> Any:
        number = _to_float(value, default)
        try:
            return compute(number) if isinstance(number, float) else number
        except (ValueError, OverflowError) as error:
            raise NoValue(str(error)) from error

    return apply


def _is_number(value: Any) -> bool:
    number = _to_float(value, None)
    return isinstance(number, float) and math.isfinite(number)


def _range(*bounds: int) -> range:
    found = range(*(int(bound) for bound in bounds))
    if len(found) > MOST_ITEMS:
        raise TemplateFailed(f"a range of more than {MOST_ITEMS} items")
    return found


def _from_json(text: Any, default: Any = _MISSING) -> Any:
    try:
        return json.loads(short(str(text)))
    except (ValueError, RecursionError) as error:
        if default is _MISSING:
            raise NoValue("not JSON") from error
        return default


def _timestamp(value: Any, default: Any = _MISSING) -> Any:
    """Seconds since 1970 of a time in ISO 8601 (UTC where it names no zone), or of what is that already."""
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return _to_float(value, default)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _timestamp_utc(value: Any, default: Any = _MISSING) -> Any:
    seconds = _to_float(value, default)
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError) as error:
        if default is _MISSING:
            raise NoValue(f"{str(value)[:40]!r} is no time") from error
        return default


def _over_numbers(compute: Callable[[list[float]], float]) -> Callable[..., Any]:
    """A filter or function over several numbers, given as a list or one by one."""

    def apply(*values: Any) -> float:
        items = values[0] if len(values) == 1 and isinstance(values[0], list | tuple) else values
        numbers = [_to_float(item) for item in _bounded(items)]
        if not numbers:
            raise NoValue("no numbers")
        return compute(numbers)

    return apply


def _base64_decode(value: Any, encoding: str = "utf-8") -> str:
    return short(base64.b64decode(short(str(value))).decode(encoding))


FILTERS: dict[str, Callable[..., Any]] = {
    "float": _to_float,
    "int": _to_int,
    "bool": _to_bool,
    "round": _round,
    "iif": _iif,
    "replace": _replaced,
    "join": _joined,
    "truncate": _truncated,
    "multiply": lambda value, by, default=_MISSING: _numbers(lambda number: number * float(by))(value, default),
    "add": lambda value, by, default=_MISSING: _numbers(lambda number: number + float(by))(value, default),
    "sqrt": _numbers(math.sqrt),
    "log": lambda value, base=math.e: _numbers(lambda number: math.log(number, base))(value),
    "bitwise_and": lambda value, other: int(value) & int(other),
    "bitwise_or": lambda value, other: int(value) | int(other),
    "bitwise_xor": lambda value, other: int(value) ^ int(other),
    "average": _over_numbers(statistics.fmean),
    "median": _over_numbers(statistics.median),
    "as_timestamp": _timestamp,
    "timestamp_utc": _timestamp_utc,
    "base64_decode": _base64_decode,
    "base64_encode": lambda value: short(base64.b64encode(str(value).encode()).decode()),
    "from_json": _from_json,
    "to_json": lambda value: short(json.dumps(value, default=str)),
    "is_number": _is_number,
    "bounded": _bounded,
    "concatenated": lambda items: _joined(items),
}
GLOBALS: dict[str, Any] = {
    "range": _range,
    "float": _to_float,
    "int": _to_int,
    "bool": _to_bool,
    "iif": _iif,
    "is_number": _is_number,
    "min": min,
    "max": max,
    "sqrt": FILTERS["sqrt"],
    "average": FILTERS["average"],
    "median": FILTERS["median"],
    "as_timestamp": _timestamp,
    "pi": math.pi,
}
