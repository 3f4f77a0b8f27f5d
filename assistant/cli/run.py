"""`assistant run`: the daemon in the foreground, as systemd starts it."""

import asyncio
import faulthandler
import logging
import os
import threading
import time
from pathlib import Path
from typing import NoReturn

from config.load import load_settings, resolve_house_file, resolve_state_dir

_LAST_SECONDS = 1.0
"""For so long what was begun may still come to its end."""


def run_daemon(config: Path | None, state_dir: Path | None, *, verbose: bool = False) -> NoReturn:
    """Ends the process, with exit code 0, once the daemon was told to stop."""
    faulthandler.enable()  # where a watchdog ends it, the log has to tell what hung
    loaded = load_settings(config)
    state = resolve_state_dir(loaded.settings, state_dir)
    from assistant.app import run  # heavy: the whole assistant, which waits for settings that are right

    # Speech is logged at DEBUG only, so a log that somebody sends with a question holds none.
    level = logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for package in ("assistant", "tools", "sensors", "config"):
        logging.getLogger(package).setLevel(level)
    asyncio.run(run(loaded.settings, state, resolve_house_file(loaded)))
    _leave()


def _leave() -> NoReturn:
    """All is closed by now. Threads that still load something are not waited for, nor a sound system that hangs."""
    end = time.monotonic() + _LAST_SECONDS
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, end - time.monotonic()))
    logging.shutdown()
    os._exit(0)
