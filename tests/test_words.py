"""No identifier is ever spoken: every verb, quantity, state and unit has its words, in every language."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.replies.words import Words, plain
from config.language import LanguageError, load_replies, parse_replies
from config.spoken import Spoken, texts_of
from config.spoken_words import gaps_in
from sensors.colors import COLORS
from sensors.periods import Period
from sensors.reading import STATES, Quantity, Verb
from sensors.unit_table import UNITS as KNOWN_UNITS
from tools.arguments import Day, State, TimerKind
from tools.contract import ErrorCode
from tools.reasons import Reason

SPEAKABLE = re.compile(r"[^\W\d_]+(?:[ -][^\W\d_]+)*")
ABBREVIATED = {"co2", "pm1", "pm10", "pm25", "voc", "ppm", "ppb", "dbm", "psi"}
ENGLISH = load_replies("en")
CODES = sorted(path.stem for path in (Path(__file__).parent.parent / "config/replies").glob("*.yaml"))
LANGUAGES = pytest.mark.parametrize(
    "spoken", [load_replies(code) for code in CODES], ids=lambda spoken: spoken.language
)


@LANGUAGES
@pytest.mark.parametrize("verb", list(Verb))
def test_every_verb_can_be_asked_and_told_of(verb: Verb, spoken: Spoken) -> None:
    deed, words = spoken.deeds[verb], Words(spoken)
    asked = words.asked(verb, ["thing"], "5")
    told = deed.done.format(names=words.named("thing"), value="5")
    assert "thing" in asked.lower() and "thing" in told.lower()
    assert SPEAKABLE.fullmatch(asked.replace("5", "five"))
    assert SPEAKABLE.fullmatch(told.replace("5", "five").removesuffix("."))
    assert SPEAKABLE.fullmatch(deed.name)
    assert ("5" in asked) == verb.value.startswith(("set_", "select_"))


@LANGUAGES
@pytest.mark.parametrize("quantity", list(Quantity))
def test_every_quantity_has_its_word(quantity: Quantity, spoken: Spoken) -> None:
    for noun in spoken.quantities[quantity]:
        assert SPEAKABLE.fullmatch(noun)
        assert noun.lower() not in ABBREVIATED


@LANGUAGES
def test_every_state_and_unit_is_spoken_in_words(spoken: Spoken) -> None:
    for word in {word for pair in STATES.values() for word in pair} | set(State):
        assert SPEAKABLE.fullmatch(plain(spoken.states[word].word))
    for unit in KNOWN_UNITS:
        for name in spoken.units[unit]:
            assert SPEAKABLE.fullmatch(name)
            assert name.lower() not in ABBREVIATED - {"psi"}


@LANGUAGES
def test_nothing_that_code_may_look_up_is_missing(spoken: Spoken) -> None:
    assert set(spoken.quantities) == set(Quantity)
    assert set(spoken.deeds) == set(Verb)
    assert set(spoken.units) == set(KNOWN_UNITS)
    assert set(spoken.words) >= set(COLORS)
    assert set(spoken.errors.reasons) == {reason.name.lower() for reason in Reason}
    assert set(spoken.timers.kinds) == set(TimerKind)
    assert {str(day) for day in (Day.EVERY_DAY, Day.WEEKDAYS, Day.WEEKENDS)} <= set(spoken.timers.days)
    assert {str(period) for period in Period} - set(spoken.periods.named) <= {
        Period.LAST_24_HOURS, Period.LAST_7_DAYS, Period.LAST_30_DAYS
    }  # fmt: skip
    with_reason = {
        ErrorCode.UNKNOWN_NAME, ErrorCode.AMBIGUOUS_NAME, ErrorCode.NOT_SUPPORTED, ErrorCode.OUT_OF_RANGE,
        ErrorCode.NO_DATA, ErrorCode.RATE_LIMITED, ErrorCode.NOT_ALLOWED, ErrorCode.INCOMPATIBLE,
    }  # fmt: skip
    assert set(spoken.errors.by_code) == set(ErrorCode) - with_reason


BEEN = ("has_been_state", "has_been_sensed", "has_been_beyond", "lost")
"""What English tells by how long, and German since when."""


@LANGUAGES
def test_a_language_has_the_keys_of_english_and_no_other_gaps(spoken: Spoken) -> None:
    """The grammar is each language's own; a gap may be left out, for not every language needs what English does."""
    own, english = (
        {key: text for key, text in texts_of(one.model_dump()) if not key.startswith("grammar.")}
        for one in (spoken, ENGLISH)
    )
    lists = re.compile(r"history\.times\.\d+")
    assert {key for key in own if not lists.match(key)} == {key for key in english if not lists.match(key)}
    # What code gives beside what English asks for.
    more = {
        "gate.now": {"names"},
        "moments.clock": {"minutes"},
        "now.detection": {"noun"},
        "now.now_is": {"name"},
        "now.not_detected_since": {"noun"},
        "now.none_clear": {"noun"},
        "now.none_in_state": {"noun"},
        "now.there_was_none": {"when"},
        "notices.silent": {"since"},
        "periods.clock": {"clock"},
        "timers.short": {"length"},
        "timers.sized": {"length"},
        **{f"watches.{one}": {"since"} for one in BEEN},
    }
    invented = {key: gaps_in(text) - gaps_in(english.get(key, "")) - more.get(key, set()) for key, text in own.items()}
    assert {key: gaps for key, gaps in invented.items() if gaps} == {}


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_tells_a_person_no_more_than_the_tool_knows(reason: Reason) -> None:
    known = {name for _, name, _, _ in Formatter().parse(reason.value) if name}
    spoken = gaps_in(ENGLISH.errors.reasons[reason.name.lower()])
    assert spoken <= known | {"message", "period"}


