"""Writes what came of each turn into the audit, with what is needed to take the same decisions again."""

import hashlib
import json
import logging
from collections import deque
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from assistant.model.record import model_as_json
from assistant.sentences.fragments import Subject
from assistant.turns.drafts import Draft
from assistant.turns.logged import line_of
from assistant.values import Reply, Utterance
from config.settings import HouseSettings
from sensors.database import StoreUnavailable
from sensors.home import House
from sensors.questions import Questions
from tools.audit import Audit, Event
from tools.call import result_as_json
from tools.contract import Asker, Visible

_LOG = logging.getLogger(__name__)

_WIRE = ("topic", "payload")
_NOT_KEPT: dict[str, Any] = {"entities": {"__all__": {"commands": {"__all__": set(_WIRE)}}}}
"""By which topics devices are told things is long, and decides nothing about what is understood."""
_VIEWS = 4
"""Of the house that are remembered as recorded: what guests know of it, and all of it, now and just before."""
_HOUSE: TypeAdapter[House] = TypeAdapter(House)
_SUBJECT: TypeAdapter[Subject] = TypeAdapter(Subject)


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


def subject_from_json(kept: dict[str, Any] | None) -> Subject | None:
    """What was spoken of before a turn that was understood by it."""
    return None if kept is None else _SUBJECT.validate_python(kept)


class Recorder:
    """What a turn was is recorded after it; a full disk must not keep a person from their answer."""

    def __init__(
        self,
        audit: Audit,
        questions: Questions,
        settings: HouseSettings,
        *,
        zone: str,
        visible: Visible,
        seen: Callable[[Reply, Draft], None] | None = None,
    ) -> None:
        """`seen` is told of each turn as well, for counts and notices."""
        self._audit = audit
        self._questions = questions
        self._visible = visible
        self._seen = seen
        self._facts = {
            "language": settings.language,
            "units": settings.units,
            "zone": zone,
            "version": version("home-voice-assistant"),
        }
        self._kept: deque[tuple[House, str]] = deque(maxlen=_VIEWS)

    async def turn(self, utterance: Utterance, reply: Reply, draft: Draft) -> None:
        _LOG.info("%s", line_of(utterance, reply, draft))
        if self._seen is not None:
            self._seen(reply, draft)
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
            "about": None if draft.about is None else _SUBJECT.dump_python(draft.about, mode="json"),
            "calls": [result_as_json(result) for result in reply.results],
            "said": reply.text,
            "expects": reply.expects,
            "proposal": reply.proposal_id,
            "tokens": draft.tokens,
            "model": None if draft.model is None else model_as_json(draft.model),
            "timings_ms": {name: round(value, 1) for name, value in reply.timings_ms.items()},
        }
        try:
            await self._audit.append(Event.TURN, {**record, "house": await self._known_house(utterance.asker)})
        except StoreUnavailable as error:
            _LOG.error("The audit could not be written: %s", error)

    async def _known_house(self, asker: Asker) -> str:
        """The digest of the house as this asker knows it, which is itself in the audit by then."""
        house = self._visible(await self._questions.house(), asker)
        for kept, digest in self._kept:
            if kept is house:
                return digest
        as_json = house_as_json(house)
        digest = hashlib.sha256(json.dumps(as_json, sort_keys=True).encode()).hexdigest()[:16]
        if digest not in {known for _, known in self._kept}:
            await self._audit.append(Event.HOUSE, {"digest": digest, "house": as_json, **self._facts})
        self._kept.append((house, digest))
        return digest
