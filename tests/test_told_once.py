"""A fault that goes on is in the log once, and again when it comes back."""

import logging

import pytest

from sensors.told_once import ToldOnce


def test_a_fault_is_told_once_until_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    fault = ToldOnce(logging.getLogger("house"), "it cannot be kept", OSError)
    for fails in (True, True, False, True):
        with fault:
            if fails:
                raise PermissionError(13, "no permission", "/there")
    assert [record.message for record in caplog.records] == ["it cannot be kept: no permission"] * 2
    with pytest.raises(ValueError), fault:
        raise ValueError("a bug")
