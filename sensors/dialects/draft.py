"""A discovery configuration being read: getters that check what they get, and what has been found so far. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict, Unpack

from sensors.dialects.notes import Note
from sensors.dialects.routes import LONGEST_STATE, Reader, Refused, Route, number_of
from sensors.reading import STATE_ASPECT, Aspect, Command, Quantity, StateClass, Verb
from sensors.templates import NoValue, Template, TemplateFailed, compile_template

LONGEST_NAME = 80
LONGEST_TOPIC = 500
LONGEST_PAYLOAD = 1_000
MOST_OPTIONS = 300
"""Words that one list of options may hold."""
_LARGEST = 1e9
_YES = frozenset({"true", "yes", "on", "enable", "1"})


class Taken(TypedDict, total=False):
    """What a command takes, as `Command` says it."""

    unit: str | None
    minimum: float
    maximum: float
    step: float | None
    scale: float
    offset: float
    inverse_of: float | None
    decimals: int | None
    options: tuple[str, ...]
    free_text: bool
    variable: str
    proof_aspect: str


@dataclass(slots=True)
class Draft:
    """A configuration being read, and what has been found in it so far. Every getter checks what it gets."""

    config: Mapping[str, Any]
    entity_id: str
    aspects: list[Aspect] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    """Names of the aspects that some route tells."""

    # --- what the configuration says -------------------------------------------------------------------------------

    def has(self, key: str) -> bool:
        return self.config.get(key) is not None

    def text(self, key: str, default: str = "", *, longest: int = LONGEST_PAYLOAD) -> str:
        """A value as the text that Home Assistant would compare; `true` in JSON is `True` there."""
        value = self.config.get(key)
        if value is None:
            return default
        if isinstance(value, Mapping | list) or len(text := str(value)) > longest:
            raise Refused("bad_definition", f"{key} must be a text of at most {longest} characters")
        return text

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.config.get(key)
        return default if value is None else value is True or str(value).strip().lower() in _YES

    def words(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts; what is none is left out. Raises Refused for one that nobody could choose from."""
        value = self.config.get(key)
        if value is None:
            return default
        found = [item for item in value if isinstance(item, str) and item] if isinstance(value, list) else []
        if len(found) > MOST_OPTIONS or any(len(item) > LONGEST_STATE for item in found):
            raise Refused("bad_definition", f"{key}: at most {MOST_OPTIONS} words of {LONGEST_STATE} letters are taken")
        return tuple(dict.fromkeys(found))

    def number(self, key: str, default: float) -> float:
        value = self.config.get(key)
        try:
            number = default if value is None else number_of(value)
        except NoValue:
            return default
        except Refused as error:
            raise Refused("bad_definition", f"{key}: {error}") from error
        if abs(number) > _LARGEST:
            raise Refused("bad_definition", f"{key}: {number:g} is out of range")
        return number

    def whole_seconds(self, key: str) -> int | None:
        """At least one; None where there is no such time."""
        seconds = self.number(key, 0)
        return max(int(seconds), 1) if seconds > 0 else None

    def span(self, low_key: str, low: float, high_key: str, high: float) -> tuple[float, float]:
        """Two numbers of which the first is the smaller."""
        lowest, highest = self.number(low_key, low), self.number(high_key, high)
        if lowest >= highest:
            raise Refused("bad_definition", f"{low_key} {lowest:g} must be less than {high_key} {highest:g}")
        return lowest, highest

    def topic(self, key: str) -> str | None:
        value = self.config.get(key)
        if value is None:
            return None
        return checked_topic(value, key)

    def source(self, key: str, default: str = "{{ value }}") -> str:
        """The text of a command's template. Whether it can be used shows when the command is added."""
        value = self.config.get(key)
        return default if value is None else str(value)

    def template(self, *keys: str) -> Template | None:
        """The compiled template of the first key that there is. Raises Refused(bad_template)."""
        key = next((key for key in keys if self.has(key)), None)
        if key is None:
            return None
        try:
            return compile_template(self.source(key))
        except TemplateFailed as error:
            raise Refused("bad_template", f"{key}: {error}") from error

    # --- what has been found in it ---------------------------------------------------------------------------------

    def note(self, note: Note) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def route(
        self,
        topic_key: str,
        read: Reader,
        *template_keys: str,
        tells: tuple[str, ...] = (STATE_ASPECT,),
        whole_json: bool = False,
        momentary: bool = False,
    ) -> bool:
        """Adds a route where the configuration has the topic. `tells` names the aspects that come by it."""
        topic = self.topic(topic_key)
        if topic is None:
            return False
        template = None if whole_json else self.template(*template_keys)
        self.told.update(tells)
        self.routes.append(
            Route(
                entity_id=self.entity_id,
                topic=topic,
                read=read,
                template=template,
                whole_json=whole_json,
                momentary=momentary,
            )
        )
        return True

    def aspect(
        self,
        name: str,
        quantity: Quantity,
        unit: str | None = None,
        *,
        numeric: bool = False,
        state_class: StateClass | None = None,
        expected: bool = True,
    ) -> None:
        self.aspects.append(
            Aspect(
                name=name,
                quantity=quantity,
                unit=unit,
                numeric=numeric,
                state_class=state_class,
                expected=expected,
            )
        )

    def told_aspect(
        self, name: str, quantity: Quantity, unit: str | None, topic_key: str, read: Reader, *template_keys: str
    ) -> bool:
        """Adds an aspect and its route where the configuration has the topic; numeric where it has a unit."""
        if not self.route(topic_key, read, *template_keys, tells=(name,)):
            return False
        self.aspect(name, quantity, unit, numeric=unit is not None)
        return True

    def command(
        self,
        verb: Verb,
        payload: str,
        proof: str | None,
        *,
        topic: str = "command_topic",
        template: str = "",
        variables: Mapping[str, Any] | None = None,
        proof_aspect: str = STATE_ASPECT,
    ) -> None:
        """Adds a command with a fixed payload, where the configuration has the topic and the payload.

        A template that cannot be used costs the command and nothing else, which is noted.
        `proof` is the state of `proof_aspect` that shows that it was obeyed; None where no state does. The template
        of the key `template` sees `value` and `variables`, and is rendered here and now.
        """
        where = self.topic(topic)
        if where is None or not payload:
            return
        if template and self.has(template):
            try:
                made = compile_template(self.source(template))
                payload = made.render({"value": payload, **(variables or {})})
            except (NoValue, TemplateFailed):
                self.note(Note.COMMAND_LEFT_OUT)
                return
        self._add(
            Command(
                verb=verb,
                topic=where,
                payload=payload,
                proof_state=proof,
                proof_aspect=None if proof is None else proof_aspect,
            )
        )

    def command_with_value(
        self, verb: Verb, payload: str, *, topic: str = "command_topic", **takes: Unpack[Taken]
    ) -> None:
        """Adds a command with a number, a word or a text, where the configuration has the topic and any words.

        `payload` is a template.
        """
        where = self.topic(topic)
        if where is not None and takes.get("options") != ():
            self._add(Command(verb=verb, topic=where, payload=payload, takes_value=True, **takes))

    def _add(self, command: Command) -> None:
        if command.takes_value:
            try:
                compile_template(command.payload)
            except TemplateFailed:
                self.note(Note.COMMAND_LEFT_OUT)
                return
        qos = int(self.number("qos", 1))
        if qos not in (0, 1, 2):
            raise Refused("bad_definition", f"qos {qos} is none of 0, 1 and 2")
        self.commands.append(replace(command, qos=qos, retain=self.flag("retain")))

    def settle(self) -> None:
        """Once all is read: what no topic tells is not waited for, neither as a reading nor as a proof."""
        self.aspects = [replace(one, expected=one.expected and one.name in self.told) for one in self.aspects]
        self.commands = [
            one if one.proof_aspect in self.told else replace(one, proof_aspect=None, proof_state=None)
            for one in self.commands
        ]


def checked_topic(value: Any, key: str) -> str:
    """A topic that can be both published to and subscribed to, for one thing only."""
    if not isinstance(value, str) or not value or len(value.encode(errors="replace")) > LONGEST_TOPIC:
        raise Refused("bad_topic", f"{key} must be a topic of 1 to {LONGEST_TOPIC} bytes")
    if any(letter in value for letter in "+#\0") or value.startswith("$") or not value.isprintable():
        raise Refused("bad_topic", f"{key} {value[:60]!r} holds characters that a device's own topic must not have")
    return value


def clean(value: Any) -> str:
    """A name as it may be shown and spoken: printable, single spaces, of bounded length."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    printable = "".join(letter if letter.isprintable() else " " for letter in str(value)[: 4 * LONGEST_NAME])
    return " ".join(printable.split())[:LONGEST_NAME].strip()
