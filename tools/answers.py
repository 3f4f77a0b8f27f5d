"""What tools answer with: typed values that code can speak, print and hand to a model. No sentence is made here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import TypeAdapter

from config.asking import Ask
from sensors.periods import Span
from sensors.reading import Quantity, Verb
from tools.watch_answers import DaySummaryAnswer, WatchesAnswer, WatchesCancelledAnswer, WatchSetAnswer

_ON_OFF = frozenset({"on", "off"})
_WORKING = frozenset({Quantity.CLIMATE, Quantity.VACUUM, Quantity.LAWN_MOWER})
"""What says what it is at, where others say that they are on."""
_RESTING = frozenset({"off", "idle", "docked", "paused", "returning", "error", "unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One series as it stands: where it is, what it says and how old that is."""

    entity_id: str
    name: str
    """What a person calls it, room included where that is needed: `bedroom`, `front door`."""
    room: str | None
    quantity: Quantity
    value: float | str
    unit: str | None
    at_ms: int
    """When it was measured; for a state, since when it holds."""
    seen_ms: int
    """When the device last reported it at all."""
    stale: bool = False
    """True where the device cannot be reached, or has not reported for longer than it should."""
    reachable: bool = True
    """False where the device, or its bridge, says that it cannot be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestAnswer:
    """The newest value of each series that was asked for, never empty."""

    rows: tuple[Row, ...]
    asked_state: str | None = None
    """The state that a yes/no question was about: `is the front door locked`."""


def holds(state: str, row: Row) -> bool:
    """Whether something is in the state that was asked for: what heats, cools or cleans is on."""
    if row.quantity not in _WORKING or state not in _ON_OFF or row.value in _ON_OFF:
        return row.value == state
    return (row.value not in _RESTING) is (state == "on")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAnswer:
    """Which series hold a value: above or below a threshold, or in a state. `rows` may be empty."""

    quantity: Quantity | None
    """None: things of several kinds were looked at."""
    rows: tuple[Row, ...]
    considered: int
    """How many series were looked at."""
    comparison: str | None = None
    threshold: float | None = None
    unit: str | None = None
    assumed_unit: bool = False
    """True where the person named no unit and the house's own would have made no sense."""
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastChangeAnswer:
    """When a series last changed, or last came into a state."""

    name: str
    quantity: Quantity
    state: str
    at_ms: int | None
    """None where it has not happened since recording began."""
    now_state: str
    recorded_since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateRow:
    """One series over a period. `covered` is the share of the period (0..1) for which there is data."""

    name: str
    room: str | None
    entity_id: str
    value: float = 0.0
    unit: str | None
    at_ms: int | None = None
    """When a minimum or maximum was reached; None for a mean or a total."""
    covered: float = 0.0
    gaps: tuple[Span, ...] = ()
    """The longest stretches without data, longest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateAnswer:
    """Mean (time-weighted), minimum, maximum or total of each series over a period, never empty."""

    kind: str
    quantity: Quantity
    period: str
    span: Span
    rows: tuple[AggregateRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """How often one series came into a state (`count`), or for how long it was in it (`seconds`)."""

    name: str
    room: str | None
    entity_id: str
    count: int | None = None
    seconds: int | None = None
    last_at_ms: int | None = None
    """When it last came into the state within the period; None where it did not, or that was not asked."""
    covered: float = 0.0
    """Share of the period for which the state is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateAnswer:
    """`count` or `duration` of a state over a period, for each series, never empty."""

    kind: str
    quantity: Quantity
    state: str
    period: str
    span: Span
    rows: tuple[StateRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRow:
    """Where one series is heading: `direction` is rising, falling or steady, `per_hour` its slope in `unit`."""

    name: str
    room: str | None
    entity_id: str
    direction: str
    per_hour: float
    first: float
    last: float
    unit: str | None
    covered: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendAnswer:
    """Where each series was heading in a period, never empty."""

    quantity: Quantity
    period: str
    span: Span
    rows: tuple[TrendRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two figures that are compared."""

    name: str
    room: str | None
    entity_id: str
    period: str | None = None
    """None: what holds now."""
    value: float = 0.0
    unit: str | None = None
    at_ms: int | None = None
    covered: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareAnswer:
    """The same figure of two places, or of two periods."""

    kind: str
    quantity: Quantity
    state: str | None
    first: Side
    second: Side
    by_period: bool
    asked: str | None = None
    """`above` or `below` where the question was whether the first is: then it is answered with a yes or a no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepAnswer:
    """What needs a person: devices that do not report (`not_reporting`), or whose battery is low (`low_battery`)."""

    kind: str
    rows: tuple[Row, ...]
    """With what each said last."""
    never: tuple[str, ...]
    """Names of those that have not reported anything yet."""
    considered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseAnswer:
    """What there is: rooms, or the devices in a room or in the house, as names."""

    topic: str
    where: str | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleAnswer:
    """What a reading looks like, shown on the newest real one. Nothing was made up and nothing was stored."""

    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One concrete thing to be done to one device; the unit in which approval is given."""

    entity_id: str
    name: str
    quantity: Quantity
    verb: Verb
    value: float | str | None = None
    """A number, or one of the words that the device itself has for it."""
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyAnswer:
    """Nothing needs doing: every device is so already."""

    names: tuple[str, ...]
    state: str | float
    unit: str | None = None
    more: "tuple[AlreadyAnswer, ...]" = ()
    """The same of the other orders, where there were several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAnswer:
    """Nothing has been done: a person is to be asked about exactly these actions."""

    proposal_id: str
    actions: tuple[Action, ...]
    ask: Ask
    """What the person must do."""
    echo: str | None
    """The noun that must be said with the yes, for what opens the house; None where a plain yes does."""
    already: tuple[str, ...] = ()
    """Names of devices that were left out because they are so already."""
    now_state: str | None = None
    needless: tuple[AlreadyAnswer, ...] = ()
    """Orders of several that need nothing: their devices are so already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRow:
    """One timer, alarm or reminder as it stands."""

    kind: str
    name: str | None
    message: str | None
    seconds: int | None
    """How long it was set for; None where it was set for a time of day."""
    day: str | None
    """Days on which it comes again; None: it comes once."""
    due_ms: int
    left_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerSetAnswer:
    """It waits for its time now; with `extended` it did before, and was given more time."""

    row: TimerRow
    extended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimersAnswer:
    """What waits for its time, the next one first; may be empty."""

    kind: str | None
    named: bool
    """Whether one was asked for by its name."""
    rows: tuple[TimerRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimersCancelledAnswer:
    """What waits no longer, or with `silenced` rings no longer; never both empty."""

    kind: str | None
    every: bool
    rows: tuple[TimerRow, ...]
    silenced: int = 0


Answer = (
    LatestAnswer
    | ListAnswer
    | LastChangeAnswer
    | AggregateAnswer
    | StateAnswer
    | TrendAnswer
    | CompareAnswer
    | UpkeepAnswer
    | HouseAnswer
    | ExampleAnswer
    | ProposalAnswer
    | AlreadyAnswer
    | TimerSetAnswer
    | TimersAnswer
    | TimersCancelledAnswer
    | WatchSetAnswer
    | WatchesAnswer
    | WatchesCancelledAnswer
    | DaySummaryAnswer
)

_ADAPTER: TypeAdapter[Answer] = TypeAdapter(Answer)


def answer_as_json(answer: Answer) -> Mapping[str, Any]:
    """The answer as JSON-ready values, with `kind_of_answer` naming its type."""
    return {"kind_of_answer": type(answer).__name__, **_ADAPTER.dump_python(answer, mode="json")}


def answer_from_json(kept: Mapping[str, Any]) -> Answer:
    """What `answer_as_json` made an object of. Raises ValueError for anything else."""
    kinds = {kind.__name__: kind for kind in get_args(Answer)}
    kind = kinds.get(str(kept.get("kind_of_answer")))
    if kind is None:
        raise ValueError(f"there is no answer of the kind {kept.get('kind_of_answer')!r}")
    fields = {name: value for name, value in kept.items() if name != "kind_of_answer"}
    answer: Answer = TypeAdapter(kind).validate_python(fields)
    return answer
