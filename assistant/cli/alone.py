"""An assistant that lives as long as a command does, for typed turns where no daemon runs."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from assistant.app import running
from assistant.build import open_assistant
from assistant.cli.screen import only_errors
from assistant.console import take_turn
from assistant.control_socket import Take
from config.settings import Settings
from sensors.broker import BrokerUnavailable

BROKER_SECONDS = 2.0
"""How long a command on its own waits for the broker before it answers from the store alone."""


@asynccontextmanager
async def alone(
    settings: Settings, folder: Path, house_file: Path, on_slow: Callable[[str], None]
) -> AsyncIterator[Take]:
    """Raises StateDirTaken where a daemon holds the folder but does not serve its socket (yet)."""
    # What a person has to know is said below, once; warnings are for a daemon's log.
    only_errors()
    async with open_assistant(settings, folder, house_file) as assistant:
        loops = {"ringing": assistant.ringing.run()}
        if assistant.ingest is not None:
            loops["ingest"] = assistant.ingest.run()
        async with running(**loops):
            await assistant.ringing.look()
            if assistant.broker is not None:
                try:
                    await assistant.broker.wait_connected(BROKER_SECONDS)
                except BrokerUnavailable as error:
                    sys.stderr.write(f"Answering from what is stored: {error}.\n")

            async def take(text: str, room: str | None) -> dict[str, Any]:
                return await take_turn(assistant.turns, text, assistant.typist(room), on_slow)

            yield take
