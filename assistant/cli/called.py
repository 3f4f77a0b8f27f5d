"""Which series a person means on the command line: by name as it is said, by id, and by what is measured."""

from assistant.cli.days import NotUnderstood
from assistant.cli.screen import harmless
from sensors.home import House
from sensors.reading import STATE_ASPECT, Aspect, Entity
from tools.contract import ToolError
from tools.names import Found, Wanted, find_series, most_fitting, own_name, spoken_name

_MOST_NAMED = 6


def series_called(name: str, quantity: str | None, house: House) -> tuple[Entity, Aspect]:
    """The one series that is meant. Raises NotUnderstood where there is none or several; its text names what there is.

    Without a quantity what a thing mainly reports is meant. `quantity` may also name an aspect, such as `brightness`.
    """
    wanted = _wanted(quantity, house)
    by_id = next((entity for entity in house.entities if entity.id == name), None)
    if by_id is not None:
        found = [aspect for aspect in by_id.aspects if wanted(by_id, aspect)]
        if not found:
            raise NotUnderstood(_reports_others(name, [by_id], quantity))
        return by_id, found[0]
    items = most_fitting(_find(name, house, wanted))
    if not items:
        raise NotUnderstood(_reports_others(name, _all_called(name, house), quantity))
    if len({item.entity.id for item in items}) > 1:
        raise NotUnderstood(_several(name, items, house, wanted))
    return items[0].entity, items[0].aspect


def _wanted(quantity: str | None, house: House) -> Wanted:
    if quantity is None:
        return lambda _, aspect: aspect.name == STATE_ASPECT
    asked = "_".join(quantity.casefold().split())
    known = {label for _, aspect, _ in house.series() for label in (aspect.quantity.value, aspect.name)}
    if asked not in known:
        raise NotUnderstood(f'nothing here reports "{quantity}"; there is {", ".join(sorted(known - {STATE_ASPECT}))}')
    return lambda _, aspect: asked in (aspect.quantity.value, aspect.name)


def _find(name: str, house: House, wanted: Wanted) -> list[Found]:
    try:
        return find_series(house, name, wanted)
    except ToolError as error:
        near = [harmless(str(one)) for one in error.suggestion] if isinstance(error.suggestion, list) else []
        hint = f"; did you mean {_either(near)}?" if near else "; `assistant devices` lists what there is"
        raise NotUnderstood(f'nothing in the house is called "{name}"{hint}') from error


def _all_called(name: str, house: House) -> list[Entity]:
    return [item.entity for item in most_fitting(_find(name, house, lambda _entity, _aspect: True))]


def _reports_others(name: str, entities: list[Entity], quantity: str | None) -> str:
    reported = {aspect.quantity.value for entity in entities for aspect in entity.aspects}
    nothing = f'"{name}" reports no {quantity or "state of its own"}'
    return f"{nothing}; it reports {', '.join(sorted(reported))}" if reported else nothing


def _several(name: str, items: list[Found], house: House, wanted: Wanted) -> str:
    quantities = sorted({item.aspect.quantity.value for item in items})
    rooms = {item.entity.room for item in items}
    if len(rooms) == 1 and len(quantities) == len(items):
        return f'"{name}" reports several things; say --quantity with one of {", ".join(quantities)}'
    entities = {item.entity.id: item.entity for item in items}.values()
    # A name that leads to several still is no answer; then the id is one.
    names = [harmless(own_name(one, house, wanted) or f"{spoken_name(one, house)} ({one.id})") for one in entities]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f'several things are called "{name}": {", ".join(names[:_MOST_NAMED])}{more}; name one of them'


def _either(names: list[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
