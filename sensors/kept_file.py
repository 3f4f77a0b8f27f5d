"""Small files that are replaced, whole or not at all: whatever ends the writing, the one before it stays."""

import os
from pathlib import Path


def replace_text(path: Path, text: str, *, durably: bool = False) -> None:
    """`durably`: returns when the text is on the disk, which takes its time. Raises OSError."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        if durably:
            file.flush()
            os.fsync(file.fileno())
    beside.replace(path)
