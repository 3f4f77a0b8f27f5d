"""The other end of the pipe: starts the process in which PocketSphinx works, asks it, and notices when it is gone."""

import importlib.util
import multiprocessing
import subprocess
import sys
import weakref
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from assistant.voice.engines.missing import EngineMissing

_PROGRAM = Path(__file__).with_name("sphinx_decoding.py")
_PATIENCE_SECONDS = 20.0
"""Far longer than anything takes on the slowest machine, so that silence means that it hangs."""
_END_SECONDS = 2.0


class SphinxStopped(Exception):
    """The process has ended or hangs; the message tells how. What was said to it is lost."""


class SphinxRefused(Exception):
    """PocketSphinx cannot do what it was asked to; the message is its own."""


class SphinxProcess:
    """One process, which ends with this object. Raises EngineMissing. Not thread-safe."""

    def __init__(self) -> None:
        if importlib.util.find_spec("pocketsphinx") is None:
            raise EngineMissing("The embedded transcriber is missing: pip install pocketsphinx")
        ours, theirs = multiprocessing.Pipe()
        with theirs:
            # Without the folder of the file on its path, whose modules bear the names of libraries; without the warning
            # that start_stream does nothing, which is not so.
            command = [sys.executable, "-P", "-W", "ignore::DeprecationWarning", str(_PROGRAM), str(theirs.fileno())]
            self._program = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        self._pipe = ours
        self.close = weakref.finalize(self, _end, ours, self._program)
        try:
            self._answer()
        except (SphinxStopped, SphinxRefused) as error:
            self.close()
            raise EngineMissing(
                f"PocketSphinx cannot load its model ({error}): pip install --force-reinstall pocketsphinx"
            ) from error

    @property
    def pid(self) -> int:
        return self._program.pid

    def tell(self, name: str, *arguments: object) -> None:
        """A command that has no answer. Raises SphinxStopped."""
        try:
            self._pipe.send((name, *arguments))
        except OSError as error:
            raise self._stopped() from error

    def ask(self, name: str, *arguments: object) -> Any:
        """Raises SphinxStopped, and SphinxRefused where it is the request that is wrong."""
        self.tell(name, *arguments)
        return self._answer()

    def _answer(self) -> Any:
        try:
            if not self._pipe.poll(_PATIENCE_SECONDS):
                self.close()
                raise SphinxStopped(f"no answer for {_PATIENCE_SECONDS:.0f} seconds")
            refused, result = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._stopped() from error
        if refused is not None:
            raise SphinxRefused(refused)
        return result

    def _stopped(self) -> SphinxStopped:
        self.close()
        return SphinxStopped(f"it ended with status {self._program.returncode}")


def _end(pipe: Connection, program: "subprocess.Popen[bytes]") -> None:
    pipe.close()
    try:
        program.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
