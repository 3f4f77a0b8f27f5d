"""`assistant audio ...`: what there is to call."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.apart import apart
from assistant.cli.options import AsJson, Config

audio = typer.Typer(help="Microphone and speaker: which there are, and how well they work.", no_args_is_help=True)

Input = Annotated[str | None, typer.Option("--input", help="Try this microphone, instead of that of the settings.")]
Output = Annotated[str | None, typer.Option("--output", help="Try this speaker, instead of that of the settings.")]


@audio.command("list")
def _audio_list(as_json: AsJson = False, config: Config = None) -> None:
    """List the devices, which of them are used, and how to use another.

    Exit code 0: there is a microphone and a speaker. 1: one of them is missing. 2: no sound at all can be used.
    """
    from assistant.cli.audio_list import list_audio

    raise typer.Exit(apart(lambda: list_audio(as_json=as_json, config=config)))


@audio.command("test")
def _audio_test(as_json: AsJson = False, input: Input = None, output: Output = None, config: Config = None) -> None:
    """Play three tones, record them by the microphone, and say what is wrong.

    Exit code 0: the microphone heard the speaker. 1: something is wrong. 2: no sound at all can be used.
    """
    from assistant.cli.audio_test import test_audio

    raise typer.Exit(apart(lambda: test_audio(as_json=as_json, microphone=input, speaker=output, config=config)))


@audio.command("calibrate")
def _audio_calibrate(
    as_json: AsJson = False,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=60, help="For how long you speak.")] = 6.0,
    keep: Annotated[Path | None, typer.Option("--keep", help="Keep what was heard in this WAV file.")] = None,
    play: Annotated[bool, typer.Option(help="Play back what was heard.")] = True,
    input: Input = None,
    output: Output = None,
    config: Config = None,
) -> None:
    """Show how loud the room and you are, and what to change so that you are understood.

    Exit code 0: you are heard well. 1: something is wrong. 2: no sound at all can be used.
    """
    from assistant.cli.audio_calibrate import Calibrating, calibrate

    wanted = Calibrating(seconds=seconds, keep=keep, play=play, as_json=as_json)
    raise typer.Exit(apart(lambda: calibrate(wanted, microphone=input, speaker=output, config=config)))
