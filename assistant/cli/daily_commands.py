"""Commands for every day: what there is to call."""

from enum import StrEnum
from typing import Annotated

import typer

from assistant.cli.options import AsJson, Config, StateDir

Room = Annotated[str | None, typer.Option("--room", help="The room that the question is asked in.")]


def ask(
    text: Annotated[str, typer.Argument(help="What you would say.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole turn as one JSON object.")] = False,
    room: Room = None,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Ask or order one thing in writing.

    Example: assistant ask --room kitchen "is the window open"

    Of the running assistant, or on the same records where none runs.
    """
    from assistant.cli.ask import ask_once

    raise typer.Exit(ask_once(text, as_json=as_json, room=room, config=config, state_dir=state_dir))


def talk(room: Room = None, config: Config = None, state_dir: StateDir = None) -> None:
    """Talk in writing: type, and read the answers."""
    from assistant.cli.ask import talk

    raise typer.Exit(talk(room=room, config=config, state_dir=state_dir))


def devices(
    room: Annotated[str | None, typer.Option("--room", help="Only this room or floor.")] = None,
    as_json: AsJson = False,
    ids: Annotated[bool, typer.Option("--ids", help="Also print each entity's id, for the house file.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """List rooms, devices and what each last said.

    Marked is what was not heard for long, cannot be reached, or is low on battery. Example: assistant devices --room
    upstairs
    """
    from assistant.cli.devices import list_devices

    raise typer.Exit(list_devices(room=room, as_json=as_json, ids=ids, config=config, state_dir=state_dir))


def approve(
    refuse: Annotated[bool, typer.Option("--no", help="Refuse everything that waits.")] = False,
    assume_yes: Annotated[bool, typer.Option("--yes", help="Allow everything that waits, without asking.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Allow or refuse what waits for a yes anywhere in the house.

    Exit code 0: something was decided. 1: nothing waits, or nothing was decided. 2: no assistant runs.
    """
    from assistant.cli.approve import approve

    raise typer.Exit(approve(refuse=refuse, assume_yes=assume_yes, config=config, state_dir=state_dir))


class OnOff(StrEnum):
    ON = "on"
    OFF = "off"


def acting(
    wanted: Annotated[OnOff | None, typer.Argument(help="Leave it out to see how it stands.")] = None,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Stop everything that could be done to the house, or let it be done again.

    Example: assistant acting off. A running assistant obeys at once, and still after a restart; questions are answered
    all the same.
    """
    from assistant.cli.acting import set_acting

    raise typer.Exit(set_acting(wanted, config=config, state_dir=state_dir))
