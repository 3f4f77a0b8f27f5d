"""Locks, covers and valves: what they say, and the exact payloads that open and close them."""

from typing import Any

import pytest
from fakes_discovery import Announced

from sensors.reading import Verb


def test_a_lock_locks_unlocks_and_opens_where_it_can() -> None:
    lock = Announced("lock", state_topic="s", command_topic="c", payload_open="OPEN")
    assert lock.says("s", "OPENING") == {"state": "opening"}
    assert lock.says("s", "JAMMED") == {"state": "jammed"}
    assert lock.says("s", "None") == {}
    assert lock.told(Verb.LOCK) == ("c", "LOCK")
    assert lock.told(Verb.UNLOCK) == ("c", "UNLOCK")
    assert lock.told(Verb.OPEN) == ("c", "OPEN")
    assert Verb.OPEN not in Announced("lock", state_topic="s", command_topic="c").verbs


def test_a_lock_that_wants_a_code_can_be_asked_and_not_told() -> None:
    lock = Announced("lock", state_topic="s", command_topic="c", code_format="^\\d{4}$")
    assert lock.verbs == set()
    assert lock.decoded.notes == ("code_needed",)
    assert lock.says("s", "LOCKED") == {"state": "locked"}


def blinds(**more: Any) -> Announced:
    return Announced(
        "cover",
        state_topic="s",
        command_topic="c",
        position_topic="p",
        set_position_topic="pc",
        tilt_status_topic="t",
        tilt_command_topic="tc",
        **more,
    )


def test_blinds_open_close_stop_go_to_a_position_and_tilt() -> None:
    cover = blinds()
    assert cover.aspects == {"state": "cover", "position": "position", "tilt": "tilt"}
    assert cover.says("s", "opening") == {"state": "opening"}
    assert cover.says("p", "30") == {"position": 30.0}
    assert cover.says("t", "75") == {"tilt": 75.0}
    assert cover.told(Verb.OPEN) == ("c", "OPEN")
    assert cover.told(Verb.CLOSE) == ("c", "CLOSE")
    assert cover.told(Verb.STOP) == ("c", "STOP")
    assert cover.told(Verb.SET_POSITION, 30) == ("pc", "30")
    assert cover.told(Verb.SET_TILT, 75) == ("tc", "75")
    assert cover.proof(Verb.STOP) == (None, None)
    assert cover.proof(Verb.SET_TILT) == ("tilt", None)


def test_a_tilt_may_be_counted_from_any_end_in_any_steps() -> None:
    cover = blinds(tilt_min=180, tilt_max=0, tilt_command_template='{"tilt": {{ value }}, "was": {{ tilt_position }}}')
    assert cover.says("t", "180") == {"tilt": 0.0}
    assert cover.says("t", "45") == {"tilt": 75.0}
    assert cover.told(Verb.SET_TILT, 75) == ("tc", '{"tilt": 45, "was": 75}')


def test_a_position_may_come_with_the_tilt() -> None:
    cover = blinds(position_template="{{ value }}")
    assert cover.says("p", '{"position": 20, "tilt_position": 60}') == {"position": 20.0, "tilt": 60.0}


def test_a_template_for_the_state_is_none_for_the_position() -> None:
    cover = blinds(value_template="{{ value_json.state }}")
    assert cover.says("s", {"state": "open"}) == {"state": "open"}
    assert cover.says("p", "30") == {"position": 30.0}


def test_a_templates_ends_are_known_to_it_by_name() -> None:
    cover = blinds(
        position_closed=10, position_open=90, set_position_template="{{ position_closed }}-{{ value }}-{{ position }}"
    )
    assert cover.told(Verb.SET_POSITION, 50) == ("pc", "10.0-50-50")
    assert cover.told(Verb.SET_POSITION, 0) == ("pc", "10.0-10-0")


def test_what_a_cover_cannot_do_it_is_not_asked_to() -> None:
    cover = blinds(payload_stop=None, payload_close=None)
    assert Verb.STOP not in cover.verbs
    assert Verb.CLOSE not in cover.verbs
    assert Verb.OPEN in cover.verbs


@pytest.mark.parametrize(
    ("device_class", "quantity"),
    [
        ("garage", "garage_door"),
        ("gate", "gate"),
        ("door", "door"),
        ("window", "window"),
        ("awning", "cover"),
        ("shutter", "cover"),
        (None, "cover"),
    ],
)
def test_what_a_cover_covers_is_what_it_is(device_class: str | None, quantity: str) -> None:
    assert blinds(device_class=device_class).aspects["state"] == quantity


def test_a_valve_says_whether_it_is_open() -> None:
    valve = Announced("valve", state_topic="s", command_topic="c", payload_stop="STOP")
    assert valve.says("s", "open") == {"state": "open"}
    assert valve.says("s", '{"state": "closing"}') == {"state": "closing"}
    assert valve.mistakes("s", "50") == ["unknown_state"]
    assert valve.told(Verb.OPEN) == ("c", "OPEN")
    assert valve.told(Verb.CLOSE) == ("c", "CLOSE")
    assert valve.told(Verb.STOP) == ("c", "STOP")
    assert valve.proof(Verb.OPEN) == ("state", "open")


def test_a_valve_that_reports_its_position_is_opened_and_closed_by_it() -> None:
    valve = Announced(
        "valve", state_topic="s", command_topic="c", reports_position=True, position_closed=0, position_open=200
    )
    assert valve.says("s", "100") == {"position": 50.0, "state": "open"}
    assert valve.says("s", "0") == {"position": 0.0, "state": "closed"}
    assert valve.says("s", "opening") == {"state": "opening"}
    assert valve.says("s", '{"state": "opening", "position": 20}') == {"position": 10.0, "state": "opening"}
    assert valve.told(Verb.OPEN) == ("c", "200")
    assert valve.told(Verb.CLOSE) == ("c", "0")
    assert valve.told(Verb.SET_POSITION, 25) == ("c", "50")
