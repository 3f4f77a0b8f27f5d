"""When something that rings is said again, and when nobody is expected to react any more. Pure: fed with time."""

from dataclasses import dataclass

from assistant.ports import Announcement

SPOKEN_EVERY = 4
"""Between its words only the sound is repeated, so that there are pauses in which a person can be heard."""


@dataclass(slots=True)
class Insisting:
    """Follows what rings from its first sound on. `longest_seconds` bounds it where nobody could be heard anyway."""

    longest_seconds: float = 3600.0
    _keys: tuple[int, ...] = ()
    _since: float = 0.0
    _rounds: int = 0
    heard: bool = False
    """Whether the words have been said aloud since they last changed."""

    def text(self, announcement: Announcement, now: float) -> str:
        """What is to be said after the sound now; `now` is in seconds of any clock that only goes forward."""
        if announcement.keys != self._keys:
            self._keys, self._since, self._rounds, self.heard = announcement.keys, now, 0, False
        said = announcement.text if self._rounds % SPOKEN_EVERY == 0 or not self.heard else ""
        self._rounds += 1
        return said

    def is_over(self, announcement: Announcement, now: float) -> bool:
        return now - self._since >= min(announcement.insist_seconds, self.longest_seconds)
