"""`assistant pin`: makes the line for the settings that a PIN is checked by, and keeps the PIN nowhere."""

import getpass
import sys

from config.errors import UserFacingError
from tools.pin import NoPin, hash_pin


class PinRefused(UserFacingError):
    """What was typed cannot be a PIN; the message says what can."""


def make_pin() -> int:
    """Prints `pin_hash = ...`. Raises PinRefused."""
    person = sys.stdin.isatty()
    pin = getpass.getpass("PIN: ") if person else sys.stdin.readline().strip()
    try:
        made = hash_pin(pin)
    except NoPin as error:
        raise PinRefused(str(error)) from error
    if person and getpass.getpass("The same again: ") != pin:
        raise PinRefused("the two are not the same; run it again")
    sys.stdout.write(f'pin_hash = "{made}"\n')
    sys.stderr.write(
        'Put that line under [confirm] in the settings and set, for example, entry = "pin" there.\n'
        "Somebody in the room can overhear a spoken PIN, and record it: `console` is safer.\n"
    )
    return 0
