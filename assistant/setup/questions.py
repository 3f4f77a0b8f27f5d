"""What a new assistant has to be told, in the order in which a person knows the answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.setup.asking import Answers, Question, Trial, Value, Wrong, number, one_of, words, yes_or_no
from config.language import languages
from config.settings import known_zone

USUAL_PORT, USUAL_TLS_PORT = 1883, 8883


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """How answers are tried: really."""

    host: Trial | None = None
    broker: Trial | None = None
    microphone: Trial | None = None
    address: Trial | None = None
    model: Trial | None = None
    speakers: Callable[[], Sequence[str]] = tuple
    """What there is."""
    microphones: Callable[[], Sequence[str]] = tuple


def questions(trials: Trials, *, zone: str | None) -> Sequence[Question]:
    """`zone`: the machine's own time zone, where it has one."""
    return (*_house(zone), *_broker(trials), *_voice(trials), *_model(trials))


def _house(zone: str | None) -> tuple[Question, ...]:
    return (
        Question(
            name="house.language",
            text=f"Which language is spoken ({', '.join(languages())})",
            read=one_of(*languages()),
            default=_is("en"),
        ),
        Question(
            name="house.time_zone", text="Time zone, such as Europe/Berlin", read=time_zone, default=lambda _: zone
        ),
        Question(
            name="house.units",
            text="Units: metric (Celsius) or us (Fahrenheit)",
            read=one_of("metric", "us"),
            default=lambda answers: "us" if str(answers.get("house.time_zone")).startswith("America/") else "metric",
        ),
    )


def _broker(trials: Trials) -> tuple[Question, ...]:
    return (
        Question(
            name="mqtt.enabled",
            text="Is there an MQTT broker, which your devices report to (yes, no)",
            read=yes_or_no,
            default=_is(True),
        ),
        Question(
            name="mqtt.host",
            text="Broker: its name or address",
            read=words,
            default=_is("127.0.0.1"),
            applies=_on("mqtt.enabled"),
        ),
        Question(
            name="mqtt.tls",
            text="Broker: over TLS (yes, no)",
            read=yes_or_no,
            default=_is(False),
            applies=_on("mqtt.enabled"),
        ),
        Question(
            name="mqtt.ca_file",
            text="Broker: the file with its certificate authority; none: one that this machine trusts",
            read=file,
            applies=_on("mqtt.tls"),
            optional=True,
        ),
        Question(
            name="mqtt.port",
            text="Broker: its port",
            read=number(1, 65_535),
            default=lambda answers: USUAL_TLS_PORT if answers.get("mqtt.tls") else USUAL_PORT,
            applies=_on("mqtt.enabled"),
            trial=trials.host,
        ),
        Question(
            name="mqtt.username", text="Broker: user name", read=words, applies=_on("mqtt.enabled"), optional=True
        ),
        Question(
            name="mqtt.password",
            text="Broker: password (it is not shown)",
            read=str,
            applies=_on("mqtt.enabled"),
            trial=trials.broker,
            secret=True,
            optional=True,
        ),
    )


def _voice(trials: Trials) -> tuple[Question, ...]:
    return (
        Question(
            name="voice.enabled",
            text="Is it to listen and speak on this machine (yes, no)",
            read=yes_or_no,
            default=_is(True),
        ),
        Question(
            name="voice.output_device",
            text="Speaker, by its name; none: the machine's own",
            read=device,
            choices=trials.speakers,
            applies=_on("voice.enabled"),
            optional=True,
        ),
        Question(
            name="voice.input_device",
            text="Microphone, by its name; none: the machine's own",
            read=device,
            choices=trials.microphones,
            applies=_on("voice.enabled"),
            trial=trials.microphone,
            optional=True,
        ),
        Question(
            name="voice.room",
            text="The room it stands in",
            read=words,
            applies=_on("voice.enabled"),
            optional=True,
        ),
    )


def _model(trials: Trials) -> tuple[Question, ...]:
    return (
        Question(
            name="model.enabled",
            text="Is a language model to answer what the built-in sentences do not (yes, no)",
            read=yes_or_no,
            default=_is(False),
        ),
        Question(
            name="model.base_url",
            text="Model: the address of an OpenAI-compatible endpoint",
            read=words,
            default=_is("http://127.0.0.1:11434/v1"),
            applies=_on("model.enabled"),
            trial=trials.address,
        ),
        Question(
            name="model.name",
            text="Model: its name there, such as qwen3:4b",
            read=words,
            applies=_on("model.enabled"),
        ),
        Question(
            name="model.api_key",
            text="Model: key (it is not shown)",
            read=str,
            applies=_on("model.enabled"),
            trial=trials.model,
            secret=True,
            optional=True,
        ),
    )


def _is(value: Value) -> Callable[[Answers], Value]:
    return lambda _: value


def _on(name: str) -> Callable[[Answers], bool]:
    return lambda answers: answers.get(name) is True


def time_zone(text: str) -> str:
    """Raises Wrong."""
    try:
        return known_zone(text)
    except ValueError as error:
        raise Wrong(f"No time zone is called {text!r}; write it as Europe/Berlin or America/New_York.") from error


def file(text: str) -> str:
    """Raises Wrong."""
    path = Path(text).expanduser()
    if not path.is_file():
        raise Wrong(f"There is no file {path}.")
    return str(path.absolute())


def device(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdigit() else words(text)
