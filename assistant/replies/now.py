"""What is said of what holds at the moment, since when, and what there is in the house."""

from assistant.replies.figures import Figures
from assistant.replies.words import SENSED, Count, capital
from sensors.reading import Quantity
from tools.answers import ExampleAnswer, HouseAnswer, LastChangeAnswer, LatestAnswer, ListAnswer, Row, holds

MOST_NAMES = 15
"""Mere names of a list that are spoken before the rest is only counted."""

NowAnswer = LatestAnswer | ListAnswer | LastChangeAnswer | HouseAnswer | ExampleAnswer


def speak_now(answer: NowAnswer, say: Figures) -> str:
    """The answer, spoken; it may begin with a small letter."""
    match answer:
        case LatestAnswer():
            return _latest(answer, say)
        case ListAnswer(state=None):
            return _beyond(answer, say)
        case ListAnswer(quantity=Quantity() as quantity) if quantity in SENSED:
            return _detected(answer, quantity, say)
        case ListAnswer(quantity=Quantity.PRESENCE) if all(row.room is None for row in answer.rows):
            return _people(answer, say)
        case ListAnswer():
            return _in_state(answer, answer.quantity, say)
        case LastChangeAnswer():
            return _last_change(answer, say)
        case HouseAnswer():
            return _house(answer, say)
        case ExampleAnswer(row=row):
            return _example(row, say)


def _latest(answer: LatestAnswer, say: Figures) -> str:
    texts, words = say.spoken.now, say.words
    if len(answer.rows) > 1:
        values = [(words.named(row.name), say.value(row.value, row.unit)) for row in answer.rows]
        return f"{words.joined([texts.several.format(name=name, value=value) for name, value in values])}."
    row = answer.rows[0]
    if isinstance(row.value, str):
        told = f"{_says(row, row.value, say)}."
        if answer.asked_state is not None:
            agreed = texts.agreed if holds(answer.asked_state, row) else texts.denied
            told = agreed.format(said=_says(row, row.value, say, asked=True))
    else:
        subject = words.subject(row.quantity, row.name, row.room)
        told = texts.value.format(subject=subject, value=say.value(row.value, row.unit))
    return " ".join(filter(None, [told, _age(row, say)]))


def _says(row: Row, state: str, say: Figures, *, asked: bool = False) -> str:
    """A state as a clause: `the front door is closed`, `there is motion in the hallway`."""
    texts, words = say.spoken.now, say.words
    if row.quantity not in SENSED:
        home = row.quantity is Quantity.PRESENCE and row.room is None and state == "present"
        return texts.state.format(name=words.named(row.name), state=texts.at_home if home else words.state(state))
    template = texts.there_is
    if state != "detected":
        # Old news is told with its age, which is not how long there has been nothing.
        template = texts.there_was_none if asked and not row.stale else texts.there_is_none
    name = words.bare(row.name, row.quantity)
    where = texts.in_room if row.room and name == row.room.lower() else texts.at_thing
    return template.format(
        noun=words.named(words.noun(row.quantity)),
        where=where.format(name=words.named(name)),
        when=say.when(row.at_ms),
        length=say.lasting((say.now().timestamp() * 1000 - row.at_ms) / 1000),
    )


def _age(row: Row, say: Figures) -> str:
    """What must be said about an answer that may no longer hold."""
    if not row.reachable:
        return say.spoken.now.unreachable.format(ago=say.ago(row.seen_ms))
    return say.spoken.now.stale.format(ago=say.ago(row.seen_ms)) if row.stale else ""


