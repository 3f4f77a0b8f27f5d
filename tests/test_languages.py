"""A language is data: German has everything that English has, every file is sound, and no code asks which one it is."""

import ast
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant.sentences.templates import parse
from assistant.sentences.tree import Node
from config.language import Language, LanguageError, languages, load_language
from config.naming import naming
from config.settings import HouseSettings

ROOT = Path(__file__).parent.parent
FULL = ("en", "de")
READ_OTHERWISE = {"past_word", "standing"}
"""`Halb acht` is half past seven, and one that stands open is said in another place: that is a language's own."""
MAY_NAME_A_LANGUAGE = {"assistant.voice.choose", "assistant.voice.engines.whisper"}
"""The embedded recogniser knows English alone, and some models too."""


def of_lists(node: Node) -> set[str]:
    return ({node.text} if node.kind == "list" else set()).union(*(of_lists(part) for part in node.parts))


def of_rules(node: Node) -> set[str]:
    return ({node.text} if node.kind == "rule" else set()).union(*(of_rules(part) for part in node.parts))


def templates(language: Language) -> list[tuple[str, Node]]:
    said = [
        (f"{intent}: {sentence}", parse(sentence))
        for intent, blocks in language.intents.items()
        for block in blocks
        for sentence in block.sentences
    ]
    forms = language.follow_up.forms.values()
    said += [(sentence, parse(sentence)) for blocks in forms for block in blocks for sentence in block.sentences]
    rules = {**language.rules, **language.follow_up.rules}
    return said + [(f"rule {name}", parse(rule)) for name, rule in rules.items()]


@pytest.mark.parametrize("code", languages())
def test_every_template_parses_and_speaks_of_lists_and_rules_that_there_are(code: str) -> None:
    language, english = load_language(code), load_language("en")
    rules = {**language.rules, **language.follow_up.rules}
    named = {list_ for _, node in templates(english) for list_ in of_lists(node)} - set(english.lists)
    for where, node in templates(language):
        assert of_rules(node) <= set(rules), where
        assert {name.partition(":")[0] for name in of_lists(node)} <= {*language.lists, *named}, where


@pytest.mark.parametrize("code", languages())
def test_no_list_and_no_rule_stands_there_that_no_template_speaks_of(code: str) -> None:
    language = load_language(code)
    nodes = [node for _, node in templates(language)]
    assert set(language.lists) <= {name.partition(":")[0] for node in nodes for name in of_lists(node)}
    assert {*language.rules, *language.follow_up.rules} <= {name for node in nodes for name in of_rules(node)}


def test_german_has_everything_that_english_has() -> None:
    english, german = load_language("en"), load_language("de")

    assert set(german.intents) == set(english.intents)
    assert set(german.kinds) == set(english.kinds)
    assert set(german.lists) >= set(english.lists) - READ_OTHERWISE
    assert set(german.rules) >= set(english.rules)
    assert set(german.follow_up.forms) == set(english.follow_up.forms)
    for name in set(english.lists) - READ_OTHERWISE:
        # What follows a slash is a word of the language.
        mine, theirs = ({value.partition("/")[0] for value in one.lists[name]} for one in (german, english))
        assert mine >= theirs, name
    for part in ("confirm", "choice", "wording", "several", "follow_up"):
        mine, theirs = getattr(german, part), getattr(english, part)
        empty = {field for field in type(theirs).model_fields if getattr(theirs, field) and not getattr(mine, field)}
        assert empty - {"possessive", "speech", "named_first"} == set(), part


def test_german_can_tell_every_tool_what_english_can() -> None:
    english, german = load_language("en"), load_language("de")

    def told(language: Language, intent: str) -> set[tuple[str, str]]:
        fixed = {(name, str(value)) for block in language.intents[intent] for name, value in block.slots.items()}
        return {one for one in fixed if one[0] not in {"what", "kind", "where"}}

    def slots(language: Language, intent: str) -> set[str]:
        every = " ".join(sentence for block in language.intents[intent] for sentence in block.sentences)
        rules = re.findall(r"<(\w+)>", every)
        found = set(re.findall(r"\{\w+:(\w+)\}|\{(\w+)\}", every))
        for _ in range(3):
            every = " ".join(language.rules[rule] for rule in rules)
            found |= set(re.findall(r"\{\w+:(\w+)\}|\{(\w+)\}", every))
            rules = re.findall(r"<(\w+)>", every)
        named = {slot or whole for slot, whole in found}
        return named | {name for block in language.intents[intent] for name in block.slots}

    for intent in english.intents:
        missing = {one for one in told(english, intent) - told(german, intent) if one[0] not in {"verb", "every"}}
        assert not missing, (intent, missing)
        assert slots(german, intent) >= slots(english, intent) - {"every"}, intent


@pytest.mark.parametrize("code", languages())
def test_every_language_can_say_yes_no_and_again(code: str) -> None:
    language = load_language(code)

    assert language.confirm.accept and language.confirm.reject and language.confirm.repeat
    assert all("{noun}" in form for form in language.confirm.echo)
    assert "{count}" in language.confirm.all
    refusing = {word for phrase in language.confirm.reject for word in [phrase]}
    for yes in language.confirm.accept:
        assert not any(f" {no} " in f" {yes} " for no in refusing), (code, yes)


@pytest.mark.parametrize("code", languages())
def test_the_settings_take_every_language_that_there_is(code: str) -> None:
    assert HouseSettings(language=code).language == code


def test_the_settings_say_which_languages_there_are() -> None:
    with pytest.raises(ValidationError, match=r"there are no sentences for language 'tlh'; choose one of: .*de, en"):
        HouseSettings(language="tlh")
    with pytest.raises(LanguageError, match="choose one of"):
        load_language("tlh")


def test_no_code_asks_which_language_it_is() -> None:
    codes = {*languages(), *(one.language for one in naming()), "en", "de", "fr", "es", "it", "nl"}
    for package in ("assistant", "tools", "sensors"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text())):
                if name in MAY_NAME_A_LANGUAGE or not isinstance(node, ast.Compare | ast.MatchValue):
                    continue
                named = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
                assert not {value for value in named if isinstance(value, str)} & codes, (name, node.lineno)
