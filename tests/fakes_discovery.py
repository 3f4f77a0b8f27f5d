"""One entity announced by discovery, through the real dialect: what it says and what it is told."""

import json
from typing import Any

from sensors.decoded import Decoded
from sensors.dialects.home_assistant import HomeAssistant
from sensors.message import Message
from sensors.reading import Command, Entity, Verb
from sensors.templates import render_command

NOW_MS = 1_795_000_000_000


class Announced:
    """A device that has announced one entity. State topics are `s`, `b`...; nothing is sent anywhere."""

    def __init__(self, component: str, **config: Any) -> None:
        self._dialect = HomeAssistant()
        whole = {"unique_id": "u", "device": {"name": "Thing"}, "name": None, **config}
        self.decoded = self.hear(f"homeassistant/{component}/n/o/config", json.dumps(whole))

    def hear(self, topic: str, payload: str, *, retain: bool = False, at_ms: int = NOW_MS) -> Decoded:
        message = Message(topic=topic, payload=payload.encode(), received_ms=at_ms, retain=retain)
        decoded = self._dialect.decode(message)
        assert decoded is not None
        return decoded

    @property
    def entity(self) -> Entity:
        assert self.decoded.refusals == ()
        return self.decoded.definitions[0].entity

    @property
    def refusal(self) -> str:
        """The code of why it was not taken."""
        assert self.decoded.definitions == ()
        [refusal] = self.decoded.refusals
        assert refusal.detail
        return refusal.code

    def says(self, topic: str, payload: object, *, retain: bool = False) -> dict[str, float | str]:
        """What a state message turns out to say, by aspect."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        decoded = self.hear(topic, text, retain=retain)
        assert decoded.refusals == ()
        return {reading.key.aspect: reading.value for reading in decoded.readings}

    def happened(self, topic: str, payload: object, *, retain: bool = False) -> list[tuple[str, float | str]]:
        """The same in its order, for what is over at once."""
        decoded = self.hear(topic, json.dumps(payload), retain=retain)
        assert decoded.refusals == ()
        assert [one.at_ms for one in decoded.readings] == sorted(one.at_ms for one in decoded.readings)
        return [(one.key.aspect, one.value) for one in decoded.readings]

    def mistakes(self, topic: str, payload: object) -> list[str]:
        """The codes of why a state message was refused."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        return [refusal.code for refusal in self.hear(topic, text).refusals]

    def command(self, verb: Verb) -> Command:
        command = self.entity.command(verb)
        assert command is not None
        return command

    def told(self, verb: Verb, value: float | str | None = None) -> tuple[str, str]:
        """Topic and payload of a command."""
        command = self.command(verb)
        return command.topic, render_command(command, value).decode()

    def proof(self, verb: Verb) -> tuple[str | None, str | None]:
        command = self.command(verb)
        return command.proof_aspect, command.proof_state

    @property
    def verbs(self) -> set[Verb]:
        return {command.verb for command in self.entity.commands}

    @property
    def aspects(self) -> dict[str, str]:
        return {aspect.name: aspect.quantity.value for aspect in self.entity.aspects}
