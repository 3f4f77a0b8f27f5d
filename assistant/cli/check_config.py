"""`assistant check-config`: the settings that hold, where each came from, and what is unwise about them."""

import asyncio
import re
import sys
from pathlib import Path

from pydantic import BaseModel, SecretStr
from rich.console import Console
from rich.table import Column, Table

from assistant.known import read_known
from config.load import load_settings, resolve_house_file, resolve_state_dir, value_of
from config.settings import Settings
from sensors.database import StoreUnavailable
from sensors.dialects import dialects_of

MASKED = "********"
NONE = "-"


def check_config(config: Path | None, state_dir: Path | None) -> int:
    """Prints a table. Raises ConfigError, BadPlainTopic or HouseFileError where something cannot be used."""
    loaded = load_settings(config)
    dialects_of(loaded.settings)
    columns = (Column(name, overflow="fold") for name in ("setting", "value", "from"))
    table = Table(*columns, title=f"Settings ({loaded.file or 'no file, only defaults'})")
    for name, origin in loaded.origins.items():
        value = value_of(loaded.settings, name)
        usual = value == value_of(Settings(), name)
        # The title says which file.
        shown = "file" if origin == f"file {loaded.file}" else origin
        table.add_row(name, _shown(value), shown, style="dim" if usual else "")
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(f"State directory: {resolve_state_dir(loaded.settings, state_dir)}", soft_wrap=True)
    for entry in loaded.settings.plain:
        console.print(f"Plain topic: {entry.topic} ({entry.quantity})", soft_wrap=True, markup=False)
    house_file = resolve_house_file(loaded)
    there = "" if house_file.is_file() else " (not there, which is fine)"
    console.print(f"House file: {house_file}{there}", soft_wrap=True)
    for warning in (*loaded.warnings, *_about_house(config, state_dir)):
        console.print(f"Warning: {warning}", style="yellow", markup=False, soft_wrap=True)
    return 0


def _about_house(config: Path | None, state_dir: Path | None) -> tuple[str, ...]:
    """Entries of the house file that match no device, as far as devices are known."""
    try:
        return asyncio.run(read_known(config, state_dir)).arranged.warnings
    except StoreUnavailable as error:
        return (f"the house file could not be compared with the devices: {error}",)


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return MASKED
    if isinstance(value, BaseModel):
        # In the order in which they are described; a set has none that stays.
        given = {key: getattr(value, key) for key in type(value).model_fields if key in value.model_fields_set}
        return ", ".join(f"{key} = {_shown(one)}" for key, one in given.items())
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        return "; ".join(map(_shown, value))
    if isinstance(value, str) and "://" in value:
        # A password may stand before the host.
        return re.sub(r"://[^/@]*@", f"://{MASKED}@", value)
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value)) or NONE
    return NONE if value is None else str(value).lower() if isinstance(value, bool) else str(value)
