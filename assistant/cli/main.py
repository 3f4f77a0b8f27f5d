"""The `assistant` command: what there is to call. Every command imports its own part only when it is called."""

import inspect
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from io import TextIOWrapper
from types import TracebackType
from typing import Annotated, NoReturn

import typer

from assistant.cli import begin_commands, care_commands, daily_commands, own_commands, why_commands
from assistant.cli.audio_commands import audio
from assistant.cli.audit_commands import audit
from assistant.cli.forget_commands import export, forget
from assistant.cli.history_command import history
from assistant.cli.model_commands import model
from assistant.cli.models_commands import models
from config.errors import UserFacingError

Command = typer.Typer | Callable[..., None]

PANELS: dict[str, dict[str, Command]] = {
    "To begin with": {
        "demo": begin_commands.demo,
        "setup": begin_commands.setup,
        "check-config": begin_commands.check_config,
        "run": begin_commands.run,
        "install": begin_commands.install,
    },
    "Every day": {
        "ask": daily_commands.ask,
        "talk": daily_commands.talk,
        "devices": daily_commands.devices,
        "history": history,
        "approve": daily_commands.approve,
        "acting": daily_commands.acting,
    },
    "Making it yours": {
        "say": own_commands.say,
        "pin": own_commands.pin,
        "house": own_commands.house,
        "audio": audio,
        "models": models,
        "model": model,
    },
    "Looking after it": {
        "status": care_commands.status,
        "doctor": care_commands.doctor,
        "backup": care_commands.backup,
        "restore": care_commands.restore,
        "export": export,
        "forget": forget,
    },
    "Finding out why": {
        "capture": why_commands.capture,
        "explain-mqtt": why_commands.explain_mqtt,
        "listen": why_commands.listen,
        "eval": why_commands.evaluate,
        "audit": audit,
    },
}
"""Every command, in the order in which `assistant --help` shows them."""

app = typer.Typer(
    help="A home voice assistant that answers from your sensors and moves nothing without your yes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _flowing(commands: typer.Typer) -> typer.Typer:
    """The paragraphs of its texts as wide as the terminal: Typer keeps the line breaks of docstrings."""
    for one in commands.registered_commands:
        paragraphs = inspect.cleandoc((one.callback and one.callback.__doc__) or "").split("\n\n")
        one.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return commands


for _panel, _commands in PANELS.items():
    for _name, _command in _commands.items():
        if isinstance(_command, typer.Typer):
            app.add_typer(_flowing(_command), name=_name, rich_help_panel=_panel)
        else:
            app.command(_name, rich_help_panel=_panel)(_command)
_flowing(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("home-voice-assistant"))
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)] = False,
) -> None:
    """Options that come before the command."""


def main() -> None:
    """Runs the command; what is the user's to mend comes out as a sentence and exit code 2, never as a traceback."""
    _open_what_is_closed()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # names of things need not fit into the terminal's letters
    if sys.argv[1:2] != ["run"]:  # a daemon's faults belong into its log, whole
        sys.excepthook = _tell_fault
    try:
        # Not app(): Typer would put its own way of printing faults in the place of ours.
        typer.main.get_command(app)()
    except BrokenPipeError:
        _stop_writing()
    except UserFacingError as error:
        _refuse([error])
    except ExceptionGroup as group:
        # Loops that run beside each other end together; what ended them is what a person has to know.
        mine, rest = group.split((UserFacingError, BrokenPipeError))
        if mine is None or rest is not None:
            raise
        if told := [error for error in _leaves(mine) if isinstance(error, UserFacingError)]:
            _refuse(told)
        _stop_writing()


def _stop_writing() -> NoReturn:
    """Whoever read the output has seen enough; Python must not complain about what it could not flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)


def _open_what_is_closed() -> None:
    """After `<&-` or `>&-` Python has no stream at all, and what is opened next would be taken for it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # for as long as we run


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
