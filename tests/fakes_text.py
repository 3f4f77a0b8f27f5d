"""Sentences that others have collected, as golden sets: read in place from ../shared/fixtures/text, never copied."""

import asyncio
import csv
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.eval.cases import Case
from assistant.eval.house import EvalHouse, read_house
from assistant.eval.trial import Planners, Verdict, run_cases
from config.settings import Settings

TEXT = Path(__file__).resolve().parent.parent.parent / "shared" / "fixtures" / "text"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Cases that are said in one house."""

    house: EvalHouse
    cases: tuple[Case, ...]


def house_of(devices: Sequence[Mapping[str, Any]], rooms: Sequence[Any] = ()) -> EvalHouse:
    """By way of a file, as everybody's house."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "house.json"
        path.write_text(json.dumps({"rooms": list(rooms), "devices": list(devices)}), encoding="utf-8")
        return read_house(path)


def case(number: object, kind: str, say: str | Sequence[str], room: str | None = None, **expect: Any) -> Case:
    said = [say] if isinstance(say, str) else list(say)
    return Case.model_validate({"id": str(number), "kind": kind, "say": said, "room": room, "expect": expect})


# --- assist_mini: commands to ten tiny homes, with what has to change -----------------------------------------------

_CHANGED = {
    "brightness": ("brightness", 1 / 2.55),
    "current_position": ("position", 1.0),
    "volume_level": ("state", 100.0),
}
"""Attribute of Home Assistant to the aspect that it is here, and what it is multiplied by."""
_BESIDE_THE_POINT = frozenset({"percentage", "color_mode"})
_PLAYERS_ONLY = frozenset({"paused", "playing"})


def assist_mini() -> Iterator[Group]:
    """Each sentence in its home as it was set up; "asked, then the right change after yes"."""
    for number, line in enumerate((TEXT / "assist_mini.jsonl").read_text().splitlines(), 1):
        told = json.loads(line)
        inventory = json.loads((TEXT / told["inventory"]).read_text())
        house = _home(inventory, told.get("setup") or {})
        names = {entity["id"]: entity["name"] for entity in inventory["entities"]}
        supported = told["category"] != "todo" and not _is_of_a_player(told["expect_changes"])
        changes = told["expect_changes"] if supported else {}
        states = {names[key]: _wanted(change) for key, change in changes.items()}
        kind = f"{told['category']}" if supported else f"{told['category']} (nothing here can do that)"
        expect: dict[str, Any] = {"states": states} if supported else {"no_call": True}
        yield Group(house=house, cases=(case(number, kind, [told["sentence"], "{yes}"][: 1 + supported], **expect),))


def _is_of_a_player(changes: Mapping[str, Any]) -> bool:
    """Playing, pausing and skipping: discovery over MQTT knows no players, so one can only be on or off, and loud."""
    return any(
        change.get("state") in _PLAYERS_ONLY or "media_track" in (change.get("attributes") or {})
        for change in changes.values()
    )


def _home(inventory: Mapping[str, Any], setup: Mapping[str, Any]) -> EvalHouse:
    areas = {area["id"]: area["name"] for area in inventory["areas"]}
    devices = []
    for entity in inventory["entities"]:
        domain = entity["id"].partition(".")[0]
        if domain == "todo":
            continue
        begun = setup.get(entity["id"], {})
        attributes = {**(entity.get("attributes") or {}), **(begun.get("attributes") or {})}
        attributes = {key: value for key, value in attributes.items() if value is not None}
        if isinstance(attributes.get("brightness"), int):
            attributes["brightness_pct"] = attributes.pop("brightness") / 2.55
        device = {
            "id": entity["id"],
            "name": entity["name"],
            "kind": domain,
            "room": areas.get(entity.get("area", "")),
            "state": begun.get("state", entity.get("state")),
            "attributes": attributes,
        }
        devices.append({key: value for key, value in device.items() if value is not None})
    if not devices:
        devices = [{"name": "Ceiling light", "room": "Kitchen", "kind": "light", "state": "off"}]
    return house_of(devices, sorted(areas.values()))


