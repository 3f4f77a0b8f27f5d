"""What Shelly devices are promised: each part understood as it shows itself, and nobody else's messages taken."""

import json
from typing import Any

import pytest
from fakes_dialects import Listener, Neighbours, commands, message
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.dialects.shelly import Shelly
from sensors.reading import Component, Quantity, Verb
from sensors.templates import render_command

PLUG = "shellyplusplugs-d4d4da123456"
EVENTS = f"{PLUG}/events/rpc"


def notice(method: str = "NotifyStatus", *, prefix: str = PLUG, **parts: Any) -> dict[str, Any]:
    """A notification as it goes over MQTT; `switch_0` stands for `switch:0`."""
    params = {key.replace("_", ":"): value for key, value in parts.items()}
    return {
        "src": prefix.rpartition("/")[2],
        "dst": f"{prefix}/events",
        "method": method,
        "params": {"ts": 1700000000.05, **params},
    }


SWITCH = {
    "id": 0,
    "source": "MQTT",
    "output": True,
    "apower": 61.4,
    "voltage": 230.1,
    "current": 0.312,
    "aenergy": {"total": 1532.8, "by_minute": [1020.1, 1011.2, 1000.0], "minute_ts": 1700000000},
    "temperature": {"tC": 41.2, "tF": 106.2},
}
FULL = {
    "ble": {},
    "cloud": {"connected": False},
    "mqtt": {"connected": True},
    "switch:0": SWITCH,
    "sys": {"mac": "D4D4DA123456", "restart_required": False, "time": "10:00", "uptime": 3600, "available_updates": {}},
    "wifi": {"sta_ip": "192.0.2.40", "status": "got ip", "ssid": "home", "rssi": -58},
    "ws": {"connected": False},
}


def full() -> dict[str, Any]:
    return {**notice("NotifyFullStatus"), "params": {"ts": 1700000000.05, **FULL}}


def shelly(*messages: tuple[str, object]) -> Listener:
    house = Listener(Neighbours(Shelly))
    for topic, payload in messages:
        house.hear(topic, payload)
    return house


def test_a_plug_shows_its_switch_and_its_meters() -> None:
    house = Listener(Neighbours(Shelly))
    assert house.hear(EVENTS, full()) == {
        f"switch.{PLUG}:switch:0": "on",
        f"sensor.{PLUG}:switch:0:apower": 61.4,
        f"sensor.{PLUG}:switch:0:voltage": 230.1,
        f"sensor.{PLUG}:switch:0:current": 0.312,
        f"sensor.{PLUG}:switch:0:aenergy.total": 1.5328,
        f"sensor.{PLUG}:switch:0:temperature.tC": 41.2,
        f"sensor.{PLUG}:wifi:rssi": -58,
    }
    quantities = {entity.name: entity.aspects[0].quantity for entity in house.entities.values()}
    assert quantities == {
        f"{PLUG} switch": Quantity.SWITCH,
        f"{PLUG} switch power": Quantity.POWER,
        f"{PLUG} switch voltage": Quantity.VOLTAGE,
        f"{PLUG} switch current": Quantity.CURRENT,
        f"{PLUG} switch energy": Quantity.ENERGY,
        f"{PLUG} switch internal temperature": Quantity.TEMPERATURE,
        f"{PLUG} signal": Quantity.SIGNAL,
    }
    assert house.last.refusals == ()


def test_a_change_says_only_what_changed() -> None:
    house = shelly((EVENTS, full()))
    assert house.hear(EVENTS, notice(switch_0={"id": 0, "output": False, "source": "button"})) == {
        f"switch.{PLUG}:switch:0": "off"
    }
    assert house.last.definitions == ()
    assert house.last.notes == ()


def test_a_switch_is_told_in_the_protocol_of_the_device() -> None:
    house = shelly((EVENTS, full()))
    topic, payload = commands(house.entities[f"switch.{PLUG}:switch:0"])["turn_on"]
    assert topic == f"{PLUG}/rpc"
    request = json.loads(payload)
    assert (request["method"], request["params"]) == ("Switch.Set", {"id": 0, "on": True})
    assert {"id", "src"} <= request.keys()


def test_the_status_of_a_component_says_the_same() -> None:
    house = Listener(Neighbours(Shelly))
    heard = house.hear(f"{PLUG}/status/switch:0", SWITCH)
    assert heard[f"switch.{PLUG}:switch:0"] == "on"
    assert len(house.entities) == 6


