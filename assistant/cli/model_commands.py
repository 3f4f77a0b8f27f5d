"""`assistant model ...`: what there is to call."""

from typing import Annotated

import typer

from assistant.cli.options import Config, StateDir

model = typer.Typer(help="The language model that answers what the sentences cannot.", no_args_is_help=True)


@model.command("check")
def _model_check(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list, one object for each endpoint.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Try each model endpoint with ten small requests or so, and keep what it is like.

    Exit code 0: all is well, or made up for. 1: answers will be worse. 2: an endpoint cannot be used.
    """
    from assistant.cli.model import check

    raise typer.Exit(check(as_json=as_json, config=config, state_dir=state_dir))
