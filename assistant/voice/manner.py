"""How the voice behaves: what may be heard meanwhile, how long it waits, how loud it is. Values alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from assistant.ports import FRAME_SECONDS
from assistant.values import Expects
from assistant.voice.ducking import CommandDuck, Duck, NoDuck
from assistant.voice.quiet import HowLoud
from assistant.voice.segment import Limits
from assistant.volume import Volume
from config.language import load_language
from config.settings import VoiceSettings

REQUEST_LIMITS = Limits(wait_seconds=5.0, start_seconds=0.16, end_seconds=0.7, longest_seconds=12.0)
CONFIRMATION_LIMITS = Limits(wait_seconds=8.0, start_seconds=0.1, end_seconds=0.4, longest_seconds=5.0)
CHOICE_LIMITS = Limits(wait_seconds=8.0, start_seconds=0.1, end_seconds=0.5, longest_seconds=6.0)
LEISURELY_FRAMES = 6
"""A fifth of a second, in which nobody who says the wake word waits for anything."""
PIN_LIMITS = Limits(wait_seconds=8.0, start_seconds=0.1, end_seconds=0.9, longest_seconds=12.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """The usual, unless something else is given."""

    interruptible: bool = True
    """Whether anybody is listened to while it thinks, speaks or rings; not with a recording, whose next words are an
    answer."""
    stop_words: tuple[str, ...] = ()
    no_stop_words: tuple[str, ...] = ()
    """What sounds like a stop word and is none."""
    signs: bool = False
    """Whether it sounds when it begins and ends to listen."""
    how_loud: HowLoud = field(default_factory=lambda: HowLoud(volume=Volume()))
    duck: Duck = field(default_factory=NoDuck)
    request: Limits = REQUEST_LIMITS
    confirmation: Limits = CONFIRMATION_LIMITS
    echo_tail_seconds: float = 0.1
    """For so long a room echoes what was said."""
    frames_at_once: int = 1
    """So many are looked through for the wake word together: each time costs more than the looking."""
    pause_seconds: float = 2.5
    """Between two sounds of what rings: time for a wake word or a stop."""

    @property
    def pause_frames(self) -> int:
        return round(self.pause_seconds / FRAME_SECONDS)

    @property
    def limits(self) -> Mapping[Expects, Limits]:
        return {
            Expects.NOTHING: self.request,
            Expects.CONFIRMATION: self.confirmation,
            Expects.PIN: PIN_LIMITS,
            Expects.CHOICE: CHOICE_LIMITS,
        }


def manner_of(
    settings: VoiceSettings, language: str, volume: Volume | None, now: Callable[[], datetime], *, live: bool
) -> Manner:
    """`volume` None: as the settings have it; `live`: whether the microphone goes on while nobody listens."""
    stop = load_language(language).stop
    volume = volume or Volume(settings.volume)
    return Manner(
        interruptible=live,
        frames_at_once=LEISURELY_FRAMES if live else 1,
        stop_words=stop.words,
        no_stop_words=stop.others,
        signs=settings.signs and live,
        how_loud=HowLoud(volume=volume, hours=settings.quiet_hours, quiet_gain=settings.quiet_volume, now=now),
        duck=CommandDuck(settings.duck_command) if settings.duck_command else NoDuck(),
        request=replace(
            REQUEST_LIMITS,
            end_seconds=settings.end_of_speech_seconds,
            longest_seconds=settings.longest_utterance_seconds,
        ),
        confirmation=replace(CONFIRMATION_LIMITS, end_seconds=settings.confirmation_end_seconds),
    )
