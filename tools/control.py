"""`control_device` and `control_devices`: turn wishes into a flat list of concrete actions and put them to a person.

They perform nothing.
"""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sensors.home import House
from sensors.questions import Questions
from sensors.reading import STATE_ASPECT, Aspect, Command, Entity, Needs, Quantity, SeriesKey, Verb
from sensors.units import convert
from tools.answers import Action, AlreadyAnswer, ProposalAnswer
from tools.arguments import ControlDevice, ControlDevices, Unit
from tools.chosen import chosen_to_act
from tools.contract import Asker, ErrorCode, Outcome, ToolError, Visible, everything
from tools.names import EXCEPT, WEAK, Found, How, find_series, spoken_name, without_exception, words
from tools.proposals import Proposal
from tools.reasons import Reason
from tools.relative import change_meant, changed, flipped, keys_needed
from tools.sanitise import unmarked
from tools.words_meant import word_meant

MOST_DEVICES = 30
"""More devices in one proposal than this are refused: nobody can agree to a list that long."""

_REACHED = {Verb.RETURN_HOME: "docked"}
"""The state in which such an order has nothing to do any more: what proves it is that the device is on its way."""
_LIGHT_VERBS = frozenset({Verb.TURN_ON, Verb.TURN_OFF, Verb.SET_BRIGHTNESS})

