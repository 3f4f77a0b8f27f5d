"""What every dialect makes of messages, one by one as ingest would decode them, without a broker or a store."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from config.house_file import HouseFile
from sensors.arrange import arrange
from sensors.clock import is_set
from sensors.decoded import Decoded, Dialect
from sensors.home import House
from sensors.message import Message
from sensors.moments import Moments
from sensors.reading import Entity, Refusal, SeriesKey

BEFORE_ALL = "ingest"
"""Stands for a dialect's name where a message is refused before any dialect sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One message, and what each dialect that took it made of it."""

    message: Message
    told: tuple[tuple[str, Decoded], ...] = ()

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        return tuple(refusal for _, decoded in self.told for refusal in decoded.refusals)


class Explainer:
    """Keeps which entities there are and counts what happened. Pure: fed with messages in their order."""

    def __init__(self, dialects: Iterable[Dialect], house_file: HouseFile) -> None:
        self._dialects = tuple(dialects)
        self._house_file = house_file
        self._moments = Moments()
        self._claims: dict[SeriesKey, tuple[str, str]] = {}
        self.entities: dict[str, Entity] = {}
        """As the house file has them; with those that it hides."""
        self.hidden: set[str] = set()
        self.counts: Counter[str] = Counter()
        """`messages`, `nobody`, `readings`, and `dialect.<name>`, `refused.<code>`, `noted.<code>`."""

    def take(self, message: Message) -> Explained:
        self.counts["messages"] += 1
        message = replace(message, received_ms=self._moments.of(message.topic, message.received_ms))
        if not is_set(message.received_ms):
            early = Refusal(
                code="clock_not_set", detail="it is from before 2020: a clock was not set", topic=message.topic
            )
            return self._counted(Explained(message=message, told=((BEFORE_ALL, Decoded(refusals=(early,))),)))
        told = [(one.name, decoded) for one in self._dialects if (decoded := one.decode(message)) is not None]
        for _, decoded in told:
            self._remember(decoded)
        return self._counted(Explained(message=message, told=tuple(told)))

    def unit(self, key: SeriesKey) -> str | None:
        """The unit in which a reading's number is stored, as far as its series has been described."""
        if key in self._claims:
            return self._claims[key][0]
        entity = self.entities.get(key.entity_id)
        aspect = entity.aspect(key.aspect) if entity else None
        return aspect.unit if aspect else None

    def _remember(self, decoded: Decoded) -> None:
        for definition in decoded.definitions:
            arranged = arrange(House(entities=(definition.entity,)), self._house_file)
            [entity] = arranged.house.entities or arranged.hidden
            self.entities[entity.id] = entity
            self._claims |= arranged.claims
            (self.hidden.add if arranged.hidden else self.hidden.discard)(entity.id)
        for gone in decoded.removals:
            self.entities.pop(gone, None)

    def _counted(self, explained: Explained) -> Explained:
        for name, decoded in explained.told:
            self.counts[f"dialect.{name}"] += 1
            self.counts["readings"] += len(decoded.readings)
            self.counts.update(f"refused.{refusal.code}" for refusal in decoded.refusals)
            self.counts.update(f"noted.{note}" for note in decoded.notes)
        self.counts["nobody"] += not explained.told
        return explained
