"""A small real house for tests of the tools: a real store with real readings, and devices that obey over it."""

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from config.asking import ConfirmSettings
from config.language import load_language
from config.people import GuestSettings, SatelliteSettings
from sensors.broker import BrokerUnavailable, NotConfirmed
from sensors.decoded import Decoded, Definition
from sensors.questions import Questions
from sensors.reading import (
    STATE_ASPECT,
    Aspect,
    Command,
    Component,
    Entity,
    Quantity,
    Reading,
    SeriesKey,
    Verb,
)
from sensors.store import StoreWriter
from tools.answers import ProposalAnswer
from tools.audit import Audit
from tools.audit_reading import AuditReader
from tools.cache import AnswerCache
from tools.call import Desk, TurnBudget
from tools.catalogue import build_catalogue
from tools.contract import NEEDS_CONFIRMATION, Asker, Policy, Tool, ToolCall, ToolResult
from tools.control import Control
from tools.gate import Gate
from tools.house import Description
from tools.house_state import open_house_state
from tools.proposals import Proposals
from tools.readings import Readings
from tools.roles import Roles
from tools.rules import Rules
from tools.switch import Switch

NOON_MS = 1_790_000_000_000 - 1_790_000_000_000 % 86_400_000 + 12 * 3_600_000
HOUR_MS = 3_600_000
ZONE = ZoneInfo("UTC")
HERE = Asker(satellite="here", room="Bedroom")
ELSEWHERE = Asker(satellite="kitchen", room="Kitchen")


def command(verb: Verb, entity_id: str, payload: str, proof: str) -> Command:
    return Command(verb=verb, topic=f"cmd/{entity_id}", payload=payload, proof_state=proof)


def sensor(room: str, quantity: Quantity, unit: str, name: str | None = None) -> Entity:
    called = name or f"{room} {quantity}"
    return Entity(
        id=f"sensor.{called.lower().replace(' ', '_')}",
        component=Component.SENSOR,
        name=called,
        room=room,
        aspects=(Aspect(name=STATE_ASPECT, quantity=quantity, unit=unit, numeric=True),),
    )


def contact(room: str, name: str, quantity: Quantity) -> Entity:
    return Entity(
        id=f"binary_sensor.{name.lower().replace(' ', '_')}",
        component=Component.BINARY_SENSOR,
        name=name,
        room=room,
        aspects=(Aspect(name=STATE_ASPECT, quantity=quantity),),
    )


def light(room: str, name: str) -> Entity:
    entity_id = f"light.{name.lower().replace(' ', '_')}"
    brightness = Command(
        verb=Verb.SET_BRIGHTNESS,
        topic=f"cmd/{entity_id}",
        payload="{{ value }}",
        takes_value=True,
        unit="percent",
        minimum=0,
        maximum=100,
        proof_aspect="brightness",
    )
    return Entity(
        id=entity_id,
        component=Component.LIGHT,
        name=name,
        room=room,
        aspects=(
            Aspect(name=STATE_ASPECT, quantity=Quantity.LIGHT),
            Aspect(name="brightness", quantity=Quantity.BRIGHTNESS, unit="percent", numeric=True),
        ),
        commands=(
            command(Verb.TURN_ON, entity_id, "ON", "on"),
            command(Verb.TURN_OFF, entity_id, "OFF", "off"),
            brightness,
        ),
    )


FRONT_DOOR = Entity(
    id="lock.front_door",
    component=Component.LOCK,
    name="Front door lock",
    room="Hallway",
    aspects=(Aspect(name=STATE_ASPECT, quantity=Quantity.LOCK),),
    commands=(
        command(Verb.LOCK, "lock.front_door", "LOCK", "locked"),
        command(Verb.UNLOCK, "lock.front_door", "UNLOCK", "unlocked"),
    ),
)
ENTITIES = (
    sensor("Bedroom", Quantity.TEMPERATURE, "celsius"),
    sensor("Kitchen", Quantity.TEMPERATURE, "celsius"),
    sensor("Kitchen", Quantity.TEMPERATURE, "celsius", "Fridge temperature"),
    sensor("Living room", Quantity.TEMPERATURE, "celsius"),
    sensor("Bathroom", Quantity.HUMIDITY, "percent"),
    contact("Hallway", "Front door contact", Quantity.DOOR),
    contact("Bedroom", "Bedroom window", Quantity.WINDOW),
    contact("Kitchen", "Kitchen window", Quantity.WINDOW),
    light("Bedroom", "Bedroom light"),
    light("Kitchen", "Ceiling light"),
    light("Kitchen", "Counter light"),
    light("Living room", "Floor lamp"),
    FRONT_DOOR,
)
START: dict[str, float | str] = {
    "sensor.bedroom_temperature": 19.5,
    "sensor.kitchen_temperature": 23.4,
    "sensor.fridge_temperature": 5.0,
    "sensor.living_room_temperature": 22.0,
    "sensor.bathroom_humidity": 61.0,
    "binary_sensor.front_door_contact": "closed",
    "binary_sensor.bedroom_window": "open",
    "binary_sensor.kitchen_window": "closed",
    "light.bedroom_light": "off",
    "light.ceiling_light": "off",
    "light.counter_light": "on",
    "light.floor_lamp": "on",
    "lock.front_door": "locked",
}


