"""The small house with everything above it: both planners, replies and turns."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from functools import cache
from pathlib import Path

from fakes_tools import ENTITIES, ZONE, SmallHouse, small_house

from assistant.model.build import open_model
from assistant.model.cost import Day
from assistant.ports import Vocabulary
from assistant.replies.figures import Figures
from assistant.replies.replies import Replies
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.requests import Requests
from assistant.turns.by_model import Model
from assistant.turns.clarify import OpenQuestions
from assistant.turns.follow_up import Subjects
from assistant.turns.loudness import Loudness
from assistant.turns.planning import Planning
from assistant.turns.recall import Recall
from assistant.turns.record import Recorder
from assistant.turns.turn import Turns
from assistant.values import Expects, Reply, Utterance
from assistant.volume import Volume
from config.asking import ConfirmSettings
from config.language import load_language
from config.settings import HouseSettings, ModelSettings
from sensors.home import House
from sensors.reading import Entity
from tools.contract import Asker


class MuteSentences(SentencePlanner):
    """Understands nothing, so that every request goes to the model."""

    def plan(self, text: str, house: House, room: str | None) -> None:
        return None


@cache
def planner(kind: type[SentencePlanner] = SentencePlanner) -> SentencePlanner:
    """One for all tests: it remembers nothing but the house that it was last asked about."""
    return kind(load_language("en"))


class Talk:
    """A person in one room."""

    def __init__(self, turns: Turns, asker: Asker) -> None:
        self.turns = turns
        self._asker = asker

    async def say(self, text: str) -> Reply:
        reply = await self.turns.hear(Utterance(text=text, asker=self._asker))
        await self.turns.spoken(self._asker)
        return reply

    async def vocabulary(self, expects: Expects) -> Vocabulary:
        return await self.turns.vocabulary(self._asker, expects)


def turns_of(
    house: SmallHouse,
    *,
    sentences: SentencePlanner | None = None,
    model: Model | None = None,
    calls: int = 8,
    volume: Volume | None = None,
) -> Turns:
    """Everything above the desk, over a small house."""
    replies = Replies(zone=ZONE, units="metric", clock_ms=house.clock.now_ms)
    sentences, asked_back = sentences or planner(), OpenQuestions(house.clock.monotonic)
    # What understands nothing follows nothing up either.
    follow_ups = not isinstance(sentences, MuteSentences)
    requests = Requests(sentences, load_language("en"), follow_ups=follow_ups)
    subjects = Subjects(house.clock.monotonic, timer_noun=load_language("en").timer_noun)
    planning = Planning(
        sentences=sentences,
        model=model,
        desk=house.desk,
        gate=house.gate,
        questions=house.questions,
        replies=replies,
        recall=Recall(house.audit, Figures(zone=ZONE, units="metric", clock_ms=house.clock.now_ms)),
        switch=house.switch,
        calls_per_turn=calls,
        visible=house.roles.visible,
        asked_back=asked_back,
        requests=requests,
        subjects=subjects,
        rings=None,
        loudness=Loudness(volume or Volume(50), replies),
    )
    return Turns(
        sentences=sentences,
        planning=planning,
        gate=house.gate,
        questions=house.questions,
        recorder=Recorder(house.audit, house.questions, HouseSettings(), zone=str(ZONE), visible=house.roles.visible),
        replies=replies,
        visible=house.roles.visible,
        asked_back=asked_back,
        subjects=subjects,
    )


@asynccontextmanager
async def talking(
    folder: Path,
    asker: Asker,
    model: ModelSettings | None = None,
    *,
    only_model: bool = False,
    confirm: ConfirmSettings | None = None,
    entities: tuple[Entity, ...] = ENTITIES,
) -> AsyncIterator[tuple[Talk, SmallHouse]]:
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(small_house(folder, entities, settings=confirm))
        loop = None
        if model is not None:
            say = Replies(zone=ZONE, units="metric", clock_ms=house.clock.now_ms).result
            loop = await stack.enter_async_context(open_model(model, say=say, day=Day(today=date.today)))
        sentences = planner(MuteSentences if only_model else SentencePlanner)
        yield Talk(turns_of(house, sentences=sentences, model=loop), asker), house
