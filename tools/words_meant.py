"""Finds which of a device's own words a person meant: `heat cool` for `heat_cool`. Pure."""

import difflib

from sensors.reading import Command
from tools.arguments import ControlDevice
from tools.contract import ErrorCode, ToolError
from tools.names import fold
from tools.reasons import Reason

_ALIKE = 0.84
"""difflib ratio from which a misspelt word is taken for the one that exists."""


def word_meant(asked: ControlDevice, command: Command) -> str:
    """One of the command's options. Raises ToolError(OUT_OF_RANGE) with all of them where none is meant, or two."""
    said = "" if asked.value is None else asked.value if isinstance(asked.value, str) else f"{asked.value:g}"
    options = {fold(option): option for option in reversed(command.options)}
    if fold(said) in options:
        return options[fold(said)]
    near = difflib.get_close_matches(fold(said), options, n=2, cutoff=_ALIKE) if said else []
    if len(near) == 1:
        return options[near[0]]
    message = Reason.NO_SETTING if said else Reason.OWN_WORDS
    raise ToolError(
        ErrorCode.OUT_OF_RANGE, message, received=said, field="value", suggestion=list(command.options)[:20]
    )
