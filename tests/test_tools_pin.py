"""A PIN is known to the gate alone, guessed slowly, and found wherever somebody says it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.pin import BLANK, LOCKED_SECONDS, NoPin, Pin, Tries, blank_digits, hash_pin, only_digits, split_pin

RIGHT = "2846"
MADE = hash_pin(RIGHT)


@pytest.mark.parametrize("pin", ["", "123", "1234", "9876", "0000", "12a4", "1234567890123", "٣٤٥٦", "28 46"])
def test_what_is_no_pin_is_not_taken(pin: str) -> None:
    with pytest.raises(NoPin, match=r"PIN is|guessed"):
        hash_pin(pin)


def test_two_hashes_of_one_pin_differ_and_hold_no_digit_run_of_it() -> None:
    assert hash_pin(RIGHT) != hash_pin(RIGHT)
    assert MADE.startswith("scrypt$4$")


@pytest.mark.parametrize("made", ["scrypt$4$zz$00", "scrypt$4$00", "scrypt$x$00$00", ""])
def test_a_damaged_hash_is_said_to_be_damaged(made: str) -> None:
    with pytest.raises(NoPin, match="run `assistant pin`"):
        Pin(made)


async def test_only_the_right_digits_are_right() -> None:
    pin = Pin(MADE)
    assert await pin.is_right(RIGHT)
    for wrong in ("2847", "284", "28460", "", "6482"):
        assert not await pin.is_right(wrong)


@pytest.mark.parametrize(
    ("said", "digits"),
    [("2846", "2846"), ("2 8 4 6", "2846"), (" 2-8-4-6. ", "2846"), ("two", None), ("yes 2846", None), ("", None)],
)
def test_digits_alone_are_told_from_everything_else(said: str, digits: str | None) -> None:
    assert only_digits(said) == digits


def test_a_pin_in_one_breath_with_the_yes_is_split_from_it() -> None:
    assert split_pin("yes, front door, 2 8 4 6.") == ("yes, front door", "2846")
    assert split_pin("yes, front door") == ("yes, front door", "")
    assert split_pin("2846 please") == ("2846 please", "")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("unlock the door 2846", f"unlock the door {BLANK}"),
        ("unlock the door 2 8 4 6 now", f"unlock the door {BLANK} now"),
        ("set it to 20 2846", f"set it to {BLANK}"),
        ("which rooms are above 1000 lux", "which rooms are above 1000 lux"),
        ("nothing at all", "nothing at all"),
    ],
)
async def test_the_pin_is_blanked_wherever_it_is_said_and_other_numbers_stay(said: str, kept: str) -> None:
    assert await Pin(MADE).blanked(said) == kept


async def test_a_text_full_of_numbers_loses_them_rather_than_costing_minutes() -> None:
    said = " and ".join(f"{number}" for number in range(5000, 5020))
    assert (await Pin(MADE).blanked(said)).count(BLANK) == 12


@settings(max_examples=15, deadline=None)
@given(before=st.text(max_size=12), after=st.text(max_size=12), gap=st.sampled_from(["", " ", "-", ", "]))
async def test_whatever_stands_around_it_the_pin_is_not_kept(before: str, after: str, gap: str) -> None:
    said = f"{before} {gap.join(RIGHT)} {after}"
    kept = await Pin(MADE).blanked(said)
    assert RIGHT not in "".join(letter for letter in kept if letter.isdigit()) or RIGHT in before or RIGHT in after


def test_after_three_wrong_ones_none_is_taken_for_a_quarter_of_an_hour() -> None:
    now = [1000.0]
    tries = Tries(lambda: now[0])
    tries.wrong()
    tries.wrong()
    assert tries.locked_seconds() == 0
    tries.wrong()
    assert tries.locked_seconds() == LOCKED_SECONDS
    now[0] += LOCKED_SECONDS - 1
    assert tries.locked_seconds() == 1
    now[0] += 1
    assert tries.locked_seconds() == 0


def test_a_right_one_forgets_the_wrong_ones() -> None:
    tries = Tries(lambda: 0.0)
    for _ in range(2):
        tries.wrong()
    tries.forget()
    tries.wrong()
    assert tries.locked_seconds() == 0


def test_what_was_nearly_a_pin_is_not_kept_either() -> None:
    assert blank_digits("2 8 4 7") == BLANK
    assert blank_digits("yes front door 2847") == f"yes front door {BLANK}"


async def test_a_hash_that_somebody_made_long_ago_still_holds() -> None:
    """scrypt with n=16384, r=8, p=1 and 32 bytes (RFC 7914): what stands in a settings file is for years."""
    salt, key = "00112233445566778899aabbccddeeff", "b4e1b5689e6998d12418e9b1e848ed4bce829cf338910ee0bf5745939d9dee12"
    assert await Pin(f"scrypt$4${salt}${key}").is_right("2846")


def test_tries_count_for_a_quarter_of_an_hour_each() -> None:
    now = [0.0]
    tries = Tries(monotonic=lambda: now[0])
    for now[0] in (0.0, 100.0, 200.0):
        tries.wrong()
    assert tries.locked_seconds() == LOCKED_SECONDS - 200
    now[0] = LOCKED_SECONDS - 0.5
    assert tries.locked_seconds() == 0.5
    now[0] = LOCKED_SECONDS
    assert tries.locked_seconds() == 0 and len(tries.wrong_at) == 2
