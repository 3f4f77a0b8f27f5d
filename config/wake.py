"""The words that call the assistant: the `[[voice.wake]]` entries of the settings."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

WakeWordName = Literal["okay_nabu", "hey_jarvis", "alexa", "hey_mycroft"]


class WakeWordSettings(BaseModel):
    """One word, and how readily it is heard."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    word: WakeWordName
    sensitivity: float = Field(default=0.5, ge=0, le=1)
    """0.5: as its makers found best. More hears more calls, and more that were none."""
    pre_roll_seconds: float = Field(default=0.45, ge=0.1, le=1.5)
    """How far back the request may have begun when the word is found, which is some time after it has ended."""
    cooldown_seconds: float = Field(default=1.0, ge=0, le=60)
    """For so long after a call the same word is no other."""