def _beyond(answer: ListAnswer, say: Figures) -> str:
    texts, words = say.spoken.now, say.words
    items = words.joined(
        [
            (texts.old_item if row.stale else texts.item).format(
                name=words.named(row.name),
                value=say.value(row.value, row.unit, heard_unit=answer.unit),
                ago=say.ago(row.seen_ms),
            )
            for row in answer.rows
        ]
    )
    if answer.threshold is None:
        return f"{items}." if items else texts.no_readings
    scale = say.scale(answer.unit) if answer.assumed_unit else ""
    limit = f"{words.measured(words.number(answer.threshold), answer.unit)}{scale}"
    beyond = (texts.above if answer.comparison == "above" else texts.below).format(limit=limit)
    if not items:
        return texts.none_beyond.format(considered=Count(answer.considered), beyond=beyond)
    of_rooms = all(row.room and row.name == row.room.lower() for row in answer.rows)
    template = texts.rooms_beyond if of_rooms else texts.sensors_beyond
    return template.format(count=Count(len(answer.rows)), beyond=beyond, items=items)


def _detected(answer: ListAnswer, quantity: Quantity, say: Figures) -> str:
    texts, words = say.spoken.now, say.words
    names, noun = [row.name for row in answer.rows], words.named(words.noun(quantity))
    if answer.state == "detected":
        template = texts.detected if names else texts.none_detected
    else:
        template = texts.clear if names else texts.none_clear
    return template.format(noun=noun, names=words.named(*names))


def _people(answer: ListAnswer, say: Figures) -> str:
    texts, names = say.spoken.now, [row.name for row in answer.rows]
    state = texts.at_home if answer.state == "present" else say.words.state(answer.state or "")
    return (texts.people if names else texts.nobody).format(names=say.words.named(*names), state=state)


def _in_state(answer: ListAnswer, quantity: Quantity | None, say: Figures) -> str:
    """`quantity` is the kind of all that was looked at; None where they are of several."""
    texts, words = say.spoken.now, say.words
    names = [row.name for row in answer.rows]
    told = {"count": Count(len(names)), "state": words.state(answer.state or ""), "names": words.named(*names)}
    if quantity is None:
        return (texts.some_things_in_state if names else texts.nothing_in_state).format(**told)
    template = texts.some_in_state
    if not names:
        template = texts.none_in_state if answer.considered > 1 else texts.not_in_state
    return template.format(noun=words.named(words.noun(quantity)), nouns=words.nouns(quantity), **told)


def _last_change(answer: LastChangeAnswer, say: Figures) -> str:
    texts, words = say.spoken.now, say.words
    state, name, noun = words.state(answer.state), words.named(answer.name), words.named(words.noun(answer.quantity))
    if answer.at_ms is None and answer.now_state == answer.state and answer.quantity not in SENSED:
        return texts.always_since.format(name=name, state=state, when=say.when(answer.recorded_since_ms))
    if answer.at_ms is None:
        template = texts.not_detected_since if answer.quantity in SENSED else texts.not_since
        return template.format(name=name, noun=noun, state=state, when=say.when(answer.recorded_since_ms))
    known = say.spoken.states.get(answer.state)
    came = known.came if known else ""
    template = texts.changed if came else texts.last_said
    if came and answer.quantity in SENSED:
        template = texts.detection
    when, ago = say.when(answer.at_ms), say.ago(answer.at_ms)
    told = capital(template.format(name=name, noun=noun, came=came, state=state, when=when, ago=ago))
    if answer.now_state == answer.state:
        return told
    return f"{told} {texts.now_is.format(name=name, state=words.state(answer.now_state))}"


def _house(answer: HouseAnswer, say: Figures) -> str:
    texts, words = say.spoken.now, say.words
    if not answer.names:
        return texts.no_house
    where = texts.where.format(place=words.named(answer.where)) if answer.where else ""
    template = texts.rooms if answer.topic == "rooms" else texts.devices
    names = words.named(*answer.names, most=MOST_NAMES)
    return template.format(count=Count(len(answer.names)), where=where, names=names)


def _example(row: Row, say: Figures) -> str:
    return say.spoken.now.example.format(
        noun=say.words.named(say.words.noun(row.quantity)),
        name=say.words.named(row.name),
        value=say.value(row.value, row.unit, full=True),
        when=say.when(row.at_ms),
    )
