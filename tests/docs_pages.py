"""Pages of documentation taken apart, for the tests that hold them true."""

import re
from collections.abc import Mapping


def sections_of(text: str) -> Mapping[str, str]:
    """By the heading (`##`) of each."""
    return dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))


def cells_of(section: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
