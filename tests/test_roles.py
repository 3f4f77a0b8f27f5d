"""Who may know and do what. What is not allowed is not there: not offered, not named, not hinted at."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_model import ScriptedEndpoint, says
from fakes_tools import ENTITIES, HERE, SmallHouse, small_house
from fakes_turns import Talk, talking

from assistant.values import Expects
from config.asking import Ask
from config.people import GuestSettings, SatelliteSettings
from config.settings import ModelSettings
from sensors.home import House
from sensors.reading import Aspect, Component, Entity, Quantity, Verb
from tools.answers import Action
from tools.arguments import QuerySensors
from tools.audit import Event
from tools.contract import NEEDS_CONFIRMATION, OK, Asker, Effect, ErrorCode, Offer, Role, ToolError
from tools.roles import CALLS, Roles, RolesWrong
from tools.switch import Switch

GUEST = Asker(satellite="guest room", room="Bedroom", role=Role.GUEST)
RESIDENT = replace(HERE, role=Role.RESIDENT)
PRESENCE = Entity(
    id="binary_sensor.zebra",
    component=Component.BINARY_SENSOR,
    name="Zebra presence",
    room="Bedroom",
    aspects=(Aspect(name="state", quantity=Quantity.PRESENCE),),
)
HOUSE = (*ENTITIES, PRESENCE)


async def told(house: SmallHouse, asker: Asker, **asked: object) -> tuple[str, str]:
    result = await house.query("latest", asker, **asked)
    return result.verdict, str(result.error.as_json() if result.error else "")


async def test_a_guest_asks_about_comfort(tmp_path: Path) -> None:
    async with small_house(tmp_path, HOUSE) as house:
        assert (await told(house, GUEST, quantity="temperature", where="kitchen"))[0] == OK


@pytest.mark.parametrize(("quantity", "where"), [("presence", "bedroom"), ("lock", "front door"), (None, "zebra")])
async def test_what_a_guest_may_not_know_is_exactly_like_what_is_not_there(
    tmp_path: Path, quantity: str | None, where: str
) -> None:
    without = tuple(one for one in ENTITIES if one.id not in {"lock.front_door", "binary_sensor.front_door_contact"})
    async with small_house(tmp_path, HOUSE) as house:
        hidden = await told(house, GUEST, quantity=quantity, where=where)
        assert (await told(house, HERE, quantity=quantity, where=where))[0] in {OK, "no_data"}
    (tmp_path / "other").mkdir()
    async with small_house(tmp_path / "other", without) as house:
        assert await told(house, HERE, quantity=quantity, where=where) == hidden


async def test_a_guest_switches_a_lamp_and_opens_no_door(tmp_path: Path) -> None:
    async with small_house(tmp_path, HOUSE) as house:
        assert (await house.control("turn_on", "bedroom light", GUEST)).verdict == NEEDS_CONFIRMATION
        for asker in (HERE, RESIDENT):
            assert (await house.control("unlock", "front door", asker)).verdict == NEEDS_CONFIRMATION
        hidden = await house.control("unlock", "front door", GUEST)
        nothing = await house.control("unlock", "garden gate", GUEST)
        assert hidden.verdict == nothing.verdict == ErrorCode.UNKNOWN_NAME
        assert hidden.error is not None and "door" not in str(hidden.error.suggestion)


async def test_in_the_rooms_that_guests_may_not_know_there_is_nothing(tmp_path: Path) -> None:
    async with small_house(tmp_path, HOUSE, guest=GuestSettings(rooms=("Bedroom",))) as house:
        rooms = await house.call("describe_house", GUEST, topic="rooms", where=None, quantity=None)
        assert "kitchen" not in json.dumps(rooms.answer, default=str) and "bedroom" in json.dumps(
            rooms.answer, default=str
        )
        assert (await told(house, GUEST, quantity="temperature", where="kitchen"))[0] == ErrorCode.UNKNOWN_NAME
        assert (await house.control("turn_on", "floor lamp", GUEST)).verdict == ErrorCode.UNKNOWN_NAME


async def test_no_byte_that_a_model_sees_for_a_guest_names_what_is_hidden(tmp_path: Path) -> None:
    async with ScriptedEndpoint([says("I don't know.")] * 2) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="curious")
        async with talking(tmp_path, GUEST, model, only_model=True, entities=HOUSE) as (talk, _):
            await talk.say("what is there in this house")
            await Talk(talk.turns, HERE).say("what is there in this house")
        guest, owner = (request.raw.decode().casefold() for request in endpoint.requests)
    assert "zebra" in owner and "front door" in owner
    assert "zebra" not in guest and "front door" not in guest and "bedroom" in guest


async def recorded_houses(house: SmallHouse) -> list[str]:
    return [str(record.body) for record in await house.audit.records(newest=1000) if record.event == Event.HOUSE]


async def test_what_a_guest_may_not_know_is_not_understood_either(tmp_path: Path) -> None:
    """Nor listened for, nor kept as known in the record of the turn."""
    async with talking(tmp_path, GUEST, entities=HOUSE) as (talk, house):
        owner = Talk(talk.turns, HERE)
        hidden, nothing = await talk.say("is the front door locked"), await talk.say("is the barn door locked")
        assert hidden.text.replace("front", "barn") == nothing.text
        assert "front door" not in (await talk.vocabulary(Expects.NOTHING)).jsgf
        await owner.say("is the bedroom window open")
        assert "front door" in (await owner.vocabulary(Expects.NOTHING)).jsgf
        records = await recorded_houses(house)
        await talk.say("is the bedroom window open")
        assert await recorded_houses(house) == records, "what is the same is kept once"
    assert sorted("zebra" in one.casefold() for one in records) == [False, True]


def roles(*satellites: SatelliteSettings, guest: GuestSettings | None = None, path: Path = Path("/nowhere")) -> Roles:
    return Roles(
        satellites=satellites, guest=guest or GuestSettings(), switch=Switch(path / "off"), monotonic=lambda: 0.0
    )


def test_who_speaks_where_is_for_the_settings_to_say() -> None:
    some = roles(SatelliteSettings(name="porch", role="guest"), SatelliteSettings(name="hall", role="resident"))
    assert some.asker("porch", "Porch") == Asker(satellite="porch", room="Porch", role=Role.GUEST)
    assert some.asker("hall", None).role is Role.RESIDENT
    assert some.asker("elsewhere", None).role is Role.OWNER
    assert some.asker("console", None, typed=True).typed


def test_a_kind_of_reading_that_there_is_not_is_named_with_one_that_there_is() -> None:
    with pytest.raises(RolesWrong, match=r'\[guest\] may_ask: .*"temprature"; did you mean "temperature"'):
        roles(guest=GuestSettings(may_ask=("temprature",)))


async def test_outdoors_nothing_is_opened_heated_or_disarmed_whoever_speaks(tmp_path: Path) -> None:
    async with small_house(tmp_path, HOUSE, satellites=[SatelliteSettings(name="here", outdoor=True)]) as house:
        assert (await house.control("unlock", "front door", HERE)).verdict == ErrorCode.NOT_SUPPORTED
        assert (await house.control("turn_on", "bedroom light", HERE)).verdict == NEEDS_CONFIRMATION
        await house.devices.report("lock.front_door", "unlocked")
        assert (await house.control("lock", "front door", HERE)).verdict == NEEDS_CONFIRMATION


async def test_what_takes_more_than_guests_are_trusted_with_is_not_asked_of_them(tmp_path: Path) -> None:
    action = Action(entity_id="light.bedroom_light", name="lamp", quantity=Quantity.LIGHT, verb=Verb.TURN_ON)
    async with small_house(tmp_path) as house:
        home = await house.questions.house()
        allowed = {ask: house.roles.may_do(GUEST, action, home, ask) for ask in Ask}
    assert [ask for ask, may in allowed.items() if may] == [Ask.AT_ONCE, Ask.YES, Ask.NOUN]


async def test_a_guests_yes_does_not_answer_for_the_owner_on_the_same_satellite(tmp_path: Path) -> None:
    async with small_house(tmp_path) as house:
        await house.control("turn_on", "bedroom light", HERE)
        house.heard("here")
        assert await house.gate.hear("yes", replace(HERE, role=Role.GUEST)) is None
        assert house.devices.sent == []


def test_the_switch_outlives_the_program_and_fails_closed(tmp_path: Path) -> None:
    switch = Switch(tmp_path / "off")
    assert switch.acting()
    switch.stop()
    assert not switch.acting() and not Switch(tmp_path / "off").acting()
    assert (tmp_path / "off").stat().st_mode & 0o777 == 0o600
    switch.resume()
    switch.resume()
    assert switch.acting()
    forbidden = Switch(tmp_path / "off", allowed=False)
    assert not forbidden.acting() and not forbidden.allowed and switch.allowed
    (tmp_path / "file").touch()
    assert not Switch(tmp_path / "file" / "off").acting(), "what cannot be looked at stops everything"


async def test_calls_are_limited_for_each_satellite_by_itself(tmp_path: Path) -> None:
    async with small_house(tmp_path) as house:
        home = house.roles
        tools = house.desk.offered(HERE, may_act=True)
        for _ in range(CALLS.burst):
            home.admit(GUEST, tools[0])
        with pytest.raises(Exception, match="too much at once; try again in 1 second"):
            home.admit(GUEST, tools[0])
        home.admit(HERE, tools[0])


def _tool(effect: Effect) -> Offer:
    return Offer(name="any", description="", arguments=QuerySensors, effect=effect)


def _ruled(may_do: tuple[str, ...], clock: list[float]) -> Roles:
    guest = GuestSettings(may_do=may_do)
    return Roles(satellites=(), guest=guest, switch=Switch(Path("none")), monotonic=lambda: clock[0])


def _taken(roles: Roles, asker: Asker, effect: Effect) -> int:
    """How many calls are taken at one moment."""
    taken = 0
    with pytest.raises(ToolError) as caught:
        while taken < 1_000:
            roles.admit(asker, _tool(effect))
            taken += 1
    assert caught.value.code is ErrorCode.RATE_LIMITED
    return taken


def test_a_satellite_may_call_sixty_times_at_once_and_act_twenty_times() -> None:
    assert _taken(_ruled((), [0.0]), HERE, Effect.READ) == 60
    assert _taken(_ruled((), [0.0]), HERE, Effect.ACT) == 20


def test_so_often_again_it_may_after_a_minute() -> None:
    clock = [0.0]
    roles = _ruled((), clock)
    _taken(roles, HERE, Effect.ACT)
    clock[0] = 60.0
    assert _taken(roles, HERE, Effect.ACT) == 10
    clock[0] = 0.0
    roles = _ruled((), clock)
    _taken(roles, HERE, Effect.READ)
    clock[0] = 30.0
    assert _taken(roles, HERE, Effect.READ) == 30


def test_there_is_no_tool_that_acts_for_guests_who_may_do_nothing() -> None:
    offered = [(asker, effect) for asker in (HERE, RESIDENT, GUEST) for effect in Effect]
    free, bound = _ruled(("light",), [0.0]), _ruled((), [0.0])
    assert all(free.may_use(asker, _tool(effect)) for asker, effect in offered)
    hidden = [(asker, effect) for asker, effect in offered if not bound.may_use(asker, _tool(effect))]
    assert hidden == [(GUEST, Effect.ACT)]


def test_what_a_guest_sees_of_a_house_is_worked_out_once_and_anew_for_another_house() -> None:
    roles, house = _ruled((), [0.0]), House(entities=HOUSE)
    seen = roles.visible(house, GUEST)
    assert seen is roles.visible(house, GUEST) and 0 < len(seen.entities) < len(house.entities)
    assert roles.visible(House(entities=HOUSE[:1]), GUEST).entities == seen.entities[:1]
    assert roles.visible(House(), GUEST).entities == ()
