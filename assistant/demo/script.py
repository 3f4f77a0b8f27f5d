"""What the visitor says to the simulated house, line by line, with what each line has to come to."""

from collections.abc import Iterator

from assistant.build import Assistant
from assistant.demo.house import SimulatedHouse
from assistant.demo.visit import Heard, Line, answered, asks, declines, says

KITCHEN_LIGHT = "Kitchen light"
FRONT_DOOR_LOCK = "Front door lock"


def script(assistant: Assistant, house: SimulatedHouse) -> Iterator[Line]:
    """Lines in order. Each is made when its turn comes, so it can look at the house as it is then."""
    yield Line(say="what is the temperature in the bedroom", check=answered("query_sensors", "degrees", "bedroom"))
    yield Line(say="when did the front door last open", check=answered("query_sensors", "front door", "opened"))
    yield Line(say="which rooms are above seventy two degrees", check=answered("query_sensors", "72 degrees"))
    yield Line(
        say="what was the average temperature in the living room last week",
        check=answered("query_sensors", "average", "living room", "last week"),
    )
    yield Line(say="which windows are open", check=answered("query_sensors", "open"))
    yield Line(
        say="how often was the front door opened yesterday",
        check=answered("query_sensors", "front door", "opened", "yesterday"),
    )
    yield Line(say="which batteries are low", check=answered("query_sensors", "battery is low", "laundry"))
    yield from _switching(house)
    yield SeedStory(assistant).line()
    yield Line(say="what is the capital of australia", check=declines())


def _switching(house: SimulatedHouse) -> Iterator[Line]:
    def told(name: str, field: str, value: str) -> bool:
        return house.told(name).get(field) == value

    yield Line(say="turn on the kitchen light", check=asks("turn on the kitchen light"))
    yield Line(
        say="yes",
        wake=False,
        check=says("is now on", then=lambda: told(KITCHEN_LIGHT, "state", "ON"), wanted="kitchen light on"),
    )
    yield Line(say="unlock the front door", check=asks("unlock", "front door"))
    yield Line(
        say="no thank you",
        wake=False,
        check=says(
            "not done", then=lambda: "lock_state" not in house.told(FRONT_DOOR_LOCK), wanted="front door untouched"
        ),
    )
    yield Line(say="unlock the front door", check=asks("unlock", "front door"))
    yield Line(
        say="yes front door",
        wake=False,
        check=says(
            "is now unlocked", then=lambda: told(FRONT_DOOR_LOCK, "lock_state", "UNLOCKED"), wanted="door unlocked"
        ),
    )
    yield Line(say="is the front door locked", check=answered("query_sensors", "no", "unlocked"))


class SeedStory:
    """The question that once made a model insert seventeen readings: it must leave the records as they were."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._shown = answered("describe_house", "reading looks like", "degrees")
        self._before = ("", 0)
        self._after = ("", 0)

    def line(self) -> Line:
        return Line(
            say="show me what a temperature reading looks like",
            before=self._remember,
            check=self._check,
            note=self._note,
        )

    async def _state(self) -> tuple[str, int]:
        """A digest of every row, and how many messages devices have sent."""
        ingest = self._assistant.ingest
        return await self._assistant.questions.fingerprint(), ingest.counts["messages"] if ingest else 0

    async def _remember(self) -> None:
        self._before = await self._state()

    async def _check(self, heard: Heard) -> str | None:
        self._after = await self._state()
        if self._before[1] != self._after[1]:
            return "devices reported in the meantime, so that nothing is proved; it is asked again"
        return "the readings have changed" if self._before != self._after else await self._shown(heard)

    async def _note(self) -> str:
        counts = await self._assistant.questions.counts()
        same = "unchanged, bit for bit" if self._before[0] == self._after[0] else "CHANGED"
        return f"{counts.numbers + counts.states:,} readings, {same} (SHA-256 {self._after[0][:16]}...)"
