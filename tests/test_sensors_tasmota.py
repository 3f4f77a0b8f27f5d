"""What Tasmota devices are promised: understood as they announce themselves, and never in the house twice."""

from typing import Any

import pytest
from fakes_dialects import Listener, Neighbours, commands, message
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.dialects.tasmota import Tasmota
from sensors.reading import Component, Quantity, Verb
from sensors.templates import render_command

MAC = "C8C9A3123456"
CONFIG = f"tasmota/discovery/{MAC}/config"
SENSORS = f"tasmota/discovery/{MAC}/sensors"


def config(**changes: Any) -> dict[str, Any]:
    """As Tasmota 13 announces itself, retained."""
    return {
        "ip": "192.0.2.17",
        "dn": "Washing machine",
        "fn": ["Washing machine", None, None, None, None, None, None, None],
        "hn": "tasmota-123456-5206",
        "mac": MAC,
        "md": "Nous A1T",
        "ty": 0,
        "if": 0,
        "cam": 0,
        "ofln": "Offline",
        "onln": "Online",
        "state": ["OFF", "ON", "TOGGLE", "HOLD"],
        "sw": "13.2.0",
        "t": "tasmota_123456",
        "ft": "%prefix%/%topic%/",
        "tp": ["cmnd", "stat", "tele"],
        "rl": [1, 0, 0, 0, 0, 0, 0, 0],
        "swc": [-1] * 8,
        "swn": [None] * 8,
        "btn": [0] * 8,
        "so": {"4": 0, "11": 0, "13": 0, "17": 0, "20": 0, "30": 0, "68": 0, "73": 0, "82": 0, "114": 0, "117": 0},
        "lk": 1,
        "lt_st": 0,
        "bat": 0,
        "dslp": 0,
        "sho": [0, 0, 0, 0],
        "sht": [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        "ver": 1,
        **changes,
    }


ENERGY = {
    "TotalStartTime": "2023-01-05T12:45:28",
    "Total": 17.043,
    "Yesterday": 0.312,
    "Today": 0.042,
    "Period": 0,
    "Power": 61,
    "ApparentPower": 82,
    "ReactivePower": 55,
    "Factor": 0.74,
    "Voltage": 231,
    "Current": 0.355,
}


def tasmota(*, sensors: dict[str, Any] | None = None, **changes: Any) -> Listener:
    listener = Listener(Neighbours(Tasmota))
    listener.hear(CONFIG, config(**changes), retain=True)
    if sensors is not None:
        listener.hear(SENSORS, {"sn": sensors, "ver": 1}, retain=True)
    return listener


def test_a_plug_is_a_switch_with_its_meters() -> None:
    house = tasmota(sensors={"Time": "2023-11-05T10:00:00", "ENERGY": ENERGY})
    plug = house.entities[f"switch.{MAC}_relay_1"]
    assert (plug.name, plug.device) == ("Washing machine", "Washing machine")
    assert commands(plug) == {
        "turn_on": ("cmnd/tasmota_123456/POWER1", "ON"),
        "turn_off": ("cmnd/tasmota_123456/POWER1", "OFF"),
    }
    names = {entity.name: entity.aspects[0] for entity in house.entities.values()}
    assert names["Washing machine power"].quantity is Quantity.POWER
    assert names["Washing machine energy"].unit == "kilowatt_hours"
    assert names["Washing machine voltage"].quantity is Quantity.VOLTAGE
    assert names["Washing machine current"].quantity is Quantity.CURRENT
    assert not any("Time" in name or "Period" in name for name in names)
    heard = house.hear("tele/tasmota_123456/SENSOR", {"Time": "2023-11-05T10:05:00", "ENERGY": ENERGY})
    assert heard[f"sensor.{MAC}_ENERGY_Power"] == 61
    assert heard[f"sensor.{MAC}_ENERGY_Total"] == 17.043
    assert house.last.refusals == ()


def test_every_way_in_which_a_relay_reports_is_heard() -> None:
    house = tasmota(rl=[1, 1], fn=["Fan", "Lamp"])
    first, second = f"switch.{MAC}_relay_1", f"switch.{MAC}_relay_2"
    assert {house.entities[first].name, house.entities[second].name} == {"Washing machine Fan", "Washing machine Lamp"}
    assert house.hear("stat/tasmota_123456/RESULT", {"POWER2": "ON"}) == {second: "on"}
    assert house.hear("stat/tasmota_123456/POWER2", "OFF") == {second: "off"}
    state = {"Time": "2023-11-05T10:00:00", "POWER1": "ON", "POWER2": "ON", "Wifi": {"RSSI": 96, "Signal": -52}}
    assert house.hear("tele/tasmota_123456/STATE", state) == {
        first: "on",
        second: "on",
        f"sensor.{MAC}_signal": -52,
    }
    assert house.hear("stat/tasmota_123456/STATUS11", {"StatusSTS": {"POWER1": "OFF"}}) == {first: "off"}


def test_the_only_relay_may_speak_without_a_number() -> None:
    house = tasmota()
    assert house.hear("stat/tasmota_123456/RESULT", {"POWER": "ON"}) == {f"switch.{MAC}_relay_1": "on"}
    assert house.hear("stat/tasmota_123456/POWER", "OFF") == {f"switch.{MAC}_relay_1": "off"}


def test_a_device_with_words_of_its_own_is_spoken_to_in_them() -> None:
    house = tasmota(state=["AUS", "EIN", "UM", "HALT"])
    entity = house.entities[f"switch.{MAC}_relay_1"]
    assert commands(entity)["turn_on"] == ("cmnd/tasmota_123456/POWER1", "EIN")
    assert house.hear("stat/tasmota_123456/POWER", "EIN") == {entity.id: "on"}


@pytest.mark.parametrize(
    ("pattern", "sensor", "command"),
    [
        ("%topic%/%prefix%/", "kitchen/tele/SENSOR", "kitchen/cmnd/POWER1"),
        ("home/%prefix%/%topic%", "home/tele/kitchen/SENSOR", "home/cmnd/kitchen/POWER1"),
        ("%prefix%/%hostname%/%id%/", "tele/plug/123456/SENSOR", "cmnd/plug/123456/POWER1"),
    ],
)
def test_topics_may_be_arranged_in_any_way(pattern: str, sensor: str, command: str) -> None:
    house = tasmota(ft=pattern, t="kitchen", hn="plug", sensors={"DS18B20": {"Temperature": 20.0}, "TempUnit": "C"})
    assert commands(house.entities[f"switch.{MAC}_relay_1"])["turn_on"][0] == command
    assert sensor in house.dialect.filters() or sensor.startswith("tele/kitchen")
    assert house.hear(sensor, {"DS18B20": {"Temperature": 20.4}, "TempUnit": "C"}) == {
        f"sensor.{MAC}_DS18B20_Temperature": 20.4
    }


def test_temperatures_and_pressures_come_in_the_units_that_the_device_was_set_to() -> None:
    announced = {
        "Time": "2023-11-05T10:00:00",
        "BME280": {"Temperature": 71.6, "Humidity": 44.1, "DewPoint": 48.9, "Pressure": 750.1},
        "PressureUnit": "mmHg",
        "TempUnit": "F",
    }
    house = tasmota(rl=[0], sensors=announced)
    heard = house.hear("tele/tasmota_123456/SENSOR", announced)
    assert heard[f"sensor.{MAC}_BME280_Temperature"] == 22
    assert heard[f"sensor.{MAC}_BME280_Humidity"] == 44.1
    assert heard[f"sensor.{MAC}_BME280_Pressure"] == pytest.approx(1000.05, abs=0.01)


def test_a_unit_that_changes_without_a_word_is_refused() -> None:
    house = tasmota(sensors={"DS18B20": {"Temperature": 20.0}, "TempUnit": "C"})
    assert house.hear("tele/tasmota_123456/SENSOR", {"DS18B20": {"Temperature": 68.0}, "TempUnit": "F"}) == {}
    assert house.codes == ["unit_changed"]


SEVERAL = {
    "Time": "2023-11-05T10:00:00",
    "DS18B20-1": {"Id": "01131B123456", "Temperature": 21.5},
    "DS18B20-2": {"Id": "01131B654321", "Temperature": -3.25},
    "AM2301": {"Temperature": 22.4, "Humidity": 51.0, "DewPoint": 11.9},
    "SHT3X": {"Temperature": 22.0, "Humidity": 48.3},
    "BH1750": {"Illuminance": 312},
    "MHZ19B": {"Model": "B", "CarbonDioxide": 612, "Temperature": 24.0},
    "SDS0X1": {"PM2.5": 6.3, "PM10": 9.9},
    "ANALOG": {"A0": 350, "Temperature1": 24.3, "CTEnergy1": {"Energy": 1.5, "Power": 230, "Voltage": 230}},
    "ENERGY": {"Total": [1.5, 2.5], "Power": [10, 20]},
    "TX23": {"Speed": {"Act": 3.6, "Avg": 7.2}, "Dir": {"Card": "WSW", "Deg": 247.5}},
    "SpeedUnit": "km/h",
    "TempUnit": "C",
}


@pytest.mark.parametrize(
    ("path", "quantity", "value"),
    [
        ("DS18B20-1_Temperature", Quantity.TEMPERATURE, 21.5),
        ("DS18B20-2_Temperature", Quantity.TEMPERATURE, -3.25),
        ("AM2301_Humidity", Quantity.HUMIDITY, 51.0),
        ("SHT3X_Humidity", Quantity.HUMIDITY, 48.3),
        ("BH1750_Illuminance", Quantity.ILLUMINANCE, 312),
        ("MHZ19B_CarbonDioxide", Quantity.CO2, 612),
        ("SDS0X1_PM2.5", Quantity.PM25, 6.3),
        ("ANALOG_A0", Quantity.NUMBER, 350),
        ("ANALOG_Temperature1", Quantity.TEMPERATURE, 24.3),
        ("ANALOG_CTEnergy1_Power", Quantity.POWER, 230),
        ("ENERGY_Total_1", Quantity.ENERGY, 2.5),
        ("ENERGY_Power_0", Quantity.POWER, 10),
        ("TX23_Speed_Avg", Quantity.WIND_SPEED, 2.0),
        ("TX23_Dir_Deg", Quantity.NUMBER, 247.5),
        ("TX23_Dir_Card", Quantity.TEXT, "WSW"),
    ],
)
def test_the_usual_sensors_are_understood(path: str, quantity: Quantity, value: float | str) -> None:
    house = tasmota(rl=[0], sensors=SEVERAL)
    entity = house.entities[f"sensor.{MAC}_{path}"]
    assert entity.aspects[0].quantity is quantity
    assert house.hear("tele/tasmota_123456/SENSOR", SEVERAL)[entity.id] == value
    assert house.hear("stat/tasmota_123456/STATUS10", {"StatusSNS": SEVERAL})[entity.id] == value


def test_two_probes_of_a_kind_have_two_names() -> None:
    house = tasmota(rl=[0], dn="Pond", sensors=SEVERAL)
    names = [entity.name for entity in house.entities.values()]
    assert len(names) == len(set(names))
    assert "Pond DS18B20-1 temperature" in names
    assert "Pond illuminance" in names


def test_what_nobody_asks_about_is_a_diagnosis() -> None:
    told = {"ESP32": {"Temperature": 52.0}, "ENERGY": ENERGY, "DS18B20": {"Temperature": 20.0}, "TempUnit": "C"}
    house = tasmota(rl=[0], sensors=told)
    plain = {entity.name for entity in house.entities.values() if entity.category is None}
    assert plain == {
        f"Washing machine {name}" for name in ("DS18B20 temperature", "energy", "power", "voltage", "current")
    }


def test_a_sensor_that_reads_nothing_says_nothing() -> None:
    house = tasmota(sensors={"DS18B20": {"Temperature": 20.0}, "TempUnit": "C"})
    assert house.hear("tele/tasmota_123456/SENSOR", {"DS18B20": {"Temperature": None}, "TempUnit": "C"}) == {}
    assert house.last.refusals == ()
    assert house.last.notes == ("no_value",)


def test_a_dimmer_is_a_light_with_brightness() -> None:
    house = tasmota(rl=[2], lt_st=1, dn="Desk lamp", fn=["Desk lamp"])
    light = house.entities[f"light.{MAC}_relay_1"]
    assert light.name == "Desk lamp"
    command = light.command(Verb.SET_BRIGHTNESS)
    assert command is not None
    assert (command.topic, render_command(command, 40)) == ("cmnd/tasmota_123456/Dimmer", b"40")
    assert house.hear("stat/tasmota_123456/RESULT", {"POWER": "ON", "Dimmer": 40}) == {
        light.id: "on",
        f"{light.id}/brightness": 40,
    }


def test_a_white_light_is_set_from_warm_to_cold() -> None:
    house = tasmota(rl=[2], lt_st=2)
    light = house.entities[f"light.{MAC}_relay_1"]
    heard = house.hear("stat/tasmota_123456/RESULT", {"POWER": "ON", "Dimmer": 80, "CT": 250, "White": 80})
    assert heard[f"{light.id}/color_temperature"] == 4000
    command = light.command(Verb.SET_COLOR_TEMPERATURE)
    assert command is not None
    assert (command.topic, render_command(command, 4000)) == ("cmnd/tasmota_123456/CT", b"250")


def test_a_fan_has_three_speeds() -> None:
    house = tasmota(**{"if": 1}, rl=[1, 1, 1, 1])
    fan = house.entities[f"fan.{MAC}_fan"]
    assert house.entities[f"light.{MAC}_relay_1"].component is Component.LIGHT
    heard = house.hear("stat/tasmota_123456/RESULT", {"FanSpeed": 2})
    assert (heard[fan.id], heard[f"{fan.id}/speed"]) == ("on", 67)
    assert house.hear("tele/tasmota_123456/STATE", {"FanSpeed": 0})[fan.id] == "off"
    assert commands(fan)["turn_on"] == ("cmnd/tasmota_123456/FanSpeed", "2")
    assert commands(fan)["turn_off"] == ("cmnd/tasmota_123456/FanSpeed", "0")
    command = fan.command(Verb.SET_SPEED)
    assert command is not None
    assert (command.topic, render_command(command, 100)) == ("cmnd/tasmota_123456/FanSpeed", b"3")


def test_lights_that_share_a_device_have_a_dimmer_each() -> None:
    several = tasmota(rl=[2, 2], so={**config()["so"], "68": 1}, lt_st=5)
    first, second = (several.entities[f"light.{MAC}_relay_{number}"] for number in (1, 2))
    assert {one.command(Verb.SET_BRIGHTNESS).topic for one in (first, second)} == {  # type: ignore[union-attr]
        "cmnd/tasmota_123456/Channel1",
        "cmnd/tasmota_123456/Channel2",
    }
    assert several.hear("tele/tasmota_123456/STATE", {"Channel1": 10, "Channel2": 90}) == {
        f"{first.id}/brightness": 10,
        f"{second.id}/brightness": 90,
    }
    split = tasmota(rl=[2, 2], lk=0, lt_st=4)
    white = split.entities[f"light.{MAC}_relay_2"].command(Verb.SET_BRIGHTNESS)
    assert white is not None
    assert white.topic == "cmnd/tasmota_123456/Dimmer2"


def test_a_relay_that_was_declared_a_light_is_one() -> None:
    house = tasmota(so={**config()["so"], "30": 1})
    assert house.entities[f"light.{MAC}_relay_1"].component is Component.LIGHT


def test_a_relay_that_becomes_a_light_is_a_switch_no_more() -> None:
    house = tasmota()
    house.hear(CONFIG, config(so={**config()["so"], "30": 1}))
    assert {key.partition(".")[0] for key in house.entities} == {"light", "sensor"}
    assert house.hear("stat/tasmota_123456/POWER", "ON") == {f"light.{MAC}_relay_1": "on"}


def test_a_shutter_opens_closes_and_goes_to_a_place() -> None:
    house = tasmota(rl=[3, 3], dn="Bedroom shutter")
    cover = house.entities[f"cover.{MAC}_shutter_1"]
    assert cover.name == "Bedroom shutter"
    told = commands(cover)
    assert told["open"] == ("cmnd/tasmota_123456/Backlog", "ShutterOpen1")
    assert told["close"] == ("cmnd/tasmota_123456/Backlog", "ShutterClose1")
    assert told["stop"] == ("cmnd/tasmota_123456/Backlog", "ShutterStop1")
    assert told["set_position"][0] == "cmnd/tasmota_123456/ShutterPosition1"
    moving = {"Shutter1": {"Position": 40, "Direction": 1, "Target": 100, "Tilt": 0}}
    assert house.hear("stat/tasmota_123456/RESULT", moving) == {cover.id: "opening", f"{cover.id}/position": 40}
    there = {"Shutter1": {"Position": 0, "Direction": 0, "Target": 0, "Tilt": 0}}
    assert house.hear("tele/tasmota_123456/SENSOR", there) == {cover.id: "closed", f"{cover.id}/position": 0}


def test_a_shutter_that_counts_the_other_way_round_is_turned() -> None:
    house = tasmota(rl=[3, 3], sho=[1])
    cover = house.entities[f"cover.{MAC}_shutter_1"]
    heard = house.hear("tele/tasmota_123456/SENSOR", {"Shutter1": {"Position": 70, "Direction": -1}})
    assert heard == {cover.id: "opening", f"{cover.id}/position": 30}
    command = cover.command(Verb.SET_POSITION)
    assert command is not None
    assert float(render_command(command, 30)) == 70


def test_slats_are_tilted_within_their_own_bounds() -> None:
    house = tasmota(rl=[3, 3], sht=[[-90, 90, 24]])
    cover = house.entities[f"cover.{MAC}_shutter_1"]
    heard = house.hear("stat/tasmota_123456/RESULT", {"Shutter1": {"Position": 0, "Direction": 0, "Tilt": 0}})
    assert heard[f"{cover.id}/tilt"] == 50
    command = cover.command(Verb.SET_TILT)
    assert command is not None
    assert (command.topic, render_command(command, 100)) == ("cmnd/tasmota_123456/ShutterTilt1", b"90")


def test_half_a_shutter_is_none() -> None:
    assert not [key for key in tasmota(rl=[3, 0]).entities if key.startswith("cover")]


def test_an_input_is_told_of_wherever_the_device_tells_of_it() -> None:
    house = tasmota(rl=[0], swc=[1, 0, 15], swn=["Door", None, None])
    door, other = f"binary_sensor.{MAC}_input_1", f"binary_sensor.{MAC}_input_3"
    assert {key for key in house.entities if key.startswith("binary")} == {door, other}
    assert house.hear("stat/tasmota_123456/RESULT", {"Door": {"Action": "ON"}}) == {door: "on"}
    assert house.hear("tele/tasmota_123456/SENSOR", {"Door": "OFF", "Switch3": "ON"}) == {door: "off", other: "on"}
    assert house.hear("stat/tasmota_123456/STATUS10", {"StatusSNS": {"Door": "ON"}}) == {door: "on"}


def test_the_last_will_says_who_can_be_reached() -> None:
    house = tasmota()
    assert "tele/tasmota_123456/LWT" in house.dialect.filters()
    house.hear("tele/tasmota_123456/LWT", "Offline", retain=True)
    assert house.available == {f"switch.{MAC}_relay_1": False, f"sensor.{MAC}_signal": False}
    house.hear("tele/tasmota_123456/LWT", "Online", retain=True)
    assert set(house.available.values()) == {True}


def test_a_device_that_sleeps_is_not_called_unreachable() -> None:
    house = tasmota(dslp=1)
    house.hear("tele/tasmota_123456/LWT", "Offline")
    assert house.available == {}


def test_an_empty_configuration_takes_the_device_out_of_the_house() -> None:
    house = tasmota(sensors={"ENERGY": ENERGY})
    assert len(house.entities) > 8
    house.hear(CONFIG, b"")
    assert house.entities == {}
    assert house.ignores("stat/tasmota_123456/POWER", "ON")
    assert not any("tasmota_123456" in one for one in house.dialect.filters())
    house.hear(CONFIG, config())
    assert f"sensor.{MAC}_ENERGY_Power" in house.entities, "its sensors had not been taken back"


def test_sensors_that_are_announced_no_more_are_gone() -> None:
    house = tasmota(sensors={"DS18B20": {"Temperature": 20.0}, "TempUnit": "C"})
    house.hear(SENSORS, {"sn": {"AM2301": {"Humidity": 50}}, "ver": 1})
    assert f"sensor.{MAC}_DS18B20_Temperature" not in house.entities
    assert f"sensor.{MAC}_AM2301_Humidity" in house.entities


def test_sensors_may_be_announced_before_the_device() -> None:
    house = Listener(Neighbours(Tasmota))
    house.hear(SENSORS, {"sn": {"ENERGY": ENERGY}, "ver": 1})
    assert house.entities == {}
    house.hear(CONFIG, config())
    assert f"sensor.{MAC}_ENERGY_Power" in house.entities


def test_after_a_restart_states_are_heard_at_once_and_descriptions_read_anew() -> None:
    before = tasmota(sensors={"ENERGY": ENERGY})
    after = Listener(Neighbours(Tasmota))
    after.dialect.restore(before.definitions.values())
    assert after.dialect.filters() == before.dialect.filters()
    assert after.hear("tele/tasmota_123456/SENSOR", {"ENERGY": ENERGY})[f"sensor.{MAC}_ENERGY_Power"] == 61
    after.hear(CONFIG, config())
    after.hear(SENSORS, {"sn": {"ENERGY": ENERGY}, "ver": 1})
    assert after.entities == before.entities


# --- the same device in two dialects -------------------------------------------------------------------------------

HA_SWITCH = {
    "name": "Tasmota",
    "stat_t": "tele/tasmota_123456/STATE",
    "avty_t": "tele/tasmota_123456/LWT",
    "cmd_t": "cmnd/tasmota_123456/POWER",
    "val_tpl": "{{value_json.POWER}}",
    "uniq_id": "123456_RL_1",
    "dev": {"ids": ["123456"]},
}


def test_what_discovery_describes_is_left_to_it_whoever_comes_first() -> None:
    late = tasmota(sensors={"ENERGY": ENERGY})
    late.hear("homeassistant/switch/123456_RL_1/config", HA_SWITCH)
    assert late.entities == {}
    assert late.ignores("tele/tasmota_123456/STATE", {"Time": "2023-11-05T10:00:00", "POWER": "ON"})
    early = Listener(Neighbours(Tasmota))
    assert early.ignores("homeassistant/switch/123456_RL_1/config", HA_SWITCH)
    early.hear(CONFIG, config())
    assert early.entities == {}
    assert early.last.notes == ("announced_twice",)


def test_a_device_comes_back_when_discovery_drops_it() -> None:
    house = tasmota()
    house.hear("homeassistant/switch/123456_RL_1/config", HA_SWITCH)
    house.hear("homeassistant/switch/123456_RL_1/config", b"")
    assert f"switch.{MAC}_relay_1" in house.entities


def test_a_topic_that_only_tells_reachability_is_no_second_device() -> None:
    house = tasmota()
    other = {**HA_SWITCH, "stat_t": "zigbee/x", "cmd_t": "zigbee/x/set"}
    assert house.ignores("homeassistant/switch/other/config", other)
    assert house.entities


def test_what_discovery_refuses_is_not_left_to_it() -> None:
    house = tasmota()
    for topic, refused in (
        ("homeassistant/teapot/x/config", HA_SWITCH),
        ("homeassistant/switch/y/config", {**HA_SWITCH, "val_tpl": "{{ oops("}),
    ):
        assert house.ignores(topic, refused)
    assert f"switch.{MAC}_relay_1" in house.entities
    house.hear("homeassistant/switch/z/config", HA_SWITCH)
    assert house.entities == {}
    house.hear("homeassistant/switch/z/config", "{")
    assert house.entities == {}, "discovery keeps what it had understood before"
    house.hear("homeassistant/switch/z/config", {**HA_SWITCH, "stat_t": "another/topic"})
    assert f"switch.{MAC}_relay_1" in house.entities


# --- devices without discovery -------------------------------------------------------------------------------------


def test_an_old_device_is_read_from_its_telemetry_and_not_switched() -> None:
    house = Listener(Neighbours(Tasmota))
    told = {"Time": "2019-11-05T10:00:00", "AM2301": {"Temperature": 19.5, "Humidity": 61.0}, "TempUnit": "C"}
    assert house.hear("tele/cellar_sensor/SENSOR", told) == {
        "sensor.tele:cellar_sensor_AM2301_Temperature": 19.5,
        "sensor.tele:cellar_sensor_AM2301_Humidity": 61.0,
    }
    state = {"Time": "2019-11-05T10:00:00", "Uptime": "1T", "POWER": "ON", "Wifi": {"RSSI": 40, "Signal": -80}}
    assert house.hear("tele/cellar_sensor/STATE", state) == {
        "binary_sensor.tele:cellar_sensor_relay_1": "on",
        "sensor.tele:cellar_sensor_signal": -80,
    }
    assert all(entity.commands == () for entity in house.entities.values())
    assert {entity.device for entity in house.entities.values()} == {"cellar sensor"}
    house.hear("tele/cellar_sensor/LWT", "Offline")
    assert set(house.available.values()) == {False}
    after = Listener(Neighbours(Tasmota))
    after.dialect.restore(house.definitions.values())
    assert after.hear("tele/cellar_sensor/STATE", state) != {}


def test_an_old_device_that_announces_itself_at_last_is_one_device() -> None:
    house = Listener(Neighbours(Tasmota))
    house.hear("tele/tasmota_123456/STATE", {"Time": "2019-11-05T10:00:00", "POWER": "ON"})
    assert "binary_sensor.tele:tasmota_123456_relay_1" in house.entities
    house.hear(CONFIG, config())
    assert {key.split(".")[1].split("_")[0] for key in house.entities} == {MAC}


@pytest.mark.parametrize("payload", [b"on", b"{}", b'{"Time": 5}', b'{"Time": "soon"}', b"\xff", b"[1]"])
def test_telemetry_of_something_else_is_left_alone(payload: bytes) -> None:
    assert Listener(Neighbours(Tasmota)).ignores("tele/robot/STATE", payload)


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "payload", "code"),
    [
        (CONFIG, b"{", "not_json"),
        (CONFIG, b"[]", "not_an_object"),
        (CONFIG, {**config(), "mac": "AAAAAAAAAAAA"}, "bad_definition"),
        (CONFIG, {**config(), "ft": "%topic%/"}, "bad_definition"),
        (CONFIG, {**config(), "tp": ["cmnd"]}, "bad_definition"),
        (CONFIG, {**config(), "t": "a/#"}, "bad_topic"),
        ("tasmota/discovery/plug/config", config(), "bad_topic"),
        (f"tasmota/discovery/{MAC}/other", config(), "bad_topic"),
    ],
)
def test_what_cannot_be_a_device_is_refused_by_name(topic: str, payload: object, code: str) -> None:
    house = Listener(Neighbours(Tasmota))
    house.hear(topic, payload)
    assert (house.codes, house.entities) == ([code], {})


