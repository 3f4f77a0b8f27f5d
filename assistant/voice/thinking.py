"""While an answer takes long: that is said aloud, and whoever says the wake word meanwhile is heard."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from assistant.ports import Conversation
from assistant.values import Reply, Utterance
from assistant.wait import Wait


class Thinking:
    """`say` speaks; `called` returns True once the wake word was said, or False soon after the event that it gets."""

    def __init__(
        self,
        conversation: Conversation,
        *,
        say: Callable[[str], Awaitable[object]],
        called: Callable[[asyncio.Event], Awaitable[bool]],
    ) -> None:
        self._conversation = conversation
        self._say = say
        self._called = called

    async def reply(self, utterance: Utterance) -> Reply | None:
        """None where somebody said the wake word before there was an answer: then nobody waits for it any more."""
        slow: asyncio.Queue[str | None] = asyncio.Queue()
        wait = Wait(slow.put_nowait)
        over = asyncio.Event()

        async def hear() -> Reply:
            try:
                return await self._conversation.hear(replace(utterance, wait=wait))
            finally:
                over.set()
                slow.put_nowait(None)

        async def meanwhile() -> bool:
            text = await slow.get()
            if text is None:
                return False
            given_up = True
            try:
                await self._say(text)
                given_up = not over.is_set() and await self._called(over)
            finally:
                if given_up:
                    wait.end()
            return given_up

        # Both come to their end before anything leaves, so that no turn goes on behind.
        reply, called = await asyncio.gather(hear(), meanwhile(), return_exceptions=True)
        if isinstance(reply, BaseException):
            raise reply
        if isinstance(called, BaseException):
            raise called
        return None if called else reply
