"""How the embedded voice sounds, and where else than through the sound card it is heard: what a person may set."""

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


class EspeakSettings(BaseModel):
    """What is left out is as the language has it best."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variant: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9 ]{0,30}$")
    """Another throat for the same language: `f2`, `m3`, `Annie`."""
    pitch: int | None = Field(default=None, ge=0, le=99)
    pitch_range: int | None = Field(default=None, ge=0, le=99)
    """0 is a monotone."""
    volume: int = Field(default=100, ge=0, le=200)
    """100 is the usual one; from about 150 on it is distorted."""
    word_gap_ms: int = Field(default=0, ge=0, le=500)
    """A pause between any two words, for ears that need time."""


class OutputSettings(BaseModel):
    """Where what is spoken goes beside the loudspeaker."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speaker: bool = True
    """False: nothing is heard from the sound card."""
    folder: Path | None = None
    """Each answer as a WAV file."""
    keep: int = Field(default=50, ge=1, le=10_000)
    """Files that the folder holds at most; the oldest are deleted."""
    mqtt: Literal["off", "text", "sound"] = "off"
    """`text`: what is said, to the topic `assistant/SATELLITE/spoken`; `sound`: also its WAV, with `/wav` behind."""
