"""The confirmation machine as a small model of its own: explored whole, and agreed with by the real gate.

The model knows two satellites, a lamp and a lock, windows of time in tenths, a switch, and what people and planners can
do. It shares no code with the gate. Every state that can be reached is reached; and the real gate, over real
databases, is walked through every kind of state with every event.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fakes_tools import SmallHouse, new_gate, small_house
from pydantic import SecretStr

from config.asking import Ask, ConfirmSettings
from sensors.reading import Quantity, Verb
from tools import gate as gate_module
from tools import pin as pin_module
from tools.answers import Action
from tools.contract import Asker, ToolError
from tools.gate import Gate
from tools.patience import Patience
from tools.pin import hash_pin

WINDOW, TICK, END = 10, 6, 20
"""Tenths of `confirm_seconds`: how long a yes counts, a step of time, and the end of all repeating."""
REPEATS = 1
TRIES = 3
A, B = "a", "b"
LAMP, LOCK = "lamp", "lock"
CONSOLE = Asker(satellite="console", typed=True)
PIN = "2846"


@dataclass(frozen=True, slots=True)
class Slot:
    """A proposal that waits."""

    thing: str
    seen: bool
    """Whether the thing was on, or open, when the question was made."""
    left: int = WINDOW
    end: int = END
    asked: bool = False
    pin: bool = False
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class World:
    a: Slot | None = None
    b: Slot | None = None
    lamp: bool = False
    lock: bool = False
    acting: bool = True
    wrong: int = 0
    """Wrong PINs at satellite a."""

    def slot(self, satellite: str) -> Slot | None:
        return self.a if satellite == A else self.b

    def with_slot(self, satellite: str, slot: Slot | None) -> "World":
        return replace(self, a=slot) if satellite == A else replace(self, b=slot)

    def is_on(self, thing: str) -> bool:
        return self.lamp if thing == LAMP else self.lock


@dataclass(frozen=True, slots=True)
class Event:
    what: str
    satellite: str = ""
    thing: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen of a step: what the gate made of it, and what was sent."""

    said: str
    sent: tuple[str, ...] = ()


SAID = {"yes": "yes", "no": "no, thanks", "what": "pardon?", "other": "what is the temperature", "wrong": "1 9 1 9"}
"""Event to the words, where they do not depend on the proposal."""


def step(world: World, event: Event, *, with_pin: bool = False) -> tuple[World, Seen]:
    """What must happen. Written from the promises, not from the code."""
    match event.what:
        case "propose":
            locked = with_pin and event.thing == LOCK and event.satellite == A and world.wrong >= TRIES
            if locked or not world.acting:
                return world, Seen("refused")
            return world.with_slot(event.satellite, Slot(event.thing, world.is_on(event.thing))), Seen("proposed")
        case "approve" | "refuse":
            return _decided(world, event)
        case "spoken" | "tick" | "by hand" | "switch" | "restart":
            return _passed(world, event), Seen("")
        case _:
            slot = world.slot(event.satellite)
            return _answered(world, event, slot, with_pin=with_pin) if slot else (world, Seen("none"))


def _passed(world: World, event: Event) -> World:
    """What happens without anybody saying anything to the gate."""
    match event.what:
        case "spoken":
            slot = world.slot(event.satellite)
            opened = replace(slot, asked=True, left=min(WINDOW, slot.end)) if slot else None
            return world.with_slot(event.satellite, opened)
        case "tick":
            return replace(world, a=_aged(world.a), b=_aged(world.b))
        case "by hand":
            return _set(world, event.thing, not world.is_on(event.thing))
        case "switch":
            return replace(world, acting=not world.acting)
        case _:
            return replace(world, a=None, b=None, wrong=0)


def _decided(world: World, event: Event) -> tuple[World, Seen]:
    """At the console."""
    slot = world.slot(event.satellite)
    if slot is None:
        return world, Seen("none")
    if event.what == "approve":
        return _done(world, event.satellite, slot)
    return world.with_slot(event.satellite, None), Seen("rejected")


