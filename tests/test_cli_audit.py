"""`assistant audit`: a stranger reads what happened, proves that the record holds, and takes a turn again."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fakes_tools import ELSEWHERE, HERE
from fakes_turns import Talk, talking
from typer.testing import CliRunner

from assistant.cli.main import app, main
from assistant.turns.replay import ANSWER_ONLY, ARGUMENTS_ONLY, TAKEN_AGAIN
from tools.answers import answer_as_json, answer_from_json
from tools.arguments import ARGUMENTS
from tools.audit import Event

SAID = (
    "what is the temperature in the kitchen",
    "which windows are open",
    "when did the front door last open",
    "what was the highest temperature in the kitchen yesterday",
    "what is the temperature in the attic",
    "turn on the bedroom light",
    "yes",
    "unlock the front door",
    "no",
    "tell me a joke",
    "turn off the bedroom light",
    "is the front door locked and what is the temperature in the kitchen",
    "and in the bedroom?",
    "turn on the bedroom light and the attic lamp",
    "what is the temperature in the kitchen and what is the capital of France",
    "turn on the light there",
)


@pytest.fixture(scope="module")
def talked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house in which some things were said, once."""

    async def talk_there(folder: Path) -> None:
        async with talking(folder, HERE) as (talk, _):
            for words in SAID:
                await talk.say(words)
            await Talk(talk.turns, ELSEWHERE).say("\x1b[31mwhich lights are on")

    folder = tmp_path_factory.mktemp("talked")
    asyncio.run(talk_there(folder))
    return folder


@pytest.fixture
def visited(talked: Path, tmp_path: Path) -> Path:
    """The same, as one's own."""
    shutil.copytree(talked, tmp_path, dirs_exist_ok=True)
    return tmp_path


def run(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["assistant", "audit", *words, "--state-dir", str(folder)])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out + told.err


class Here:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._capsys, self._monkeypatch = folder, capsys, monkeypatch

    def __call__(self, *words: str) -> tuple[int, str]:
        return run(self.folder, self._capsys, self._monkeypatch, *words)


