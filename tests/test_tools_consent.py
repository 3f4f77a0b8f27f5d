"""Only a whole-utterance yes opens the gate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.language import load_language
from tools.consent import Consent, consent
from tools.names import fold

CONFIRM = load_language("en").confirm


@pytest.mark.parametrize("said", ["yes", "Yes.", "YES!", "yes please", "go ahead"])
def test_a_plain_yes_accepts_what_needs_no_echo(said: str) -> None:
    assert consent(said, CONFIRM, None) is Consent.ACCEPT


@pytest.mark.parametrize("said", ["no", "No!", "no thanks", "don't", "stop", "cancel", "yes no", "do not do it"])
def test_a_word_of_refusal_anywhere_refuses(said: str) -> None:
    assert consent(said, CONFIRM, None) is Consent.REJECT
    assert consent(said, CONFIRM, "front door") is Consent.REJECT


@pytest.mark.parametrize(
    "said", ["yes but only the kitchen", "yes and also the garage", "yesterday", "oh yes indeed it is", "", "maybe"]
)
def test_anything_around_a_yes_is_not_a_yes(said: str) -> None:
    assert consent(said, CONFIRM, None) is Consent.OTHER


def test_what_opens_the_house_needs_its_noun() -> None:
    assert consent("yes", CONFIRM, "front door") is Consent.ECHO_NEEDED
    assert consent("yes, front door", CONFIRM, "front door") is Consent.ACCEPT
    assert consent("yes, the Front Door.", CONFIRM, "front door") is Consent.ACCEPT
    assert consent("yes, back door", CONFIRM, "front door") is Consent.OTHER


def test_whoever_says_the_name_although_nobody_asked_for_it_has_said_yes() -> None:
    for said in ("yes, back door", "Yes please, the back door.", "do it back door", "yes"):
        assert consent(said, CONFIRM, None, names=["back door"]) is Consent.ACCEPT
    for said in ("yes, front door", "back door", "yes, back door and front door", "yes, unlock the back door"):
        assert consent(said, CONFIRM, None, names=["back door"]) is Consent.OTHER
    assert consent("no, back door", CONFIRM, None, names=["back door"]) is Consent.REJECT
    assert consent("yes, desk lamp", CONFIRM, None, names=["desk lamp", "floor lamp"]) is Consent.OTHER
    assert consent("yes, back door", CONFIRM, "both", names=["back door"]) is Consent.OTHER


@given(st.text(max_size=60))
def test_whatever_is_said_only_the_listed_forms_accept(said: str) -> None:
    allowed = {fold(form) for form in CONFIRM.accept}
    if consent(said, CONFIRM, None) is Consent.ACCEPT:
        assert fold(said) in allowed


@given(st.sampled_from(CONFIRM.accept), st.text(alphabet="abcdefghijklmnopqrstuvwxyz ", min_size=1, max_size=20))
def test_an_acceptance_with_more_words_is_a_fresh_request(form: str, more: str) -> None:
    longer = fold(f"{form} {more}")
    if longer not in {fold(accepted) for accepted in CONFIRM.accept}:
        assert consent(longer, CONFIRM, None) is not Consent.ACCEPT


def test_a_name_with_braces_cannot_break_the_grammar() -> None:
    assert consent("yes, {0} door", CONFIRM, "{0} door") is Consent.ACCEPT
    assert consent("yes", CONFIRM, "{noun}") is Consent.ECHO_NEEDED
