"""`assistant acting`: the switch that stops everything that the house could be told, and starts it again."""

import sys
from pathlib import Path

from assistant.state_dir import StateDir
from config.errors import UserFacingError
from config.load import load_settings
from tools.switch import Switch

OFF = "Acting is off: nothing is done until `assistant acting on`. Questions are answered all the same."
ON = "Acting is on: what you ask for is done once you have said yes."
FORBIDDEN = "Acting is off in the settings: set acting = true under [gate] there."


class SwitchStuck(UserFacingError):
    """The switch cannot be moved; the message says why."""


def set_acting(wanted: str | None, *, config: Path | None, state_dir: Path | None) -> int:
    """Moves the switch to `on` or `off` where one is given, and tells how it stands. A running daemon obeys at once."""
    settings = load_settings(config).settings
    # Not entered: the lock is the daemon's, and this is for it too.
    state = StateDir.of(settings, state_dir)
    switch = Switch(state.acting_off, allowed=settings.gate.acting)
    try:
        if wanted == "off":
            state.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            switch.stop()
        elif wanted == "on":
            switch.resume()
    except OSError as error:
        raise SwitchStuck(f"{state.acting_off} cannot be changed: {error.strerror}; run this as its owner") from error
    sys.stdout.write(f"{FORBIDDEN if not switch.allowed else ON if switch.acting() else OFF}\n")
    return 0
