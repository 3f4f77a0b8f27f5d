"""What comes of building the voice; without what it is made of, which takes 15 MB."""

from dataclasses import dataclass

from assistant.voice.late import Listening


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltVoice:
    """The loop to run, and what a person should be told: why there is none, or what it has to do without."""

    loop: Listening | None
    notice: str | None = None
