"""A terminal of a test's own: a program on a real pty, what it shows, and what is typed into it."""

import os
import pty
import re
import select
import signal
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_PATIENCE_SECONDS = 15.0


class Terminal:
    """`with Terminal([...], environment) as terminal:`; what runs there has it as its controlling terminal."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self.shown = ""
        self._seen = 0
        self._code: int | None = None
        self._process, self._master = pty.fork()
        if self._process == 0:
            try:
                os.chdir(folder)
                os.execve(command[0], command, environment)
            finally:
                os._exit(127)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._code is None:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
        os.close(self._master)

    def expect(self, words: str) -> str:
        """Waits for the words, behind what was waited for before; gives what came up to them."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while (found := re.search(re.escape(words), self.shown[self._seen :])) is None:
            assert time.monotonic() < end and self._read(), f"no {words!r} in {self.shown[self._seen :]!r}"
        came = self.shown[self._seen : self._seen + found.end()]
        self._seen += found.end()
        return came

    def type(self, text: str) -> None:
        os.write(self._master, f"{text}\n".encode())

    def interrupt(self) -> int:
        """Ctrl-C, as the keyboard sends it, and once more after a second in which nothing came of it; the exit code.

        Python can miss a signal that comes between the prompt and the wait for a line.
        """
        for _ in range(round(_PATIENCE_SECONDS)):
            os.write(self._master, b"\x03")
            while self._read(seconds=1.0):
                pass
            if self._ended():
                break
        return self.code()

    def code(self) -> int:
        """Reads to the end, and gives the exit code."""
        while self._code is None and self._read():
            pass
        assert self._ended(), f"it goes on: {self.shown[self._seen :]!r}"
        assert self._code is not None
        return self._code

    def _ended(self) -> bool:
        end = time.monotonic() + 1.0
        while self._code is None and time.monotonic() < end:
            process, status = os.waitpid(self._process, os.WNOHANG)
            if process:
                self._code = os.waitstatus_to_exitcode(status)
            else:
                time.sleep(0.01)
        return self._code is not None

    def _read(self, *, seconds: float = _PATIENCE_SECONDS) -> bool:
        ready, _, _ = select.select([self._master], [], [], seconds)
        try:
            data = os.read(self._master, 65_536) if ready else b""
        except OSError:  # the other side has gone
            data = b""
        self.shown += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)


ASSISTANT = [sys.executable, "-m", "assistant"]
