"""Several things at once that end together."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar, cast

First = TypeVar("First")
Second = TypeVar("Second")


async def together(first: Awaitable[First], second: Awaitable[Second], *more: Awaitable[Any]) -> tuple[First, Second]:
    """All come to their end before anything leaves, so that nothing goes on behind; then the first failure is raised.

    Who waits for this is cancelled with all of them.
    """
    outcome = await asyncio.gather(first, second, *more, return_exceptions=True)
    failed = next((one for one in outcome if isinstance(one, BaseException)), None)
    if failed is not None:
        raise failed
    return cast(tuple[First, Second], tuple(outcome[:2]))
