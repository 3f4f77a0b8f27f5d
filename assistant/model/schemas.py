"""What a model is told of the tools: their schemas in the strict subset, with the lists that this house needs.

Pure, and a projection: the tools' own argument models stay the authority, and bounds that endpoints do not know are
checked there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sensors.home import House
from sensors.reading import STATES, Quantity, Verb
from sensors.units import CANONICAL
from tools.contract import Offer

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What there is in a house, by the arguments whose lists it shortens; of an empty one, everything."""

    quantity: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    verb: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()

    def of(self, argument: str) -> tuple[str, ...]:
        """What is left of the list of this argument; empty for all of it."""
        return {"quantity": self.quantity, "state": self.state, "verb": self.verb, "unit": self.unit}.get(argument, ())


EVERYTHING = Present()


def present_in(house: House) -> Present:
    """Sorted, so that the same house gives the same bytes."""
    aspects = [aspect for entity in house.entities for aspect in entity.aspects]
    commands = [command for entity in house.entities for command in entity.commands]
    states = {state for aspect in aspects if not aspect.numeric for state in STATES.get(aspect.quantity, ("on", "off"))}
    units = {CANONICAL.get(aspect.quantity, "") for aspect in aspects} | {command.unit or "" for command in commands}
    if "celsius" in units:
        units.add("fahrenheit")
    verbs = {command.verb for command in commands}
    return Present(
        quantity=tuple(quantity.value for quantity in Quantity if quantity in house.quantities),
        state=tuple(sorted(states)),
        verb=tuple(verb.value for verb in Verb if verb in verbs),
        unit=tuple(sorted(units - {""})),
    )


@lru_cache(maxsize=32)
def tool_schema(tool: Offer, present: Present = EVERYTHING) -> Json:
    """The tool as Chat Completions wants it, its arguments in the strict subset of JSON Schema."""
    schema = tool.arguments.model_json_schema()
    function = {
        "name": tool.name,
        "description": " ".join(tool.description.split()),
        "strict": True,
        "parameters": _strict(schema, schema.get("$defs", {}), present),
    }
    return {"type": "function", "function": function}


def _strict(node: Json, definitions: Mapping[str, Json], present: Present) -> Json:
    """One schema node with definitions put in place and everything left out that is not in the strict subset."""
    if "$ref" in node:
        inlined = _strict(definitions[node["$ref"].rpartition("/")[2]], definitions, present)
        return _described(node, {key: value for key, value in inlined.items() if key != "description"})
    if "anyOf" in node:
        return _described(node, _any_of([_strict(branch, definitions, present) for branch in node["anyOf"]]))
    kept: Json = {key: node[key] for key in ("type", "enum", "const") if key in node}
    if "properties" in node:
        kept["properties"] = {
            key: _only(_strict(item, definitions, present), present.of(key)) for key, item in node["properties"].items()
        }
        kept["required"] = list(node["properties"])
        kept["additionalProperties"] = False
    elif node.get("type") == "object":
        kept |= {"properties": {}, "required": [], "additionalProperties": False}
    if "items" in node:
        kept["items"] = _strict(node["items"], definitions, present)
    return _described(node, kept)


def _only(made: Json, there: tuple[str, ...]) -> Json:
    """The list without what this house does not have; the whole of it where it would be empty."""
    listed = [value for value in made.get("enum", []) if value is None or value in there]
    return {**made, "enum": listed} if any(listed) else made


def _any_of(branches: list[Json]) -> Json:
    """Nullable as a list of types, which more endpoints understand than `anyOf`; the enum then names null too."""
    if all(set(branch) == {"type"} for branch in branches):
        return {"type": [branch["type"] for branch in branches]}
    rest = [branch for branch in branches if branch.get("type") != "null"]
    if len(rest) != 1 or len(rest) == len(branches) or not isinstance(rest[0].get("type"), str):
        return {"anyOf": branches}
    only = dict(rest[0])
    only["type"] = [only["type"], "null"]
    if "enum" in only:
        only["enum"] = [*only["enum"], None]
    return only


def _described(node: Json, made: Json) -> Json:
    text = " ".join(str(node.get("description", "")).split())
    return {**made, "description": text} if text else made
