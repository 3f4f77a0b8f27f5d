"""While people and the assistant speak, whatever else plays in the room is turned down: by a command of the owner's."""

import logging
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

log = logging.getLogger(__name__)

DOWN, UP = "down", "up"
_PATIENCE_SECONDS = 3.0


class Duck(Protocol):
    """Turns down what else plays. Never raises and never makes anybody wait: speech is what matters."""

    def down(self) -> None: ...

    def up(self) -> None: ...

    def close(self) -> None:
        """After the last `up` has been done."""
        ...


class NoDuck:
    """Nothing else plays, or nobody has said how to turn it down."""

    def down(self) -> None: ...

    def up(self) -> None: ...

    def close(self) -> None: ...


class CommandDuck:
    """Runs a command with `down` or `up` as its last word, one after the other and never through a shell."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)
        self._told = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="duck")

    def down(self) -> None:
        self._thread.submit(self._run, DOWN)

    def up(self) -> None:
        self._thread.submit(self._run, UP)

    def close(self) -> None:
        self._thread.shutdown(wait=True)

    def _run(self, word: str) -> None:
        try:
            subprocess.run(
                [*self._command, word],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_PATIENCE_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            # Once: it would be the same every time that somebody speaks.
            log.log(logging.DEBUG if self._told else logging.WARNING, "voice.duck_command does not work: %s", error)
            self._told = True


class Ducking:
    """Turns down once, however many have something to say, and up when the last of them is done."""

    def __init__(self, duck: Duck) -> None:
        self._duck = duck
        self._depth = 0

    @contextmanager
    def down(self) -> Iterator[None]:
        if self._depth == 0:
            self._duck.down()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._duck.up()

    def close(self) -> None:
        self._duck.close()
