"""`assistant models ...`: what there is to call."""

from typing import Annotated

import typer

from assistant.cli.options import Config, StateDir

models = typer.Typer(help="Speech models that hear and speak better than what is inside.", no_args_is_help=True)

Model = Annotated[str, typer.Argument(help="Its name, as `assistant models list` has it.")]


@models.command("list")
def _models_list(config: Config = None, state_dir: StateDir = None) -> None:
    """List the speech models: size, licence, and which are here."""
    from assistant.cli.models import list_models

    raise typer.Exit(list_models(config=config, state_dir=state_dir))


@models.command("pull")
def _models_pull(
    name: Model,
    source: Annotated[str | None, typer.Option("--from", help="A folder, or a mirror's URL, that has it.")] = None,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Fetch a speech model and check every byte of it.

    Example: assistant models pull base. Run it again after an interruption, and it goes on.
    """
    from assistant.cli.models import pull

    raise typer.Exit(pull(name, source=source, config=config, state_dir=state_dir))


@models.command("remove")
def _models_remove(name: Model, config: Config = None, state_dir: StateDir = None) -> None:
    """Remove a speech model from this machine."""
    from assistant.cli.models import remove

    raise typer.Exit(remove(name, config=config, state_dir=state_dir))
