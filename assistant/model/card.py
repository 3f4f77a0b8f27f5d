"""What an endpoint was found to be like, kept by address and model; the loop reads it instead of guessing."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assistant.model.endpoint import host_of
from assistant.model.traits import UNKNOWN, Traits
from config.model import EndpointSettings
from sensors.kept_file import replace_text

_LOG = logging.getLogger(__name__)


class Mark(StrEnum):
    """How well something goes; the order is from good to bad."""

    GOOD = "good"
    ROUND = "way round"
    """It lacks something that is made up for."""
    POOR = "poor"
    """Answers are worse or fewer because of it."""
    BROKEN = "broken"
    """Nothing is answered because of it."""


_WORSE = tuple(Mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one question to the endpoint showed."""

    what: str
    mark: Mark
    found: str
    advice: str = ""
    """In plain words; empty where there is nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`host` and `model` are for people; what is kept is found again by a digest of the whole address."""

    host: str
    model: str
    checked_ms: int
    findings: tuple[Finding, ...]
    traits: Traits = UNKNOWN

    @property
    def worst(self) -> Mark:
        return max((one.mark for one in self.findings), key=_WORSE.index, default=Mark.GOOD)


def card_key(settings: EndpointSettings) -> str:
    """The same for the same address and model, whatever the key or the password is."""
    try:
        parts = urlsplit(settings.base_url)
        place = f"{parts.scheme}://{host_of(settings.base_url)}{parts.path.rstrip('/')}"
    except ValueError:
        place = settings.base_url
    return hashlib.sha256(f"{place}\n{settings.name}".encode()).hexdigest()[:16]


def card_as_json(card: Card) -> dict[str, Any]:
    return {
        "host": card.host,
        "model": card.model,
        "checked_ms": card.checked_ms,
        "worst": card.worst.value,
        "findings": [asdict(one) for one in card.findings],
        "refused": sorted(card.traits.refused),
        "calls_when_told_not_to": card.traits.calls_when_told_not_to,
        "parallel_on_request": card.traits.parallel_on_request,
    }


def _card_from_json(kept: Mapping[str, Any]) -> Card:
    findings = (
        Finding(what=str(one["what"]), mark=Mark(one["mark"]), found=str(one["found"]), advice=str(one["advice"]))
        for one in kept["findings"]
    )
    traits = Traits(
        refused=frozenset(map(str, kept["refused"])),
        calls_when_told_not_to=bool(kept["calls_when_told_not_to"]),
        parallel_on_request=bool(kept["parallel_on_request"]),
    )
    return Card(
        host=str(kept["host"]),
        model=str(kept["model"]),
        checked_ms=int(kept["checked_ms"]),
        findings=tuple(findings),
        traits=traits,
    )


class Cards:
    """All cards, in one file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, settings: EndpointSettings) -> Card | None:
        kept = self._read().get(card_key(settings))
        if kept is None:
            return None
        try:
            return _card_from_json(kept)
        except (KeyError, TypeError, ValueError) as error:
            _LOG.warning("What is known of %s cannot be read: %s", host_of(settings.base_url), error)
            return None

    def traits(self, settings: EndpointSettings) -> Traits:
        card = self.of(settings)
        return UNKNOWN if card is None else card.traits

    def keep(self, settings: EndpointSettings, card: Card) -> None:
        """Raises OSError."""
        kept = {**self._read(), card_key(settings): card_as_json(card)}
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_text(self._file, json.dumps(kept, indent=1, ensure_ascii=False))

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            _LOG.warning("What is known of model endpoints cannot be read: %s", error)
            return {}
        return kept if isinstance(kept, dict) else {}