def test_a_prefix_of_ones_own_may_have_levels() -> None:
    house = shelly(("home/kitchen/kettle/events/rpc", notice(prefix="home/kitchen/kettle", switch_0=SWITCH)))
    [switch] = [entity for entity in house.entities.values() if entity.component is Component.SWITCH]
    assert switch.device == "kettle"
    assert switch.commands[0].topic == "home/kitchen/kettle/rpc"
    assert "home/kitchen/kettle/online" in house.dialect.filters()


def test_who_can_be_reached_is_told() -> None:
    house = shelly((EVENTS, notice(switch_0={"id": 0, "output": True})))
    house.hear(f"{PLUG}/online", "false", retain=True)
    assert house.available == {f"switch.{PLUG}:switch:0": False}
    house.hear(f"{PLUG}/online", "true", retain=True)
    assert house.available == {f"switch.{PLUG}:switch:0": True}
    assert house.ignores("somebody/online", "true")


SENSOR = "shellyhtg3-84fce6123456"


def test_a_sensor_that_sleeps_is_not_called_unreachable() -> None:
    house = Listener(Neighbours(Shelly))
    topic = f"{SENSOR}/events/rpc"
    heard = house.hear(topic, notice(prefix=SENSOR, temperature_0={"id": 0, "tC": 21.4, "tF": 70.5}))
    house.hear(f"{SENSOR}/online", "false")
    [temperature] = heard
    assert house.available == {temperature: False}
    parts = {
        "humidity:0": {"id": 0, "rh": 48.5},
        "devicepower:0": {"id": 0, "battery": {"V": 5.87, "percent": 96}, "external": {"present": False}},
        "sys": {"mac": "84FCE6123456", "wakeup_period": 7200, "wakeup_reason": {"boot": "deepsleep_wake"}},
    }
    frame = notice("NotifyFullStatus", prefix=SENSOR)
    frame["params"].update(parts)
    house.hear(topic, frame)
    assert house.available[temperature] is True
    house.hear(f"{SENSOR}/events/rpc", notice(prefix=SENSOR, temperature_0={"id": 0, "tC": 21.5}))
    house.available.clear()
    assert house.ignores(f"{SENSOR}/online", "false") or house.available == {}
    quantities = {entity.aspects[0].quantity for entity in house.entities.values()}
    assert {Quantity.TEMPERATURE, Quantity.HUMIDITY, Quantity.BATTERY, Quantity.VOLTAGE} == quantities
    after = Listener(Neighbours(Shelly))
    after.dialect.restore(house.definitions.values())
    after.hear(f"{SENSOR}/online", "false")
    assert after.available == {}, "it still sleeps after a restart of ours"


@pytest.mark.parametrize(
    ("component", "status", "quantity", "said"),
    [
        ("temperature:100", {"id": 100, "tC": -3.5}, Quantity.TEMPERATURE, -3.5),
        ("humidity:0", {"id": 0, "rh": 55.5}, Quantity.HUMIDITY, 55.5),
        ("illuminance:0", {"id": 0, "lux": 210, "illumination": "bright"}, Quantity.ILLUMINANCE, 210),
        ("voltmeter:100", {"id": 100, "voltage": 4.32}, Quantity.VOLTAGE, 4.32),
        ("smoke:0", {"id": 0, "alarm": True, "mute": False}, Quantity.SMOKE, "detected"),
        ("flood:0", {"id": 0, "alarm": False, "mute": False}, Quantity.LEAK, "clear"),
        ("input:1", {"id": 1, "state": True}, Quantity.TEXT, "on"),
        ("pm1:0", {"id": 0, "apower": 12.5}, Quantity.POWER, 12.5),
        ("em1:1", {"id": 1, "act_power": 501.8}, Quantity.POWER, 501.8),
        ("em1data:0", {"id": 0, "total_act_energy": 2500.5}, Quantity.ENERGY, 2.5005),
        ("em:0", {"id": 0, "total_act_power": -480.2}, Quantity.POWER, -480.2),
        ("emdata:0", {"id": 0, "total_act": 1000.0}, Quantity.ENERGY, 1.0),
    ],
)
def test_every_part_that_measures_is_understood(
    component: str, status: dict[str, Any], quantity: Quantity, said: float | str
) -> None:
    house = Listener(Neighbours(Shelly))
    heard = house.hear(f"{PLUG}/status/{component}", status)
    [entity] = house.entities.values()
    assert entity.aspects[0].quantity is quantity
    assert heard == {entity.id: said}


def test_three_phases_are_told_apart() -> None:
    status = {"id": 0} | {f"{phase}_{what}": 1.0 for phase in "abc" for what in ("current", "voltage", "act_power")}
    house = shelly((f"{PLUG}/status/em:0", status))
    assert {f"{PLUG} phase {phase} power" for phase in "abc"} <= {one.name for one in house.entities.values()}


