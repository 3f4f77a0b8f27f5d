"""What a house file says of one device, with getters that check what they get. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.eval.kinds import Kind, class_of, is_number
from assistant.eval.simulated import first


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a file says of a device, its state made comparable."""

    state: Any
    unit: str | None
    attributes: Mapping[str, Any]
    kind: Kind
    us: bool
    """Whether the house counts in Fahrenheit where no unit is given."""

    def get(self, *keys: str) -> Any:
        """A word, a number or a truth; None where there is none. Raises ValueError for anything else."""
        found = first(self.attributes, keys)
        if isinstance(found, list | dict):
            raise ValueError(f"{keys[0]} is one value, not {found!r}"[:200])
        return found

    def numbers(self, key: str, count: int) -> list[float] | None:
        """So many numbers in a list. Raises ValueError for anything else."""
        found = self.attributes.get(key)
        if found is None:
            return None
        if not isinstance(found, list) or len(found) != count or not all(is_number(one) for one in found):
            raise ValueError(f"{key} is a list of {count} numbers, not {found!r}"[:200])
        return [float(one) for one in found]

    def listed(self, *keys: str) -> list[str]:
        """A list of words. Raises ValueError where it is none."""
        found = first(self.attributes, keys)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise ValueError(f"{keys[0]} is a list of words")
        return [class_of(one) if "." in one else one for one in found]

    def number(self, *keys: str) -> float | None:
        """A number. Raises ValueError where it is none."""
        found = self.get(*keys)
        if found is None:
            return None
        if not is_number(found):
            raise ValueError(f"{keys[0]} is a number, not {found!r}")
        return float(found)

    def one_of(self, *allowed: str) -> str | None:
        """The state as one of these words. Raises ValueError for another."""
        if self.state is None:
            return None
        said = str(self.state).strip().lower().replace(" ", "_")
        if said not in allowed:
            raise ValueError(f"its state is {', '.join(allowed)}, not {self.state!r}")
        return said
