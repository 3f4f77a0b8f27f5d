"""`assistant forget ...` and `assistant export`: what there is to call."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.options import Config, StateDir

forget = typer.Typer(
    help="Delete for good what it keeps; only while none runs.\n\ndocs/privacy.md tells what is where.",
    no_args_is_help=True,
)

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether you mean it.")]


@forget.command("day")
def _forget_day(
    day: Annotated[str, typer.Argument(help="The day by the house's clock, such as 2026-11-03.")],
    until: Annotated[str | None, typer.Option(help="The last day, where it is more than one.")] = None,
    yes: Yes = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Delete what devices reported on a day or several, and every backup.

    Example: assistant forget day 2026-11-03 --until 2026-11-05
    """
    from assistant.cli.forget import forget_day

    raise typer.Exit(forget_day(day, until, yes=yes, config=config, state_dir=state_dir))


@forget.command("device")
def _forget_device(
    name: Annotated[str, typer.Argument(help="A device, a person's tracker or an id, as `assistant devices --ids`.")],
    yes: Yes = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Delete what a device or a person's tracker ever reported, and every backup.

    Example: assistant forget device "Anna"
    """
    from assistant.cli.forget import forget_device

    raise typer.Exit(forget_device(name, yes=yes, config=config, state_dir=state_dir))


@forget.command("speech")
def _forget_speech(
    before: Annotated[str | None, typer.Option(help="Only what was before this day.")] = None,
    yes: Yes = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Delete what was said and done, and every backup of it.

    From the first record on; with --before only up to a day: assistant forget speech --before 2026-11-01
    """
    from assistant.cli.forget import forget_speech

    raise typer.Exit(forget_speech(before, yes=yes, config=config, state_dir=state_dir))


@forget.command("everything")
def _forget_everything(yes: Yes = False, config: Config = None, state_dir: StateDir = None) -> None:
    """Delete all that was ever kept, backups included; settings and speech models stay."""
    from assistant.cli.forget import forget_everything

    raise typer.Exit(forget_everything(yes=yes, config=config, state_dir=state_dir))


def export(
    names: Annotated[list[str] | None, typer.Argument(help="Devices or ids; none: everything.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-11-01.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file, instead of standard output.")] = None,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Write readings as CSV: time, id, name, room, value, unit and more.

    Example: assistant export "Bedroom temperature" --from 2026-11-01 --output november.csv

    A running assistant goes on.
    """
    from assistant.cli.export import write_csv

    raise typer.Exit(write_csv(names or [], first, last, output, config=config, state_dir=state_dir))
