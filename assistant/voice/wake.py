"""What was heard around the wake word: the last moments, and where in them the request may already have begun."""

from collections import deque

from assistant.ports import FRAME_SECONDS
from assistant.voice.pcm import level

_MARGIN_FRAMES = round(0.06 / FRAME_SECONDS)


class Opening:
    """Remembers the last frames, because a detector fires some time after the word that it hears has ended.

    Whoever says word and request in one breath is already speaking by then; whoever waits has left a silence.
    Cutting at the quietest of the last moments serves both and leaves the wake word itself out.
    """

    def __init__(self, *, latest_seconds: float = 0.45) -> None:
        self.recent: deque[bytes] = deque(maxlen=round(latest_seconds / FRAME_SECONDS))
        self.look_back_seconds = latest_seconds
        """How far back the request may have begun; at most `latest_seconds`."""

    def remember(self, frame: bytes) -> None:
        self.recent.append(frame)

    def forget(self) -> None:
        self.recent.clear()

    def request_so_far(self) -> list[bytes]:
        """The frames since the quietest moment, for a detector that fires now."""
        frames = list(self.recent)[-max(1, round(self.look_back_seconds / FRAME_SECONDS)) :]
        candidates = frames[: len(frames) - _MARGIN_FRAMES]
        if not candidates:
            return frames
        levels = [level(frame) for frame in candidates]
        quietest = min(levels)
        # The earliest of moments as quiet as each other: in a pause nothing before the fire may be lost.
        return frames[next(index for index, heard in enumerate(levels) if heard <= quietest * 1.5) :]
