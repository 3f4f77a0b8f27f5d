"""The base of every error that is the user's to mend, so that a command can turn it into one sentence."""

import difflib
from collections.abc import Sequence

MISTAKES = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What a mistake in this program raises, where it must not cost more than the one thing that was being done."""


class UserFacingError(Exception):
    """Its text is one sentence for a person: what is wrong, and what to do. Commands print it and exit with 2."""


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """That nothing of that sort is called so, with the nearest that is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return f'there is no {what} called "{name}"{hint}'
