"""`Louder`, `quieter` and `volume 40`: what people say of how the assistant speaks, and not of the house."""

from assistant.replies.replies import Replies
from assistant.sentences.mapping import LOUDNESS
from assistant.volume import Volume


class Loudness:
    """Changes the volume, and has the words for it."""

    def __init__(self, volume: Volume, replies: Replies) -> None:
        self._volume = volume
        self._replies = replies

    def change(self, key: str, level: float | None) -> str:
        """`key` is one of `mapping.LOUDNESS`; `level` 0..100 is what was named, if anything was."""
        if key not in LOUDNESS:
            raise ValueError(f"{key!r} says nothing of the volume")
        before = self._volume.level
        match key:
            case "louder":
                self._volume.louder()
            case "quieter":
                self._volume.quieter()
            case _ if level is not None and 0 <= level <= 100:
                self._volume.set(level)
        return self._replies.volume(before, self._volume.level, wanted=level)
