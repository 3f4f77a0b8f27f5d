"""SIGTERM ends the daemon within seconds whatever it does; benchmarks/stopping.py has more of what it may be doing.

Idle: test_daemon; in a model call: test_daemon_model.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes_sound_server import require_sound_server
from real_mosquitto import Mosquitto
from stopping_states import STATES, Place, ended, left, place_of, waiting_for_the_wake_word

SILENT = {"a commit that waits": signal.SIGTERM, "a flood of discovery": signal.SIGHUP}
"""The second as when its terminal is closed."""
WITH_SOUND = (
    "somebody speaks to it",
    "the sound server hangs",
    "starting, the sound server hangs",
    "starting, the recogniser too",
)


@pytest.fixture
def place(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Place]:
    with place_of(tmp_path, mosquitto) as place:
        yield place


def ends_well(place: Place, state: str, number: signal.Signals) -> None:
    seconds, wrong = ended(daemon := STATES[state](place), number)
    place.stack.close()
    assert [*wrong, *left(daemon.state)] == [], f"after {seconds:.1f} s"


@pytest.mark.parametrize("state", SILENT)
def test_it_ends_well_while(state: str, place: Place) -> None:
    ends_well(place, state, SILENT[state])


@pytest.mark.parametrize("state", WITH_SOUND)
def test_with_sound_it_ends_well_while(state: str, place: Place) -> None:
    require_sound_server()
    ends_well(place, state, signal.SIGTERM)


def test_while_it_waits_for_the_wake_word_it_gives_signs_of_life_until_the_end(place: Place) -> None:
    require_sound_server()
    place.settings["WATCHDOG_USEC"] = "600000"
    daemon = waiting_for_the_wake_word(place)
    assert [daemon.told() for _ in range(3)] == ["WATCHDOG=1"] * 3
    place.room.pause()  # a sound server that hangs is nothing that a restart would mend
    assert [daemon.told() for _ in range(4)].count("WATCHDOG=1") >= 3
    assert ended(daemon)[1] == []
    place.room.go_on()
