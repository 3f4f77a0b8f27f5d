"""Whether something in a room may be talking: then a bare yes could come out of a loudspeaker."""

from config.naming import naming
from sensors.home import House
from sensors.questions import Questions
from sensors.reading import STATE_ASPECT, SeriesKey
from tools.names import fold, words

_TALKING = frozenset(fold(word) for language in naming() for word in language.talking)
"""Words in the names of things that play what others say."""
_PLAYING = frozenset({"on", "playing", "running"})


async def media_playing(house: House, questions: Questions, room: str | None) -> bool:
    """Whether anything that is named like a loudspeaker is on in the room, or in one that is not known."""
    keys = [
        SeriesKey(entity_id=entity.id, aspect=STATE_ASPECT)
        for entity in house.entities
        if (entity.room is None or room is None or entity.room == room)
        and _TALKING & {*words(entity.name), *words(entity.device or "")}
    ]
    if not keys:
        return False
    return any(sample.value in _PLAYING for sample in (await questions.latest(keys)).values())
