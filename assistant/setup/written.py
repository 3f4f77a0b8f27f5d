"""The settings file with the answers in it: every comment and every other line stays as it was. Written whole or not.

Secrets go into files of their own, for their owner alone, by the names that systemd's credentials have.
"""

import json
import os
import re
import signal
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from assistant.setup.asking import Answers, Value
from config.errors import UserFacingError
from config.load import CREDENTIALS, CREDENTIALS_FOLDER
from config.settings import Settings

SECRET_FILES = {".".join(place): name for name, place in CREDENTIALS.items()}
"""Dotted name of a setting to the file that holds it."""


class NotWritten(UserFacingError):
    """Nothing was changed; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    settings: Path
    secrets: tuple[Path, ...]
    kept: Path | None
    """The settings file as it was before."""


def shipped() -> str:
    """The file that comes with the assistant: every setting with its comment."""
    return files("config").joinpath("assistant.toml").read_text(encoding="utf-8")


def with_answers(text: str, answers: Answers) -> str:
    """`text` with each answer in its place; secrets are taken out of it. Raises NotWritten."""
    for name, value in answers.items():
        section, _, key = name.partition(".")
        text = _put(text, section, key, None if name in SECRET_FILES else value)
    _verify(text, answers)
    return text


def _put(text: str, section: str, key: str, value: Value) -> str:
    lines = text.splitlines()
    begin, end = _bounds(lines, section)
    if begin is None:
        return text if value is None else f"{text.rstrip()}\n\n[{section}]\n{key} = {_toml(value)}\n"
    place, set_already = _line_of(lines, begin, end, key)
    if place is None:
        if value is not None:
            lines.insert(begin + 1, f"{key} = {_toml(value)}")
    elif value is not None:
        lines[place] = _replaced(lines[place], key, value)
    elif set_already:
        lines[place] = f"# {key} = ..." if f"{section}.{key}" in SECRET_FILES else f"# {lines[place]}"
    return "\n".join(lines) + "\n"


def _bounds(lines: list[str], section: str) -> tuple[int | None, int]:
    """The line of the section's header, and the line after its last."""
    begin = next((number for number, line in enumerate(lines) if re.match(rf"\[{section}\]\s*(#.*)?$", line)), None)
    if begin is None:
        return None, len(lines)
    after = (number for number in range(begin + 1, len(lines)) if re.match(r"(# )?\[", lines[number]))
    return begin, next(after, len(lines))


def _line_of(lines: list[str], begin: int, end: int, key: str) -> tuple[int | None, bool]:
    """Where the key is set, else where it stands as a comment, and which of the two it is."""
    for is_set, mark in ((True, ""), (False, "# ?")):
        for number in range(begin + 1, end):
            if re.match(rf"{mark}{key}\s*=", lines[number]):
                return number, is_set
    return None, False


def _replaced(line: str, key: str, value: Value) -> str:
    """Keeps the remark at the end of the line, in its column where the value leaves room."""
    given = f"{key} = {_toml(value)}"
    remark = re.search(r"""^(?:[^"'#\n]|"(?:[^"\\]|\\.)*"|'[^']*')*(#.*)$""", line.removeprefix("# "))
    if remark is None:
        return given
    column = line.index(remark[1])
    return f"{given.ljust(max(column - 1, len(given)))} {remark[1]}"


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _verify(text: str, answers: Answers) -> None:
    """A file in a form that was not reckoned with must not be spoiled."""
    try:
        read = tomllib.loads(text)
        Settings.model_validate(read)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise NotWritten(f"these answers cannot be used together: {why}; run it again") from error
    for name, value in answers.items():
        section, _, key = name.partition(".")
        found = read.get(section, {}).get(key)
        if found != (None if name in SECRET_FILES else value):
            raise NotWritten(f"{name} could not be put into the settings file; set it there by hand")


def write(path: Path, text: str, secrets: Mapping[str, str | None]) -> Written:
    """`secrets`: dotted name to the secret, None for one that is no more. Raises NotWritten.

    All is written beside its place first, and then moved: whatever ends this, no file is half of anything.
    """
    folder = path.parent / CREDENTIALS_FOLDER
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = [(_beside(path, text, 0o644), path)]
        if any(secrets.values()):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
        kept = path.with_name(f"{path.name}.before") if path.exists() else None
        for name, secret in secrets.items():
            if secret is not None:
                target = folder / SECRET_FILES[name]
                new.insert(0, (_beside(target, f"{secret}\n", 0o600), target))
        with _uninterrupted():
            if kept is not None:
                os.replace(_beside(kept, path.read_text(encoding="utf-8"), path.stat().st_mode & 0o777), kept)
            for beside, target in new:
                os.replace(beside, target)
            for name in [name for name, secret in secrets.items() if secret is None]:
                (folder / SECRET_FILES[name]).unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(f"{error.filename or path} cannot be written: {error.strerror}; try with sudo") from error
    return Written(settings=path, secrets=tuple(target for _, target in new if target != path), kept=kept)


def _beside(path: Path, text: str, mode: int) -> Path:
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        if os.geteuid() == 0:  # where the service's user owns the folder, it is to read what root writes there
            owner = path.parent.stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
    return new


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until several files that belong together are in place."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