Propose = Callable[[Sequence[Action], Asker], Awaitable[Proposal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What one order comes to; `todo` are those of its actions that change something."""

    actions: tuple[Action, ...]
    todo: tuple[Action, ...]
    how: How
    so: AlreadyAnswer
    """What is to be said where nothing needs doing; with the names of those devices that are so."""
    now_state: str | None


class Control:
    """Answers orders with a proposal. It is handed `propose`, never `publish`."""

    def __init__(
        self, questions: Questions, *, propose: Propose, fahrenheit: bool, visible: Visible = everything
    ) -> None:
        self._questions = questions
        self._visible = visible
        self._propose = propose
        self._fahrenheit = fahrenheit

    async def control(self, asked: ControlDevice, asker: Asker) -> Outcome:
        """Raises ToolError where the words name nothing, more than one thing, or something that cannot do it."""
        wish = await self._wish(asked, self._visible(await self._questions.house(), asker), asker)
        resolved = _resolved(wish.actions, wish.how)
        if not wish.todo:
            return Outcome(resolved=resolved, answer=wish.so)
        proposal = await self._propose(wish.todo, asker)
        return Outcome(resolved=resolved, answer=_question(proposal, [wish]))

    async def control_all(self, asked: ControlDevices, asker: Asker) -> Outcome:
        """Several orders as one proposal: what needs the most of a person needs it for all of them.

        Raises ToolError as for one order, with the place of the order that is at fault in its `field`; nothing is
        proposed then.
        """
        house = self._visible(await self._questions.house(), asker)
        wishes = [await self._wish_at(place, order, house, asker) for place, order in enumerate(asked.orders)]
        _refuse_contradiction(wishes, house)
        todo = list(dict.fromkeys(action for wish in wishes for action in wish.todo))
        if len(todo) > MOST_DEVICES:
            raise _too_many(len(todo), "")
        how = next((wish.how for wish in wishes if wish.how in WEAK), wishes[0].how)
        resolved = _resolved([action for wish in wishes for action in wish.actions], how)
        if not todo:
            first, *others = (wish.so for wish in wishes)
            return Outcome(resolved=resolved, answer=replace(first, more=tuple(others)))
        try:
            proposal = await self._propose(todo, asker)
        except ToolError as error:
            error.field = _place(error, wishes)
            raise
        return Outcome(resolved=resolved, answer=_question(proposal, wishes))

    async def _wish_at(self, place: int, order: ControlDevice, house: House, asker: Asker) -> _Wish:
        try:
            return await self._wish(order, house, asker)
        except ToolError as error:
            error.field = f"orders.{place}.{error.field or 'what'}"
            raise

    async def _wish(self, asked: ControlDevice, house: House, asker: Asker) -> _Wish:
        entities, how = _targets(house, asked, asker)
        now = await self._now(entities, asked.verb)
        asked = flipped(asked, entities, now)
        actions = tuple(self._actions(asked, entities, house, now))
        states = [_so_already(action, house, now) for action in actions]
        todo = tuple(action for action, state in zip(actions, states, strict=True) if state is None)
        names = tuple(action.name for action, state in zip(actions, states, strict=True) if state is not None)
        return _Wish(
            actions=actions,
            todo=todo,
            how=how,
            so=AlreadyAnswer(
                names=names, state=next((one for one in states if one is not None), ""), unit=actions[0].unit
            ),
            now_state=_one_state(todo, house, now),
        )

    def _actions(
        self, asked: ControlDevice, entities: Sequence[Entity], house: House, now: Mapping[SeriesKey, float | str]
    ) -> list[Action]:
        change = change_meant(asked)
        if change is None:
            return [self._action(asked, entity, house) for entity in entities]
        # A degree is one of those that are spoken of in this house.
        spoken = asked.model_copy(update={"unit": self._unit_meant(asked, _command(entities[0], asked.verb))})
        wishes = changed(spoken, change, entities, house, now)
        return [self._action(wish, entity, house) for entity, wish in wishes]

    def _action(self, asked: ControlDevice, entity: Entity, house: House) -> Action:
        command = _command(entity, asked.verb)
        if command.needs is Needs.TEXT:
            raise _takes_text(entity, asked)
        value = word_meant(asked, command) if command.needs is Needs.WORD else self._number(asked, command)
        return Action(
            entity_id=entity.id,
            name=unmarked(spoken_name(entity, house)),
            quantity=_main_quantity(entity),
            verb=asked.verb,
            value=value,
            unit=command.unit if value is not None else None,
        )

    def _number(self, asked: ControlDevice, command: Command) -> float | None:
        """The value in the device's own unit, within its own range and on its own steps."""
        if command.needs is Needs.NOTHING:
            if asked.value is not None:
                raise ToolError(
                    ErrorCode.OUT_OF_RANGE,
                    Reason.TAKES_NO_VALUE,
                    facts={"verb": asked.verb.value},
                    received=f"{asked.value}",
                    suggestion={**asked.model_dump(mode="json"), "value": None, "unit": None},
                )
            return None
        meant = self._unit_meant(asked, command)
        if not isinstance(asked.value, int | float):
            raise ToolError(
                ErrorCode.OUT_OF_RANGE,
                Reason.NEEDS_NUMBER,
                facts={"verb": asked.verb.value},
                field="value",
                suggestion=_range(command, meant),
            )
        value = _in_unit(asked.value, meant, command.unit)
        low = command.minimum if command.minimum is not None else value
        high = command.maximum if command.maximum is not None else value
        # Where a fan has few speeds, a little is the least of them and not too little.
        if not (min(low, 1) if asked.verb is Verb.SET_SPEED else low) <= value <= high:
            raise ToolError(
                ErrorCode.OUT_OF_RANGE,
                Reason.OUT_OF_BOUNDS,
                facts={"low": float(low), "high": float(high), "unit": command.unit or ""},
                received=f"{asked.value:g}",
                field="value",
                suggestion=_range(command, meant),
            )
        return _on_step(value, command)

    def _unit_meant(self, asked: ControlDevice, command: Command) -> str | None:
        if asked.unit is not None or command.unit not in {Unit.CELSIUS, Unit.FAHRENHEIT}:
            return asked.unit or command.unit
        return Unit.FAHRENHEIT if self._fahrenheit else Unit.CELSIUS

    async def _now(self, entities: Sequence[Entity], verb: Verb) -> Mapping[SeriesKey, float | str]:
        proofs = [_told_by(one, _command(one, verb)) for one in entities]
        keys = [key for key in proofs if key is not None]
        keys += [key for one in entities for key in keys_needed(one, verb) if key not in keys]
        return {key: sample.value for key, sample in (await self._questions.latest(keys)).items()}


def _targets(house: House, asked: ControlDevice, asker: Asker) -> tuple[list[Entity], How]:
    """The devices meant, one or a group, and how surely their name was said. Never a guess among several."""

    def able(entity: Entity, aspect: Aspect) -> bool:
        command = entity.command(asked.verb)
        return command is not None and aspect.name == entity.aspects[0].name

    said, spared = without_exception(asked.what)
    asked = asked.model_copy(update={"what": said})
    found = _of_kind(find_series(house, said, able), asked)
    if not found:
        raise _not_supported(house, asked)
    chosen = chosen_to_act(found, said, asked.verb, house=house, asker=asker, able=able)
    if spared:
        kept = {item.entity.id for one in spared.split(EXCEPT) for item in find_series(house, one, able)}
        chosen = [entity for entity in chosen if entity.id not in kept]
    if not chosen:
        raise ToolError(ErrorCode.NO_DATA, Reason.NOTHING_LEFT, received=asked.what)
    return _group(chosen, asked), found[0].how


def _of_kind(found: list[Found], asked: ControlDevice) -> list[Found]:
    """On, off and dim said of a place or of `everything` mean its lights: a freezer's socket is not one of them."""
    lights = [item for item in found if item.aspect.quantity is Quantity.LIGHT]
    named = {item.entity.id for item in found if set(words(asked.what)) & set(words(item.entity.name))}
    if asked.verb in _LIGHT_VERBS and lights and len(found) > len(lights):
        return lights + [item for item in found if item not in lights and item.entity.id in named]
    return found


def _group(entities: list[Entity], asked: ControlDevice) -> list[Entity]:
    if len(entities) > MOST_DEVICES:
        raise _too_many(len(entities), asked.what)
    return entities


def _too_many(count: int, what: str) -> ToolError:
    return ToolError(
        ErrorCode.OUT_OF_RANGE,
        Reason.TOO_MANY_DEVICES,
        facts={"count": count, "most": MOST_DEVICES},
        received=what,
    )


def _question(proposal: Proposal, wishes: Sequence[_Wish]) -> ProposalAnswer:
    """The answer that puts a proposal to a person, with what needs no doing."""
    return ProposalAnswer(
        proposal_id=proposal.id,
        actions=proposal.actions,
        ask=proposal.ask,
        echo=proposal.echo,
        already=tuple(name for wish in wishes for name in wish.so.names),
        now_state=wishes[0].now_state if len(wishes) == 1 else None,
        needless=tuple(wish.so for wish in wishes if not wish.todo),
    )


def _refuse_contradiction(wishes: Sequence[_Wish], house: House) -> None:
    """Raises ToolError where one device is to be in two states at once: nobody can tell which was meant."""
    wanted: dict[tuple[str, str], Action] = {}
    for action in (action for wish in wishes for action in wish.actions):
        aspect = _command(house.by_id[action.entity_id], action.verb).proof_aspect
        if aspect is not None and wanted.setdefault((action.entity_id, aspect), action) != action:
            raise ToolError(ErrorCode.INCOMPATIBLE, Reason.TWO_AT_ONCE, facts={"name": action.name}, field="orders")


def _place(error: ToolError, wishes: Sequence[_Wish]) -> str | None:
    """The place of the order whose device the gate's refusal names; None where it names none."""
    places = [place for place, wish in enumerate(wishes) if error.received in {one.name for one in wish.todo}]
    return f"orders.{places[0]}.what" if places else None


def _not_supported(house: House, asked: ControlDevice) -> ToolError:
    """Says what the named thing can do instead."""
    found = find_series(house, asked.what, lambda entity, aspect: aspect == entity.aspects[0])
    commands = (command for item in found for command in item.entity.commands)
    verbs = sorted({command.verb.value for command in commands if command.verb is not Verb.SET_TEXT})
    reason = Reason.CANNOT_DO if verbs else Reason.ONLY_READ
    facts = {"verb": asked.verb.value}
    return ToolError(ErrorCode.NOT_SUPPORTED, reason, facts=facts, received=asked.what, field="verb", suggestion=verbs)


def _takes_text(entity: Entity, asked: ControlDevice) -> ToolError:
    """Nobody could tell a person what a text of any kind will do; says what else the thing can do."""
    verbs = sorted({command.verb.value for command in entity.commands if command.verb is not Verb.SET_TEXT})
    return ToolError(ErrorCode.NOT_SUPPORTED, Reason.TAKES_TEXT, received=asked.what, field="verb", suggestion=verbs)


def _command(entity: Entity, verb: Verb) -> Command:
    command = entity.command(verb)
    if command is None:
        raise AssertionError(f"{entity.id} was chosen for {verb} and has no such command")
    return command


def _proof_key(entity: Entity, command: Command) -> SeriesKey | None:
    if command.proof_aspect is None:
        return None
    return SeriesKey(entity_id=entity.id, aspect=command.proof_aspect)


def _main_quantity(entity: Entity) -> Quantity:
    return entity.aspects[0].quantity


def _in_unit(value: float, given: str | None, wanted: str | None) -> float:
    if given is None or wanted is None or given == wanted:
        return value
    try:
        return convert(value, given, wanted)
    except ValueError as error:
        raise ToolError(
            ErrorCode.INCOMPATIBLE,
            Reason.UNIT_MISFIT,
            facts={"unit": given},
            received=given,
            field="unit",
            suggestion=[wanted],
        ) from error


def _on_step(value: float, command: Command) -> float:
    """What the device will make of it: the nearest of its steps, so that a person agrees to what will be."""
    if command.step is None or command.minimum is None or command.maximum is None:
        return value
    # The higher of two that are as near; the trifle is for a third of a hundred, which no float is.
    steps = math.floor((value - command.minimum) / command.step + 0.5 + 1e-9)
    stepped = command.minimum + steps * command.step
    return float(f"{min(command.maximum, max(command.minimum, stepped)):.10g}")


def _range(command: Command, unit: str | None) -> list[str | float]:
    """The device's own bounds, in the unit in which the person spoke."""
    bounds = [bound for bound in (command.minimum, command.maximum) if bound is not None]
    return [_in_unit(bound, command.unit, unit) for bound in bounds]


def _so_already(action: Action, house: House, now: Mapping[SeriesKey, float | str]) -> float | str | None:
    """The state for which there is nothing to do; None where there is."""
    command = _command(house.by_id[action.entity_id], action.verb)
    key = _told_by(house.by_id[action.entity_id], command)
    value = now.get(key) if key is not None else None
    wanted = action.value if command.proof_state is None else command.proof_state
    return value if value is not None and (value == wanted or value == _REACHED.get(action.verb)) else None


def _told_by(entity: Entity, command: Command) -> SeriesKey | None:
    """The series that tells whether it is so already, where no series proves that it was done."""
    if command.proof_aspect is None and command.verb in _REACHED:
        return SeriesKey(entity_id=entity.id, aspect=STATE_ASPECT)
    return _proof_key(entity, command)


def _one_state(actions: Sequence[Action], house: House, now: Mapping[SeriesKey, float | str]) -> str | None:
    """What the device says now, where it is one device and its state is a word."""
    if len(actions) != 1:
        return None
    command = _command(house.by_id[actions[0].entity_id], actions[0].verb)
    key = _proof_key(house.by_id[actions[0].entity_id], command)
    value = now.get(key) if key is not None else None
    return value if isinstance(value, str) else None


def _resolved(actions: Sequence[Action], how: How) -> Mapping[str, Any]:
    return {
        "how": how.value,
        "actions": [
            {"entity": one.entity_id, "verb": one.verb.value, "value": one.value, "unit": one.unit} for one in actions
        ],
    }
