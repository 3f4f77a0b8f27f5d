"""A sentence template as a tree, for whoever does something else with it than to match it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`words` (text), `list` or `rule` (its name in text); `series`, `choice` and `shuffle`, in any order (parts)."""

    kind: str
    text: str = ""
    parts: "tuple[Node, ...]" = ()