def _wanted(change: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {"state": change["state"]} if "state" in change else {}
    for name, value in (change.get("attributes") or {}).items():
        if name in _BESIDE_THE_POINT or not value:
            continue
        aspect, factor = _CHANGED[name]
        wanted[aspect] = round(value * factor)
    return wanted


# --- SLURP: what people said to a home assistant, as a recogniser would write it -------------------------------------

SLURP_ROOMS = (
    {"name": "Living Room", "aliases": ["lounge"], "floor": "Downstairs"},
    {"name": "Bedroom", "aliases": ["bed room", "master bedroom", "my room"], "floor": "Upstairs"},
    {"name": "Kitchen", "floor": "Downstairs"},
    {"name": "Bathroom", "floor": "Upstairs"},
    {"name": "Hall", "aliases": ["hallway"], "floor": "Downstairs"},
    {"name": "Outside", "aliases": ["garden"]},
)
_COLORED = {"supported_color_modes": ["rgb"], "brightness": 60}
SLURP_DEVICES = (
    {"name": "Living room light", "room": "Living Room", "kind": "light", "state": "on", "attributes": _COLORED},
    {"name": "Bedroom light", "room": "Bedroom", "kind": "light", "state": "on", "attributes": _COLORED},
    {"name": "Bedside lamp", "room": "Bedroom", "kind": "light", "state": "on", "attributes": _COLORED},
    {"name": "Kitchen light", "room": "Kitchen", "kind": "light", "state": "on", "attributes": _COLORED},
    {"name": "Bathroom light", "room": "Bathroom", "kind": "light", "state": "on", "attributes": _COLORED},
    {"name": "Hall light", "room": "Hall", "kind": "light", "state": "on", "attributes": _COLORED},
    {"name": "Closet light", "room": "Bedroom", "kind": "light", "state": "on"},
    {"name": "Desk lamp", "room": "Living Room", "kind": "light", "state": "on", "attributes": _COLORED},
    {"name": "Disco lights", "room": "Living Room", "kind": "light", "state": "off", "attributes": _COLORED},
    {"name": "Porch light", "room": "Outside", "kind": "light", "state": "off", "aliases": ["outdoor light"]},
    {"name": "Wemo plug socket", "room": "Living Room", "kind": "plug", "state": "off",
     "aliases": ["wemo", "smart plug", "smart plug socket", "smart socket"]},
    {"name": "TV socket", "room": "Living Room", "kind": "plug", "state": "off"},
    {"name": "Coffee machine", "room": "Kitchen", "kind": "plug", "state": "off", "aliases": ["coffee maker"]},
    {"name": "Fan", "room": "Bedroom", "kind": "fan", "state": "on"},
    {"name": "Robot vacuum", "room": "Living Room", "kind": "vacuum", "state": "docked",
     "aliases": ["vacuum", "vacuum cleaner", "robot vacuum cleaner", "roomba"]},
)  # fmt: skip
SLURP_ROOM = "Living Room"
"""Where somebody stands who names no room."""

_VERBS: Mapping[str, tuple[str, ...]] = {
    "hue_lighton": ("turn_on", "set_brightness", "set_color"),
    "hue_lightoff": ("turn_off",),
    "hue_lightdim": ("set_brightness",),
    "hue_lightup": ("set_brightness", "turn_on"),
    "hue_lightchange": ("set_color", "set_effect", "set_brightness", "set_color_temperature"),
    "wemo_on": ("turn_on", "start"),
    "wemo_off": ("turn_off",),
    "cleaning": ("start",),
    "coffee": ("turn_on", "start", "press"),
}
"""By SLURP's action: the verbs of `control_device` that do what was annotated."""


def slurp_home() -> Group:
    """SLURP names what is wanted and not what should happen, so that any fitting verb on any device counts."""
    cases = []
    for line in (TEXT / "slurp_devel_home.jsonl").read_text().splitlines():
        told = json.loads(line)
        verbs = list(_VERBS[told["action"]])
        said = told["sentence"].removeprefix("olly ").removeprefix("hey olly ")
        expect = {"tool": "control_device", "arguments": {"verb": verbs}}
        cases.append(case(told["slurp_id"], told["action"], said, SLURP_ROOM, **expect))
    return Group(house=house_of(SLURP_DEVICES, SLURP_ROOMS), cases=tuple(cases))


def slurp_other(most: int | None = None) -> Group:
    """What asks nothing of a home, in the same house: nothing may be called."""
    lines = (TEXT / "slurp_devel_other.txt").read_text().splitlines()
    cases = [case(number, "other", line, SLURP_ROOM, no_call=True) for number, line in enumerate(lines, 1)]
    return Group(house=house_of(SLURP_DEVICES, SLURP_ROOMS), cases=tuple(cases[:most]))


# --- home-llm: phrases that are filled with the name of a device -----------------------------------------------------

_KINDS = {"blinds": "blind", "garage_door": "garage", "media_player": "tv"}
_NAMES = {
    "light": "Kitchen light",
    "fan": "Patio fan",
    "lock": "Front door",
    "garage_door": "Side garage door",
    "blinds": "Bedroom blinds",
    "media_player": "Living room TV",
    "vacuum": "Dusty",
    "switch": "Holiday lights",
}
_OTHERS = (
    {"name": "Hallway light", "room": "Hallway", "kind": "light", "state": "off"},
    {"name": "Back door", "room": "Hallway", "kind": "lock", "state": "locked"},
    {"name": "Office temperature", "room": "Office", "kind": "temperature", "state": 21},
)
"""What else is there, and must not be meant."""


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (TEXT / "home_llm_piles" / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def status_requests() -> Iterator[Group]:
    """How a device is; those of players that tell what plays, of lists and of timers are of no house here."""
    by_state: dict[tuple[str, str], list[str]] = {}
    for row in _rows("status_requests.csv"):
        if row["device_type"] in _NAMES and ";" not in row["state"]:
            by_state.setdefault((row["device_type"], row["state"]), []).append(row["phrase"])
    for (sort, state), phrases in by_state.items():
        name = _NAMES[sort]
        device = {"name": name, "room": "Lounge", "kind": _KINDS.get(sort, sort), "state": state}
        said = [phrase.replace("<device_name>", name.lower()) for phrase in phrases]
        expect = {"tool": "query_sensors", "devices": [name]}
        cases = [case(f"{sort} {state} {place}", f"status of {sort}", one, **expect) for place, one in enumerate(said)]
        yield Group(house=house_of([device, *_OTHERS]), cases=tuple(cases))


def refusals() -> Iterator[Group]:
    """Orders to what there is not, and to what is so already: nothing may be put to the person."""
    for place, row in enumerate(_rows("refusals.csv")):
        sort = row["service_name"].partition(".")[0]
        name = row["friendly_name"]
        said = row["phrase"].replace("<device_name>", name.lower())
        absent = row["reason_type"] == "not_available"
        device = {"name": name, "room": "Lounge", "kind": _KINDS.get(sort, sort), "state": row["desired_state"]}
        if sort not in _NAMES and not absent:
            continue
        house = house_of(_OTHERS if absent else [device, *_OTHERS])
        yield Group(house=house, cases=(case(place, row["reason_type"], said, proposal=False),))


_SERVICES = {
    "turn_on": "turn_on",
    "turn_off": "turn_off",
    "open_cover": "open",
    "close_cover": "close",
    "stop_cover": "stop",
    "lock": "lock",
    "unlock": "unlock",
    "start": "start",
    "stop": "stop",
    "pause": "pause",
    "return_to_base": "return_home",
}
"""Service to verb. Toggles are none here: nobody can say beforehand what they do."""
_BEFORE = {
    "turn_on": "off", "turn_off": "on", "open": "closed", "close": "open", "stop": "open", "lock": "unlocked",
    "unlock": "locked", "start": "docked", "pause": "cleaning", "return_home": "cleaning",
    "set_color": "on", "set_brightness": "on",
}  # fmt: skip


_FILLED = {"<color>": ("red", "set_color"), "<brightness>": ("40", "set_brightness")}
"""What stands for a blank in a template, and the verb that such a sentence means whatever its service is called."""


def actions() -> Iterator[Group]:
    """Orders to one device, in the words of the templates."""
    by_device: dict[tuple[str, str], list[str]] = {}
    for row in _rows("templated_actions.csv"):
        verb, said = _SERVICES.get(row["service"]), row["phrase"]
        for blank, (filled, means) in _FILLED.items():
            verb, said = (means if blank in said else verb), said.replace(blank, filled)
        if row["device_type"] in _NAMES and verb is not None:
            by_device.setdefault((row["device_type"], verb), []).append(said)
    for (sort, verb), phrases in by_device.items():
        before = "cleaning" if sort == "vacuum" and verb == "stop" else _BEFORE[verb]
        name = _NAMES[sort]
        yield _ordered(sort, verb, before, name, [one.replace("<device_name>", name.lower()) for one in phrases])


def _ordered(sort: str, verb: str, before: str, name: str, said: Sequence[str]) -> Group:
    device: dict[str, Any] = {"name": name, "room": "Lounge", "kind": _KINDS.get(sort, sort), "state": before}
    if sort == "light":
        device["attributes"] = _COLORED
    expect = {"tool": "control_device", "arguments": {"verb": verb}, "devices": [name]}
    cases = [case(f"{sort} {verb} {place}", f"{sort} {verb}", one, **expect) for place, one in enumerate(said)]
    return Group(house=house_of([device, *_OTHERS]), cases=tuple(cases))


def tried(groups: Iterable[Group]) -> list[Verdict]:
    """What the sentences make of them."""
    return [
        verdict
        for group in groups
        for verdict in asyncio.run(run_cases(group.cases, group.house, Settings(), Planners.SENTENCES))
    ]