@dataclass(slots=True)
class Clock:
    """Wall time that stands still, and monotonic time that runs; both jump when told."""

    ms: int = NOON_MS
    skipped_seconds: float = 0.0

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped_seconds

    def pass_seconds(self, seconds: float) -> None:
        self.skipped_seconds += seconds
        self.ms += int(seconds * 1000)


@dataclass(slots=True)
class Devices:
    """The only `publish` of a test: keeps what was sent, and reports back as each device is told to behave."""

    store: StoreWriter
    clock: Clock
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    silent: bool = False
    unreachable: bool = False
    unconfirmed: bool = False
    """The broker takes what is sent, and goes away before it says so."""
    reports: dict[str, float | str] = field(default_factory=dict)
    """What a payload is answered with, where it is not what was asked."""

    async def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        if self.unreachable:
            raise BrokerUnavailable("the broker at 127.0.0.1 is not connected")
        self.sent.append((topic, payload))
        if self.silent:
            return
        await self._obey(topic, payload)
        if self.unconfirmed:
            raise NotConfirmed("the connection was lost")

    async def _obey(self, topic: str, payload: bytes) -> None:
        said = payload.decode()
        words = {"ON": "on", "OFF": "off", "LOCK": "locked", "UNLOCK": "unlocked"}
        entity_id = topic.removeprefix("cmd/")
        if said in words:
            await self.report(entity_id, self.reports.get(said, words[said]))
        else:
            await self.report(entity_id, self.reports.get(said, float(said)), aspect="brightness")

    async def report(self, entity_id: str, value: float | str, aspect: str = STATE_ASPECT) -> None:
        key = SeriesKey(entity_id=entity_id, aspect=aspect)
        await self.store.write([Decoded(readings=(Reading(key=key, at_ms=self.clock.now_ms(), value=value),))])


@dataclass(slots=True, kw_only=True)
class SmallHouse:
    """Everything between a planner and a device, real but for the wire."""

    clock: Clock
    store: StoreWriter
    questions: Questions
    audit: Audit
    devices: Devices
    gate: Gate
    proposals: Proposals
    roles: Roles
    switch: Switch
    desk: Desk
    readings_path: Path

    def heard(self, satellite: str) -> None:
        """Whatever is asked there has been heard to its end."""
        if proposal := self.gate.pending(satellite):
            self.gate.window_opens(satellite, proposal.id)

    def first_broken(self) -> int | None:
        """Where the chain of the audit does not hold."""
        with closing(AuditReader(self.readings_path.with_name("audit.sqlite3"))) as reader:
            return reader.check().broken

    async def call(self, tool: str, asker: Asker = HERE, *, may_act: bool = True, **arguments: object) -> ToolResult:
        budget = TurnBudget(turn_id="t", calls_left=8)
        call = ToolCall(id="c", name=tool, arguments=json.dumps(arguments))
        return await self.desk.call(call, asker, self.desk.offered(asker, may_act=may_act), budget)

    async def query(self, answer: str, asker: Asker = HERE, **given: object) -> ToolResult:
        blank = dict.fromkeys(
            ("quantity", "where", "period", "state", "versus", "versus_period", "comparison", "threshold", "unit")
        )
        return await self.call("query_sensors", asker, may_act=True, answer=answer, **{**blank, **given})

    async def control(
        self, verb: str, what: str, asker: Asker = HERE, value: float | str | None = None, unit: str | None = None
    ) -> ToolResult:
        return await self.call("control_device", asker, verb=verb, what=what, value=value, unit=unit)


async def proposed(house: SmallHouse, verb: str, what: str, asker: Asker = HERE) -> ProposalAnswer:
    """What is asked back, heard to its end."""
    result = await house.control(verb, what, asker)
    assert result.verdict == NEEDS_CONFIRMATION, result.error
    assert isinstance(result.answer, ProposalAnswer)
    house.heard(asker.satellite)
    return result.answer


