"""Whatever becomes of the broker, what it had acknowledged to a device is stored, once, and the house stays awake."""

from pathlib import Path

from real_mosquitto import Mosquitto
from unwell_broker import Witness, freeze_under_load, restart_under_load


def check(witness: Witness) -> None:
    stored = witness.stored()
    assert set(witness.confirmed) <= stored.keys(), "something that was acknowledged is lost"
    assert max(stored.values()) == 1, "something was counted twice"
    assert len(witness.confirmed) > 100
    assert witness.longest_stall_seconds < 2.0


async def test_a_broker_that_is_stopped_and_started_twenty_times_costs_nothing(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    witness = await restart_under_load(mosquitto, tmp_path / "readings.sqlite3", times=20)
    check(witness)
    assert witness.listener.connections == 21
    assert witness.problems, "that it was away was said"


async def test_a_broker_that_freezes_costs_nothing(mosquitto: Mosquitto, tmp_path: Path) -> None:
    check(await freeze_under_load(mosquitto, tmp_path / "readings.sqlite3", seconds=3.0))
