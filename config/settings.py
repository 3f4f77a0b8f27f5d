"""The settings: what a person may set, with its default and its bounds."""

from collections.abc import Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from config.asking import ConfirmSettings
from config.language import languages
from config.model import ModelSettings
from config.people import GuestSettings, SatelliteSettings
from config.plain import PlainTopic, first_twice
from config.speaking import SpeakingSettings
from config.wake import WakeWordName, WakeWordSettings


def known_zone(name: str) -> str:
    """Raises ValueError."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no time zone is called {name!r}; use an IANA name such as Europe/Berlin") from error


TimeZone = Annotated[str, AfterValidator(known_zone)]


def _twice(names: Sequence[str]) -> str | None:
    """One that stands there more than once, if any does."""
    return next((name for name in names if names.count(name) > 1), None)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HouseSettings(_Section):
    time_zone: TimeZone | None = None
    """IANA name such as `Europe/Berlin`; None: the machine's own."""
    units: Literal["metric", "us"] = "metric"
    """What people hear: Celsius or Fahrenheit. Stored readings do not change."""
    language: str = "en"
    """What people speak: one of the files in `config/sentences/`."""
    file: Path | None = None
    """The user's own file about rooms and names; None: `house.toml` beside the settings."""

    @field_validator("language")
    @classmethod
    def _known_language(cls, code: str) -> str:
        if code not in (known := languages()):
            raise ValueError(f"there are no sentences for language {code!r}; choose one of: {', '.join(known)}")
        return code


class MqttSettings(_Section):
    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    username: str | None = None
    password: SecretStr | None = None
    tls: bool = False
    ca_file: Path | None = None
    client_id: str = Field(default="assistant", min_length=1, max_length=60)
    discovery_prefix: str = Field(default="homeassistant", min_length=1)
    keep_disabled: bool = False
    """Also take what a bridge announces as off until somebody wants it."""
    receive_maximum: int = Field(default=500, ge=1, le=65535)
    """QoS 1 messages that the broker may have in flight to us."""


class StoreSettings(_Section):
    state_dir: Path | None = None
    """Where the databases live; None: $STATE_DIRECTORY, else the user's own state folder."""
    query_deadline_seconds: float = Field(default=2.0, gt=0, le=60)
    keep_raw_days: int = Field(default=400, ge=7, le=36500)
    """For so long single numbers are kept: a year and a month, some 20 bytes each."""
    keep_rollups_days: int = Field(default=3650, ge=7, le=36500)
    """For so long states and the hourly roll-ups of numbers are kept; never shorter than the numbers."""
    keep_audit_days: int = Field(default=400, ge=7, le=36500)
    """For so long it can be looked up who said what, and what was done."""
    backup_dir: Path | None = None
    """Where backups go; None: `backups` in the state directory. Another disk survives the loss of this one."""
    backups_daily: int = Field(default=7, ge=0, le=366)
    """For so many days the newest backup of the day is kept; 0: none are made."""
    backups_weekly: int = Field(default=4, ge=0, le=520)
    backup_hour: int = Field(default=3, ge=0, le=23)
    """By the house's clock."""


class GateSettings(_Section):
    acting: bool = True
    """False: nothing is ever done; questions are answered all the same."""
    confirm_seconds: float = Field(default=15.0, gt=0, le=120)
    """How long a yes counts, from the end of the question."""
    receipt_seconds: float = Field(default=8.0, gt=0, le=120)
    """How long a device may take to report that it obeyed."""