def new_gate(
    devices: Devices,
    questions: Questions,
    proposals: Proposals,
    audit: Audit,
    settings: ConfirmSettings,
    rules: Rules,
    receipt_seconds: float = 0.3,
) -> Gate:
    return Gate(
        publish=devices.publish,
        questions=questions,
        proposals=proposals,
        audit=audit,
        confirm=load_language("en").confirm,
        settings=settings,
        rules=rules,
        confirm_seconds=10.0,
        receipt_seconds=receipt_seconds,
        monotonic=devices.clock.monotonic,
        clock_ms=devices.clock.now_ms,
    )


@dataclass(frozen=True, slots=True)
class Unhurried:
    """The roles of a house in which a test may ask as fast as it can."""

    roles: Roles

    def may_use(self, asker: Asker, tool: Tool) -> bool:
        return self.roles.may_use(asker, tool)

    def admit(self, asker: Asker, tool: Tool) -> None:
        return None


@asynccontextmanager
async def small_house(
    folder: Path,
    entities: tuple[Entity, ...] = ENTITIES,
    *,
    settings: ConfirmSettings | None = None,
    rules: Rules | None = None,
    satellites: Sequence[SatelliteSettings] = (),
    guest: GuestSettings | None = None,
    limited: bool = False,
    receipt_seconds: float = 0.3,
    devices_are: type[Devices] = Devices,
) -> AsyncIterator[SmallHouse]:
    """`limited`: whether calls are counted, as they are in a real house."""
    clock = Clock()
    path = folder / "readings.sqlite3"
    async with StoreWriter(path) as store:
        await _fill(store, entities)
        async with (
            Questions(path) as questions,
            Audit(folder / "audit.sqlite3", clock_ms=clock.now_ms) as audit,
            open_house_state(folder / "house.sqlite3") as house_state,
        ):
            switch = Switch(folder / "acting-off")
            roles = Roles(
                satellites=satellites, guest=guest or GuestSettings(), switch=switch, monotonic=clock.monotonic
            )
            proposals = Proposals(house_state, clock_ms=clock.now_ms)
            devices = devices_are(store, clock)
            gate = new_gate(
                devices, questions, proposals, audit, settings or ConfirmSettings(), rules or roles, receipt_seconds
            )
            yield SmallHouse(
                clock=clock,
                store=store,
                questions=questions,
                audit=audit,
                devices=devices,
                gate=gate,
                proposals=proposals,
                roles=roles,
                switch=switch,
                desk=new_desk(questions, gate, audit, clock.now_ms, roles, limited=limited),
                readings_path=path,
            )


def new_desk(
    questions: Questions, gate: Gate, audit: Audit, clock_ms: Callable[[], int], roles: Roles, *, limited: bool
) -> Desk:
    policy: Policy = roles if limited else Unhurried(roles)
    seen = roles.visible
    readings = Readings(questions, clock_ms=clock_ms, zone=ZONE, fahrenheit=False, visible=seen)
    control = Control(questions, propose=gate.propose, fahrenheit=False, visible=seen)
    description = Description(questions, readings, visible=seen)
    catalogue = build_catalogue(readings, description, control, version=questions.version)
    return Desk(catalogue, audit=audit, timeout_seconds=5.0, cache=AnswerCache(clock_ms=clock_ms), policy=policy)


async def _fill(store: StoreWriter, entities: tuple[Entity, ...]) -> None:
    definitions = tuple(
        Definition(entity=entity, dialect="test", topic=f"test/{entity.id}", payload=b"{}") for entity in entities
    )
    readings: list[Reading] = []
    for entity in entities:
        key, value = SeriesKey(entity_id=entity.id), START.get(entity.id)
        if isinstance(value, float):
            readings += [
                Reading(key=key, at_ms=NOON_MS - hours * HOUR_MS, value=value - hours % 5) for hours in range(48, 0, -1)
            ]
        if value is not None:
            readings.append(Reading(key=key, at_ms=NOON_MS - 60_000, value=value))
        if entity.id == "binary_sensor.front_door_contact":
            for minutes, state in ((600, "closed"), (300, "open"), (290, "closed")):
                readings.append(Reading(key=key, at_ms=NOON_MS - minutes * 60_000, value=state))
    readings.sort(key=lambda reading: reading.at_ms)
    await store.write([Decoded(definitions=definitions, readings=tuple(readings))])
