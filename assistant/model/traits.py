"""What an endpoint was found to be like, as far as a request depends on it."""

from dataclasses import dataclass

STRICT = "strict"
"""In the schema of each tool."""
STREAM = "stream"
PARALLEL = "parallel_tool_calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    refused: frozenset[str] = frozenset()
    """Parameters that it answers with an error; a request goes without them."""
    calls_when_told_not_to: bool = False
    """It pays no attention to `tool_choice: none`, so a final answer is asked for without tools."""
    parallel_on_request: bool = False
    """It makes several calls in one message only where it is told that it may."""


UNKNOWN = Traits()
