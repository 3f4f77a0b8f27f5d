"""The chain that holds the audit together: each record's hash covers its own content and the hash before it. Pure.

SHA-256 over text lines, as in a hash chain of RFC 6962's kind without its tree: a record that was changed, moved or
taken out shows. Whoever can write the file can make a new chain; so its head is also written down elsewhere.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

START = "0" * 64

Row = tuple[int, int, str, str, str]
"""Number, epoch ms, event, body as JSON text, hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A place in the chain: everything up to and with this number is fixed by this hash."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of following the chain."""

    first: int
    """Number of the oldest record that is still there; what came before was deleted in good order."""
    last: Head
    broken: int | None = None
    """The first number at which the chain does not hold."""
    why: str = ""


def link(previous: str, number: int, at_ms: int, event: str, body: str) -> str:
    """The hash of a record, in hexadecimal."""
    return hashlib.sha256(f"{previous}\n{number}\n{at_ms}\n{event}\n{body}".encode()).hexdigest()


def follow(rows: Iterable[Row], after: Head, *, sealed: Iterable[Head] = ()) -> Checked:
    """Follows the rows from `after` on; `sealed` are heads that were written down elsewhere."""
    previous, expected = after.hash, after.number + 1
    known = {head.number: head.hash for head in sealed if head.number > after.number}
    for number, at_ms, event, body, found in rows:
        if number != expected:
            return _broken(after, previous, expected, f"record {expected} is missing")
        if link(previous, number, at_ms, event, body) != found:
            return _broken(after, previous, expected, f"record {number} is not what was written")
        if known.pop(number, found) != found:
            return _broken(after, previous, expected, f"the chain was made anew: record {number} was sealed otherwise")
        previous, expected = found, expected + 1
    if known:
        return _broken(after, previous, expected, f"the end is missing: record {max(known)} was sealed")
    return Checked(first=after.number + 1, last=Head(number=expected - 1, hash=previous))


def _broken(after: Head, previous: str, expected: int, why: str) -> Checked:
    return Checked(first=after.number + 1, last=Head(number=expected - 1, hash=previous), broken=expected, why=why)
