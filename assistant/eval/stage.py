"""A house file as a real house: real databases in a folder, the real gate and desk above them, devices that obey."""

import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from assistant.build import open_stores
from assistant.eval.files import GoldenSetWrong
from assistant.eval.house import EvalHouse
from assistant.eval.simulated import PREFIX, Order
from assistant.eval.timeline import announcements, reports, rooms_as_toml
from assistant.state_dir import StateDir
from assistant.turns.by_model import Model
from assistant.turns.planning import Sentences
from assistant.turns.turn import Turns
from assistant.wiring import Stores, gate_of, household_of, roles_of, turns_of
from assistant.zone import house_zone
from config.house_file import HouseFileError
from config.settings import Settings
from sensors.arrange import HouseFileWatch
from sensors.clock import now_ms
from sensors.decoded import Decoded
from sensors.dialects.home_assistant import HomeAssistant
from sensors.message import Message
from sensors.reading import Refusal
from sensors.store import StoreWriter
from tools.gate import Gate
from tools.roles import Roles


@dataclass(slots=True, kw_only=True)
class Obedient:
    """The far side of the wire: takes what is sent to a device, and lets it report that it has obeyed."""

    dialect: HomeAssistant
    store: StoreWriter
    orders: dict[str, Order]
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def take(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        """What the gate publishes ends here."""
        said = payload.decode(errors="replace")
        self.sent.append((topic, said))
        order = self.orders.get(topic)
        for told_on, told in (order(said) if order else {}).items():
            message = Message(topic=told_on, payload=told.encode(), received_ms=now_ms())
            await self.store.write(_decoded(self.dialect, [message]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """An open house, and who can be talked to in it."""

    stores: Stores
    settings: Settings
    roles: Roles
    gate: Gate
    turns: Turns
    devices: Obedient


@asynccontextmanager
async def open_stage(
    house: EvalHouse,
    settings: Settings,
    *,
    sentences: Sentences | None = None,
    model: Model | None = None,
    follow_ups: bool = True,
) -> AsyncIterator[Stage]:
    """The house as it is at the beginning of a case, in a folder that is gone afterwards. Raises GoldenSetWrong."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="assistant-eval-")))
        state = stack.enter_context(StateDir(folder / "state"))
        house_file = _house_file(house, folder / "house.toml")
        stores = await stack.enter_async_context(open_stores(settings, state, house_file))
        dialect = await _furnished(house, stores.store, settings)
        orders = {topic: order for one in house.devices for topic, order in one.simulated.orders.items()}
        devices = Obedient(dialect=dialect, store=stores.store, orders=orders)
        roles = roles_of(settings, state.acting_off)
        gate = gate_of(settings, stores, devices.take, roles)
        household = await household_of(settings, stores, roles, gate, _never)
        turns = turns_of(household, model, sentences, follow_ups=follow_ups)
        yield Stage(stores=stores, settings=settings, roles=roles, gate=gate, turns=turns, devices=devices)


def _never(at_ms: int, what: object) -> None:
    """A case is over before anything rings."""


async def _furnished(house: EvalHouse, store: StoreWriter, settings: Settings) -> HomeAssistant:
    dialect, now = HomeAssistant(PREFIX, keep_disabled=True), now_ms()
    told = _decoded(dialect, announcements(house, now))
    if refused := [one for decoded in told for one in decoded.refusals]:
        raise GoldenSetWrong("\n".join(f"{_place(house, one)}: {one.detail}" for one in refused))
    told += _decoded(dialect, reports(house, now, house_zone(settings)))
    if refused := [one for decoded in told for one in decoded.refusals]:
        raise GoldenSetWrong("\n".join(f"{_place(house, one)}: {one.detail}" for one in refused))
    await store.write(told)
    return dialect


def _place(house: EvalHouse, refusal: Refusal) -> str:
    """The line of the device whose message was refused."""
    for device in house.devices:
        own = device.simulated
        if refusal.topic in {*own.says, *own.topics.values(), *(topic for topic, _ in own.configs)}:
            return f'{house.path}, line {device.line}: "{device.entry.name}"'
    return str(house.path)


def _decoded(dialect: HomeAssistant, messages: Iterable[Message]) -> list[Decoded]:
    return [decoded for message in messages if (decoded := dialect.decode(message)) is not None]


def _house_file(house: EvalHouse, path: Path) -> HouseFileWatch:
    """Raises GoldenSetWrong where names of rooms, floors and aliases contradict each other."""
    path.write_text(rooms_as_toml(house), encoding="utf-8")
    try:
        return HouseFileWatch(path)
    except HouseFileError as error:
        faults = [line.partition(": ")[2] for line in str(error).splitlines()]
        raise GoldenSetWrong("\n".join(f"{house.path}: {fault}" for fault in faults)) from error
