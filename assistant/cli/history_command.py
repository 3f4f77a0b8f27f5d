"""`assistant history`: what there is to call."""

from typing import Annotated

import typer

from assistant.cli.options import AsJson, Config, StateDir


def history(
    name: Annotated[str, typer.Argument(help="A thing as you would say it, or an id as `assistant devices --ids`.")],
    quantity: Annotated[
        str | None, typer.Option("--quantity", help="What of it: temperature, brightness, battery, ...")
    ] = None,
    period: Annotated[
        str, typer.Option("--period", help='As you would say it: "last week", "monday evening", "march", "2026-11-03".')
    ] = "last 24 hours",
    as_json: AsJson = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Draw what was recorded of one thing over a period.

    Example: assistant history "kitchen temperature" --period "last week"

    Exit code 0: there was something to show. 1: nothing was recorded. 2: no such thing, or no such period.
    """
    from assistant.cli.history import show_history

    raise typer.Exit(
        show_history(name, quantity=quantity, period=period, as_json=as_json, config=config, state_dir=state_dir)
    )
