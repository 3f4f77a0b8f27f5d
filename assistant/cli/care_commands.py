"""Commands that look after a running assistant: what there is to call."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.options import AsJson, Config, StateDir


def status(
    records: Annotated[bool, typer.Option("--records", help="What is kept, for how long, and how much.")] = False,
    as_json: AsJson = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Tell what it is doing now, or with --records what it keeps.

    Changes nothing, and a running assistant goes on. Whether all is well, and what to do if not, `assistant doctor`
    tells.

    Exit code 0: it runs. 3: it does not. 4: it does not answer. 2: the settings cannot be used. With --records 0 or 2.
    """
    if records:
        from assistant.cli.records import show_records

        raise typer.Exit(show_records(as_json=as_json, config=config, state_dir=state_dir))
    from assistant.cli.status import show_status

    raise typer.Exit(show_status(as_json=as_json, config=config, state_dir=state_dir))


def doctor(
    as_json: AsJson = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Look at every part: is it well, and if not, what to do.

    Changes nothing.

    Exit code 0: all is well. 1: something works less well than it could. 2: something does not work.
    """
    from assistant.cli.doctor import examine

    raise typer.Exit(examine(as_json=as_json, config=config, state_dir=state_dir))


def backup(
    folder: Annotated[Path | None, typer.Argument(help="Where to put them, instead of the usual folder.")] = None,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Copy the databases now, and verify the copies.

    A running assistant goes on undisturbed, and does the same each night. Example: assistant backup /mnt/usb
    """
    from assistant.cli.backup import back_up

    raise typer.Exit(back_up(folder, config=config, state_dir=state_dir))


def restore(
    file: Annotated[Path, typer.Argument(help="A backup that `assistant backup` or the daemon made.")],
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Put a backup in the place of a database, which is moved aside.

    Only while no assistant runs (docs/backups.md).
    """
    from assistant.cli.backup import restore

    raise typer.Exit(restore(file, config=config, state_dir=state_dir))