def test_a_dimmer_is_a_light() -> None:
    house = Listener(Neighbours(Shelly))
    status = {"id": 0, "source": "init", "output": True, "brightness": 40, "apower": 4.2}
    heard = house.hear(f"{PLUG}/status/light:0", status)
    light = house.entities[f"light.{PLUG}:light:0"]
    assert (heard[light.id], heard[f"{light.id}/brightness"]) == ("on", 40)
    command = light.command(Verb.SET_BRIGHTNESS)
    assert command is not None
    request = json.loads(render_command(command, 65))
    assert (request["method"], request["params"]) == ("Light.Set", {"id": 0, "on": True, "brightness": 65})
    request = json.loads(commands(light)["turn_off"][1])
    assert (request["method"], request["params"]) == ("Light.Set", {"id": 0, "on": False})


def test_a_white_light_is_set_from_warm_to_cold() -> None:
    house = Listener(Neighbours(Shelly))
    heard = house.hear(f"{PLUG}/status/cct:0", {"id": 0, "output": False, "brightness": 50, "ct": 3000})
    light = house.entities[f"light.{PLUG}:cct:0"]
    assert heard == {light.id: "off", f"{light.id}/brightness": 50, f"{light.id}/color_temperature": 3000}
    command = light.command(Verb.SET_COLOR_TEMPERATURE)
    assert command is not None
    request = json.loads(render_command(command, 4000))
    assert (request["method"], request["params"]) == ("CCT.Set", {"id": 0, "ct": 4000})


def pushed(event: str, component: str = "input:1") -> dict[str, Any]:
    events = [{"component": component, "id": 1, "event": event, "ts": 1700000000.05}]
    return {**notice("NotifyEvent"), "params": {"ts": 1700000000.05, "events": events}}


def test_a_button_tells_how_it_was_pushed() -> None:
    house = Listener(Neighbours(Shelly))
    [(entity_id, said)] = house.hear(EVENTS, pushed("double_push")).items()
    assert (house.entities[entity_id].component, said) == (Component.EVENT, "double_push")
    assert house.hear(EVENTS, pushed("double_push")) == {entity_id: "double_push"}
    assert house.hear(EVENTS, pushed("single_push")) == {entity_id: "single_push"}
    assert house.hear(EVENTS, pushed("ota_begin", "sys")) == {}
    assert house.codes == []
    after = Listener(Neighbours(Shelly))
    after.dialect.restore(house.definitions.values())
    assert after.hear(EVENTS, pushed("long_push")) == {entity_id: "long_push"}


def test_a_thermostat_is_set_to_a_temperature() -> None:
    house = Listener(Neighbours(Shelly))
    status = {"id": 0, "enable": True, "target_C": 21, "current_C": 20.4, "output": False}
    heard = house.hear(f"{PLUG}/status/thermostat:0", status)
    [entity] = house.entities.values()
    assert heard == {f"{entity.id}/current_temperature": 20.4, f"{entity.id}/target_temperature": 21}
    command = entity.command(Verb.SET_TEMPERATURE)
    assert command is not None
    request = json.loads(render_command(command, 22.5))
    assert request["params"] == {"id": 0, "config": {"id": 0, "target_C": 22.5}}


def test_a_cover_moves_and_says_where_it_is() -> None:
    house = Listener(Neighbours(Shelly))
    status = {"id": 0, "state": "closed", "current_pos": 0, "pos_control": True, "apower": 0.0}
    heard = house.hear(f"{PLUG}/status/cover:0", status)
    cover = house.entities[f"cover.{PLUG}:cover:0"]
    assert (heard[cover.id], heard[f"{cover.id}/position"]) == ("closed", 0)
    moving = notice(cover_0={"id": 0, "state": "opening", "last_direction": "open"})
    assert house.hear(EVENTS, moving) == {cover.id: "opening"}
    stopped = notice(cover_0={"id": 0, "state": "stopped", "current_pos": 30})
    assert house.hear(EVENTS, stopped) == {cover.id: "open", f"{cover.id}/position": 30}
    methods = {
        verb: json.loads(payload)["method"] for verb, (_, payload) in commands(cover).items() if "set" not in verb
    }
    assert (methods["open"], methods["close"]) == ("Cover.Open", "Cover.Close")
    command = cover.command(Verb.SET_POSITION)
    assert command is not None
    request = json.loads(render_command(command, 70))
    assert (request["method"], request["params"]) == ("Cover.GoToPosition", {"id": 0, "pos": 70})


