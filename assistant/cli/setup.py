"""`assistant setup`: asks what a new assistant has to know, tries each answer, and writes the settings at the end."""

import getpass
import logging
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from assistant.cli.screen import tell
from assistant.setup.asking import BACK, NONE, Answers, Conversation, GoesBack, Question, Value, Wrong, one_of
from assistant.setup.questions import Trials, questions
from assistant.setup.trials import real_trials
from assistant.setup.written import SECRET_FILES, shipped, with_answers, write
from assistant.zone import machine_zone
from config.errors import UserFacingError, unknown
from config.load import DEFAULT, SYSTEM_FILE, Loaded, load_settings, settings_file, value_of

SYSTEM_STATE_DIR = "/var/lib/assistant"

_INTRODUCTION = """\
Enter takes what stands in brackets, < goes back to the question before, - means none, Ctrl-C ends it.
Nothing is written before the end.
"""
UNCHANGED = "Nothing was changed."


class AnswersWrong(UserFacingError):
    """The file of answers cannot be used; the message says why."""


class NobodyThere(UserFacingError):
    """Standard input is no terminal, and there is no file of answers."""


class Typist:
    """Who sits at the terminal."""

    def answer(self, question: Question, prompt: str) -> str:
        return getpass.getpass(prompt) if question.secret else input(prompt)

    def tell(self, text: str) -> None:
        tell(text)

    def keeps(self, question: Question) -> bool:
        text = "  Keep it all the same, answer again, or go back a question (keep, again, <)"
        chosen = self.chooses(text, "again", "keep", BACK)
        if chosen == BACK:
            raise GoesBack
        return chosen == "keep"

    def chooses(self, text: str, usual: str, *others: str) -> str:
        while True:
            try:
                return one_of(usual, *others)(input(f"{text} [{usual}]: ").strip() or usual)
            except Wrong as error:
                tell(f"  {error}")


class Form:
    """Who has written all answers down beforehand; what is left out is as it was, or as usual."""

    def __init__(self, answers: Mapping[str, Value]) -> None:
        self._answers = answers
        self._told = ""
        self._asked: str | None = None

    def answer(self, question: Question, prompt: str) -> str:
        if question.name == self._asked:
            raise AnswersWrong(f"{question.name}: {self._told}")
        self._asked = question.name
        if question.name not in self._answers:
            return ""
        value = self._answers[question.name]
        return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value) or NONE

    def tell(self, text: str) -> None:
        self._told = text.strip()

    def keeps(self, question: Question) -> bool:
        raise AnswersWrong(f"{question.name}: {self._told} Correct it, or leave out the trials with --untested")


def set_up(*, answers: Path | None, untested: bool, config: Path | None) -> int:
    """1 where the person gave up. Raises AnswersWrong, NotWritten, ConfigError where the present file is wrong."""
    logging.basicConfig(level=logging.CRITICAL)
    zone = machine_zone()
    asked = questions(Trials() if untested else real_trials(), zone=zone.key if zone else None)
    path = settings_file(config)
    present = load_settings(path) if path.is_file() else None
    person = Typist() if answers is None else Form(read_answers(answers, [one.name for one in asked]))
    if isinstance(person, Typist):
        if not sys.stdin.isatty():
            raise NobodyThere("standard input is no terminal; give the answers in a file with --answers")
        tell(_INTRODUCTION)
    try:
        given = Conversation(asked, known=_known(present) if present else {}).hold(person)
        if isinstance(person, Typist) and person.chooses(f"Write {path} (yes, no)", "yes", "no") == "no":
            raise KeyboardInterrupt
    except (KeyboardInterrupt, EOFError):
        tell(f"\n{UNCHANGED}")
        return 1
    _write(path, path.read_text(encoding="utf-8") if present else shipped(), given)
    return 0


def read_answers(file: Path, names: Sequence[str]) -> dict[str, Value]:
    """By the dotted names of the settings; `names` are those that are asked for. Raises AnswersWrong."""
    try:
        sections: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AnswersWrong(f"the answers in {file} cannot be read: {error}") from error
    found: dict[str, Value] = {}
    for section, values in sections.items():
        for key, value in values.items() if isinstance(values, dict) else [("", values)]:
            name = f"{section}.{key}"
            if name not in names or not isinstance(value, str | int | bool):
                raise AnswersWrong(f"{file}: {unknown('question', name, names)}")
            found[name] = value
    return found


def _known(present: Loaded) -> dict[str, Value]:
    """What is set already, as answers."""
    known: dict[str, Value] = {}
    for name, origin in present.origins.items():
        value = value_of(present.settings, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if origin != DEFAULT and isinstance(value, str | int | bool | Path):
            known[name] = str(value) if isinstance(value, Path) else value
    return known


def _write(path: Path, text: str, answers: Answers) -> None:
    secrets = {name: None if value is None else str(value) for name, value in answers.items() if name in SECRET_FILES}
    given = dict(answers)
    if path == SYSTEM_FILE:
        given["store.state_dir"] = SYSTEM_STATE_DIR
    written = write(path, with_answers(text, given), secrets)
    tell(f"Written: {written.settings}")
    for secret in written.secrets:
        tell(f"Written, for its owner alone: {secret}")
    if written.kept is not None:
        tell(f"As it was before: {written.kept}")
    tell("`assistant doctor` looks at every part; `assistant run` starts it, `assistant install` makes it a service.")
