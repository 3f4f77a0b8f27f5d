"""The dialects that this house understands. A new one is one file here, and its line below."""

from config.settings import Settings
from sensors.decoded import Dialect
from sensors.dialects.home_assistant import HomeAssistant


def dialects_of(settings: Settings) -> tuple[Dialect, ...]:
    """Every dialect, in the order in which they are asked: a message belongs to the first that takes it."""
    return (HomeAssistant(settings.mqtt.discovery_prefix),)
