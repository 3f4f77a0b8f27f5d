"""The house as commands show it: read from the database, with or without a daemon beside it. Changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.state_dir import StateDir
from config.house_file import HouseEntries
from config.load import Loaded, load_settings, resolve_house_file
from config.settings import Settings
from sensors.arrange import Arranged, HouseFileWatch
from sensors.freshness import is_low_battery, is_stale
from sensors.home import House
from sensors.measures import Sample
from sensors.questions import Questions
from sensors.reading import Aspect, Entity, SeriesKey

UNREACHABLE, STALE, LOW, SILENT = "cannot be reached", "not heard for long", "low battery", "no reading yet"
NOTHING_YET = (
    "No devices are known yet: {path} does not exist. Start `assistant run`; devices appear here as soon as they"
    " announce themselves over MQTT."
)
NO_DEVICES = (
    "No devices are known yet. They appear here as soon as they announce themselves over MQTT; `assistant capture`"
    " shows whether anything comes from the broker."
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the database says; empty where there is none yet, with a sentence about that."""

    settings: Settings
    house_file: Path
    entries: HouseEntries
    """What the house file says."""
    arranged: Arranged
    latest: Mapping[SeriesKey, Sample]
    unavailable: frozenset[str]
    nothing: str | None = None

    @property
    def devices(self) -> frozenset[str]:
        """What the things are called that the entities are parts of."""
        return frozenset(entity.device or entity.name for entity in self.arranged.house.entities)

    @property
    def newest_ms(self) -> int | None:
        """When anything was last heard."""
        return max((sample.seen_ms for sample in self.latest.values()), default=None)

    def said(self, entity: Entity) -> list[tuple[Aspect, Sample]]:
        """What its aspects last said, those that have said something."""
        samples = [(one, self.latest.get(SeriesKey(entity_id=entity.id, aspect=one.name))) for one in entity.aspects]
        return [(aspect, sample) for aspect, sample in samples if sample is not None]

    def marks(self, entity: Entity, now_ms: int) -> tuple[str, ...]:
        """What is wrong with it, each once."""
        marks, said = [UNREACHABLE] if entity.id in self.unavailable else [], self.said(entity)
        for aspect, sample in said:
            if is_stale(entity, aspect, sample.seen_ms, now_ms):
                marks.append(STALE)
            if is_low_battery(aspect.quantity, sample.value):
                marks.append(LOW)
        if not said and any(aspect.expected for aspect in entity.aspects):
            marks.append(SILENT)
        return tuple(dict.fromkeys(marks))

    def marked(self, now_ms: int) -> dict[str, list[str]]:
        """The names of the entities that bear each mark, of those that any bears."""
        found: dict[str, list[str]] = {}
        for entity in self.arranged.house.entities:
            for mark in self.marks(entity, now_ms):
                found.setdefault(mark, []).append(entity.name)
        return found


async def read_known(config: Path | None, state_dir: Path | None) -> Known:
    """Raises ConfigError, HouseFileError, StoreUnavailable."""
    loaded = load_settings(config)
    house_file = resolve_house_file(loaded)
    watch = HouseFileWatch(house_file)
    path = StateDir.of(loaded.settings, state_dir).readings
    if not path.exists():
        return _nothing(loaded, watch, NOTHING_YET.format(path=path))
    async with Questions(
        path, deadline_seconds=loaded.settings.store.query_deadline_seconds, house_file=watch
    ) as questions:
        arranged = await questions.arranged()
        if not arranged.house.entities and not arranged.hidden:
            return _nothing(loaded, watch, NO_DEVICES)
        return Known(
            settings=loaded.settings,
            house_file=house_file,
            entries=watch.file.entries,
            arranged=arranged,
            latest=await questions.latest([key for _, _, key in arranged.house.series()]),
            unavailable=await questions.unavailable(),
        )


def _nothing(loaded: Loaded, watch: HouseFileWatch, sentence: str) -> Known:
    return Known(
        settings=loaded.settings,
        house_file=resolve_house_file(loaded),
        entries=watch.file.entries,
        arranged=Arranged(house=House()),
        latest={},
        unavailable=frozenset(),
        nothing=sentence,
    )
