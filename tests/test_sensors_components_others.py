"""Everything else that is announced: set, pressed, driven, guarded, told of; and what is left out by name."""

from typing import Any

import pytest
from fakes_discovery import Announced

from sensors.dialects.notes import MEANINGS, Note
from sensors.reading import Needs, Verb


def test_a_switch_takes_its_payloads_through_its_template() -> None:
    switch = Announced("switch", state_topic="s", command_topic="c", command_template='{"relay": "{{ value }}"}')
    assert switch.told(Verb.TURN_ON) == ("c", '{"relay": "ON"}')


@pytest.mark.parametrize("template", ["{% if", "{{ tone }}", "{{ value.__class__ }}", "{{ 1 / 0 }}"])
def test_a_command_whose_template_cannot_be_used_is_left_out_and_nothing_else(template: str) -> None:
    fan = Announced("fan", state_topic="s", command_topic="c", command_template=template, percentage_command_topic="p")
    assert fan.verbs == {Verb.SET_SPEED}
    assert fan.decoded.notes == ("command_left_out",)
    assert fan.says("s", "ON") == {"state": "on"}
    broken = Announced("select", state_topic="s", command_topic="c", options=["a"], command_template="{% if")
    assert (broken.verbs, broken.decoded.notes) == (set(), ("command_left_out",))


def test_a_siren_is_told_in_json_and_may_answer_in_json() -> None:
    siren = Announced("siren", state_topic="s", command_topic="c", payload_on="1", payload_off="0")
    assert siren.says("s", "1") == {"state": "on"}
    assert siren.says("s", '{"state": "0", "tone": "fire"}') == {"state": "off"}
    assert siren.told(Verb.TURN_ON) == ("c", '{"state":"1"}')
    assert siren.told(Verb.TURN_OFF) == ("c", '{"state":"0"}')


def test_a_siren_with_templates_is_told_by_them() -> None:
    siren = Announced(
        "siren",
        command_topic="c",
        command_template='{"mode": "{{ tone | default(\'emergency\') }}", "is": "{{ state }}"}',
        command_off_template='{"mode": "stop"}',
        available_tones=["fire", "burglar"],
    )
    assert siren.told(Verb.TURN_ON) == ("c", '{"mode": "emergency", "is": "ON"}')
    assert siren.told(Verb.TURN_OFF) == ("c", '{"mode": "stop"}')
    assert siren.proof(Verb.TURN_ON) == (None, None)
    assert siren.decoded.notes == ("tones_left_out",)


def test_a_number_is_set_within_its_bounds_and_on_its_steps() -> None:
    number = Announced("number", state_topic="s", command_topic="c", min=-5, max=5, step=0.5, unit_of_measurement="°C")
    assert number.says("s", "2.5") == {"state": 2.5}
    assert number.mistakes("s", "7") == ["out_of_range"]
    assert number.says("s", "None") == {}
    assert number.told(Verb.SET_NUMBER, 2.5) == ("c", "2.5")
    command = number.command(Verb.SET_NUMBER)
    assert (command.minimum, command.maximum, command.step, command.unit) == (-5, 5, 0.5, "celsius")
    assert Announced("number", state_topic="s", min=5, max=1).refusal == "bad_definition"
    assert Announced("number", state_topic="s", step=0).refusal == "bad_definition"


def test_a_select_says_and_takes_one_of_its_options() -> None:
    select = Announced(
        "select", state_topic="s", command_topic="c", options=["fast", "slow"], command_template='{"o":"{{ value }}"}'
    )
    assert select.says("s", "fast") == {"state": "fast"}
    assert select.mistakes("s", "sideways") == ["unknown_state"]
    assert select.told(Verb.SELECT_OPTION, "slow") == ("c", '{"o":"slow"}')
    assert select.command(Verb.SELECT_OPTION).needs is Needs.WORD
    with pytest.raises(ValueError, match="none of the words"):
        select.told(Verb.SELECT_OPTION, "sideways")
    assert Announced("select", state_topic="s").refusal == "bad_definition"


