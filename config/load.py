"""Finds and reads the settings: defaults, then a file, the environment, systemd credentials; the later wins.

Plain merging instead of pydantic-settings: each value's origin is told, and a misspelt variable is an error.
"""

import os
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from config import nested
from config.asking import GUARDED, Ask, ConfirmSettings, is_below
from config.errors import UserFacingError
from config.errors import unknown as _unknown
from config.plainly import ErrorDetails, reason
from config.settings import Settings

PREFIX = "ASSISTANT_"
CONFIG_VARIABLE = "ASSISTANT_CONFIG"
SYSTEM_FILE = Path("/etc/assistant/assistant.toml")
HOUSE_FILE = "house.toml"
CREDENTIALS = {
    "mqtt_password": ("mqtt", "password"),
    "model_api_key": ("model", "api_key"),
    "pin_hash": ("confirm", "pin_hash"),
    **{f"model_{key}": (nested.SECTION, key) for key in nested.KEYS},
}
"""Name of a credential to the setting that it fills: a file in the folder `credentials` beside the settings file, or
in $CREDENTIALS_DIRECTORY, which systemd makes for a service."""
CREDENTIALS_FOLDER = "credentials"

DEFAULT = "default"
_SECRETS = frozenset(CREDENTIALS.values())


class ConfigError(UserFacingError):
    """The settings cannot be used; one line for each thing that is wrong, with the place and the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Settings that hold, and where they came from."""

    settings: Settings
    origins: Mapping[str, str]
    """Dotted name of each setting to `default`, `file PATH`, `environment NAME` or `credential NAME`."""
    file: Path | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    section: str
    key: str | None
    """None: the value is the whole section, a list of tables."""
    value: Any
    origin: str


def value_of(settings: Settings, name: str) -> Any:
    """Of one setting, by its dotted name."""
    section, key = name.split(".")
    return getattr(getattr(settings, section), key)


def load_settings(path: Path | None = None) -> Loaded:
    """Reads everything that is set. Raises ConfigError."""
    file = _file(path)
    folders = credentials_folders(file)
    secrets = [one for folder in folders if _is_open(folder) for one in _from_credentials(folder)]
    given = [*(_from_file(file) if file else ()), *_from_environment(), *secrets]
    merged: dict[str, Any] = {}
    lists = {one.section: one.origin for one in given if one.key is None}
    origins = {f"{section}.{key}": DEFAULT for section, model in _sections().items() for key in model.model_fields}
    for one in given:
        if one.key is None:
            merged[one.section] = one.value
            continue
        if one.section == nested.SECTION and one.key in nested.KEYS and not one.origin.startswith("file"):
            nested.put_key(merged.get(nested.SECTION, {}), one.key, one.value, one.origin)
            continue
        merged.setdefault(one.section, {})[one.key] = one.value
        origins[f"{one.section}.{one.key}"] = one.origin
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        raise ConfigError("\n".join(_explained(error, origins, lists))) from error
    _refuse_easing(settings, given)
    return Loaded(
        settings=settings,
        origins=origins,
        file=file,
        warnings=tuple(_warnings(file, folders[:1] if file else (), given)),
    )


def _refuse_easing(settings: Settings, given: Iterable[_Given]) -> None:
    """What guards the house is made easier in the file that its owner keeps, or nowhere. Raises ConfigError."""
    for one in given:
        if one.section != "confirm" or one.key not in GUARDED or not one.origin.startswith("environment"):
            continue
        written = [before.value for before in given if (before.section, before.key) == (one.section, one.key)]
        before = Ask(written[0]) if len(written) > 1 else getattr(ConfirmSettings(), one.key)
        if is_below(getattr(settings.confirm, one.key), before):
            raise ConfigError(f"{one.origin}: confirm.{one.key} can only be made stricter here; write it in the file")


def resolve_state_dir(settings: Settings, chosen: Path | None = None) -> Path:
    """Where the databases live: as chosen, as set, systemd's $STATE_DIRECTORY, else the user's own state folder."""
    if chosen or settings.store.state_dir:
        return (chosen or settings.store.state_dir or Path()).expanduser()
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    return _user_folder("XDG_STATE_HOME", ".local/state") / "assistant"


def resolve_house_file(loaded: Loaded) -> Path:
    """The user's file about the house: as set, else `house.toml` beside the settings or where those would be."""
    if loaded.settings.house.file is not None:
        return loaded.settings.house.file.expanduser()
    return (
        loaded.file.parent if loaded.file else _user_folder("XDG_CONFIG_HOME", ".config") / "assistant"
    ) / HOUSE_FILE


def settings_file(path: Path | None = None) -> Path:
    """The file that is read, whether or not it is there yet: root's is that of the whole machine."""
    return _file(path) or (SYSTEM_FILE if os.geteuid() == 0 else _user_settings() / "assistant.toml")


def _user_folder(variable: str, fallback: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / fallback)


def _user_settings() -> Path:
    return _user_folder("XDG_CONFIG_HOME", ".config") / "assistant"


def _file(path: Path | None) -> Path | None:
    """The file to read: named ones must exist, the usual places may be empty."""
    if path is not None:
        return path.expanduser()
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named).expanduser()
    usual = (_user_settings() / "assistant.toml", SYSTEM_FILE)
    return next((place for place in usual if place.is_file()), None)


