"""Commands that tell why something is as it is: what there is to call."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.options import AsJson, Config, StateDir


def capture(
    file: Annotated[Path, typer.Argument(help="Where to write the messages, a JSON object on each line.")],
    seconds: Annotated[float | None, typer.Option("--seconds", min=0.1, help="End it after so long.")] = None,
    topic: Annotated[list[str] | None, typer.Option("--topic", help="Only these topics; + and # as in MQTT.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file where it exists.")] = False,
    config: Config = None,
) -> None:
    """Record what comes from the broker, for `explain-mqtt`.

    Example: assistant capture messages.jsonl --seconds 60. What the broker has retained comes first. A running
    assistant goes on: nothing is taken from it.
    """
    from assistant.cli.capture import capture

    raise typer.Exit(capture(file, seconds=seconds, topics=topic or (), force=force, config=config))


def explain_mqtt(
    file: Annotated[Path, typer.Argument(help="Recorded messages, a JSON object on each line; - is standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each line, then totals.")] = False,
    refused: Annotated[bool, typer.Option("--refused", help="Print only what was refused, and the totals.")] = False,
    config: Config = None,
) -> None:
    """Tell what was made of each recorded message, or why it is refused.

    Example: assistant explain-mqtt messages.jsonl --refused

    It reads quarantine.jsonl of the state folder as well, needs no broker and no database, and changes nothing.

    Exit code 0: everything was understood, left out or of no interest. 1: something was refused, or a line holds no
    message. 2: the file or the settings cannot be read.
    """
    from assistant.cli.explain import explain_mqtt

    raise typer.Exit(explain_mqtt(file, as_json=as_json, only_refused=refused, config=config))


def listen(
    recording: Annotated[Path, typer.Argument(help="A WAV file: the wake word, then the request.")],
    answer: Annotated[Path | None, typer.Option("--answer", help="Write what is spoken to this WAV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each turn as one JSON object.")] = False,
    config: Config = None,
    state_dir: StateDir = None,
) -> None:
    """Take a recording instead of the microphone.

    Through the same path: wake word, end of speech, recognition, answer. It may hold several requests.

    Exit code 0: all that was asked was understood. 1: nothing was asked, or something was not understood. 2: the
    recording or the settings cannot be used.
    """
    from assistant.cli.listen import listen_to

    raise typer.Exit(listen_to(recording, answer=answer, as_json=as_json, config=config, state_dir=state_dir))


class PlannerChoice(StrEnum):
    SENTENCES = "sentences"
    MODEL = "model"
    BOTH = "both"


def evaluate(
    cases: Annotated[Path, typer.Argument(help="Cases, a JSON object on each line: id, say, expect.")],
    house: Annotated[Path, typer.Option("--house", help="The house that they are said in: rooms and devices as JSON.")],
    planner: Annotated[
        PlannerChoice, typer.Option("--planner", help="Who decides: the sentences, the model of the settings, or both.")
    ] = PlannerChoice.SENTENCES,
    threshold: Annotated[
        float, typer.Option("--threshold", min=0, max=1, help="The share of cases that must come out right.")
    ] = 0.95,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Try what people say against what should come of it.

    In a house from a file (docs/eval.md): assistant eval cases.jsonl --house house.json

    Exit code 0: enough cases came out right. 1: too few. 2: a file or the settings cannot be used.
    """
    from assistant.cli.eval import evaluate
    from assistant.eval.trial import Planners

    chosen = Planners(planner.value)
    raise typer.Exit(evaluate(cases, house=house, planner=chosen, threshold=threshold, as_json=as_json, config=config))
