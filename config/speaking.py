"""How the assistant speaks, and where else than from the loudspeaker it is heard: the part of `[voice]` about that."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LONGEST_WORD = 80


def _sayable(text: str) -> str:
    said = " ".join(text.split())
    if not said or len(said) > LONGEST_WORD or not said.isprintable():
        raise ValueError(f"a word and how it is said have 1 to {LONGEST_WORD} printable characters")
    return said


Sayable = Annotated[str, AfterValidator(_sayable)]


class SpeakingSettings(BaseModel):
    """What is None is as the language has it best."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speech_rate_wpm: int | None = Field(default=None, ge=80, le=450)
    sentence_pause_seconds: float = Field(default=0.25, ge=0, le=3)
    say_as: Mapping[Sayable, Sayable] = Field(default={}, max_length=500)
    """How words are said that a voice gets wrong."""

    espeak_variant: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9 ]{0,30}$")
    """Another throat for the same language: `f2`, `m3`, `Annie`."""
    espeak_pitch: int | None = Field(default=None, ge=0, le=99)
    espeak_pitch_range: int | None = Field(default=None, ge=0, le=99)
    """0 is a monotone."""
    espeak_volume: int = Field(default=100, ge=0, le=200)
    """100 is the usual one; from about 150 on it is distorted."""
    espeak_word_gap_ms: int = Field(default=0, ge=0, le=500)
    """A pause between any two words, for ears that need time."""

    loudspeaker: bool = True
    """False: nothing is heard from the sound card."""
    spoken_folder: Path | None = None
    """Each answer as a WAV file."""
    spoken_keep: int = Field(default=50, ge=1, le=10_000)
    """Files that the folder holds at most; the oldest are deleted."""
    spoken_mqtt: Literal["off", "text", "sound"] = "off"
    """`text`: what is said, to the topic `assistant/SATELLITE/spoken`; `sound`: also its WAV, with `/wav` behind."""
