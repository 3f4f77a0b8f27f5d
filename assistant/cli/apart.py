"""Work in a process of its own: with some ALSA settings the sound library ends whichever process it is in."""

import os
import signal
import sys
from collections.abc import Callable

from config.errors import UserFacingError

DIED = (
    "the sound library itself fails with this machine's sound settings ({how}); look for a mistake in ~/.asoundrc and"
    " /etc/asound.conf: `arecord -l` and `aplay -l` say what ALSA can use"
)

_ENDING = {signal.SIGINT, signal.SIGTERM}


class SoundLibraryDied(UserFacingError):
    """It took its process with it."""


def apart(work: Callable[[], int]) -> int:
    """What `work` gives, done in a new process; its UserFacingError is printed there, and is 2.

    To be called before any thread is started. Raises SoundLibraryDied where a fault ended the new process.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    # Held back until both know what to do about them.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        code = _worked(work)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # without asking a sound system that may hang for leave
    # A terminal sends Ctrl-C to both; what a supervisor sends comes here alone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: os.kill(child, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code >= 0:
        return code
    if -code in _ENDING:
        return 128 - code
    raise SoundLibraryDied(DIED.format(how=signal.strsignal(-code)))


def _worked(work: Callable[[], int]) -> int:
    try:
        return work()
    except UserFacingError as error:
        sys.stderr.write(f"assistant: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
