"""Which processes there are, as the kernel has it."""

from contextlib import suppress
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and all that it started, by whichever of its threads."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):  # that thread is over
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def command(pid: int) -> str:
    """What it was started with; nothing where it is over."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ").strip()
    return ""
