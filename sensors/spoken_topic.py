"""The one thing beside orders that is ever published: what the assistant has said, on a topic of its own.

Not a way to a device: the topic is made here, of a name and two fixed words, and nobody can ask for another. Where a
device has announced that very topic as the one on which it takes orders, nothing is published at all.
"""

import logging
import re
from types import TracebackType
from typing import Self

from config.settings import MqttSettings
from sensors.broker import Broker, BrokerUnavailable
from sensors.database import StoreUnavailable, TookTooLong
from sensors.questions import Questions
from sensors.told_once import ToldOnce

_LOG = logging.getLogger(__name__)

_ROOT, _LEAF, _SOUND = "assistant", "spoken", "wav"
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")


def spoken_topic(satellite: str) -> str:
    """`assistant/kitchen/spoken`: one plain level of the satellite's name, whatever is in that."""
    return f"{_ROOT}/{_UNFIT.sub('_', satellite) or '_'}/{_LEAF}"


class _TakesOrders(Exception):
    """Whoever speaks there gives orders; the message says to what."""


class SpokenTopic:
    """Async context manager over a connection of its own, which publishes nothing but what was spoken."""

    def __init__(
        self, settings: MqttSettings, satellite: str, questions: Questions, *, connect_seconds: float = 2.0
    ) -> None:
        """`questions` tells on which topics devices take orders."""
        self._questions = questions
        self._broker = Broker(settings, client_id=f"{settings.client_id}-spoken", persistent=False)
        self._topic = spoken_topic(satellite)
        self._connect_seconds = connect_seconds
        expected = BrokerUnavailable, StoreUnavailable, TookTooLong, _TakesOrders
        self._fault = ToldOnce(_LOG, "what is spoken is not published for now", *expected)

    async def __aenter__(self) -> Self:
        await self._broker.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._broker.__aexit__(kind, error, trace)

    async def tell(self, text: str) -> None:
        """What is being said. Without a broker it is told to nobody, which the log says once."""
        await self._send(text.encode(), as_sound=False)

    async def tell_sound(self, wav: bytes) -> None:
        """The WAV file of what was said."""
        await self._send(wav, as_sound=True)

    async def _send(self, payload: bytes, *, as_sound: bool) -> None:
        topic = f"{self._topic}/{_SOUND}" if as_sound else self._topic
        with self._fault:
            await self._refuse_orders(topic)
            await self._broker.wait_connected(self._connect_seconds)
            await self._broker.publish(topic, payload, qos=1, retain=False)

    async def _refuse_orders(self, topic: str) -> None:
        """Raises _TakesOrders for a topic on which a device takes orders, whether or not the house file hides it."""
        arranged = await self._questions.arranged()
        for entity in (*arranged.house.entities, *arranged.hidden):
            if any(command.topic == topic for command in entity.commands):
                raise _TakesOrders(f"{entity.name} takes orders on {topic}; call voice.satellite something else")
