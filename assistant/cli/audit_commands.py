"""`assistant audit ...`: what there is to call."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.options import Config, StateDir

audit = typer.Typer(help="What was asked, decided, done and said, and the proof of it.", no_args_is_help=True)

Turn = Annotated[str, typer.Argument(help="The id of a turn or the beginning of it; `last` is the newest.")]


@audit.command("list")
def _audit_list(
    newest: Annotated[int, typer.Option("--newest", min=1, help="How many turns.")] = 20,
    days: Annotated[float | None, typer.Option("--days", min=0, help="Only of the last so many days.")] = None,
    satellite: Annotated[str | None, typer.Option("--satellite", help="Only what was said there.")] = None,
    acted: Annotated[bool, typer.Option("--acted", help="Only turns by which something was done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each turn.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """List the newest turns: what was heard and said, and what was done.

    Example: assistant audit list --acted --days 7
    """
    from assistant.cli.audit import list_turns

    raise typer.Exit(
        list_turns(
            newest=newest,
            days=days,
            satellite=satellite,
            acted=acted,
            as_json=as_json,
            config=config,
            state_dir=state_dir,
        )
    )


@audit.command("show")
def _audit_show(
    turn: Turn = "last",
    as_json: Annotated[bool, typer.Option("--json", help="Print its records as one JSON list.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Tell one turn step by step, from what was heard to what was said.

    Example: assistant audit show last
    """
    from assistant.cli.audit import show

    raise typer.Exit(show(turn, as_json=as_json, config=config, state_dir=state_dir))


@audit.command("verify")
def _audit_verify(config: Config = None, state_dir: StateDir = None) -> None:
    """Check that nothing in the record was changed, taken out or cut off.

    Exit code 0: it was not. 1: it was, and from where on.
    """
    from assistant.cli.audit import verify

    raise typer.Exit(verify(config=config, state_dir=state_dir))


@audit.command("export")
def _audit_export(
    turn: Turn = "last",
    golden: Annotated[Path | None, typer.Option("--case", help="Add it to this file, for `assistant eval`.")] = None,
    house: Annotated[Path | None, typer.Option("--house", help="Write the house as it was to this file.")] = None,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Print a turn as a case that can be replayed anywhere.

    With --case and --house nothing is printed: the turn becomes a case of a golden set, with its house (docs/eval.md).
    """
    from assistant.cli.audit import export

    raise typer.Exit(export(turn, golden=golden, house=house, config=config, state_dir=state_dir))


@audit.command("replay")
def _audit_replay(
    turn: Annotated[str, typer.Argument(help="A turn as for `show`, or a file that `export` made.")] = "last",
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Take the decisions of a turn again, without devices or network.

    Exit code 0: they come out the same. 1: they come out otherwise.
    """
    from assistant.cli.audit import replay_turn

    raise typer.Exit(replay_turn(turn, config=config, state_dir=state_dir))