def test_a_button_is_pressed_and_a_scene_activated_and_neither_answers() -> None:
    button = Announced("button", command_topic="c", command_template='{"do": "{{ value }}"}')
    assert button.told(Verb.PRESS) == ("c", '{"do": "PRESS"}')
    assert button.proof(Verb.PRESS) == (None, None)
    assert not button.entity.aspects[0].expected
    assert Announced("button", command_topic="c", payload_press="go").told(Verb.PRESS) == ("c", "go")
    scene = Announced("scene", command_topic="c", payload_on='{"scene_recall": 4}')
    assert scene.told(Verb.ACTIVATE) == ("c", '{"scene_recall": 4}')
    assert Announced("scene", command_topic="c").told(Verb.ACTIVATE) == ("c", "ON")


def test_a_text_is_written_within_its_length() -> None:
    text = Announced("text", state_topic="s", command_topic="c", min=2, max=5, pattern="[a-z]+")
    assert text.says("s", "hello") == {"state": "hello"}
    assert text.told(Verb.SET_TEXT, "hello") == ("c", "hello")
    assert text.command(Verb.SET_TEXT).needs is Needs.TEXT
    assert text.decoded.notes == ("pattern_unchecked",)
    for wrong in ("h", "too long", "a\nb", 5.0, None):
        with pytest.raises(ValueError, match="set_text"):
            text.told(Verb.SET_TEXT, wrong)


def test_a_password_is_neither_kept_nor_spoken() -> None:
    assert Announced("text", state_topic="s", command_topic="c", mode="password").refusal == "ignored_secret"


def a_vacuum(**more: Any) -> Announced:
    features = ["start", "stop", "pause", "return_home", "battery", "locate", "clean_spot", "fan_speed"]
    return Announced(
        "vacuum",
        state_topic="s",
        command_topic="c",
        supported_features=features,
        set_fan_speed_topic="fc",
        fan_speed_list=["min", "max"],
        **more,
    )


def test_a_vacuum_says_what_it_does_and_does_what_it_is_told() -> None:
    vacuum = a_vacuum(send_command_topic="raw")
    said = vacuum.says("s", {"state": "docked", "battery_level": 61, "fan_speed": "max"})
    assert said == {"state": "docked", "battery": 61.0, "fan_speed": "max"}
    assert vacuum.mistakes("s", {"state": "flying"}) == ["unknown_state"]
    assert vacuum.told(Verb.START) == ("c", "start")
    assert vacuum.told(Verb.STOP) == ("c", "stop")
    assert vacuum.told(Verb.PAUSE) == ("c", "pause")
    assert vacuum.told(Verb.RETURN_HOME) == ("c", "return_to_base")
    assert vacuum.told(Verb.CLEAN_SPOT) == ("c", "clean_spot")
    assert vacuum.told(Verb.LOCATE) == ("c", "locate")
    assert vacuum.told(Verb.SET_FAN_MODE, "min") == ("fc", "min")
    assert vacuum.proof(Verb.START) == ("state", "cleaning")
    assert vacuum.decoded.notes == ("send_command_left_out",)


def test_a_vacuum_can_do_by_default_what_home_assistant_says_it_can() -> None:
    vacuum = Announced("vacuum", state_topic="s", command_topic="c")
    assert vacuum.verbs == {Verb.START, Verb.STOP, Verb.RETURN_HOME, Verb.CLEAN_SPOT}
    assert Announced("vacuum", state_topic="s", schema="legacy").refusal == "unsupported_schema"


def test_a_lawn_mower_mows_pauses_and_goes_home() -> None:
    mower = Announced(
        "lawn_mower",
        activity_state_topic="s",
        start_mowing_command_topic="sc",
        pause_command_topic="pc",
        dock_command_topic="dc",
        dock_command_template='{"do": "{{ value }}"}',
    )
    assert mower.says("s", "mowing") == {"state": "mowing"}
    assert mower.mistakes("s", "dancing") == ["unknown_state"]
    assert mower.told(Verb.START) == ("sc", "start_mowing")
    assert mower.told(Verb.PAUSE) == ("pc", "pause")
    assert mower.told(Verb.RETURN_HOME) == ("dc", '{"do": "dock"}')


