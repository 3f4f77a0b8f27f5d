"""Short keys of Home Assistant's discovery are spelled out, and long ones are left as they are."""

import pytest

from sensors.dialects.abbreviations import expand, spelled_out

# As Home Assistant documents them; those whose words do not give them away above all.
FACTS = """
avty=availability avty_mode=availability_mode avty_t=availability_topic avty_tpl=availability_template
cmd_t=command_topic stat_t=state_topic val_tpl=value_template uniq_id=unique_id unit_of_meas=unit_of_measurement
act_t=action_topic act_stat_t=activity_state_topic act_val_tpl=activity_value_template av_tones=available_tones
clr_temp_cmd_t=color_temp_command_topic clrm_stat_t=color_mode_state_topic cod_arm_req=code_arm_required
dir_cmd_t=direction_command_topic evt_typ=event_types exp_aft=expire_after fanspd_lst=fan_speed_list
fx_cmd_t=effect_command_topic fx_list=effect_list frc_upd=force_update hum_cmd_t=target_humidity_command_topic
hum_stat_t=target_humidity_state_topic json_attr_t=json_attributes_topic json_attr_tpl=json_attributes_template
l_ver_t=latest_version_topic max_mirs=max_mireds ops=options opt=optimistic osc_cmd_t=oscillation_command_topic
pct_cmd_t=percentage_command_topic pl_arm_nite=payload_arm_night pl_cln_sp=payload_clean_spot pl_inst=payload_install
pl_paus=payload_pause pl_prs=payload_press pl_ret=payload_return_to_base pl_rst=payload_reset pl_strt=payload_start
pl_toff=payload_turn_off pl_ton=payload_turn_on pos=reports_position pos_t=position_topic pow_cmd_t=power_command_topic
pr_mode_cmd_t=preset_mode_command_topic pr_modes=preset_modes ret=retain set_pos_t=set_position_topic
spd_rng_max=speed_range_max strt_mw_cmd_t=start_mowing_command_topic stat_val_tpl=state_value_template
sup_clrm=supported_color_modes swing_h_modes=swing_horizontal_modes temp_hi_stat_t=temperature_high_state_topic
temp_lo_cmd_t=temperature_low_command_topic tilt_opnd_val=tilt_opened_value whit_scl=white_scale
"""


@pytest.mark.parametrize("fact", FACTS.split())
def test_a_short_key_is_spelled_out(fact: str) -> None:
    short, long = fact.split("=")
    assert spelled_out(short) == long
    assert spelled_out(long) == long, "a long key is not spelled out again"


def test_every_part_of_a_configuration_is_spelled_out_and_gets_its_base_topic() -> None:
    expanded = expand(
        {
            "~": "plug/1",
            "dev": {"ids": ["x"], "sa": "Kitchen", "mdl_id": "7"},
            "avty": [{"t": "~/lwt", "pl_avail": "up"}, {"topic": "bridge/~"}],
            "clr_temp_cmd_t": "~/ct",
            "color_temp_state_topic": "ct/~",
            "cmps": {"a": {"p": "sensor", "stat_t": "~/a"}, "b": {"~": "plug/2", "p": "sensor", "stat_t": "~/b"}},
        }
    )
    assert expanded["device"] == {"identifiers": ["x"], "suggested_area": "Kitchen", "model_id": "7"}
    assert expanded["availability"] == [{"topic": "plug/1/lwt", "payload_available": "up"}, {"topic": "bridge/plug/1"}]
    assert (expanded["color_temp_command_topic"], expanded["color_temp_state_topic"]) == ("plug/1/ct", "ct/plug/1")
    assert expanded["components"]["a"] == {"platform": "sensor", "state_topic": "plug/1/a"}
    assert expanded["components"]["b"] == {"platform": "sensor", "state_topic": "plug/2/b"}
