"""What a sentence is not tried against could not have matched it: nothing that can be read is lost for speed."""

import json
import os
from pathlib import Path

import pytest
from fakes_wide import wide_house
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences.coverage import INTENTS
from assistant.sentences.hass import DOMAINS
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.sieve import Named, Shape, Shapes, Sieve
from assistant.sentences.templates import HassTemplates, Templates, parse
from assistant.sentences.vocabulary import names_by_component
from config.language import load_language

GOLDEN = Path(__file__).parent / "golden"
EVERY = int(os.environ.get("EVERY", "12"))
"""Of so many golden sentences one is read by every template, which takes long; `EVERY=1 pytest` reads them all."""
ODD = {
    "en": ["set the heating to -5", "remind me about the oven in 5 minutes", "add eggs timer for 3 minutes", "at 7"],
    "de": ["stell die Heizung auf -5", "erinnere mich in 5 Minuten an den Ofen", "Küchenlicht", "um 7"],
}


def golden(code: str) -> list[str]:
    lines = [json.loads(line)["say"] for line in (GOLDEN / f"{code}.jsonl").read_text().splitlines()]
    return [said if isinstance(said, str) else said[0] for said in lines]


@pytest.mark.parametrize("code", ["en", "de"])
def test_every_reading_is_among_what_is_tried(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    language, house = load_language(code), wide_house()
    planner = SentencePlanner(language)
    own = Templates(language, list(language.intents))
    made = {"product": {"coffee": "coffee machine"}, "watered": {"lawn": "sprinkler"}, "audible": {}, "chore": {}}
    own.learn(planner.names(house), made)
    wider = HassTemplates(code, INTENTS, INTENTS, DOMAINS)
    wider.learn(names_by_component(house, language, planner.plain), planner.names(house)["room"].all, ["upstairs"])

    said = [planner.bare(one) for one in [*golden(code)[::EVERY], *ODD[code]]]
    sifted = [(own.readings(one, question=False), wider.readings(one, "kitchen", question=False)) for one in said]
    monkeypatch.setattr(Sieve, "fitting", lambda self, *_: list(range(self.count)))
    every = [(own.readings(one, question=False), wider.readings(one, "kitchen", question=False)) for one in said]

    for one, few, all_ in zip(said, sifted, every, strict=True):
        assert few == all_, one
    assert sum(bool(ours) for ours, _ in every) > len(said) / 3


def shape(template: str) -> Shape:
    return Shapes({"turn": parse("(turn|switch)"), "the": parse("[the]")}, {"verb": parse("(on|off)")}).of(
        parse(template)
    )


def fits(template: str, said: str, **lists: list[str]) -> bool:
    return Sieve([shape(template)]).fitting(said, Named(lists), {}) == [0]


@pytest.mark.parametrize(
    ("template", "said", "could_be"),
    [
        ("<turn> {verb:state} [the] {thing}", "turn on lamp", True),
        ("<turn> {verb:state} [the] {thing}", "dim lamp", False),
        ("<turn> {verb:state} [the] {thing}", "turn on stove", False),
        ("<turn> {verb:state} [the] {thing}", "turn lamp", False),
        ("[please] lamp[s] {verb}", "lamps off", True),
        ("[please] lamp[s] {verb}", "off lamp", False),
        ("un{thing}", "unlamp", True),
        ("(red;blue;green) {thing}", "green red blue lamp", True),
        ("(red;blue;green) {thing}", "green red lamp", False),
        ("<the> {thing} to {number}[%]", "lamp to 20%", True),
        ("<the> {thing} to {number}[%]", "lamp to full", False),
        ("say {whatever} {thing}", "say what you like lamp", True),
        ("{thing}", "lamp-post", True),
        ("<unknown> {thing}", "what is this lamp", True),
        ("{thing}'s", "lamp’s", True),
        ("TURN ON {thing}", "turn on Lamp", True),
    ],
)
def test_a_template_is_left_out_where_it_needs_what_was_not_said(template: str, said: str, could_be: bool) -> None:
    assert fits(template, said, thing=["lamp", "lamp post"], number=[]) is could_be


@given(st.lists(st.sampled_from(["turn", "on", "off", "lamp", "the", "20", "'", "-", "to", "ß", " "]), max_size=8))
def test_whatever_is_said_nothing_breaks(words: list[str]) -> None:
    Sieve([shape("<turn> {verb} [the] {thing}")]).fitting("".join(words), Named({"thing": ["lamp"]}), {})