def test_an_alarm_is_armed_and_disarmed() -> None:
    alarm = Announced("alarm_control_panel", state_topic="s", command_topic="c")
    for state in ("disarmed", "armed_home", "armed_away", "armed_night", "pending", "triggered", "arming"):
        assert alarm.says("s", state) == {"state": state}
    assert alarm.mistakes("s", "ringing") == ["unknown_state"]
    payloads = {
        Verb.ARM_HOME: "ARM_HOME",
        Verb.ARM_AWAY: "ARM_AWAY",
        Verb.ARM_NIGHT: "ARM_NIGHT",
        Verb.ARM_VACATION: "ARM_VACATION",
        Verb.ARM_CUSTOM_BYPASS: "ARM_CUSTOM_BYPASS",
        Verb.DISARM: "DISARM",
        Verb.TRIGGER: "TRIGGER",
    }
    assert {verb: alarm.told(verb)[1] for verb in alarm.verbs} == payloads
    assert alarm.proof(Verb.ARM_AWAY) == ("state", "armed_away")
    assert alarm.proof(Verb.DISARM) == ("state", "disarmed")


def test_an_alarm_does_only_what_it_supports_and_says_it_its_own_way() -> None:
    alarm = Announced(
        "alarm_control_panel",
        state_topic="s",
        command_topic="c",
        supported_features=["arm_home"],
        payload_arm_home="STAY",
        command_template='{"action": "{{ action }}"}',
    )
    assert alarm.verbs == {Verb.ARM_HOME, Verb.DISARM}
    assert alarm.told(Verb.ARM_HOME) == ("c", '{"action": "STAY"}')


@pytest.mark.parametrize(
    ("config", "verbs"),
    [
        ({"code": "1234"}, set()),
        ({"code": "REMOTE_CODE"}, set()),
        ({"code": "1234", "code_arm_required": False, "supported_features": ["arm_away"]}, {Verb.ARM_AWAY}),
        ({"command_template": '{"code": "{{ code }}", "action": "{{ action }}"}'}, set()),
    ],
)
def test_an_alarm_that_wants_a_code_is_not_told_what_it_wants_one_for(config: dict[str, Any], verbs: set[Verb]) -> None:
    alarm = Announced("alarm_control_panel", state_topic="s", command_topic="c", **config)
    assert alarm.verbs == verbs
    assert alarm.decoded.notes == ("code_needed",)
    assert alarm.says("s", "armed_away") == {"state": "armed_away"}


def test_an_event_is_what_happened_and_not_what_the_broker_had_kept() -> None:
    event = Announced("event", state_topic="s", event_types=["press", "hold"])
    assert event.happened("s", {"event_type": "press", "strength": 3}) == [("state", "idle"), ("state", "press")]
    assert event.happened("s", {"event_type": "press"}, retain=True) == []
    assert event.mistakes("s", {"event_type": "bite"}) == ["unknown_state"]
    assert event.mistakes("s", "press") == ["not_an_object"]
    assert not event.entity.aspects[0].expected
    assert Announced("event", state_topic="s").refusal == "bad_definition"


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("single", "single"),
        ("2_double", "double"),
        ("button_1_hold", "hold"),
        ("dial_rotate_left_slow", "dial_rotate"),
        ("brightness_step_up", "brightness_step"),
        ("region_3_enter", "region_enter"),
        ("recall_12", "recall"),
    ],
)
def test_the_actions_of_a_zigbee_remote_are_events(action: str, kind: str) -> None:
    event = Announced(
        "event",
        state_topic="s",
        event_types=["single", "double", "hold", "dial_rotate", "brightness_step", "region_enter", "recall"],
        value_template="{% set patterns = [] %}{% set action_value = value_json.action %}{{ x | regex_findall('a') }}",
    )
    assert event.happened("s", {"action": action}) == [("state", "idle"), ("state", kind), ("action", action)]
    assert event.says("s", {"action": ""}) == {}
    assert event.says("s", {"battery": 90}) == {}
    assert event.mistakes("s", {"action": "explode"}) == ["unknown_state"]


def test_an_update_is_there_or_not_once_both_versions_are_known() -> None:
    update = Announced("update", state_topic="s", latest_version_topic="l", command_topic="c", payload_install="go")
    assert update.says("s", "1.0") == {}
    assert update.says("l", "1.1") == {"state": "available"}
    assert update.says("s", "1.1") == {"state": "up_to_date"}
    assert update.says("s", {"installed_version": 7, "latest_version": 8}) == {"state": "available"}
    assert update.told(Verb.INSTALL) == ("c", "go")
    assert update.proof(Verb.INSTALL) == ("state", "up_to_date")


