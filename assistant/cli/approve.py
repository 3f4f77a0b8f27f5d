"""`assistant approve`: what waits for a yes anywhere in the house, shown and decided at a keyboard."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.cli.screen import harmless
from assistant.cli.typed import typed_line
from assistant.control_socket import NoDaemon, Send, open_console
from assistant.state_dir import SOCKET_NAME
from config.errors import UserFacingError
from config.load import load_settings, resolve_state_dir

YES = frozenset({"y", "yes"})


class NothingRuns(UserFacingError):
    """There is no daemon whose proposals could be decided."""


def approve(*, refuse: bool, assume_yes: bool, config: Path | None, state_dir: Path | None) -> int:
    """Asks about each in turn. 1 where nothing waits, or nothing was decided. Raises NothingRuns."""
    folder = resolve_state_dir(load_settings(config).settings, state_dir)

    async def decide() -> int:
        try:
            async with open_console(folder / SOCKET_NAME) as send:
                return await _each(send, refuse=refuse, assume_yes=assume_yes)
        except NoDaemon as error:
            raise NothingRuns(f"no assistant runs on {folder}; start one with `assistant run`") from error

    return asyncio.run(decide())


async def _each(send: Send, *, refuse: bool, assume_yes: bool) -> int:
    waiting = (await send({"waiting": True}))["waiting"]
    if not waiting:
        sys.stdout.write("Nothing waits for a yes.\n")
        return 1
    decided = 0
    for one in waiting:
        sys.stdout.write(f"{_line(one)}\n")
        if refuse:
            request = {"reject": one["id"]}
        elif assume_yes or await _agreed():
            request = {"approve": one["id"]}
        else:
            continue
        sys.stdout.write(f"{(await send(request))['reply']}\n")
        decided += 1
    return 0 if decided else 1


def _line(one: Mapping[str, Any]) -> str:
    where = one["room"] or one["satellite"]
    return harmless(f"{one['question']}  (asked in {where}; {one['seconds_left']} seconds left)")


async def _agreed() -> bool:
    sys.stdout.write("Do it? [y/N] ")
    sys.stdout.flush()
    return (await typed_line()).strip().lower() in YES
