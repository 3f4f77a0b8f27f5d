"""The embedded broker, the simulated house and the assistant's own ingest and store, all real, over loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from assistant.demo.broker import EmbeddedBroker
from assistant.demo.history import backfill
from assistant.demo.house import SimulatedHouse
from config.settings import MqttSettings
from sensors.broker import Broker
from sensors.clock import now_ms
from sensors.dialects.home_assistant import HomeAssistant
from sensors.home import House
from sensors.ingest import Ingest
from sensors.questions import Questions
from sensors.reading import Command, SeriesKey, Verb
from sensors.store import StoreWriter
from sensors.templates import render_command

BERLIN = ZoneInfo("Europe/Berlin")
_WAIT_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Running:
    """A house that runs, and the ends of the assistant that hear it and speak to it."""

    simulated: SimulatedHouse
    broker: Broker
    store: StoreWriter
    ingest: Ingest
    questions: Questions

    async def entity_command(self, name: str, verb: Verb) -> tuple[SeriesKey, Command]:
        house = await self.questions.house()
        [entity] = [entity for entity in house.entities if entity.name == name]
        command = entity.command(verb)
        assert command is not None
        return SeriesKey(entity_id=entity.id, aspect=command.proof_aspect), command

    async def tell(self, command: Command) -> None:
        await self.broker.publish(command.topic, render_command(command, None), qos=command.qos)

    async def state(self, key: SeriesKey) -> float | str | None:
        sample = (await self.questions.latest([key])).get(key)
        return sample.value if sample else None


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_WAIT_SECONDS):
        while not await condition():  # noqa: ASYNC110  # the store tells nobody when something has come in
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(folder: Path, *, history_days: int = 0) -> AsyncIterator[Running]:
    path = folder / "readings.db"
    simulated = SimulatedHouse(zone=BERLIN, start_ms=now_ms(), turning_seconds=0.4, travel_seconds=0.4)
    async with EmbeddedBroker() as embedded, StoreWriter(path) as store:
        if history_days:
            await store.backfill(backfill(simulated, HomeAssistant(), days=history_days))
        settings = MqttSettings(host=embedded.host, port=embedded.port)
        async with Questions(path) as questions, Broker(settings) as broker, asyncio.TaskGroup() as group:
            ingest = Ingest(broker, store, [HomeAssistant()])
            tasks = [group.create_task(ingest.run())]
            await ingest.ready.wait()
            tasks.append(group.create_task(simulated.run(settings, interval_seconds=0.2)))
            yield Running(simulated=simulated, broker=broker, store=store, ingest=ingest, questions=questions)
            for task in tasks:
                task.cancel()


async def everything_reported(run: Running) -> House:
    async def complete() -> bool:
        house = await run.questions.house()
        keys = [key for _, _, key in house.series()]
        return len(house.entities) >= 92 and len(await run.questions.latest(keys)) == len(keys)

    await until(complete)
    return await run.questions.house()


async def test_within_seconds_the_whole_house_is_in_the_store(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        house = await everything_reported(run)
        assert len(house.rooms) >= 8
        assert [name for name in run.ingest.counts if name.startswith("refused")] == []
        assert await run.questions.unavailable() == frozenset()


async def test_unlocking_is_seen_as_unlocking_and_then_as_unlocked(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        await everything_reported(run)
        key, command = await run.entity_command("Front door lock", Verb.UNLOCK)
        assert await run.state(key) == "locked"
        await run.tell(command)
        seen = []

        async def unlocked() -> bool:
            seen.append(await run.state(key))
            return seen[-1] == "unlocked"

        await until(unlocked)
        assert "unlocking" in seen


async def test_the_bulb_at_the_edge_answers_at_the_second_time_of_asking_at_the_latest(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        await everything_reported(run)
        key, command = await run.entity_command("Reading lamp", Verb.TURN_ON)
        await run.tell(command)
        await run.tell(command)

        async def lit() -> bool:
            return await run.state(key) == "on"

        await until(lit)


async def test_history_and_live_reports_make_one_course(tmp_path: Path) -> None:
    async with running(tmp_path, history_days=2) as run:
        house = await everything_reported(run)
        key, _ = await run.entity_command("Front door lock", Verb.LOCK)
        since_ms = await run.questions.recorded_since_ms(key)
        assert since_ms == run.simulated.start_ms - 2 * 86_400_000
        changed = await run.questions.last_change(key, None, run.simulated.start_ms + 60_000)
        assert changed is not None and changed.at_ms < run.simulated.start_ms
        assert len(house.entities) == 92


async def test_the_house_waits_for_its_broker_and_announces_itself_again_when_that_comes_back() -> None:
    simulated = SimulatedHouse(zone=BERLIN, start_ms=now_ms())
    embedded = EmbeddedBroker()
    async with embedded:
        settings = MqttSettings(host=embedded.host, port=embedded.port)
    async with asyncio.TaskGroup() as group:
        house = group.create_task(simulated.run(settings, interval_seconds=0.1, settle_seconds=0))
        await asyncio.sleep(0.2)
        async with embedded:
            announced = await _configs(settings)
        async with embedded:
            assert await _configs(settings) == announced
        house.cancel()


async def _configs(settings: MqttSettings) -> frozenset[str]:
    """Every configuration that can be had, once the bridge has said that it is there, which it says last."""
    found: set[str] = set()
    async with asyncio.timeout(_WAIT_SECONDS), Broker(settings, client_id="ear", persistent=False) as ear:
        ear.subscribe(["homeassistant/#", "zigbee2mqtt/bridge/state"])
        async for batch in ear.batches():
            ear.acknowledge(batch)
            found |= {message.topic for message in batch}
            if "zigbee2mqtt/bridge/state" in found:
                return frozenset(found)
    raise AssertionError("the broker went away")
