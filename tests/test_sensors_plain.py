"""What plain topics promise: a person's mapping does what it says, and a wrong one is named with its place."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from fakes_dialects import Listener, commands, message
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.cli.check_config import check_config
from config.load import ConfigError, load_settings
from config.plain import PlainTopic
from sensors.dialects.plain import QUANTITIES, BadPlainTopic, PlainTopics
from sensors.reading import STATES, Quantity
from sensors.unit_table import WRITTEN
from sensors.units import CANONICAL

DOCUMENT = (Path(__file__).parent.parent / "docs" / "plain-topics.md").read_text()


def plain(*entries: dict[str, Any]) -> Listener:
    return Listener(PlainTopics([PlainTopic.model_validate(entry) for entry in entries]))


TEMPERATURE = {"topic": "home/{room}/{device}/temperature", "quantity": "temperature", "unit": "°C"}


def documented() -> Listener:
    """A house with all entries of the document at once."""
    blocks = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert len(blocks) == 4
    return plain(*(entry for block in blocks for entry in tomllib.loads(block)["plain"]))


# --- the examples of docs/plain-topics.md --------------------------------------------------------------------------


def test_a_number_on_a_topic_of_its_own() -> None:
    house = documented()
    [(entity_id, value)] = house.hear("home/living_room/window_sensor/temperature", "70.7").items()
    entity = house.entities[entity_id]
    assert (entity.name, entity.room, value) == ("window sensor temperature", "living room", 21.5)
    assert entity.aspects[0].unit == "celsius"


def test_several_values_in_one_payload() -> None:
    house = documented()
    payload = '{"sensors": [{"kind": "air", "value": 8.5}], "rain.mm": 0.4}'
    assert payload in DOCUMENT
    heard = house.hear("garden/station", payload)
    assert sorted(value for value in heard.values() if isinstance(value, float)) == [0.4, 8.5]
    told = {one.name: (one.aspects[0].quantity, one.expire_after_seconds) for one in house.entities.values()}
    assert told == {
        "weather station": (Quantity.TEMPERATURE, 3600),
        "rain": (Quantity.PRECIPITATION, None),
    }


def test_something_with_two_states() -> None:
    house = documented()
    [(entity_id, value)] = house.hear("doors/garage", '{"contact": false}').items()
    assert (house.entities[entity_id].name, value) == ("garage door", "open")
    assert house.hear("doors/garage", '{"contact": true}') == {entity_id: "closed"}


def test_something_to_be_switched() -> None:
    house = documented()
    [(entity_id, value)] = house.hear("relay/saw/state", "1").items()
    saw = house.entities[entity_id]
    assert (saw.name, saw.room, value) == ("saw", "workshop", "on")
    assert commands(saw) == {"turn_on": ("relay/saw/set", "ON"), "turn_off": ("relay/saw/set", "OFF")}
    assert house.hear("relay/saw/state", "0") == {entity_id: "off"}


def test_the_document_names_all_quantities_and_no_other() -> None:
    listed = DOCUMENT.partition("## What there is")[2].partition("## What to know")[0]
    assert {word for word in re.findall(r"[a-z_0-9]+", listed) if word in set(Quantity)} == {*map(str, QUANTITIES)}


# --- what is told --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_each_quantity_becomes_what_it_is_called(quantity: Quantity) -> None:
    unit = next((written for written, name in WRITTEN.items() if name == CANONICAL.get(quantity)), None)
    entry = {"topic": "a/b", "quantity": str(quantity)} | ({"unit": unit} if unit else {})
    house = plain(entry)
    heard = house.hear("a/b", "ON" if quantity in STATES else "12.5")
    [entity] = house.entities.values()
    assert entity.aspects[0].quantity is quantity
    assert heard[entity.id] == (STATES[quantity][0] if quantity in STATES else "12.5" if quantity == "text" else 12.5)


@pytest.mark.parametrize(
    ("payload", "code"),
    [("warm", "not_a_number"), ("1e400", "not_finite"), ("NaN", "not_finite"), (b"\xff", "not_utf8")],
)
def test_what_is_no_number_is_refused_and_makes_no_thing(payload: object, code: str) -> None:
    house = plain(TEMPERATURE)
    assert house.hear("home/hall/x/temperature", payload) == {}
    assert (house.codes, house.entities) == ([code], {})
    house.hear("home/hall/x/temperature", "20")
    assert house.hear("home/hall/x/temperature", payload) == {}
    assert house.codes == [code]


@pytest.mark.parametrize(
    ("payload", "code", "note"),
    [
        ("{", "not_json", None),
        ('{"a": [1]}', None, "no_value"),
        ('{"a": {"b": {"c": 1}}}', "not_a_value", None),
        ('{"a": {"b": null}}', None, "no_value"),
        ("[]", None, "no_value"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(payload: str, code: str | None, note: str | None) -> None:
    house = plain({**TEMPERATURE, "path": "a.b"})
    assert house.hear("home/hall/x/temperature", payload) == {}
    assert house.codes == ([code] if code else [])
    assert house.last.notes == ((note,) if note else ())


def test_a_word_that_is_neither_is_refused() -> None:
    house = plain({"topic": "a/{door}", "quantity": "door", "on": "open", "off": "shut"})
    house.hear("a/front", "ajar")
    assert (house.codes, house.entities) == (["unknown_state"], {})
    house.hear("a/front", "open")
    house.hear("a/front", "ajar")
    assert house.codes == ["unknown_state"]


def test_of_two_patterns_the_first_counts_and_it_is_noted() -> None:
    house = plain({**TEMPERATURE, "name": "first"}, {**TEMPERATURE, "topic": "home/hall/{x}/temperature", "unit": "°F"})
    assert list(house.hear("home/hall/door/temperature", "20").values()) == [20]
    assert [one.name for one in house.entities.values()] == ["first"]
    assert house.last.notes == ("two_patterns_match",)


def test_other_topics_are_left_alone() -> None:
    house = plain(TEMPERATURE)
    for topic in ("home/hall/temperature", "home/hall/x/y/temperature", "home//x/temperature", "away/a/b/temperature"):
        assert house.ignores(topic, "20")
    assert house.dialect.filters() == {"home/+/+/temperature"}
    assert plain().dialect.filters() == frozenset()


def test_after_a_restart_the_settings_count_and_what_they_name_no_more_is_gone() -> None:
    before = plain(TEMPERATURE, {"topic": "a/b", "quantity": "text"})
    before.hear("home/hall/x/temperature", "20")
    before.hear("a/b", "hello")
    after = plain({**TEMPERATURE, "name": "hallway"})
    after.dialect.restore(before.definitions.values())
    after.definitions = dict(before.definitions)
    [entity_id] = after.hear("home/hall/x/temperature", "21")
    assert [one.name for one in after.entities.values()] == ["hallway"]
    assert entity_id in after.entities


def test_a_flood_of_names_has_an_end() -> None:
    house = plain({"topic": "a/{x}", "quantity": "number"})
    for number in range(1_010):
        house.hear(f"a/{number}", "1")
    assert house.codes == ["too_many_devices"]
    assert len(house.entities) == 1_000


# --- what is wrong in the settings ---------------------------------------------------------------------------------


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "assistant.toml"
    path.write_text(text)
    return path


GOOD = '[[plain]]\ntopic = "a/{x}/b"\nquantity = "number"\n'


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('topic = "a/+/b"\nquantity = "door"', "entry 2: topic: '+' cannot be a level"),
        ('topic = "a/#"\nquantity = "door"', "entry 2: topic: '#' cannot be a level"),
        ('topic = "/a"\nquantity = "door"', "entry 2: topic: a level is empty"),
        ('topic = "a/{x}/{x}"\nquantity = "door"', "entry 2: topic: two levels have the same name"),
        ('topic = "a/x{y}"\nquantity = "door"', "must be one word in braces"),
        ('topic = "{x}/{y}"\nquantity = "door"', "it would match every topic"),
        ('topic = "c"\nquantity = "door"\nroom = "{room}"', "room uses {room}, which is no level"),
        ('topic = "c"\nquantity = "door"\non = "x"\noff = "x"', "on and off are the same word"),
        ('topic = "c"\nquantity = "door"\ncommand_on = "x"', "need a command_topic"),
        ('topic = "c"\nquantity = "door"\npath = "a..b"', "entry 2: path: write up to 16 steps"),
        ('topic = "c"\nquantity = "door"\nunti = "x"', 'no setting in [[plain]] called "unti"; did you mean "unit"?'),
        ('quantity = "door"', "entry 2: topic: Field required"),
        ('topic = "a/{z}/b"\nquantity = "door"', "two entries read the same value of the same topics a/{z}/b"),
    ],
)
def test_a_wrong_entry_is_named_with_its_place(tmp_path: Path, entry: str, words: str) -> None:
    path = written(tmp_path, f"{GOOD}[[plain]]\n{entry}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"topic": "c", "quantity": "warmth"}, "no quantity is called 'warmth'; choose one of"),
        ({"topic": "c", "quantity": "temperature"}, 'say in which unit the temperature comes, for example unit = "°C"'),
        ({"topic": "c", "quantity": "temperature", "unit": "bar"}, "'bar' is no unit of temperature"),
        ({"topic": "c", "quantity": "door", "unit": "°C"}, "door has no unit"),
        ({"topic": "c", "quantity": "lock", "command_topic": "d"}, "lock cannot be switched"),
    ],
)
def test_what_makes_no_sense_in_the_house_is_named_too(entry: dict[str, str], words: str) -> None:
    with pytest.raises(BadPlainTopic, match=re.escape(words)) as caught:
        plain(TEMPERATURE, entry)
    assert "entry 2 (c)" in str(caught.value)


def test_a_check_of_the_settings_finds_it_before_the_daemon_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadPlainTopic):
        check_config(written(tmp_path, '[[plain]]\ntopic = "a"\nquantity = "warmth"\n'), tmp_path)
    assert check_config(written(tmp_path, GOOD), tmp_path) == 0
    assert "Plain topic: a/{x}/b (number)" in capsys.readouterr().out


def test_a_list_is_no_section_and_no_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=re.escape("begin each entry with [[plain]]")):
        load_settings(written(tmp_path, '[plain]\ntopic = "a"\n'))
    monkeypatch.setenv("ASSISTANT_PLAIN__TOPIC", "a")
    with pytest.raises(ConfigError, match="write its entries in the settings file"):
        load_settings()


@settings(max_examples=150, deadline=None)
@given(payload=st.binary(max_size=60) | st.from_regex(r'\{"a": ?(\[.{0,9}\]|.{0,9})\}').map(str.encode))
def test_nothing_that_comes_on_a_plain_topic_raises(payload: bytes) -> None:
    house = plain(
        TEMPERATURE | {"topic": "t/{x}"},
        TEMPERATURE | {"topic": "t/{x}", "path": "a.0"},
        {"topic": "t/{x}", "path": "a", "quantity": "switch", "command_topic": "t/{x}/set"},
        {"topic": "t/y", "path": ["b"], "quantity": "text"},
    )
    for topic in ("t/y", "t/\u00fc", "t/+", "t/" + "z" * 600):
        house.dialect.decode(message(topic, payload))
