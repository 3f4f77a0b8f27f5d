"""The `assistant` command: what there is to call. Every command imports its own part only when it is called."""

import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Annotated, NoReturn

import typer

from assistant.cli.audio_commands import audio
from assistant.cli.audit_commands import audit
from assistant.cli.forget_commands import export, forget
from assistant.cli.history_command import history
from assistant.cli.model_commands import model
from assistant.cli.models_commands import models
from assistant.cli.options import Config, StateDir
from config.errors import UserFacingError

app = typer.Typer(
    help="A home voice assistant that answers from your sensors and moves nothing without your yes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

house = typer.Typer(help="What you can say about your house yourself.", no_args_is_help=True)
app.add_typer(house, name="house")

app.add_typer(audio, name="audio")
app.add_typer(audit, name="audit")
app.add_typer(models, name="models")
app.add_typer(model, name="model")
app.add_typer(forget, name="forget")
app.command("export")(export)
app.command("history")(history)

Room = Annotated[str | None, typer.Option("--room", help="The room that the question is asked in.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("home-voice-assistant"))
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)] = False,
) -> None:
    """Options that come before the command."""


@app.command("run")
def _run(
    config: Config = None,
    state_dir: StateDir = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Also log what was said.")] = False,
) -> None:
    """Run the assistant until it is told to stop; this is what systemd starts."""
    from assistant.cli.run import run_daemon

    raise typer.Exit(run_daemon(config, state_dir, verbose=verbose))