def test_two_devices_on_one_topic_are_told_apart_by_refusing_the_second() -> None:
    house = tasmota()
    house.hear("tasmota/discovery/C8C9A3999999/config", {**config(), "mac": "C8C9A3999999"})
    assert house.codes == ["duplicate_topic"]


def test_what_a_device_writes_on_its_console_is_no_fault() -> None:
    house = tasmota()
    assert house.hear("stat/tasmota_123456/LOGGING", "00:00:01 QPC: Reset") == {}
    assert house.codes == []
    house.hear("stat/tasmota_123456/RESULT", "nonsense")
    assert house.codes == ["not_json"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = sorted(config())


@settings(max_examples=150, deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from(KEYS), json_values, max_size=5),
    sensors=json_values,
    state=json_values,
    noise=st.binary(max_size=40),
)
def test_nothing_that_a_device_says_raises(changes: dict[str, Any], sensors: Any, state: Any, noise: bytes) -> None:
    dialect = Neighbours(Tasmota)
    for topic, payload in (
        (CONFIG, {**config(), **changes}),
        (SENSORS, {"sn": sensors}),
        ("tele/tasmota_123456/SENSOR", state),
        ("tele/tasmota_123456/STATE", noise),
        ("stat/tasmota_123456/RESULT", state),
        ("stat/tasmota_123456/POWER", noise),
        ("tele/tasmota_123456/LWT", noise),
        ("tele/old/SENSOR", {"Time": "2023-11-05T10:00:00", "X": sensors}),
        ("tele/old/STATE", {"Time": "2023-11-05T10:00:00", "Wifi": sensors}),
        (CONFIG, noise),
        (SENSORS, noise),
        ("homeassistant/switch/x/config", {"state_topic": "tele/tasmota_123456/STATE", "x": sensors}),
    ):
        dialect.decode(message(topic, payload))
        assert all(isinstance(one, str) and one for one in dialect.filters())