def test_no_tool_refuses_in_words_that_only_some_understand() -> None:
    """Where the message is what a person hears, it is a reason, which every language has its own words for."""
    of_its_own = set(ENGLISH.errors.by_code)
    literal = [
        f"{path.name}:{call.lineno}"
        for path in sorted((Path(__file__).parent.parent / "tools").glob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "ToolError" and len(call.args) == 2
        if getattr(call.args[0], "attr", "").lower() not in of_its_own
        and isinstance(call.args[1], ast.Constant | ast.JoinedStr)
    ]
    assert literal == []


@pytest.mark.parametrize(
    ("found", "instead", "told"),
    [
        ('  hello: "Hello."\n', "", "fixed.hello"),
        ('  hello: "Hello."\n', '  hello: "Hello."\n  helo: "Hello."\n', "fixed.helo"),
        ("{name:the} has changed", "{name:teh} has changed", "gate.changed_meanwhile: the grammar has no form teh"),
        ("{name:the} has changed", "{name:the has changed", "gate.changed_meanwhile"),
        ("language: en", "language: [en", "not valid YAML"),
    ],
)
def test_a_file_that_could_not_be_spoken_is_refused_with_the_key(found: str, instead: str, told: str) -> None:
    text = (Path(__file__).parent.parent / "config/replies/en.yaml").read_text()
    assert text.count(found) == 1
    with pytest.raises(LanguageError, match=re.escape("config/replies/xx.yaml")) as refused:
        parse_replies(text.replace(found, instead), "config/replies/xx.yaml")
    assert told in str(refused.value)


NAMES = st.text(st.characters(max_codepoint=0xFF), min_size=1, max_size=30).map(str.lower)


@pytest.mark.parametrize("code", CODES)
@given(name=NAMES, quantity=st.sampled_from(list(Quantity)))
def test_any_name_can_be_spoken_of(code: str, name: str, quantity: Quantity) -> None:
    """Also one with braces, bars and percent signs in it, which mean something in a file."""
    spoken = load_replies(code)
    words = Words(spoken)
    for form in ("", *spoken.grammar.forms):
        if "{" in spoken.grammar.forms.get(form, "{"):
            assert name.casefold().replace(" ", "") in words.inflected(name, form).casefold().replace(" ", "")
    assert format(words.named(name), "one|many") in {"one", "many"}
    for verb in Verb:
        assert words.asked(verb, [name, "thing"], "5")
    assert words.subject(quantity, name, None)


@pytest.mark.parametrize("code", CODES)
@given(value=st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_number_has_no_sign_that_the_language_does_not_know(code: str, value: float) -> None:
    spoken = load_replies(code)
    said = Words(spoken).number(value)
    assert float(said.replace(spoken.grammar.decimal, ".")) == pytest.approx(
        value, abs=0.5 if abs(value) >= 100 else 0.0501
    )