def _answered(world: World, event: Event, slot: Slot, *, with_pin: bool) -> tuple[World, Seen]:
    needs_noun, needs_pin = slot.thing == LOCK, with_pin and slot.thing == LOCK
    match event.what:
        case "right" | "wrong" if needs_pin and slot.pin and slot.asked:
            if event.what == "right" and world.wrong < TRIES:
                return _done(replace(world, wrong=0), event.satellite, slot)
            return replace(world.with_slot(event.satellite, None), wrong=world.wrong + 1), Seen("pin_wrong")
        case "no":
            return world.with_slot(event.satellite, None), Seen("rejected")
        case "what":
            return _again(world, event.satellite, slot, "repeat")
        case "yes" if needs_noun:
            return _again(world, event.satellite, slot, "echo_needed")
        case "yes" | "noun" if (event.what == "noun") == needs_noun:
            return _agreed(world, event.satellite, slot, needs_pin=needs_pin)
    return world.with_slot(event.satellite, None), Seen("other")


def _agreed(world: World, satellite: str, slot: Slot, *, needs_pin: bool) -> tuple[World, Seen]:
    """The whole yes was said."""
    if not slot.asked:
        return _again(world, satellite, slot, "repeat")
    if not needs_pin:
        return _done(world, satellite, slot)
    if slot.pin:
        return _again(world, satellite, slot, "pin_needed")
    return world.with_slot(satellite, replace(slot, pin=True)), Seen("pin_needed")


def _aged(slot: Slot | None) -> Slot | None:
    if slot is None or slot.left <= TICK:
        return None
    return replace(slot, left=slot.left - TICK, end=slot.end - TICK)


def _again(world: World, satellite: str, slot: Slot, said: str) -> tuple[World, Seen]:
    if slot.repeats >= REPEATS:
        return world.with_slot(satellite, None), Seen("rejected")
    return world.with_slot(satellite, replace(slot, repeats=slot.repeats + 1)), Seen(said)


def _done(world: World, satellite: str, slot: Slot) -> tuple[World, Seen]:
    after = world.with_slot(satellite, None)
    if not world.acting or world.is_on(slot.thing) != slot.seen:
        return after, Seen("accepted")
    return _set(after, slot.thing, True), Seen("accepted", (slot.thing,))


def _set(world: World, thing: str, value: bool) -> World:
    return replace(world, lamp=value) if thing == LAMP else replace(world, lock=value)


def events(*satellites: str, with_pin: bool = False) -> tuple[Event, ...]:
    """All that can happen. The second satellite only ever asks for the lamp."""
    said = [*SAID, "noun", *(["right"] if with_pin else [])]
    found = [Event(what, satellite) for satellite in satellites for what in (*said, "spoken", "approve", "refuse")]
    found += [Event("propose", satellite, thing) for satellite in satellites for thing in _things(satellite)]
    found += [Event("by hand", thing=thing) for thing in (LAMP, LOCK)]
    return (*found, Event("tick"), Event("switch"), Event("restart"))


def _things(satellite: str) -> tuple[str, ...]:
    return (LAMP, LOCK) if satellite == A else (LAMP,)


def transitions(every: tuple[Event, ...], *, with_pin: bool) -> Iterator[tuple[World, Event, World, Seen]]:
    """All of them, breadth first, until there is no new state."""
    known = {World()}
    coming = deque(known)
    while coming:
        world = coming.popleft()
        for event in every:
            after, seen = step(world, event, with_pin=with_pin)
            yield world, event, after, seen
            if after not in known:
                known.add(after)
                coming.append(after)


