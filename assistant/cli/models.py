"""`assistant models`: which speech models there are and which are here; fetches one, removes one."""

import sys
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from assistant.cli.screen import screen
from assistant.state_dir import StateDir
from assistant.voice.store import ModelStore
from config.load import load_settings
from config.settings import Settings


def store_of(settings: Settings, state_dir: Path | None) -> ModelStore:
    return ModelStore(settings.voice.models_dir or StateDir.of(settings, state_dir).models)


def list_models(*, config: Path | None, state_dir: Path | None) -> int:
    store = store_of(load_settings(config).settings, state_dir)
    table = Table(Column("model", no_wrap=True), "kind", "language", "size", "here", "licence", "what it is")
    for model in store.known:
        size = f"{model.size_bytes / 1_000_000:.0f} MB"
        here = "yes" if store.has(model) else ""
        table.add_row(
            model.name, model.kind, ", ".join(model.languages) or "many", size, here, model.licence, model.about
        )
    screen().print(table)
    sys.stdout.write(f"They are kept in {store.folder}. Fetch one with: assistant models pull NAME\n")
    return 0


def pull(name: str, *, source: str | None, config: Path | None, state_dir: Path | None) -> int:
    """Raises ModelUnavailable."""
    store = store_of(load_settings(config).settings, state_dir)
    model = store.named(name)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen(), transient=True) as shown:
        task = shown.add_task(name, total=model.size_bytes)
        path = store.fetch(model, source=source, progress=lambda more: shown.advance(task, more))
    setting = "transcriber" if model.kind == "transcriber" else "voice"
    sys.stdout.write(f'{path}\nUse it with {setting} = "{name}" under [voice] in the settings.\n')
    return 0


def remove(name: str, *, config: Path | None, state_dir: Path | None) -> int:
    """Raises ModelUnavailable."""
    store = store_of(load_settings(config).settings, state_dir)
    there = store.remove(store.named(name))
    sys.stdout.write(f"{name} is removed.\n" if there else f"{name} was not here.\n")
    return 0
