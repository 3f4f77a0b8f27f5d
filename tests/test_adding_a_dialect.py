"""docs/adding-a-dialect.md is true: its dialect is one file, and does what the text says."""

import re
from pathlib import Path
from typing import Any

import pytest
from fakes_dialects import Listener, commands, message
from hypothesis import given
from hypothesis import strategies as st

from sensors.decoded import Dialect
from sensors.reading import Quantity

DOCUMENT = Path(__file__).parent.parent / "docs" / "adding-a-dialect.md"


def acorn() -> Dialect:
    [source] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    module: dict[str, Any] = {}
    exec(compile(source, str(DOCUMENT), "exec"), module)
    dialect: Dialect = module["Acorn"]()
    return dialect


def test_the_document_is_short_enough_to_follow() -> None:
    assert len(DOCUMENT.read_text().splitlines()) <= 80


def test_its_device_is_understood_and_told() -> None:
    house = Listener(acorn())
    heard = house.hear("acorn/7/status", {"celsius": 21.5, "relay": True})
    assert heard == {"sensor.acorn_7_sensor": 21.5, "switch.acorn_7_switch": "on"}
    assert {one.aspects[0].quantity for one in house.entities.values()} == {Quantity.TEMPERATURE, Quantity.SWITCH}
    assert commands(house.entities["switch.acorn_7_switch"])["turn_off"] == ("acorn/7/relay", "0")
    assert house.hear("acorn/7/status", {"relay": False}) == {"switch.acorn_7_switch": "off"}
    assert house.last.definitions == ()


def test_it_knows_its_devices_after_a_restart() -> None:
    before = Listener(acorn())
    before.hear("acorn/7/status", {"celsius": 21.5, "relay": True})
    after = Listener(acorn())
    after.dialect.restore(before.definitions.values())
    assert after.hear("acorn/7/status", {"celsius": 22}) == {"sensor.acorn_7_sensor": 22}
    assert after.entities == before.entities


@pytest.mark.parametrize("topic", ["acorn", "acorn/7/relay", "oak/7/status", "acorn/7/status/x"])
def test_it_leaves_alone_what_is_not_its_own(topic: str) -> None:
    assert Listener(acorn()).ignores(topic, "{}")


@given(payload=st.binary(max_size=40))
def test_it_never_raises(payload: bytes) -> None:
    decoded = acorn().decode(message("acorn/7/status", payload))
    assert decoded is not None
