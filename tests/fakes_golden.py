"""The golden cases before a model with a quirk: a perfect model knows from the sentences which calls are right."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from fakes_cases import DELAYS_SECONDS, HONEST, PATIENT, PERFECT, QUICK, Case, is_right, perfect, unfit
from fakes_model import Reply as Wire
from fakes_model import Request, ScriptedEndpoint
from fakes_quirks import Quirk

from assistant.eval.cases import read_cases
from assistant.eval.house import EvalHouse, read_house
from assistant.eval.stage import Stage, open_stage
from assistant.eval.trial import LeftToTheModel, speaking
from assistant.model.endpoint import Endpoint
from assistant.model.exchange import Exchange
from assistant.model.loop import ModelLoop
from assistant.replies.replies import Replies
from assistant.sentences.planner import SentencePlanner
from assistant.values import Reply, Utterance
from assistant.wiring import replies_of
from config.language import load_language
from config.model import ModelSettings
from config.settings import Settings

GOLDEN = Path(__file__).parent / "golden"
TURN_SECONDS, LONG_SECONDS = 0.4, 8.0
NOTHING = "I could not find that out."


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is said first in a golden case, and where."""

    id: str
    say: str
    room: str | None


@dataclass(kw_only=True)
class GoldenHouse:
    """The golden house with a model and nothing else to plan."""

    house: EvalHouse
    stage: Stage
    server: ScriptedEndpoint
    planner: SentencePlanner
    replies: Replies
    case: Case
    quirk: Quirk
    heard: int = 0

    def play(self, request: Request, number: int) -> Wire:
        return self.quirk.play(perfect(self.case, request), request, number - self.heard)

    async def ask(self, asked: Asked, quirk: Quirk) -> Reply:
        room = self.house.room_called(asked.room)
        plan = self.planner.plan(asked.say, await self.stage.stores.questions.house(), room)
        calls = tuple((one.name, one.arguments) for one in plan.calls) if plan is not None else ()
        self.case = Case(name=asked.id, say=asked.say, calls=calls, words=NOTHING, right=((NOTHING,),))
        self.quirk, self.heard = quirk, len(self.server.requests)
        asker = self.stage.roles.asker(f"{asked.id} {self.heard} {id(quirk)}", room)
        reply = await self.stage.turns.hear(Utterance(text=asked.say, asker=asker))
        await self.stage.turns.silence(asker)
        return reply

    def faults(self, asked: Asked, reply: Reply) -> list[str]:
        """What is wrong with a reply that must be right, what code says of the results, or honest."""
        code = " ".join(dict.fromkeys(self.replies.result(result) for result in reply.results))
        fixed = [str(text) for _, text in self.replies.fixed]
        known = [*HONEST, *(text.partition("{")[0] for text in fixed if len(text.partition("{")[0]) > 8)]
        honest = any(text in reply.text for text in known) or (bool(reply.text) and reply.text in code)
        found = [] if honest or is_right(self.case, reply) else ["neither right nor honest"]
        if self.stage.devices.sent:
            found.append(f"sent: {self.stage.devices.sent}")
        return [*found, *unfit(reply.text, f"{code} {asked.say} {' '.join(known)}")]


def golden() -> list[Asked]:
    cases = read_cases(GOLDEN / "en.jsonl")
    return [Asked(id=case.id, say=case.say[0], room=case.room) for case in cases]


@asynccontextmanager
async def golden_house(quirk: Quirk) -> AsyncIterator[GoldenHouse]:
    """`quirk` tells how much time there is."""
    import_module("openai")
    house = read_house(GOLDEN / "en.house.json")
    settings = speaking(Settings(), house, "en")
    replies = replies_of(settings)
    async with AsyncExitStack() as stack:
        held: list[GoldenHouse] = []
        server = await stack.enter_async_context(
            ScriptedEndpoint(lambda request, number: held[0].play(request, number))
        )
        seconds = TURN_SECONDS if quirk.hopeless else LONG_SECONDS
        model = ModelSettings(enabled=True, base_url=server.base_url, name="m", turn_seconds=seconds)
        patience = QUICK if quirk.hopeless else PATIENT
        endpoint = await stack.enter_async_context(Endpoint(model, patience=patience))
        exchange = Exchange(endpoint=endpoint, delays_seconds=DELAYS_SECONDS, chance=lambda: 0.5)
        loop = ModelLoop(exchange=exchange, settings=model, say=replies.result)
        language = load_language("en")
        mute = LeftToTheModel(language)
        stage = await stack.enter_async_context(
            open_stage(house, settings, sentences=mute, model=loop, follow_ups=False)
        )
        blank = Case(name="", say="", right=((NOTHING,),))
        held.append(
            GoldenHouse(
                house=house,
                stage=stage,
                server=server,
                planner=SentencePlanner(language),
                replies=replies,
                case=blank,
                quirk=PERFECT,
            )
        )
        yield held[0]
