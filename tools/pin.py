"""The PIN: digits that a person says or types to the house itself. No planner, log or record ever holds them."""

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

SHORTEST, LONGEST = 4, 12
"""Digits."""
TRIES = 3
LOCKED_SECONDS = 900.0
BLANK = "[PIN]"

_COST = 2**14
_BLOCK = 8
"""scrypt's n and r: 16 MiB and some 50 ms on a Pi for each guess."""
_MOST_GUESSES = 8
_RUN = re.compile(r"\d(?:[\s,.\-]*\d)*")
"""Digits with nothing but pauses between them: `1 2 3 4` is what a recogniser makes of a spoken PIN."""


class NoPin(ValueError):
    """What was given cannot be a PIN, or is not the hash of one; the message says what can."""


def hash_pin(pin: str) -> str:
    """`scrypt$LENGTH$SALT$KEY`, the last two in hexadecimal. Raises NoPin."""
    if not pin.isascii() or not pin.isdigit() or not SHORTEST <= len(pin) <= LONGEST:
        raise NoPin(f"a PIN is {SHORTEST} to {LONGEST} digits")
    if len(set(pin)) == 1 or pin in "01234567890" or pin in "09876543210":
        raise NoPin("that one is guessed at once; choose digits that are not in a row and not all the same")
    salt = secrets.token_bytes(16)
    return f"scrypt${len(pin)}${salt.hex()}${_key(pin, salt).hex()}"


def _key(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=1, dklen=32)


class Pin:
    """Checks digits against the hash that `hash_pin` made. Raises NoPin where it is none."""

    def __init__(self, made: str) -> None:
        try:
            _, length, salt, key = made.split("$")
            self.length, self._salt, self._wanted = int(length), bytes.fromhex(salt), bytes.fromhex(key)
        except ValueError as error:
            raise NoPin("the PIN's hash is damaged; run `assistant pin` and set pin_hash anew") from error

    async def is_right(self, digits: str) -> bool:
        """Takes some 50 ms, on a thread of its own: guessing must be slow, and the house is served meanwhile."""
        if len(digits) != self.length:
            return False
        made = await asyncio.to_thread(_key, digits, self._salt)
        return hmac.compare_digest(made, self._wanted)

    async def blanked(self, text: str) -> str:
        """The text without the PIN, wherever it stands in it: somebody may say it when nobody asked.

        Where there is much to guess at, all digits go.
        """
        kept, end, guesses = [], 0, 0
        for run in _RUN.finditer(text):
            digits = _digits(run.group())
            windows = [digits[at : at + self.length] for at in range(len(digits) - self.length + 1)]
            guesses += len(windows)
            if windows and (guesses > _MOST_GUESSES or await self._is_any(windows)):
                kept += [text[end : run.start()], BLANK]
                end = run.end()
        return "".join([*kept, text[end:]])

    async def _is_any(self, guesses: list[str]) -> bool:
        return any([await self.is_right(guess) for guess in guesses])


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def only_digits(text: str) -> str | None:
    """The digits, where nothing but digits was said; else None."""
    before, digits = split_pin(text)
    return digits if digits and not before else None


def split_pin(text: str) -> tuple[str, str]:
    """What was said before the digits at the end, and those digits; both may be empty."""
    said = text.strip().rstrip(".!?")
    runs = list(_RUN.finditer(said))
    if not runs or runs[-1].end() != len(said):
        return said, ""
    return said[: runs[-1].start()].strip(" ,.;:-"), _digits(runs[-1].group())


def has_digits(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def blank_digits(text: str) -> str:
    """The text with BLANK for every number: what was said instead of a PIN may be nearly it."""
    return _RUN.sub(BLANK, text)


@dataclass(slots=True)
class Tries:
    """Wrong PINs of one satellite, by the monotonic clock; a right one forgets them."""

    monotonic: Callable[[], float]
    wrong_at: list[float] = field(default_factory=list)

    def wrong(self) -> None:
        self.wrong_at.append(self.monotonic())

    def forget(self) -> None:
        self.wrong_at.clear()

    def locked_seconds(self) -> float:
        """For how long no further try is taken; 0 while one is."""
        recent = [at for at in self.wrong_at if self.monotonic() - at < LOCKED_SECONDS]
        self.wrong_at[:] = recent[-TRIES:]
        return 0.0 if len(recent) < TRIES else LOCKED_SECONDS - (self.monotonic() - self.wrong_at[0])
