"""What a person must do before something happens in the house: the `[confirm]` section of the settings."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_MADE = re.compile(r"scrypt\$\d{1,2}\$[0-9a-f]{32}\$[0-9a-f]{64}")
"""Length of the PIN, salt and key, as `tools.pin.hash_pin` makes them."""


class Ask(StrEnum):
    """Each takes more of a person than the one before it."""

    AT_ONCE = "at_once"
    """The order itself is enough, where code read it and the owner gave it."""
    YES = "yes"
    NOUN = "noun"
    """A yes that names the thing: `yes, front door`."""
    PIN = "pin"
    """The same, and then the PIN."""
    CONSOLE = "console"
    """Nothing that is said: `assistant approve`, or a typed conversation."""
    NEVER = "never"


_ORDER = tuple(Ask)


def strictest(*asks: Ask) -> Ask:
    return max(asks, key=_ORDER.index)


def is_below(one: Ask, other: Ask) -> bool:
    return _ORDER.index(one) < _ORDER.index(other)


class ConfirmSettings(BaseModel):
    """By what an action does; `things` by the name or id of a device, which then holds instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    light: Ask = Ask.YES
    comfort: Ask = Ask.YES
    """Blinds, fans, sockets, vacuums, small steps of a set-point."""
    closing: Ask = Ask.YES
    """Locking, closing, arming, turning off what heats."""
    many: Ask = Ask.NOUN
    """More than five things at once."""
    unknown: Ask = Ask.NOUN
    """Scenes, buttons, firmware: what they will do cannot be told beforehand."""
    heat: Ask = Ask.NOUN
    """Heating on, another mode of it, a set-point by more than three degrees; boilers and ovens."""
    water_and_gas: Ask = Ask.NOUN
    entry: Ask = Ask.NOUN
    """Unlocking and opening doors, gates, garages and windows."""
    alarm: Ask = Ask.NOUN
    """Disarming, setting off or silencing an alarm."""
    things: Mapping[str, Ask] = {}
    pin_hash: SecretStr | None = Field(default=None)
    """What `assistant pin` made of the PIN."""

    @field_validator("pin_hash")
    @classmethod
    def _made_by_us(cls, made: SecretStr | None) -> SecretStr | None:
        if made is not None and _MADE.fullmatch(made.get_secret_value()) is None:
            raise ValueError("it is not what `assistant pin` makes; run that and copy its whole line")
        return made

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        asked = {kind: getattr(self, kind) for kind in KINDS}
        for kind in GUARDED:
            if asked[kind] is Ask.AT_ONCE:
                raise ValueError(f"{kind} cannot be at_once: somebody has to say yes to it; choose yes or more")
        if self.pin_hash is None and Ask.PIN in {*asked.values(), *self.things.values()}:
            raise ValueError("a PIN is asked for, but there is none: run `assistant pin` and set pin_hash")
        return self


KINDS = ("light", "comfort", "closing", "many", "unknown", "heat", "water_and_gas", "entry", "alarm")
GUARDED = frozenset({"unknown", "heat", "water_and_gas", "entry", "alarm"})
"""Kinds that only a settings file may make easier, never the environment."""
