"""One place with a microphone, seen from the voice: the shared turns, with who asks from here filled in by code."""

from assistant.ports import Vocabulary
from assistant.turns.turn import Turns
from assistant.values import Expects, Reply, Utterance
from tools.contract import Asker


class Satellite:
    """The `Conversation` of one asker."""

    def __init__(self, turns: Turns, asker: Asker) -> None:
        self._turns = turns
        self._asker = asker

    async def vocabulary(self, expects: Expects) -> Vocabulary:
        return await self._turns.vocabulary(self._asker, expects)

    async def hear(self, utterance: Utterance) -> Reply:
        return await self._turns.hear(utterance)

    async def spoken(self, reply: Reply) -> None:
        await self._turns.spoken(self._asker)

    async def silence(self, asker: Asker) -> Reply | None:
        return await self._turns.silence(self._asker)

    async def stopped(self, asker: Asker) -> Reply | None:
        return await self._turns.stopped(self._asker)