@app.command("ask")
def _ask(
    text: Annotated[str, typer.Argument(help="What you would say.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole turn as one JSON object.")] = False,
    room: Room = None,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Ask one thing in writing, of the running assistant or on the same records without one."""
    from assistant.cli.ask import ask_once

    raise typer.Exit(ask_once(text, as_json=as_json, room=room, config=config, state_dir=state_dir))


@app.command("talk")
def _talk(room: Room = None, config: Config = None, state_dir: StateDir = None) -> None:
    """A prompt: type, and read the answers."""
    from assistant.cli.ask import talk

    raise typer.Exit(talk(room=room, config=config, state_dir=state_dir))


@app.command("approve")
def _approve(
    refuse: Annotated[bool, typer.Option("--no", help="Refuse everything that waits.")] = False,
    assume_yes: Annotated[bool, typer.Option("--yes", help="Allow everything that waits, without asking.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Show what waits for a yes anywhere in the house, and allow or refuse it from here."""
    from assistant.cli.approve import approve

    raise typer.Exit(approve(refuse=refuse, assume_yes=assume_yes, config=config, state_dir=state_dir))


class OnOff(StrEnum):
    ON = "on"
    OFF = "off"


@app.command("acting")
def _acting(
    wanted: Annotated[OnOff | None, typer.Argument(help="Leave it out to see how it stands.")] = None,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Switch all acting off, or on again; a running assistant obeys at once, and still after a restart."""
    from assistant.cli.acting import set_acting

    raise typer.Exit(set_acting(wanted, config=config, state_dir=state_dir))


@app.command("pin")
def _pin() -> None:
    """Make the setting for a PIN that is asked for before what you choose; the PIN itself is kept nowhere."""
    from assistant.cli.pin import make_pin

    raise typer.Exit(make_pin())


@app.command("listen")
def _listen(
    recording: Annotated[Path, typer.Argument(help="A WAV file: the wake word, then the request.")],
    answer: Annotated[Path | None, typer.Option("--answer", help="Write what is spoken to this WAV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each turn as one JSON object.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Take a recording instead of the microphone, through the same path; it may hold several requests.

    Exit code 0: all that was asked was understood. 1: nothing was asked, or something was not understood. 2: the
    recording or the settings cannot be used.
    """
    from assistant.cli.listen import listen_to

    raise typer.Exit(listen_to(recording, answer=answer, as_json=as_json, config=config, state_dir=state_dir))


@app.command("say")
def _say(
    text: Annotated[str, typer.Argument(help="What to say; - is standard input.")],
    voice: Annotated[str | None, typer.Option("--voice", help="Another voice than that of the settings.")] = None,
    language: Annotated[str | None, typer.Option("--language", help="Another language than the house's.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write it to this WAV file instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was said and what it took.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Speak a text in the assistant's voice, from the loudspeaker or into a WAV file."""
    from assistant.cli.say import say

    raise typer.Exit(
        say(text, voice=voice, language=language, out=out, as_json=as_json, config=config, state_dir=state_dir)
    )


@app.command("demo")
def _demo(
    keep: Annotated[Path | None, typer.Option("--keep", help="Keep the records and the spoken answers here.")] = None,
    prompt: Annotated[bool, typer.Option(help="Offer a prompt at the end, on a terminal.")] = True,
) -> None:
    """Show the main job on a simulated house: spoken questions in, spoken answers out."""
    from assistant.cli.demo import run_demo

    raise typer.Exit(run_demo(keep=keep, prompt=prompt))


@app.command("backup")
def _backup(
    folder: Annotated[Path | None, typer.Argument(help="Where to put them, instead of the usual folder.")] = None,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Copy the databases and verify the copies; a running assistant goes on undisturbed."""
    from assistant.cli.backup import back_up

    raise typer.Exit(back_up(folder, config=config, state_dir=state_dir))


@app.command("restore")
def _restore(
    file: Annotated[Path, typer.Argument(help="A backup that `assistant backup` or the daemon made.")],
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Put a backup in the place of the present database, which is moved aside; only while no assistant runs."""
    from assistant.cli.backup import restore

    raise typer.Exit(restore(file, config=config, state_dir=state_dir))


@app.command("explain-mqtt")
def _explain_mqtt(
    file: Annotated[Path, typer.Argument(help="Recorded messages, a JSON object on each line; - is standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each line, then totals.")] = False,
    refused: Annotated[bool, typer.Option("--refused", help="Print only what was refused, and the totals.")] = False,
    config: Config = None,
) -> None:
    """Show what recorded MQTT messages say: which devices, which readings, or why one is refused.

    Needs no broker and no database, and changes nothing.

    Exit code 0: everything was understood, left out or of no interest. 1: something was refused, or a line holds no
    message. 2: the file or the settings cannot be read.
    """
    from assistant.cli.explain import explain_mqtt

    raise typer.Exit(explain_mqtt(file, as_json=as_json, only_refused=refused, config=config))


@app.command("capture")
def _capture(
    file: Annotated[Path, typer.Argument(help="Where to write the messages, a JSON object on each line.")],
    seconds: Annotated[float | None, typer.Option("--seconds", min=0.1, help="End it after so long.")] = None,
    topic: Annotated[list[str] | None, typer.Option("--topic", help="Only these topics; + and # as in MQTT.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file where it exists.")] = False,
    config: Config = None,
) -> None:
    """Record what comes from the broker, also what it has retained, for `assistant explain-mqtt`.

    The daemon may go on running: nothing is taken from it.
    """
    from assistant.cli.capture import capture

    raise typer.Exit(capture(file, seconds=seconds, topics=topic or (), force=force, config=config))


@app.command("devices")
def _devices(
    room: Annotated[str | None, typer.Option("--room", help="Only this room or floor.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ids: Annotated[bool, typer.Option("--ids", help="Also print each entity's id, for the house file.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """List rooms, devices and what each last said, and which are silent, unreachable or low on battery."""
    from assistant.cli.devices import list_devices

    raise typer.Exit(list_devices(room=room, as_json=as_json, ids=ids, config=config, state_dir=state_dir))


class PlannerChoice(StrEnum):
    SENTENCES = "sentences"
    MODEL = "model"
    BOTH = "both"


@app.command("eval")
def _eval(
    cases: Annotated[Path, typer.Argument(help="Cases, a JSON object on each line: id, say, expect.")],
    house: Annotated[Path, typer.Option("--house", help="The house that they are said in: rooms and devices as JSON.")],
    planner: Annotated[
        PlannerChoice, typer.Option("--planner", help="Who decides: the sentences, the model of the settings, or both.")
    ] = PlannerChoice.SENTENCES,
    threshold: Annotated[
        float, typer.Option("--threshold", min=0, max=1, help="The share of cases that must come out right.")
    ] = 0.95,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    config: Config = None,
) -> None:
    """Try out what people say against what should come of it, in a house from a file (docs/eval.md).

    Exit code 0: enough cases came out right. 1: too few. 2: a file or the settings cannot be used.
    """
    from assistant.cli.eval import evaluate
    from assistant.eval.trial import Planners

    chosen = Planners(planner.value)
    raise typer.Exit(evaluate(cases, house=house, planner=chosen, threshold=threshold, as_json=as_json, config=config))


@house.command("edit-hints")
def _edit_hints(config: Config = None, state_dir: StateDir = None) -> None:
    """Propose rooms for devices that are in none, as a fragment for house.toml."""
    from assistant.cli.house import edit_hints

    raise typer.Exit(edit_hints(config, state_dir))


@app.command("setup")
def _setup(
    answers: Annotated[Path | None, typer.Option("--answers", help="A TOML file with all answers.")] = None,
    untested: Annotated[bool, typer.Option("--untested", help="Do not try whether the answers hold.")] = False,
    config: Config = None,
) -> None:
    """Ask what a new assistant has to know, try each answer as it is given, and write the settings at the end."""
    from assistant.cli.setup import set_up

    raise typer.Exit(set_up(answers=answers, untested=untested, config=config))


@app.command("install")
def _install(
    apply: Annotated[bool, typer.Option("--apply", help="Do what is told; else nothing is changed.")] = False,
    remove: Annotated[bool, typer.Option("--uninstall", help="Undo it; records and settings stay.")] = False,
    delete_data: Annotated[bool, typer.Option("--delete-data", help="Delete records and settings, too.")] = False,
    root: Annotated[Path, typer.Option("--root", help="Do it below this folder, and touch nothing else.")] = Path("/"),
    program: Annotated[Path | None, typer.Option("--program", help="The command that the service starts.")] = None,
) -> None:
    """Tell, step by step, what makes this a service that starts with the machine; with --apply, do it."""
    from assistant.cli.install import make_service

    raise typer.Exit(
        make_service(apply=apply, remove=remove, delete_data=delete_data, root=root.absolute(), program=program)
    )


@app.command("doctor")
def _doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Look at every part: is it well, by what evidence, and if not, what to do. Changes nothing.

    Exit code 0: all is well. 1: something works less well than it could. 2: something does not work.
    """
    from assistant.cli.doctor import examine

    raise typer.Exit(examine(as_json=as_json, config=config, state_dir=state_dir))


@app.command("check-config")
def _check_config(config: Config = None, state_dir: StateDir = None) -> None:
    """Print the settings that hold, and where each came from."""
    from assistant.cli.check_config import check_config

    raise typer.Exit(check_config(config, state_dir))


def main() -> None:
    """Runs the command; what is the user's to mend comes out as a sentence and exit code 2, never as a traceback."""
    if sys.argv[1:2] != ["run"]:  # a daemon's faults belong into its log, whole
        sys.excepthook = _tell_fault
    try:
        # Not app(): Typer would put its own way of printing faults in the place of ours.
        typer.main.get_command(app)()
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python must not complain about what it could not flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except UserFacingError as error:
        _refuse([error])
    except ExceptionGroup as group:
        # Loops that run beside each other end together; what ended them is what a person has to know.
        mine, rest = group.split(UserFacingError)
        if mine is None or rest is not None:
            raise
        _refuse(list(_leaves(mine)))


def _tell_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault of the program, for a person: one sentence, and the details in a file for whoever mends it."""
    with tempfile.NamedTemporaryFile("w", prefix="assistant-fault-", suffix=".txt", delete=False) as file:
        traceback.print_exception(kind, error, trace, file=file)
    sys.stderr.write(f"assistant: this is a fault in the program ({kind.__name__}); the details are in {file.name}\n")


def _leaves(group: BaseException) -> Iterator[BaseException]:
    if not isinstance(group, BaseExceptionGroup):
        yield group
        return
    for error in group.exceptions:
        yield from _leaves(error)


def _refuse(errors: Sequence[BaseException]) -> NoReturn:
    for error in errors:
        sys.stderr.write(f"assistant: {error}\n")
    sys.exit(2)
