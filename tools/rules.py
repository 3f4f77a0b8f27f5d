"""What the house's settings and its switch have to say about acting; asked below every planner."""

from typing import Protocol

from config.asking import Ask
from sensors.home import House
from tools.answers import Action
from tools.contract import Asker


class Rules(Protocol):
    """Asked when a proposal is made, and again before each thing is sent."""

    def acting(self) -> bool:
        """Whether anything may be done at all."""
        ...

    def may_do(self, asker: Asker, action: Action, house: House, ask: Ask) -> bool: ...
