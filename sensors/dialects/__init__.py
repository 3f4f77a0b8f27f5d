"""The dialects that this house understands. A new one is one file here, and its line below."""

from config.settings import Settings
from sensors.decoded import Dialect
from sensors.dialects.announced import Announced
from sensors.dialects.home_assistant import HomeAssistant
from sensors.dialects.plain import PlainTopics
from sensors.dialects.shelly import Shelly
from sensors.dialects.tasmota import Tasmota


def dialects_of(settings: Settings) -> tuple[Dialect, ...]:
    """Every dialect. Each hears every message, in this order, and takes what is its own.

    Raises BadPlainTopic where an entry of the settings cannot be used.
    """
    prefix = settings.mqtt.discovery_prefix
    discovery = HomeAssistant(prefix, keep_disabled=settings.mqtt.keep_disabled)
    return (
        discovery,
        Tasmota(Announced(discovery, prefix)),
        Shelly(Announced(discovery, prefix)),
        PlainTopics(settings.plain),
    )