@pytest.fixture
def audit(visited: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.setenv("ASSISTANT_HOUSE__TIME_ZONE", "UTC")
    return Here(visited, capsys, monkeypatch)


def turns(audit: Here) -> list[dict[str, object]]:
    return [json.loads(line) for line in audit("list", "--json")[1].splitlines()]


def test_the_newest_turns_are_listed_with_what_came_of_them(audit: Here) -> None:
    code, out = audit("list")
    assert code == 0
    assert "what is the temperature in the kitchen" in out and "23.4 degrees" in out
    assert "\x1b" not in out
    assert [turn["heard"] for turn in turns(audit)][: len(SAID)] == list(SAID)
    acted = audit("list", "--acted", "--json")[1].splitlines()
    assert [json.loads(line)["heard"] for line in acted] == ["yes"]
    elsewhere = audit("list", "--satellite", "kitchen", "--json")[1].splitlines()
    assert len(elsewhere) == 1
    assert len(audit("list", "--newest", "2", "--json")[1].splitlines()) == 2
    assert audit("list", "--satellite", "attic")[1] == "No turn fits that.\n"


def test_one_turn_is_told_from_the_words_to_the_device(audit: Here) -> None:
    asked = next(turn for turn in turns(audit) if turn["heard"] == "turn on the bedroom light")
    out = audit("show", str(asked["turn"]))[1]
    for words in (
        "heard on here (owner, Bedroom): 'turn on the bedroom light'",
        'call control_device {"unit":null,"value":null,"verb":"turn_on","what":"bedroom light"}',
        "proposed, asking for yes: turn_on bedroom light (light.bedroom_light)",
        "allowed by here; sending",
        "light.bedroom_light: done, it says on",
        "decided by sentences as switch",
    ):
        assert words in out
    answered = next(turn for turn in turns(audit) if turn["heard"] == "yes")
    assert "light.bedroom_light: done" in audit("show", str(answered["turn"]))[1]


def test_the_last_turn_is_shown_where_none_is_named_and_no_escape_reaches_the_terminal(audit: Here) -> None:
    out = audit("show")[1]
    assert "which lights are on" in out and "\x1b" not in out


@pytest.mark.parametrize("words", [("show", "nothing"), ("export", "0000zz"), ("replay", "nothing"), ("show", "'; --")])
def test_a_turn_that_is_not_there_is_one_sentence(audit: Here, words: tuple[str, str]) -> None:
    code, out = audit(*words)
    assert code == 2 and "`assistant audit list` shows them" in out


def test_the_record_holds_until_somebody_changes_it(audit: Here) -> None:
    code, out = audit("verify")
    assert code == 0 and out.startswith("The audit holds: ")
    with closing(sqlite3.connect(audit.folder / "audit.sqlite3")) as connection:
        connection.execute("DROP TRIGGER no_update")
        connection.execute("UPDATE record SET body = replace(body, 'kitchen', 'cellar') WHERE number = 4")
        connection.commit()
    code, out = audit("verify")
    assert code == 1 and "does NOT hold from record 4 on" in out


def test_every_turn_comes_out_the_same_again_and_no_more_is_claimed_than_was_taken_again(audit: Here) -> None:
    for turn in turns(audit):
        claimed = TAKEN_AGAIN if turn["planner"] == "sentences" else ANSWER_ONLY if turn["answered"] else ARGUMENTS_ONLY
        assert audit("replay", str(turn["turn"])) == (0, f"{claimed}\n"), turn


def test_an_exported_turn_is_replayed_without_the_house(audit: Here, tmp_path: Path) -> None:
    first = turns(audit)[0]
    case = audit("export", str(first["turn"]))[1]
    file = tmp_path / "case.json"
    file.write_text(case)
    assert audit("replay", str(file))[0] == 0
    told = json.loads(case)
    told["turn"]["said"] = "The temperature in the kitchen is 40 degrees."
    file.write_text(json.dumps(told))
    code, out = audit("replay", str(file))
    assert code == 1 and "then: The temperature in the kitchen is 40 degrees." in out
    told["turn"]["calls"][0]["arguments"]["where"] = "cellar"
    file.write_text(json.dumps(told))
    assert "calls:" in audit("replay", str(file))[1]


def test_a_yes_that_was_none_shows_when_it_is_taken_again(audit: Here, tmp_path: Path) -> None:
    yes = next(turn for turn in turns(audit) if turn["heard"] == "yes")
    told = json.loads(audit("export", str(yes["turn"]))[1])
    told["turn"]["heard"] = "the weather says yes"
    file = tmp_path / "case.json"
    file.write_text(json.dumps(told))
    code, out = audit("replay", str(file))
    assert code == 1 and "answer to the question:" in out and "then: accepted" in out and "now:  other" in out


@pytest.mark.parametrize("text", ["", "{}", '{"format": 2}', "[]", '{"format": 1, "turn": {}}'])
def test_what_is_no_case_is_said_to_be_none(audit: Here, tmp_path: Path, text: str) -> None:
    file = tmp_path / "case.json"
    file.write_text(text)
    code, out = audit("replay", str(file))
    assert code == 2 and "cannot be replayed" in out and "Traceback" not in out


def test_where_nothing_was_recorded_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out = run(tmp_path, capsys, monkeypatch, "list")
    assert code == 2 and "nothing has been recorded" in out


async def test_every_answer_can_be_read_back_from_the_record(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE) as (talk, house):
        for words in SAID:
            for result in (await talk.say(words)).results:
                if result.answer is not None:
                    assert answer_from_json(answer_as_json(result.answer)) == result.answer
        assert {tool.name for tool in house.desk.offered(HERE, may_act=True)} <= ARGUMENTS.keys()
        records = await house.audit.records(newest=1000)
    assert [record.event for record in records].count(Event.HOUSE) == 1, "the house is kept once while it is the same"
    with pytest.raises(ValueError, match="no answer of the kind"):
        answer_from_json({"kind_of_answer": "Nonsense"})


def test_turns_become_cases_that_come_out_as_they_did(audit: Here, tmp_path: Path) -> None:
    """Each in the house that it happened in."""
    cases, house = tmp_path / "cases.jsonl", tmp_path / "house.json"
    of_words = {turn["heard"]: str(turn["turn"]) for turn in turns(audit)}
    for words in (
        "what is the temperature in the kitchen",
        "when did the front door last open",
        "what was the highest temperature in the kitchen yesterday",
        "turn on the bedroom light",
        "tell me a joke",
        "is the front door locked and what is the temperature in the kitchen",
    ):
        assert audit("export", of_words[words], "--case", str(cases), "--house", str(house)) == (0, "")
        ran = CliRunner().invoke(app, ["eval", str(cases), "--house", str(house), "--threshold", "1"])
        assert ran.exit_code == 0, ran.output
        cases.unlink()


def test_an_answer_alone_is_no_case(audit: Here, tmp_path: Path) -> None:
    yes = next(turn for turn in turns(audit) if turn["heard"] == "yes")
    code, out = audit("export", str(yes["turn"]), "--case", str(tmp_path / "cases.jsonl"))
    assert code == 2 and "only answers a question" in out
    assert not (tmp_path / "cases.jsonl").exists()