class VoiceSettings(SpeakingSettings):
    enabled: bool = True
    satellite: str = Field(default="here", min_length=1, max_length=40)
    room: str | None = None
    """The room in which the microphone stands; questions that name no room mean this one."""
    wake_word: WakeWordName = "okay_nabu"
    wake: tuple[WakeWordSettings, ...] = ()
    """Instead of `wake_word`: several words, or one with settings of its own; a list of tables in the file."""
    wake_check: bool = True
    """A wake word in the midst of speech that is as loud, a television's, is no call; after it, a doubtful one."""
    input_device: str | int | None = None
    """A name, or words of it, is found wherever it is plugged in; a number may be another one the next time."""
    input_channel: int = Field(default=1, ge=1, le=32)
    """Which of its channels is heard, counted from 1; the others are not mixed in."""
    input_rate: int | None = Field(default=None, ge=8000, le=192_000)
    """At how many samples a second it is opened; None: what suits it best. Recognition works on 16000."""
    output_device: str | int | None = None
    end_of_speech_seconds: float = Field(default=0.7, ge=0.2, le=3)
    confirmation_end_seconds: float = Field(default=0.4, ge=0.2, le=2)
    longest_utterance_seconds: float = Field(default=12.0, ge=2, le=30)
    transcriber: str = "auto"
    """`auto`: the biggest model that was pulled, else what comes with the assistant; `embedded`: always that; else the
    name of a model that `assistant models list` shows, or the folder of one."""
    beam: int = Field(default=1, ge=1, le=10)
    """How many readings a transcriber follows at once: more is slower and a little better."""
    voice: str = "auto"
    """As `transcriber`; also the name of an espeak-ng voice, such as `en-us`."""
    speaker: str | int | None = None
    """Which of its speakers, where a voice has several."""
    models_dir: Path | None = None
    """Where models are; None: `models` in the state directory."""
    volume: int = Field(default=80, ge=0, le=100)
    """How loud it speaks until somebody says `louder` or `volume 40`, which is kept."""
    signs: bool = True
    """Short sounds when it begins and ends to listen."""
    duck_command: tuple[str, ...] = ()
    """Run with `down` or `up` as its last word while somebody speaks: turns down what else plays. Empty: nothing."""
    quiet: str | None = Field(default=None, pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")
    """Hours in which it speaks softly, by the house's clock, such as `22:00-07:00`. What rings is not softened."""
    quiet_volume: float = Field(default=0.3, ge=0, le=1)

    @field_validator("wake")
    @classmethod
    def _each_word_once(cls, entries: tuple[WakeWordSettings, ...]) -> tuple[WakeWordSettings, ...]:
        twice = _twice([one.word for one in entries])
        if twice is not None:
            raise ValueError(f"two entries are for {twice!r}; keep one")
        return entries

    @property
    def wake_words(self) -> tuple[WakeWordSettings, ...]:
        return self.wake or (WakeWordSettings(word=self.wake_word),)

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        if self.quiet is None:
            return None
        begin, _, end = self.quiet.partition("-")
        return time.fromisoformat(begin), time.fromisoformat(end)


class MetricsSettings(_Section):
    enabled: bool = False
    host: str = "127.0.0.1"
    """Whoever may connect there may read them; they hold no speech and no reading."""
    port: int = Field(default=9473, ge=1, le=65535)


class NoticeSettings(_Section):
    """What the house tells by itself."""

    leak: bool = True
    smoke: bool = True
    carbon_monoxide: bool = True
    gas: bool = True
    low_battery: bool = True
    silent: bool = True

    @property
    def wanted(self) -> tuple[str, ...]:
        return tuple(name for name in type(self).model_fields if getattr(self, name))


class Settings(_Section):
    house: HouseSettings = HouseSettings()
    mqtt: MqttSettings = MqttSettings()
    store: StoreSettings = StoreSettings()
    model: ModelSettings = ModelSettings()
    gate: GateSettings = GateSettings()
    confirm: ConfirmSettings = ConfirmSettings()
    voice: VoiceSettings = VoiceSettings()
    metrics: MetricsSettings = MetricsSettings()
    notices: NoticeSettings = NoticeSettings()
    guest: GuestSettings = GuestSettings()
    satellite: tuple[SatelliteSettings, ...] = Field(default=(), max_length=100)
    """Who speaks where; a list of tables in the file."""
    plain: tuple[PlainTopic, ...] = Field(default=(), max_length=200)
    """Topics that no device describes; a list of tables in the file."""

    @field_validator("satellite")
    @classmethod
    def _each_named_once(cls, entries: tuple[SatelliteSettings, ...]) -> tuple[SatelliteSettings, ...]:
        twice = _twice([one.name for one in entries])
        if twice is not None:
            raise ValueError(f"two entries are called {twice!r}; keep one")
        return entries

    @field_validator("plain")
    @classmethod
    def _each_once(cls, entries: tuple[PlainTopic, ...]) -> tuple[PlainTopic, ...]:
        twice = first_twice(entries)
        if twice is not None:
            raise ValueError(f"two entries read the same value of the same topics {twice}; keep one")
        return entries