def test_who_is_at_home_is_present_and_who_is_elsewhere_is_at_a_place() -> None:
    tracker = Announced("device_tracker", state_topic="s", payload_home="in", payload_not_home="out")
    assert tracker.says("s", "in") == {"state": "present"}
    assert tracker.says("s", "out") == {"state": "away"}
    assert tracker.says("s", "the office") == {"state": "away", "place": "the office"}
    assert tracker.says("s", "None") == {}


def test_a_device_that_is_one_thing_has_its_battery_among_its_attributes() -> None:
    lock = Announced("lock", state_topic="s", command_topic="c", json_attributes_topic="a")
    assert lock.says("a", {"battery": 80, "linkquality": 120, "latitude": 52.1}) == {"battery": 80.0, "signal": 120.0}
    assert lock.says("a", {"battery_level": "full", "color": {"r": 1}}) == {}
    assert {one.name: one.expected for one in lock.entity.aspects} == {"state": True, "battery": False, "signal": False}
    tracker = Announced("device_tracker", state_topic="s", json_attributes_topic="a")
    assert tracker.says("a", {"battery_level": 55}) == {"battery": 55.0}


def test_a_sensors_attributes_are_the_business_of_other_entities() -> None:
    assert set(Announced("sensor", state_topic="s", json_attributes_topic="a").aspects) == {"state"}
    assert set(Announced("lock", state_topic="s", json_attributes_topic="s").aspects) == {"state"}


@pytest.mark.parametrize("component", ["image", "camera", "tag", "device_automation", "notify", "infrared"])
def test_what_is_left_out_is_left_out_by_name_and_with_a_reason(component: str) -> None:
    announced = Announced(component, topic="s", command_topic="c")
    assert announced.refusal == "ignored_component"
    detail = announced.decoded.refusals[0].detail
    assert detail.startswith(f"{component} is known and left out: ")


def test_what_nobody_knows_is_refused_by_name() -> None:
    announced = Announced("teleporter", state_topic="s")
    assert announced.refusal == "unsupported_component"
    assert "teleporter" in announced.decoded.refusals[0].detail


def test_everything_that_is_noted_is_explained_to_a_person() -> None:
    assert set(MEANINGS) == set(Note)
    assert all(" " in meaning and "_" not in meaning for meaning in MEANINGS.values())


@pytest.mark.parametrize(
    ("short", "component", "verb"),
    [
        ({"cmd_t": "c", "pl_prs": "x"}, "button", Verb.PRESS),
        ({"pct_cmd_t": "c", "spd_rng_max": 5}, "fan", Verb.SET_SPEED),
        ({"osc_cmd_t": "c", "pl_osc_on": "x"}, "fan", Verb.START_OSCILLATING),
        ({"pr_mode_cmd_t": "c", "pr_modes": ["eco"]}, "fan", Verb.SET_PRESET),
        ({"hum_cmd_t": "c"}, "humidifier", Verb.SET_HUMIDITY),
        ({"clr_temp_cmd_t": "c", "min_mirs": 200}, "light", Verb.SET_COLOR_TEMPERATURE),
        ({"fx_cmd_t": "c", "fx_list": ["x"]}, "light", Verb.SET_EFFECT),
        ({"temp_hi_cmd_t": "c"}, "climate", Verb.SET_HIGH_TEMPERATURE),
        ({"swing_h_mode_cmd_t": "c"}, "climate", Verb.SET_HORIZONTAL_SWING_MODE),
        ({"pow_cmd_t": "c"}, "water_heater", Verb.TURN_ON),
        ({"strt_mw_cmd_t": "c"}, "lawn_mower", Verb.START),
        ({"set_fan_spd_t": "c", "fanspd_lst": ["x"]}, "vacuum", Verb.SET_FAN_MODE),
        ({"tilt_cmd_t": "c"}, "cover", Verb.SET_TILT),
        ({"cmd_t": "c", "pos": True}, "valve", Verb.SET_POSITION),
        ({"cmd_t": "c", "cod_dis_req": False}, "alarm_control_panel", Verb.DISARM),
        ({"cmd_t": "c", "pl_inst": "x"}, "update", Verb.INSTALL),
    ],
)
def test_the_short_keys_are_understood_as_the_long_ones(short: dict[str, Any], component: str, verb: Verb) -> None:
    announced = Announced(component, **short)
    assert announced.command(verb).topic == "c"
