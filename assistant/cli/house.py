"""`assistant house edit-hints`: a fragment for the house file that puts every device into a room."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from assistant.cli.screen import harmless
from assistant.known import Known, read_known
from config.house_file import HouseEntries
from tools.room_hints import RoomHint, room_hints


def edit_hints(config: Path | None, state_dir: Path | None) -> int:
    """Prints TOML; always 0. Raises ConfigError, HouseFileError, StoreUnavailable."""
    known = asyncio.run(read_known(config, state_dir))
    sys.stdout.write("\n".join(_fragment(known)) + "\n")
    return 0


def _fragment(known: Known) -> Iterator[str]:
    if known.nothing:
        yield f"# {known.nothing}"
        return
    hints = room_hints(known.arranged.house)
    if not hints:
        yield "# Every device is in a room: there is nothing to propose."
        return
    guesses = [hint for hint in hints if hint.room is not None]
    yield f"# For {known.house_file}: look it over, correct what is wrong, and paste it there."
    yield "# It counts from the next question on; `assistant devices` shows what became of it."
    for hint in guesses:
        yield ""
        yield from _entry(hint, known, commented=False)
    if len(guesses) < len(hints):
        yield ""
        yield "# Nothing tells where these are. Take the # away and name the room, or leave them in none."
        for hint in hints[len(guesses) :]:
            yield from _entry(hint, known, commented=True)


def _entry(hint: RoomHint, known: Known, *, commented: bool) -> Iterator[str]:
    """A table for the device; where the file has one already, only the line to be added to it."""
    for section, key in _tables(hint, known):
        header = f"[{section}.{json.dumps(key, ensure_ascii=False)}]"
        room = f"room = {json.dumps(hint.room or '', ensure_ascii=False)}"
        why = f"  # {harmless(hint.why)}" if hint.why else ""
        if key.casefold() in {name.casefold() for name in _present(known, section)}:
            yield f"# Add to {header}, which is in the file already:  {room}{why}"
        elif commented:
            yield f"# {header}  # {_what(hint, known)}"
            yield f"# {room}"
        else:
            yield header
            yield f"{room}{why}"


def _what(hint: RoomHint, known: Known) -> str:
    """What it reports, for who does not know it by its name."""
    entities = [known.arranged.house.by_id[entity_id] for entity_id in hint.entity_ids]
    quantities = dict.fromkeys(aspect.quantity.replace("_", " ") for entity in entities for aspect in entity.aspects)
    return f"reports {', '.join(quantities)}" if quantities else "reports nothing"


def _tables(hint: RoomHint, known: Known) -> list[tuple[str, str]]:
    """The device under the name that discovery gave it, which the file may have changed; or its entities."""
    if hint.device is None:
        return [("entities", entity_id) for entity_id in hint.entity_ids]
    renamed = {entry.name: key for key, entry in known.entries.devices.items() if entry.name}
    return [("devices", renamed.get(hint.device, hint.device))]


def _present(known: Known, section: str) -> list[str]:
    entries: HouseEntries = known.entries
    return list(entries.devices if section == "devices" else entries.entities)
