"""Commands that make it your own: what there is to call."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.options import Config, StateDir

house = typer.Typer(help="What you know of your house and no device tells.", no_args_is_help=True)


@house.command("edit-hints")
def _edit_hints(config: Config = None, state_dir: StateDir = None) -> None:
    """Propose rooms for devices that are in none, as a fragment for house.toml.

    Prints it, and changes nothing (docs/devices.md).
    """
    from assistant.cli.house import edit_hints

    raise typer.Exit(edit_hints(config, state_dir))


def say(
    text: Annotated[str, typer.Argument(help="What to say; - is standard input.")],
    voice: Annotated[str | None, typer.Option("--voice", help="Another voice than that of the settings.")] = None,
    language: Annotated[str | None, typer.Option("--language", help="Another language than the house's.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write it to this WAV file instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was said and what it took.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Speak a text in its voice, from the loudspeaker or into a WAV file.

    Example: assistant say "dinner is ready"
    """
    from assistant.cli.say import say

    raise typer.Exit(
        say(text, voice=voice, language=language, out=out, as_json=as_json, config=config, state_dir=state_dir)
    )


def pin() -> None:
    """Make the setting for a PIN; the PIN itself is kept nowhere.

    Before what it is asked, you choose under [confirm] in the settings (docs/gate.md).
    """
    from assistant.cli.pin import make_pin

    raise typer.Exit(make_pin())
