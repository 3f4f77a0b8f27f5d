"""Options that many commands take."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path | None, typer.Option("--config", help="Settings file, instead of the usual places.")]
StateDir = Annotated[Path | None, typer.Option("--state-dir", help="Where the databases live.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