@pytest.mark.parametrize(("satellites", "with_pin"), [((A, B), False), ((A,), True)])
def test_in_no_state_that_can_be_reached_does_anything_but_a_persons_yes_send(
    satellites: tuple[str, ...], with_pin: bool
) -> None:
    states, sends = set(), 0
    for before, event, after, seen in transitions(events(*satellites, with_pin=with_pin), with_pin=with_pin):
        states.add(before)
        if seen.sent:
            sends += 1
            slot = before.slot(event.satellite)
            assert event.what in {"yes", "noun", "right", "approve"}, "only a person's words send"
            assert slot is not None and slot.left > 0, "only what was open can be allowed"
            assert slot.asked or event.what == "approve", "nobody agrees to what they have not heard"
            assert seen.sent == (slot.thing,) and after.slot(event.satellite) is None, "once, and just that"
            assert before.acting and before.is_on(slot.thing) == slot.seen, "as it was when it was asked"
            assert event.what != "yes" or slot.thing == LAMP, "a door needs its name"
            assert not (with_pin and slot.thing == LOCK) or event.what in {"right", "approve"}, "and the PIN"
        other = B if event.satellite == A else A
        if event.what not in {"tick", "restart"} and event.satellite:
            assert after.slot(other) == before.slot(other), "satellites share nothing"
    assert len(states) > (10_000 if len(satellites) == 2 else 300) and sends > 100


class Real:
    """The gate itself, led through the same events."""

    def __init__(self, house: SmallHouse, settings: ConfirmSettings) -> None:
        self.house = house
        self.settings = settings
        self.acting = True
        self.now = 0.0
        self.states = {LAMP: False, LOCK: False}
        self.gate = self._gate()

    def _gate(self) -> Gate:
        home = self.house
        gate = new_gate(home.devices, home.questions, home.proposals, home.audit, self.settings, home.roles)
        gate._monotonic = lambda: self.now
        gate._tries.default_factory = lambda: pin_module.Tries(lambda: self.now)
        return gate

    async def begin(self) -> None:
        """Everything as in `World()`."""
        self.house.switch.resume()
        self.acting = True
        self.gate = self._gate()
        await self.gate.recover()
        for thing in (LAMP, LOCK):
            self.states[thing] = True
            await self._by_hand(thing)

    async def happen(self, event: Event) -> Seen:
        before = len(self.house.devices.sent)
        said = await self._happen(event)
        sent = tuple(LAMP if "lamp" in topic else LOCK for topic, _ in self.house.devices.sent[before:])
        for thing in sent:
            self.states[thing] = True
        return Seen(said, sent)

    async def _happen(self, event: Event) -> str:
        asker = Asker(satellite=event.satellite, by_code=True)
        pending = self.gate.pending(event.satellite)
        match event.what:
            case "propose":
                try:
                    await self.gate.propose([ACTIONS[event.thing]], asker)
                except ToolError:
                    return "refused"
                return "proposed"
            case "spoken":
                self.gate.window_opens(event.satellite, pending.id if pending else "")
            case "tick":
                self.now += TICK
            case "by hand":
                await self._by_hand(event.thing)
            case "switch":
                self.acting = not self.acting
                (self.house.switch.resume if self.acting else self.house.switch.stop)()
            case "restart":
                self.gate = self._gate()
                await self.gate.recover()
            case "approve" | "refuse":
                if pending is None:
                    return "none"
                to = self.gate.approve(pending.id, CONSOLE) if event.what == "approve" else self.gate.reject(pending.id)
                heard = await to
                return heard.kind if heard else "none"
            case _:
                heard = await self.gate.hear(_words(event), asker)
                return heard.kind if heard else "none"
        return ""

    async def _by_hand(self, thing: str) -> None:
        self.states[thing] = not self.states[thing]
        words = {LAMP: ("off", "on"), LOCK: ("locked", "unlocked")}[thing]
        await self.house.devices.report(ACTIONS[thing].entity_id, words[self.states[thing]])

    def agrees(self, world: World) -> None:
        for satellite in (A, B):
            slot, pending = world.slot(satellite), self.gate.pending(satellite)
            assert (pending is None) == (slot is None)
            if slot and pending:
                assert pending.actions == (ACTIONS[slot.thing],)
                assert (pending.asked, pending.pin_wanted, pending.repeats) == (slot.asked, slot.pin, slot.repeats)
                assert round(pending.expires_seconds - self.now) == slot.left
        assert self.states == {LAMP: world.lamp, LOCK: world.lock}