def test_a_cover_that_learns_its_way_says_nothing_of_it() -> None:
    house = shelly((f"{PLUG}/status/cover:0", {"id": 0, "state": "open", "current_pos": None}))
    assert house.hear(EVENTS, notice(cover_0={"id": 0, "state": "calibrating"})) == {}
    assert house.codes == []


def test_a_value_that_is_not_there_says_nothing() -> None:
    house = shelly((f"{PLUG}/status/temperature:0", {"id": 0, "tC": 20.5, "tF": 68.9}))
    assert house.hear(f"{PLUG}/status/temperature:0", {"id": 0, "tC": None, "errors": ["read"]}) == {}
    assert house.codes == []


# --- whose messages are whose --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("robot/events/rpc", {"method": "NotifyStatus", "params": {"switch:0": {"output": True}}}),
        ("robot/events/rpc", {"src": "robot", "dst": "x", "method": "NotifyStatus", "params": {}}),
        ("robot/events/rpc", {"src": "shelly1", "method": "Else", "params": {}}),
        ("robot/events/rpc", {"src": "shelly1", "method": "NotifyStatus", "params": []}),
        ("robot/events/rpc", b"\xff"),
        ("robot/events/rpc", "[]"),
        ("robot/status/battery", {"id": 0, "percent": 5}),
        ("robot/status/switch:0", {"output": True}),
        ("robot/status/switch:0", {"id": 1, "output": True}),
        ("robot/status/switch:0", "on"),
        ("robot/status/wifi", {"rssi": -5}),
        ("robot/online", "true"),
        ("status/switch:0", {"id": 0, "output": True}),
    ],
)
def test_what_only_looks_alike_is_left_alone(topic: str, payload: object) -> None:
    assert Listener(Neighbours(Shelly)).ignores(topic, payload)


def test_nonsense_of_a_known_device_is_refused_by_name() -> None:
    house = shelly((EVENTS, full()))
    house.hear(EVENTS, "{")
    assert house.codes == ["not_json"]
    house.hear(f"{PLUG}/status/switch:0", "[]")
    assert house.codes == ["not_an_object"]
    house.hear(EVENTS, notice(switch_0={"id": 0, "apower": "much"}))
    assert house.codes == ["not_a_number"]


def test_what_discovery_describes_is_left_to_it() -> None:
    described = {"stat_t": f"{PLUG}/status/switch:0", "cmd_t": f"{PLUG}/command/switch:0", "uniq_id": "x"}
    late = shelly((EVENTS, full()))
    late.hear("homeassistant/switch/x/config", described)
    assert late.entities == {}
    assert late.ignores(EVENTS, full())
    late.ignores("homeassistant/switch/x/config", b"")
    late.hear(EVENTS, full())
    assert late.entities, "nobody else describes it any more"


def test_after_a_restart_everything_is_known_again() -> None:
    before = shelly((EVENTS, full()))
    after = Listener(Neighbours(Shelly))
    after.dialect.restore(before.definitions.values())
    assert after.dialect.filters() == before.dialect.filters()
    assert after.hear(EVENTS, full()).keys() == {one.key.entity_id for one in before.last.readings}
    assert after.entities in ({}, before.entities)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
KINDS = st.sampled_from(
    ["switch", "light", "cover", "input", "em", "em1", "temperature", "devicepower", "thermostat", "cct", "smoke"]
)
FIELDS = st.sampled_from(
    ["id", "output", "brightness", "state", "current_pos", "apower", "aenergy", "tC", "battery", "target_C", "percent"]
)


@settings(max_examples=150, deadline=None)
@given(
    parts=st.dictionaries(KINDS, st.dictionaries(FIELDS, json_values, max_size=5) | json_values, max_size=4),
    method=st.sampled_from(["NotifyStatus", "NotifyFullStatus", "NotifyEvent"]),
    anything=json_values,
    noise=st.binary(max_size=40),
)
def test_nothing_that_a_device_says_raises(parts: dict[str, Any], method: str, anything: Any, noise: bytes) -> None:
    dialect = Neighbours(Shelly)
    for topic, payload in (
        (EVENTS, notice(method, **{f"{kind}_0": status for kind, status in parts.items()})),
        (EVENTS, {**notice(method), "params": {"events": anything, "sys": anything}}),
        (EVENTS, noise),
        *((f"{PLUG}/status/{kind}:0", status) for kind, status in parts.items()),
        (f"{PLUG}/status/switch:0", noise),
        (f"{PLUG}/online", noise),
        ("homeassistant/switch/x/config", {"state_topic": f"{PLUG}/x", "y": anything}),
    ):
        dialect.decode(message(topic, payload))
        assert all(isinstance(one, str) and one for one in dialect.filters())
