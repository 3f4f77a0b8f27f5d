"""Watches of a real assistant on a real broker: killed, restarted, and told all the same."""

import json
import signal
import time
from pathlib import Path

from real_daemon import Daemon, eventually, running
from real_mosquitto import Mosquitto
from real_peer import publish


def announce_opening(port: int, name: str, kind: str, state: str) -> None:
    topic = f"home/{name.replace(' ', '_')}"
    config = {
        "name": name.capitalize(),
        "unique_id": topic,
        "state_topic": topic,
        "device_class": kind,
        "device": {"identifiers": [topic], "name": name.capitalize(), "suggested_area": "Hallway"},
    }
    publish(port, f"homeassistant/binary_sensor/{topic.replace('/', '_')}/config", json.dumps(config))
    publish(port, topic, state)


def heard_until(daemon: Daemon, *wanted: str, seconds: float = 30.0) -> str:
    """All that it tells by the way, until every one of the wanted is in it."""
    end, told = time.monotonic() + seconds, ""
    while not all(words in told for words in wanted):
        assert time.monotonic() < end, told
        told += daemon.say("hello")[0]
        time.sleep(0.3)
    return told


def test_what_comes_about_while_it_is_dead_is_told_and_what_has_to_last_goes_on(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    announce_opening(mosquitto.port, "front door", "door", "OFF")
    announce_opening(mosquitto.port, "skylight", "window", "OFF")
    with running(tmp_path, mosquitto.port) as daemon:
        eventually(daemon, "is the front door open", "closed")
        eventually(daemon, "is the skylight open", "closed")
        assert daemon.say("tell me when the front door opens", "warn me if the skylight is open for three seconds") == [
            "I will tell you once when the front door is open. I stop watching after 7 days.",
            "I will tell you once when the skylight is open for 3 seconds. I stop watching after 7 days.",
        ]
        publish(mosquitto.port, "home/skylight", "ON")
        eventually(daemon, "is the skylight open", "is open")
        daemon.stop(signal.SIGKILL)
    publish(mosquitto.port, "home/front_door", "ON")
    (tmp_path / "notify").unlink()
    with running(tmp_path, mosquitto.port) as daemon:
        told = heard_until(daemon, "the front door is open", "the skylight has been open for 3 seconds")
        assert told.count("front door") == told.count("skylight") == 1
        assert daemon.say("what are you watching for") == ["I am not watching for anything."]
        log = daemon.log.read_text()
        assert "Traceback" not in log
        assert "front door is open" not in log
        assert daemon.stop() == 0
