"""Standard error without what libraries in C write to it: ALSA prints a page about each device that is not there."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def chatter_hidden() -> Iterator[None]:
    """For as long as it lasts nothing of this process reaches standard error, our own words neither."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
