"""docs/languages.md says what is so: it names every part of a language's file, and its example does what it says."""

import re
from pathlib import Path

import yaml

from assistant.replies.words import Words
from config.language import load_replies
from config.spoken import Spoken

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "languages.md").read_text()


def test_every_part_of_the_file_is_told_of() -> None:
    table = TEXT.partition("## Changing a sentence")[2].partition("## Gaps")[0]
    told = {name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert told == set(Spoken.model_fields) - {"language"}


def test_the_example_of_a_gender_does_what_it_says() -> None:
    (example,) = yaml.safe_load(re.search(r"```yaml\n(.+?)```", TEXT, re.DOTALL).group(1))  # type: ignore[union-attr]
    german = load_replies("de")
    gender = german.grammar.genders[0].model_validate(example)
    words = Words(german.model_copy(update={"grammar": german.grammar.model_copy(update={"genders": (gender,)})}))
    assert words.inflected("küchenlicht", "des") == "des Küchenlichts"
    assert words.inflected("fenster links", "des") == "des Fensters links"
    assert words.inflected("shelly 3", "des") == "von Shelly 3"


def test_every_file_that_is_named_is_there() -> None:
    for name in re.findall(r"`((?:config|tests|tools)/[\w./]+)`", TEXT):
        assert (ROOT / name).exists(), name
