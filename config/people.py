"""Who speaks where: the `[[satellite]]` entries and the `[guest]` section of the settings."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from config.asking import Ask


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SatelliteSettings(_Section):
    """One place where people speak: a microphone, or the console."""

    name: str = Field(min_length=1, max_length=40)
    """As `voice.satellite` has it; `console` for what is typed."""
    role: Literal["owner", "resident", "guest"] = "owner"
    outdoor: bool = False
    """Strangers can be heard here: nothing that opens, heats or disarms is even asked about."""


class GuestSettings(_Section):
    """What guests may ask and do."""

    rooms: tuple[str, ...] = ()
    """Of which they may know; none named: all."""
    may_ask: tuple[str, ...] = (
        *("temperature", "target_temperature", "humidity", "co2", "air_quality", "illuminance", "brightness"),
        *("light", "cover", "position", "climate", "fan", "fan_speed", "window", "smoke", "precipitation"),
        *("wind_speed", "pressure", "color_temperature"),
    )
    """Kinds of reading, as `assistant devices` names them."""
    may_do: tuple[Literal["light", "comfort", "closing"], ...] = ("light", "comfort")
    """Kinds of action, as [confirm] has them."""
    most: Ask = Ask.NOUN
    """What takes more than this is not done for a guest."""
