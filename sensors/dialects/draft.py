"""A discovery configuration being read: getters that check what they get, and what has been found so far. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sensors.dialects.routes import Reader, Refused, Route, number_of
from sensors.reading import Aspect, Command, Quantity, Verb
from sensors.templates import NoValue, Template, TemplateFailed, compile_template

LONGEST_TOPIC = 500
LONGEST_PAYLOAD = 1_000


@dataclass(slots=True)
class Draft:
    """A configuration being read, and what has been found in it so far. Every getter checks what it gets."""

    config: Mapping[str, Any]
    entity_id: str
    aspects: list[Aspect] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self, key: str, default: str = "") -> str:
        """A value as the text that Home Assistant would compare; `true` in JSON is `True` there."""
        value = self.config.get(key)
        return default if value is None else str(value)[:LONGEST_PAYLOAD]

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts; what is none is left out."""
        value = self.config.get(key)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def number(self, key: str, default: float) -> float:
        value = self.config.get(key)
        try:
            return default if value is None else number_of(value)
        except NoValue:
            return default
        except Refused as error:
            raise Refused("bad_definition", f"{key}: {error}") from error

    def topic(self, key: str) -> str | None:
        value = self.config.get(key)
        if value is None:
            return None
        return checked_topic(value, key)

    def template(self, *keys: str) -> Template | None:
        source = next((self.config[key] for key in keys if self.config.get(key) is not None), None)
        if source is None:
            return None
        try:
            return compile_template(str(source))
        except TemplateFailed as error:
            raise Refused("bad_template", f"{keys[0]}: {error}") from error

    def route(self, topic_key: str, read: Reader, *template_keys: str, whole_json: bool = False) -> bool:
        """Adds a route where the configuration has the topic."""
        topic = self.topic(topic_key)
        if topic is None:
            return False
        template = None if whole_json else self.template(*template_keys)
        self.routes.append(
            Route(entity_id=self.entity_id, topic=topic, read=read, template=template, whole_json=whole_json)
        )
        return True

    def aspect(self, name: str, quantity: Quantity, unit: str | None = None, *, numeric: bool = False) -> None:
        self.aspects.append(Aspect(name=name, quantity=quantity, unit=unit, numeric=numeric))

    def command(
        self, verb: Verb, payload: str, proof: str, *, topic: str = "command_topic", template: str = ""
    ) -> None:
        """Adds a command with a fixed payload, where the configuration has the topic and the payload."""
        where = self.topic(topic)
        if where is None or not payload:
            return
        made = self.template(template) if template else None
        if made is not None:
            try:
                payload = made.render({"value": payload})
            except (NoValue, TemplateFailed) as error:
                raise Refused("bad_template", f"{template}: {error}") from error
        self.commands.append(
            Command(
                verb=verb, topic=where, payload=payload, proof_state=proof, retain=self.config.get("retain") is True
            )
        )

    def command_with_value(
        self,
        verb: Verb,
        payload: str,
        *,
        topic: str,
        proof_aspect: str,
        unit: str,
        minimum: float,
        maximum: float,
        scale: float = 1.0,
    ) -> None:
        where = self.topic(topic)
        if where is None:
            return
        try:
            compile_template(payload)
        except TemplateFailed as error:
            raise Refused("bad_template", f"{topic}: {error}") from error
        self.commands.append(
            Command(
                verb=verb,
                topic=where,
                payload=payload,
                takes_value=True,
                unit=unit,
                minimum=minimum,
                maximum=maximum,
                scale=scale,
                proof_aspect=proof_aspect,
                retain=self.config.get("retain") is True,
            )
        )


def checked_topic(value: Any, key: str) -> str:
    """A topic that can be both published to and subscribed to, for one thing only."""
    if not isinstance(value, str) or not value or len(value.encode()) > LONGEST_TOPIC:
        raise Refused("bad_topic", f"{key} must be a topic of 1 to {LONGEST_TOPIC} bytes")
    if any(letter in value for letter in "+#\0") or value.startswith("$") or not value.isprintable():
        raise Refused("bad_topic", f"{key} {value[:60]!r} holds characters that a device's own topic must not have")
    return value
