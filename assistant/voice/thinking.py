"""While an answer takes long: that is said aloud, and whoever says the wake word or a stop meanwhile is heard."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from assistant.ports import Conversation
from assistant.values import Reply, Utterance
from assistant.voice.speaking import Ended
from assistant.voice.together import together
from assistant.wait import Wait

_AT_ONCE_SECONDS = 0.4
"""What takes longer than this leaves people wondering whether they were heard."""


async def _silently() -> None: ...


class Thinking:
    """`say` speaks; `called` returns True once the wake word was said, or False soon after the event that it gets."""

    def __init__(
        self,
        conversation: Conversation,
        *,
        say: Callable[[str], Awaitable[object]],
        called: Callable[[asyncio.Event], Awaitable[bool]],
        begun: Callable[[], Awaitable[None]] = _silently,
    ) -> None:
        """`begun` is called where the answer is not there at once."""
        self._conversation = conversation
        self._say = say
        self._called = called
        self._begun = begun

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
                ended = await self._say(text)
                if ended is Ended.STOPPED:
                    wait.end()
                    given_up = False
                else:
                    given_up = ended is Ended.CALLED or (not over.is_set() and await self._called(over))
            finally:
                if given_up:
                    wait.end()
            return given_up

        async def begin() -> None:
            try:
                async with asyncio.timeout(_AT_ONCE_SECONDS):
                    await over.wait()
            except TimeoutError:
                await self._begun()

        # All come to their end before anything leaves, so that no turn goes on behind.
        reply, called = await together(hear(), meanwhile(), begin())
        return None if called else reply
