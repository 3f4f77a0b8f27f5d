"""Commands for the first day: what there is to call."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.options import Config, StateDir


def demo(
    keep: Annotated[Path | None, typer.Option("--keep", help="Keep the records and the spoken answers here.")] = None,
    prompt: Annotated[bool, typer.Option(help="Offer a prompt at the end, on a terminal.")] = True,
) -> None:
    """Show what it does, in a simulated house: spoken questions, spoken answers.

    Needs no broker, no microphone and no settings; on a terminal it ends with a prompt to try the house yourself.
    """
    from assistant.cli.demo import run_demo

    raise typer.Exit(run_demo(keep=keep, prompt=prompt))


def setup(
    answers: Annotated[Path | None, typer.Option("--answers", help="A TOML file with all answers.")] = None,
    untested: Annotated[bool, typer.Option("--untested", help="Do not try whether the answers hold.")] = False,
    config: Config = None,
) -> None:
    """Ask what it has to know, try each answer, and write the settings.

    Again at any time: what you have set is what Enter keeps. For a script: assistant setup --answers answers.toml
    """
    from assistant.cli.setup import set_up

    raise typer.Exit(set_up(answers=answers, untested=untested, config=config))


def check_config(config: Config = None, state_dir: StateDir = None) -> None:
    """Print the settings that hold, and where each came from."""
    from assistant.cli.check_config import check_config

    raise typer.Exit(check_config(config, state_dir))


def install(
    apply: Annotated[bool, typer.Option("--apply", help="Do what is told; else nothing is changed.")] = False,
    remove: Annotated[bool, typer.Option("--uninstall", help="Undo it; records and settings stay.")] = False,
    delete_data: Annotated[bool, typer.Option("--delete-data", help="Delete records and settings, too.")] = False,
    root: Annotated[Path, typer.Option("--root", help="Do it below this folder, and touch nothing else.")] = Path("/"),
    program: Annotated[Path | None, typer.Option("--program", help="The command that the service starts.")] = None,
) -> None:
    """Make it a service that starts with the machine.

    Without --apply nothing is changed: each step is told. The same with --uninstall, which leaves records and settings.
    """
    from assistant.cli.install import make_service

    raise typer.Exit(
        make_service(apply=apply, remove=remove, delete_data=delete_data, root=root.absolute(), program=program)
    )


def run(
    config: Config = None,
    state_dir: StateDir = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Also log what was said.")] = False,
) -> None:
    """Run it here until Ctrl-C; as a service, systemd starts this."""
    from assistant.cli.run import run_daemon

    run_daemon(config, state_dir, verbose=verbose)
