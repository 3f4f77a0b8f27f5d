"""What model requests cost: in tokens, and in money by the prices of the settings; and what a turn and a day may cost.

Pure but for one small file, so that a day's limit outlives a restart.
"""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from config.model import EndpointSettings, ModelSettings
from sensors.kept_file import replace_text
from sensors.told_once import ToldOnce

MILLION = 1_000_000

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """For a million tokens, in the currency of the settings."""

    sent: float = 0.0
    made: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.sent + tokens_out * self.made) / MILLION


FREE = Price()


def price_of(settings: EndpointSettings) -> Price:
    return Price(sent=settings.price_in, made=settings.price_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request to one endpoint, whatever came of it."""

    endpoint: str
    """Host and port."""
    model: str
    ok: bool
    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = False
    """The endpoint did not count them itself."""
    cost: float = 0.0
    ttft_ms: float = 0.0
    """To the first token, or to the failure."""
    generation_ms: float = 0.0
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A sum of attempts."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    estimated: bool = False

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out


def total(attempts: Iterable[Attempt]) -> Spent:
    made = tuple(attempts)
    return Spent(
        tokens_in=sum(one.tokens_in for one in made),
        tokens_out=sum(one.tokens_out for one in made),
        cost=sum(one.cost for one in made),
        estimated=any(one.estimated for one in made),
    )


class Day:
    """What this day has cost so far, all turns together. `today` gives the date by the house's clock."""

    def __init__(self, *, today: Callable[[], date], file: Path | None = None) -> None:
        """`file` is where the sum is kept; without one a restart begins anew."""
        self._today = today
        self._file = file
        self._date = today()
        self._cost = 0.0
        self._tokens = 0
        self._fault = ToldOnce(_LOG, "What the model costs cannot be kept, a restart will forget it", OSError)
        self._load()

    @property
    def cost(self) -> float:
        self._turn_over()
        return self._cost

    @property
    def tokens(self) -> int:
        self._turn_over()
        return self._tokens

    def add(self, attempt: Attempt) -> None:
        if attempt.tokens_in or attempt.tokens_out:
            self._turn_over()
            self._cost += attempt.cost
            self._tokens += attempt.tokens_in + attempt.tokens_out
            self._save()

    def _turn_over(self) -> None:
        if (today := self._today()) != self._date:
            self._date, self._cost, self._tokens = today, 0.0, 0

    def _load(self) -> None:
        if self._file is None:
            return
        try:
            kept: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
            if kept["date"] == self._date.isoformat():
                self._cost, self._tokens = float(kept["cost"]), int(kept["tokens"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError) as error:
            _LOG.warning("What the model has cost today cannot be read, so counting begins anew: %s", error)

    def _save(self) -> None:
        if self._file is None:
            return
        kept = {"date": self._date.isoformat(), "cost": self._cost, "tokens": self._tokens}
        with self._fault:
            replace_text(self._file, json.dumps(kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a turn and a day may come to; None: no limit."""

    tokens_per_turn: int
    cost_per_turn: float | None = None
    cost_per_day: float | None = None

    def reached(self, spent: Spent, day_cost: float, ahead: Spent) -> str:
        """Which limit the next request could break, as the setting is called; empty where none.

        `spent` is this turn's so far, `day_cost` that of all turns, and `ahead` what the request may come to at most.
        """
        if spent.tokens + ahead.tokens > self.tokens_per_turn:
            return "tokens_per_turn"
        if self.cost_per_turn is not None and spent.cost + ahead.cost > self.cost_per_turn:
            return "cost_per_turn"
        if self.cost_per_day is not None and day_cost + ahead.cost > self.cost_per_day:
            return "cost_per_day"
        return ""


def limits_of(settings: ModelSettings) -> Limits:
    return Limits(
        tokens_per_turn=settings.tokens_per_turn,
        cost_per_turn=settings.cost_per_turn,
        cost_per_day=settings.cost_per_day,
    )
