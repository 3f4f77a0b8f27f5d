"""A line from whoever types, while the loops of the house go on."""

import asyncio
import sys


async def typed_line() -> str:
    """With its end; empty at the end of input."""
    if not sys.stdin.isatty():
        return await asyncio.to_thread(sys.stdin.readline)
    # Not in a thread: one that waits for a line cannot be stopped, and Ctrl-C would have to wait for Enter.
    typed = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline()
