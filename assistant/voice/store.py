"""The folder of speech models: what is there and whole, and how another one gets in: verified, or not at all.

A model is fetched into a folder beside its own and moved into place when every byte of it is right. What was fetched
before an interruption is kept and gone on from.
"""

import errno
import hashlib
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from config.errors import UserFacingError, unknown
from config.models import ModelFile, SpeechModel, known_models

_CHUNK = 1 << 18
_LONG_TO_READ = 300_000_000
_TIMEOUT_SECONDS = 30.0
_SCHEMES = ("https://", "http://")

Progress = Callable[[int], None]
"""Told of so many bytes more."""


class ModelUnavailable(UserFacingError):
    """A model cannot be fetched or found; the message says why and what to do."""


def _no_progress(_: int) -> None: ...


class ModelStore:
    """`folder` is made when something is put into it."""

    def __init__(self, folder: Path, known: Sequence[SpeechModel] | None = None) -> None:
        self.folder = folder
        self.known = tuple(known_models() if known is None else known)

    def named(self, name: str) -> SpeechModel:
        """Raises ModelUnavailable for a name that there is not."""
        for model in self.known:
            if model.name == name:
                return model
        raise ModelUnavailable(f"{unknown('model', name, [one.name for one in self.known])} See assistant models list")

    def path(self, model: SpeechModel) -> Path:
        """Where a model is, or would be: a folder for a transcriber, the `.onnx` file for a voice."""
        folder = self.folder / model.name
        return folder / model.files[0].name if model.kind == "voice" else folder

    def has(self, model: SpeechModel) -> bool:
        """Whether all its files are there in their full length; bytes were checked when they came."""
        folder = self.folder / model.name
        return all((folder / file.name).is_file() and _size(folder / file.name) == file.bytes for file in model.files)

    def faults(self, model: SpeechModel) -> tuple[str, ...]:
        """Names of its files that are missing or not what they should be, byte for byte.

        Of one so big that a slow card takes minutes to read it, only the length is looked at.
        """
        folder = self.folder / model.name
        return tuple(file.name for file in model.files if not _seems_right(folder / file.name, file))

    def fetch(self, model: SpeechModel, *, source: str | None = None, progress: Progress = _no_progress) -> Path:
        """Returns where it is. `source` is a mirror's URL or a folder, either with the files or with a folder of the
        model's name; None: where the model is published. Raises ModelUnavailable."""
        if self.has(model):
            progress(model.size_bytes)
            return self.path(model)
        partial = self.folder / f".{model.name}.partial"
        try:
            partial.mkdir(parents=True, exist_ok=True)
            for file in model.files:
                self._fetch(model, file, partial / file.name, source, progress)
            shutil.rmtree(self.folder / model.name, ignore_errors=True)
            os.replace(partial, self.folder / model.name)
        except OSError as error:
            raise ModelUnavailable(_explained(error, self.folder, model)) from error
        return self.path(model)

    def remove(self, model: SpeechModel) -> bool:
        """Whether there was anything of it. Raises ModelUnavailable where it cannot be removed."""
        found = [one for one in (self.folder / model.name, self.folder / f".{model.name}.partial") if one.exists()]
        try:
            for one in found:
                shutil.rmtree(one)
        except OSError as error:
            raise ModelUnavailable(f"{one} cannot be removed: {error.strerror}; remove it by hand") from error
        return bool(found)

    def _fetch(self, model: SpeechModel, file: ModelFile, target: Path, source: str | None, progress: Progress) -> None:
        got = _size(target)
        if got > file.bytes:
            target.unlink()
            got = 0
        progress(got)
        if got < file.bytes:
            if source is None or source.startswith(_SCHEMES):
                _download(_url(model, file, source), target, file, progress)
            else:
                _copy(_found(Path(source).expanduser(), model, file), target, got, progress)
        if not _is_right(target, file):
            target.unlink()
            raise ModelUnavailable(
                f"{file.name} of {model.name} is not what it should be, and was thrown away: "
                f"assistant models pull {model.name} tries again"
            )


def _url(model: SpeechModel, file: ModelFile, mirror: str | None) -> str:
    base = model.url if mirror is None else f"{mirror.rstrip('/')}/{model.name}/"
    return base + file.name


def _download(url: str, target: Path, file: ModelFile, progress: Progress) -> None:
    """Goes on where the file ends, if the server can; from the beginning if it cannot."""
    got = _size(target)
    request = urllib.request.Request(url, headers={"Range": f"bytes={got}-"} if got else {})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
            goes_on = got > 0 and answer.status == 206
            if got and not goes_on:
                progress(-got)
            _write(answer, target, "ab" if goes_on else "wb", file.bytes - (got if goes_on else 0), progress)
    except urllib.error.HTTPError as error:
        raise ModelUnavailable(f"{url} answers {error.code}; try again later, or name a mirror with --from") from error
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        raise ModelUnavailable(
            f"{url} cannot be fetched ({why}); what has come is kept: run it again, or name a mirror or a folder "
            "with --from"
        ) from error


def _write(answer: HTTPResponse, target: Path, mode: str, most: int, progress: Progress) -> None:
    with target.open(mode) as out:
        while most > 0 and (chunk := answer.read(min(_CHUNK, most))):
            out.write(chunk)
            most -= len(chunk)
            progress(len(chunk))
    if most > 0:
        raise ConnectionError("the connection ended in the midst of it")


def _found(folder: Path, model: SpeechModel, file: ModelFile) -> Path:
    for place in (folder / model.name / file.name, folder / file.name):
        if place.is_file():
            return place
    raise ModelUnavailable(f"{folder} holds neither {model.name}/{file.name} nor {file.name}: copy the model there")


def _copy(origin: Path, target: Path, got: int, progress: Progress) -> None:
    shutil.copyfile(origin, target)
    progress(_size(target) - got)


def _seems_right(path: Path, file: ModelFile) -> bool:
    return _size(path) == file.bytes if file.bytes > _LONG_TO_READ else _is_right(path, file)


def _is_right(path: Path, file: ModelFile) -> bool:
    algorithm, _, wanted = file.digest.partition(":")
    if _size(path) != file.bytes:
        return False
    with path.open("rb") as held:
        # No secret hangs on it: it tells whole files from broken ones, and MD5 is all that Piper publishes.
        digest = hashlib.file_digest(held, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
    return digest == wanted


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _explained(error: OSError, folder: Path, model: SpeechModel) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        megabytes = model.size_bytes // 1_000_000
        return f"the disk that holds {folder} is full; {model.name} takes {megabytes} MB, and what has come is kept"
    return f"{folder} cannot be written ({error.strerror}); run it as the user that the assistant runs as"
