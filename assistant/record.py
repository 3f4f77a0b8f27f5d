"""Writes what came of each turn into the audit, with what is needed to take the same decisions again."""

import hashlib
import json
import logging
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from assistant.planning import Draft
from assistant.values import Reply, Utterance
from config.settings import HouseSettings
from sensors.database import StoreUnavailable
from sensors.home import House
from sensors.questions import Questions
from tools.audit import Audit, Event
from tools.call import result_as_json

_LOG = logging.getLogger(__name__)

_WIRE = ("topic", "payload")
_NOT_KEPT: dict[str, Any] = {"entities": {"__all__": {"commands": {"__all__": set(_WIRE)}}}}
"""By which topics devices are told things is long, and decides nothing about what is understood."""
_HOUSE: TypeAdapter[House] = TypeAdapter(House)


def house_as_json(house: House) -> dict[str, Any]:
    """A house as it is kept: entities with names, places and verbs; `house_from_json` reads it."""
    dumped: dict[str, Any] = _HOUSE.dump_python(house, mode="json", exclude=_NOT_KEPT, exclude_defaults=True)
    return {**dumped, "version": 0}


def house_from_json(kept: dict[str, Any]) -> House:
    """A house that can be asked about, and whose devices cannot be told anything."""
    blank = dict.fromkeys(_WIRE, "")
    entities = [
        {**entity, "commands": [{**command, **blank} for command in entity.get("commands", ())]}
        for entity in kept.get("entities", ())
    ]
    return _HOUSE.validate_python({**kept, "entities": entities})


class Recorder:
    """What a turn was is recorded after it; a full disk must not keep a person from their answer."""

    def __init__(self, audit: Audit, questions: Questions, settings: HouseSettings, *, zone: str) -> None:
        self._audit = audit
        self._questions = questions
        self._facts = {
            "language": settings.language,
            "units": settings.units,
            "zone": zone,
            "version": version("home-voice-assistant"),
        }
        self._house: House | None = None
        self._digest = ""

    async def turn(self, utterance: Utterance, reply: Reply, draft: Draft) -> None:
        record = {
            "turn": reply.turn_id,
            "satellite": utterance.asker.satellite,
            "role": utterance.asker.role,
            "room": utterance.asker.room,
            "typed": utterance.asker.typed,
            "heard": utterance.text,
            "planner": reply.planner,
            "intent": draft.intent,
            "answered": draft.answered,
            "calls": [result_as_json(result) for result in reply.results],
            "said": reply.text,
            "expects": reply.expects,
            "proposal": reply.proposal_id,
            "tokens": draft.tokens,
            "timings_ms": {name: round(value, 1) for name, value in reply.timings_ms.items()},
        }
        try:
            await self._audit.append(Event.TURN, {**record, "house": await self._known_house()})
        except StoreUnavailable as error:
            _LOG.error("The audit could not be written: %s", error)

    async def _known_house(self) -> str:
        """The digest of the house as it is, which is itself in the audit by then."""
        house = await self._questions.house()
        if house is self._house:
            return self._digest
        kept = house_as_json(house)
        digest = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]
        if digest != self._digest:
            await self._audit.append(Event.HOUSE, {"digest": digest, "house": kept, **self._facts})
        self._house, self._digest = house, digest
        return digest
