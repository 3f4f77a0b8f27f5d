"""Runs the cases of a golden set in their house, one after the other, with nothing left over from one to the next."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from assistant.eval.cases import Case, kind_of
from assistant.eval.house import EvalHouse
from assistant.eval.judge import Got, Names, fold, problems
from assistant.eval.stage import Stage, open_stage
from assistant.model.build import open_model
from assistant.model.cost import Day
from assistant.sentences.fragments import KEEPS
from assistant.sentences.planner import SentencePlanner
from assistant.turns.by_model import Model
from assistant.values import Planner, Reply, Utterance
from assistant.wiring import figures_of, replies_of
from config.language import load_language
from config.settings import Settings
from sensors.home import House
from sensors.reading import SeriesKey
from tools.answers import ProposalAnswer

YES = "{yes}"
"""Stands in a dialogue for the yes that the question asks for, with the name where that is wanted."""


class Planners(StrEnum):
    """Which of the two decides."""

    SENTENCES = "sentences"
    MODEL = "model"
    BOTH = "both"


class LeftToTheModel(SentencePlanner):
    """Understands nothing itself."""

    def plan(self, text: str, house: House, room: str | None) -> None:
        return None


@cache
def planner_of(language: str, planners: Planners) -> SentencePlanner:
    """One for all houses, since reading a language's templates takes longer than a case. Raises LanguageError."""
    known = load_language(language)
    return LeftToTheModel(known) if planners is Planners.MODEL else SentencePlanner(known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One case with what came of it."""

    case: Case
    kind: str
    got: Got
    problems: tuple[str, ...]
    turn_ms: tuple[float, ...]
    planner: str

    @property
    def passed(self) -> bool:
        return not self.problems


Told = Callable[[Verdict], None]


async def run_cases(
    cases: Sequence[Case], house: EvalHouse, settings: Settings, planners: Planners, told: Told | None = None
) -> list[Verdict]:
    """In order; `told` hears of each as it is over. Raises GoldenSetWrong where the house is unusable."""
    verdicts = []
    async with AsyncExitStack() as stack:
        model = None
        if planners is not Planners.SENTENCES:
            day = Day(today=lambda: figures_of(settings).now().date())
            opened = open_model(settings.model, say=replies_of(settings).result, day=day)
            model = await stack.enter_async_context(opened)
        hall = await stack.enter_async_context(_Hall(house, settings, planners, model))
        for number, case in enumerate(cases):
            verdict = await hall.try_out(case, f"eval-{number}")
            verdicts.append(verdict)
            if told is not None:
                told(verdict)
    return verdicts


class _Hall:
    """Keeps one stage open for as long as nothing has been changed on it, since opening one takes a moment."""

    def __init__(self, house: EvalHouse, settings: Settings, planners: Planners, model: Model | None) -> None:
        self._house = house
        self._settings = settings
        self._planners = planners
        self._model = model
        self._stack = AsyncExitStack()
        self._open: tuple[str, Stage] | None = None

    async def __aenter__(self) -> "_Hall":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def try_out(self, case: Case, satellite: str) -> Verdict:
        language = case.lang or self._house.language or self._settings.house.language
        stage = await self._stage(language)
        asker = stage.roles.asker(satellite, self._house.room_called(case.room))
        replies: list[Reply] = []
        turn_ms = []
        sent_before = len(stage.devices.sent)
        for said in case.say:
            text = _consent(stage, satellite, language) if said == YES else said
            began = time.perf_counter()
            replies.append(await stage.turns.hear(Utterance(text=text, asker=asker)))
            turn_ms.append((time.perf_counter() - began) * 1000)
            await stage.turns.spoken(asker)
        names = names_of(self._house, await stage.stores.questions.house())
        sent = len(stage.devices.sent) - sent_before
        got = _got(replies, sent, await _states(stage, case.expect.states or {}, names))
        if sent or _keeps(replies) or not stage.roles.acting():
            await self._clear()
        else:
            await stage.gate.close_all()
        return Verdict(
            case=case,
            kind=kind_of(case),
            got=got,
            problems=tuple(problems(case, got, names)),
            turn_ms=tuple(turn_ms),
            planner=replies[-1].planner,
        )

    async def _stage(self, language: str) -> Stage:
        if self._open is not None and self._open[0] != language:
            await self._clear()
        if self._open is None:
            settings = speaking(self._settings, self._house, language)
            planner = planner_of(language, self._planners)
            by_code = self._planners is not Planners.MODEL
            stage = open_stage(self._house, settings, sentences=planner, model=self._model, follow_ups=by_code)
            self._open = language, await self._stack.enter_async_context(stage)
        return self._open[1]

    async def _clear(self) -> None:
        self._open = None
        await self._stack.aclose()


def _consent(stage: Stage, satellite: str, language: str) -> str:
    confirm, waiting = load_language(language).confirm, stage.gate.pending(satellite)
    if waiting is None or waiting.echo is None:
        return confirm.accept[0]
    return confirm.echo[0].replace("{noun}", waiting.echo)


def speaking(settings: Settings, house: EvalHouse, language: str) -> Settings:
    """The settings for a house in one language."""
    wanted = {
        "language": language,
        "units": house.units or settings.house.units,
        "time_zone": house.time_zone or settings.house.time_zone,
    }
    return settings.model_copy(update={"house": settings.house.model_copy(update=wanted)})


def _keeps(replies: Sequence[Reply]) -> bool:
    """Whether something was set that would be there in the next case."""
    return any(result.call.name in KEEPS for reply in replies for result in reply.results)


def _got(replies: Sequence[Reply], sent: int, states: Mapping[str, Any]) -> Got:
    """Of the last thing said; where that only answers a question, of the turn that asked it."""
    last = replies[-1]
    asked = last
    for earlier in reversed(replies[:-1]):
        if asked.results or asked.planner is not Planner.INTERCEPTOR:
            break
        asked = earlier
    proposed = any(isinstance(result.answer, ProposalAnswer) for result in asked.results)
    return Got(
        reply=last.text,
        results=asked.results,
        proposed=proposed,
        question=asked.text if proposed else "",
        sent=sent,
        states=states,
    )


def names_of(house: EvalHouse, known: House) -> Names:
    """What means each entity: its device's name, its own, both with the room, its aliases and its id."""
    of_entity: dict[str, frozenset[str]] = {}
    of_device: dict[str, str] = {}
    for device in house.devices:
        entry = device.entry
        for place, (entity_id, called) in enumerate(device.simulated.names.items()):
            own = [called, entry.name, *(entry.aliases if place == 0 else ())]
            if (entity := known.by_id.get(entity_id)) is not None:
                own += [entity.name, *entity.aliases]
            if entry.room is not None:
                own += [text for one in own for text in (f"{entry.room} {one}", f"{one} ({entry.room})")]
            of_entity[entity_id] = frozenset(fold(one) for one in (*own, entity_id))
            of_device[entity_id] = entry.name
    return Names(of_entity=of_entity, of_device=of_device)


async def _states(stage: Stage, wanted: Mapping[str, Any], names: Names) -> dict[str, dict[str, Any]]:
    """Device to attribute to value, of devices that are asked about; of two with one name, the first in the file."""
    house = await stage.stores.questions.house()
    found: dict[str, dict[str, Any]] = {}
    for device in wanted:
        for entity in (house.by_id[one] for one in names.of_device if names.means(device, one) and one in house.by_id):
            keys = [SeriesKey(entity_id=entity.id, aspect=aspect.name) for aspect in entity.aspects]
            latest = await stage.stores.questions.latest(keys)
            told = {key.aspect: sample.value for key, sample in latest.items()}
            found[device] = {**told, **found.get(device, {})}
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Of what was measured; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def by_kind(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """In alphabetical order of kinds."""
    kinds: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        kinds.setdefault(verdict.kind, []).append(verdict)
    return dict(sorted(kinds.items()))


def false_accepts(verdicts: Sequence[Verdict]) -> Iterator[Verdict]:
    """Cases in which nothing was to be called, and something was."""
    return (one for one in verdicts if one.case.expect.no_call and one.got.false_accept)
