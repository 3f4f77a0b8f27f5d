"""How words are made alike before they are matched."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences.templates import spelled_numbers
from assistant.sentences.wording import LONGEST_TEXT, Wording
from config.language import LanguageError, load_language, parse_language

NUMBERS = spelled_numbers("en")
WORDING = Wording(load_language("en").wording, NUMBERS)
SPELLED = {value: " ".join(words) for words, value in NUMBERS.items()}


@pytest.mark.parametrize(
    ("said", "alike"),
    [
        ("Turn ON the Kitchen Light!", "turn on kitchen light"),
        ("  What's   the bedroom's temperature?? ", "what is bedroom temperature"),
        ("what\u2019s up", "what is up"),
        ("seventy two", "72"),
        ("seventy-two degrees", "72 degrees"),
        ("twenty one point five", "21.5"),
        ("twenty one and a half degrees", "21.5 degrees"),
        ("one hundred twenty five watts", "125 watts"),
        ("a hundred watts", "100 watts"),
        ("zero point zero five", "0.05"),
        ("1,200 watts", "1200 watts"),
        ("21,5 degrees", "21.5 degrees"),
        ("minus is -5\u00b0C", "minus is -5 degrees celsius"),
        ("72F", "72 degrees fahrenheit"),
        ("40%", "40 percent"),
        ("C O two", "co2"),
        ("living-room", "living room"),
        ("Bu\u0308ro", "b\u00fcro"),
        ("plug two", "plug 2"),
        ("Plug 2", "plug 2"),
    ],
)
def test_the_same_thing_said_differently_is_made_alike(said: str, alike: str) -> None:
    assert WORDING.plain(said) == alike


@pytest.mark.parametrize(
    ("said", "request_"),
    [
        ("hey jarvis could you please turn on the light for me", "turn on light"),
        ("okay nabu um what's the time right now, please", "what is time"),
        ("would you lock the door thanks", "lock door"),
        ("hello", "hello"),
        ("thank you", "thank you"),
        ("so", "so"),
    ],
)
def test_politeness_is_dropped_and_never_the_whole_sentence(said: str, request_: str) -> None:
    assert WORDING.request(said) == request_


@given(st.integers(0, 1000))
def test_every_number_in_words_becomes_its_digits(number: int) -> None:
    assert WORDING.plain(f"above {SPELLED[number]} degrees") == f"above {number} degrees"


@given(st.integers(0, 100), st.integers(0, 9))
def test_every_decimal_in_words_becomes_its_digits(whole: int, tenth: int) -> None:
    assert WORDING.plain(f"{SPELLED[whole]} point {SPELLED[tenth]}") == f"{whole}.{tenth}"


@given(st.text(max_size=LONGEST_TEXT))
def test_what_is_alike_stays_alike(text: str) -> None:
    once = WORDING.plain(text)

    assert once == once.strip()
    assert "  " not in once


def test_text_that_is_too_long_is_no_text() -> None:
    start = time.perf_counter()

    assert WORDING.request("a " * 500_000) == ""
    assert WORDING.is_question("turn on " * 100_000)
    assert time.perf_counter() - start < 1.0


def test_a_language_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(LanguageError, match=r"'xx'.*\ben\b"):
        load_language("xx")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("confirm: [", "not valid YAML"),
        ("[]", "does not describe a language"),
        ("language: en", "confirm"),
        ("just words", "does not describe a language"),
    ],
)
def test_a_broken_language_file_is_named_with_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(LanguageError, match=r"mine\.yaml") as raised:
        parse_language(text, "mine.yaml")

    assert complaint in str(raised.value)


def test_a_word_list_that_stands_twice_is_not_quietly_the_last_of_them() -> None:
    with pytest.raises(LanguageError, match=r"mine\.yaml.*'amount' stands twice"):
        parse_language("lists:\n  amount: {a: [b]}\n  amount: {c: [d]}\n", "mine.yaml")