ACTIONS = {
    LAMP: Action(entity_id="light.floor_lamp", name="floor lamp", quantity=Quantity.LIGHT, verb=Verb.TURN_ON),
    LOCK: Action(entity_id="lock.front_door", name="front door", quantity=Quantity.LOCK, verb=Verb.UNLOCK),
}


def _words(event: Event) -> str:
    return {"noun": "yes, front door", "right": PIN}.get(event.what) or SAID[event.what]


def _kind(world: World) -> object:
    """States that differ in this are walked through apart."""
    slot = world.a
    if slot is None:
        return world.acting, world.wrong >= TRIES
    changed = world.is_on(slot.thing) != slot.seen
    ending = slot.left <= TICK
    return slot.thing, slot.asked, slot.pin, slot.repeats, changed, ending, world.acting, world.wrong >= TRIES


def _walks(every: tuple[Event, ...], *, with_pin: bool) -> Iterator[list[Event]]:
    """Paths from the beginning that together take every event in every kind of state."""
    ways: dict[World, list[Event]] = {World(): []}
    todo: dict[object, set[Event]] = {}
    for before, event, after, _ in transitions(every, with_pin=with_pin):
        ways.setdefault(after, [*ways[before], event])
        todo.setdefault(_kind(before), set()).add(event)
    for world, way in ways.items():
        while todo[_kind(world)]:
            yield _walk([*way], todo, with_pin=with_pin)


def _walk(path: list[Event], todo: dict[object, set[Event]], *, with_pin: bool) -> list[Event]:
    """Goes on from the end of a path for as long as there is something that was not taken yet."""
    world = World()
    for event in path:
        todo[_kind(world)].discard(event)
        world, _ = step(world, event, with_pin=with_pin)
    while todo[_kind(world)]:
        event = min(todo[_kind(world)], key=lambda one: (one.what, one.satellite, one.thing))
        todo[_kind(world)].discard(event)
        path.append(event)
        world, _ = step(world, event, with_pin=with_pin)
    return path


@pytest.mark.parametrize("with_pin", [False, True])
async def test_the_real_gate_agrees_in_every_kind_of_state_with_every_event(
    with_pin: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "MOST_REPEATS", REPEATS)
    monkeypatch.setattr(gate_module, "WINDOWS", END // WINDOW)
    monkeypatch.setattr(pin_module, "_COST", 2)
    monkeypatch.setattr(pin_module, "LOCKED_SECONDS", 1e9)
    monkeypatch.setattr(Patience, "check", lambda *_: None)  # has tests of its own, and no end of states
    settings = ConfirmSettings()
    if with_pin:
        settings = ConfirmSettings(entry=Ask.PIN, pin_hash=SecretStr(hash_pin(PIN)))
    taken = 0
    async with small_house(tmp_path, settings=settings) as house:
        await house.devices.report("light.floor_lamp", "off")
        real = Real(house, settings)
        for path in _walks(events(A, with_pin=with_pin), with_pin=with_pin):
            await real.begin()
            world = World()
            for event in path:
                after, expected = step(world, event, with_pin=with_pin)
                assert await real.happen(event) == expected, (world, event)
                real.agrees(after)
                world, taken = after, taken + 1
        assert house.first_broken() is None
    assert taken > 500


async def test_two_satellites_at_the_same_moment(tmp_path: Path) -> None:
    """What the model takes one after the other may come at once: then one of two wins, and nothing is sent twice."""
    async with small_house(tmp_path) as house:
        for satellite in (A, B):
            await house.gate.propose([ACTIONS[LOCK]], Asker(satellite=satellite))
            house.heard(satellite)
        said = [house.gate.hear("yes, front door", Asker(satellite=satellite)) for satellite in (A, B, A, B)]
        await asyncio.gather(*said)
        assert house.devices.sent == [("cmd/lock.front_door", b"UNLOCK")]
