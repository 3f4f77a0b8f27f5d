"""Every intent of home-assistant-intents has a tool here or a reason, and `docs/sentences.md` says which."""

import json
import os
from pathlib import Path

import pytest
from fakes_wide import wide_house

from assistant.sentences.coverage import DECIDED, INTENTS
from assistant.sentences.planner import Plan, SentencePlanner
from assistant.sentences.templates import intents_of_home_assistant
from config.language import load_language

PAGE = Path(__file__).parent.parent / "docs" / "sentences.md"
MARK = (
    "<!-- written by tests/test_sentences_coverage.py: UPDATE_SNAPSHOTS=1 pytest tests/test_sentences_coverage.py -->"
)


@pytest.fixture(scope="module")
def planner() -> SentencePlanner:
    return SentencePlanner(load_language("en"))


def by_package(planner: SentencePlanner, name: str) -> Plan:
    """What the package's own sentence becomes, whether or not one of our templates has it too."""
    plan = planner.plan_wider(DECIDED[name].example, wide_house(), "Kitchen", name)
    assert plan is not None, f"{name}: nothing is understood by {DECIDED[name].example!r}"
    return plan


def row(planner: SentencePlanner, name: str) -> str:
    decided = DECIDED[name]
    if name not in INTENTS:
        return f"| `{name}` | no | | {decided.why_not} |"
    plan = by_package(planner, name)
    if plan.small_talk is not None:
        tool = "said by code"
    else:
        call = plan.calls[0]
        given = {key: value for key, value in json.loads(call.arguments).items() if value not in (None, False)}
        tool = f"`{call.name}` {', '.join(f'{key}: {value}' for key, value in given.items())}"
    return f"| `{name}` | {tool} | {decided.example} | {decided.why_not} |"


def test_every_intent_of_the_installed_package_is_decided() -> None:
    assert set(intents_of_home_assistant()) == set(DECIDED), "decide new intents in assistant/sentences/coverage.py"


def test_what_has_no_tool_has_a_reason() -> None:
    assert [name for name, decided in DECIDED.items() if not decided.example and not decided.why_not] == []


@pytest.mark.parametrize("name", sorted(INTENTS))
def test_a_sentence_of_each_becomes_a_call_or_words_of_code(planner: SentencePlanner, name: str) -> None:
    plan = by_package(planner, name)
    assert plan.calls or plan.small_talk


def test_the_page_says_what_the_table_decides(planner: SentencePlanner) -> None:
    rows = [row(planner, name) for name in intents_of_home_assistant()]
    head = ["| intent | what becomes of it | example | not taken, and why |", "|---|---|---|---|"]
    kept = PAGE.read_text(encoding="utf-8").partition(MARK)[0] if PAGE.exists() else ""
    page = "\n".join([f"{kept}{MARK}", "", *head, *rows, ""])
    if os.environ.get("UPDATE_SNAPSHOTS"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page