def _from_file(file: Path) -> Iterator[_Given]:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"there is no settings file {file}; check --config and ${CONFIG_VARIABLE}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the settings file {file} cannot be read: {_why(error)}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from error
    for section, values in data.items():
        if section in _lists():
            if not isinstance(values, list):
                raise ConfigError(f"{file}: {section!r} is a list; begin each entry with [[{section}]]")
            yield _Given(section=section, key=None, value=values, origin=f"file {file}")
            continue
        if not isinstance(values, dict):
            raise ConfigError(f"{file}: {section!r} stands outside of a section; put it under one of {_names()}")
        for key, value in values.items():
            yield _Given(section=section, key=key, value=value, origin=f"file {file}")
        if not values and section not in _sections():
            raise ConfigError(f"file {file}: {_unknown('section', section, list(_sections()))}")


def _from_environment() -> Iterator[_Given]:
    for name, value in sorted(os.environ.items()):
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE:
            continue
        section, separator, key = name.removeprefix(PREFIX).lower().partition("__")
        if not separator:
            raise ConfigError(
                f"environment {name}: write it as {PREFIX}<SECTION>__<KEY>, for example ASSISTANT_MQTT__HOST"
            )
        if section in _lists():
            raise ConfigError(f"environment {name}: {section} is a list; write its entries in the settings file")
        yield _Given(section=section, key=key, value=value, origin=f"environment {name}")


def credentials_folders(file: Path | None) -> tuple[Path, ...]:
    """Where secrets are looked for that stand in files of their own, the later wins; `file` is the settings file."""
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    return (*((file.parent / CREDENTIALS_FOLDER,) if file else ()), *((Path(given),) if given else ()))


def _is_open(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.X_OK, effective_ids=True)


def _from_credentials(folder: Path) -> Iterator[_Given]:
    for name, (section, key) in CREDENTIALS.items():
        try:
            value = (folder / name).read_text(encoding="utf-8").rstrip("\r\n")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            fault = f"the credential {name} cannot be read: {_why(error)}"
            raise ConfigError(f"{fault}; make {folder / name} readable for this user") from error
        yield _Given(section=section, key=key, value=value, origin=f"credential {name}")


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is no text in UTF-8"


def _sections() -> dict[str, type[BaseModel]]:
    return {
        name: field.annotation
        for name, field in _fields()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }


def _fields() -> Iterable[tuple[str, FieldInfo]]:
    return Settings.model_fields.items()


def _lists() -> dict[str, type[BaseModel]]:
    """Sections that are lists of tables, with what each entry is."""
    return {name: get_args(field.annotation)[0] for name, field in _fields() if get_origin(field.annotation) is tuple}


def _names() -> str:
    return ", ".join(f"[{section}]" for section in _sections())


def _explained(error: ValidationError, origins: Mapping[str, str], lists: Mapping[str, str]) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        section = str(problem["loc"][0])
        if section in lists:
            yield f"{lists[section]}: {_explained_entry(section, problem)}"
            continue
        if nested.is_nested(problem["loc"]):
            origin = origins[f"{section}.{problem['loc'][1]}"]
            yield nested.explained(problem, origin)
            continue
        key = str(problem["loc"][1]) if len(problem["loc"]) > 1 else ""
        if problem["type"] == "extra_forbidden":
            yield _unknown_setting(section, key, origins)
            continue
        shown = "" if (section, key) in _SECRETS else f", not {problem['input']!r}"
        yield f"{origins.get(f'{section}.{key}', '')}: {section}.{key}: {reason(problem)}{shown}"


def _explained_entry(section: str, problem: ErrorDetails) -> str:
    """What is wrong in a list of tables."""
    place = nested.steps_of(problem["loc"][1:3])
    if len(place) < 2:
        return f"[[{section}]]{' entry ' + place[0] if place else ''}: {reason(problem)}"
    number, key = place
    if problem["type"] == "extra_forbidden":
        known = list(_lists()[section].model_fields)
        return f"[[{section}]] entry {number}: {_unknown(f'setting in [[{section}]]', key, known)}"
    shown = "" if problem["type"] == "missing" else f", not {problem['input']!r}"
    return f"[[{section}]] entry {number}: {key}: {reason(problem)}{shown}"


def _unknown_setting(section: str, key: str, origins: Mapping[str, str]) -> str:
    model = _sections().get(section)
    if model is None:
        origin = next((where for name, where in origins.items() if name.startswith(f"{section}.")), "settings")
        return f"{origin}: {_unknown('section', section, list(_sections()))}"
    return f"{origins[f'{section}.{key}']}: {_unknown(f'setting in [{section}]', key, list(model.model_fields))}"


def _warnings(file: Path | None, own: tuple[Path, ...], given: list[_Given]) -> Iterator[str]:
    """`own`: the folder of secrets that a person keeps, not systemd's."""
    written = [one for one in given if one.origin.startswith("file")]
    if file and any((one.section, one.key) in _SECRETS or nested.holds_key(one.value) for one in written):
        yield from _readable_by_others(file)
    for folder in own:
        if folder.is_dir() and not _is_open(folder):
            yield f"{folder} is not for this user: what needs the passwords and keys in it is to be run with sudo"
        elif folder.is_dir():
            kept = (folder / name for name in CREDENTIALS if (folder / name).is_file())
            yield from (warning for path in kept for warning in _readable_by_others(path))


def _readable_by_others(path: Path) -> Iterator[str]:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield f"{path} holds a secret and others may read it; run: chmod 600 {path}"
