"""`assistant demo`: the main job on a simulated house, spoken question to spoken answer, with nothing to set up."""

import asyncio
import logging
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from assistant.app import running
from assistant.build import Assistant, open_assistant
from assistant.cli.ask import printed
from assistant.cli.ask import prompt as ask_at_prompt
from assistant.console import take_turn
from assistant.demo.broker import EmbeddedBroker
from assistant.demo.history import backfill
from assistant.demo.house import SimulatedHouse
from assistant.demo.report import Report
from assistant.demo.script import script
from assistant.demo.visit import Exchange, Visit, Witness
from assistant.ports import AudioUnavailable, Speaker
from assistant.voice.devices import SoundCardSpeaker, SoundSystem
from assistant.voice.frames import ScriptedMicrophone
from assistant.voice.parts import build_voice
from assistant.wiring import figures_of
from assistant.zone import house_zone
from config.errors import UserFacingError
from config.settings import MqttSettings, Settings, VoiceSettings
from sensors.clock import now_ms
from sensors.dialects.home_assistant import HomeAssistant

ROOM = "Hallway"
"""Where the visitor stands."""

LEAST_ENTITIES = 40
DISCOVERY_SECONDS = 20.0


class DemoFailed(UserFacingError):
    """The demonstration could not be set up; the message says what is missing."""


def run_demo(*, keep: Path | None, prompt: bool) -> int:
    """0 where every turn went right, 1 where one did not. With `keep`, records and answers stay in that folder."""
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    for ending in (signal.SIGHUP, signal.SIGTERM):  # a window that is closed leaves no folder behind either
        signal.signal(ending, lambda *_: signal.raise_signal(signal.SIGINT))
    with _folder(keep) as folder:
        return asyncio.run(_demo(folder, kept=keep is not None, prompt=prompt and sys.stdin.isatty()))


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        try:
            keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DemoFailed(f"{keep} cannot be made: {error.strerror}; choose another folder for --keep") from error
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="assistant-demo-") as folder:
        yield Path(folder)


async def _demo(folder: Path, *, kept: bool, prompt: bool) -> int:
    report = Report(started=time.monotonic())
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(EmbeddedBroker())
        settings = Settings(
            mqtt=MqttSettings(host=broker.host, port=broker.port, client_id="demo-assistant"),
            voice=VoiceSettings(satellite="demo", room=ROOM),
        )
        assistant = await stack.enter_async_context(open_assistant(settings, folder / "state"))
        house = await _furnished(assistant, settings, report)
        assert assistant.ingest is not None
        loops = {"ingest": assistant.ingest.run(), "house": house.run(settings.mqtt, interval_seconds=20.0)}
        loops["ringing"] = assistant.ringing.run()
        await stack.enter_async_context(running(**loops))
        await _discovered(assistant, report)
        exchanges = await _visit(assistant, house, folder, report)
        report.summary(exchanges, folder if kept else None)
        if prompt:
            report.before_prompt()
            await at_prompt(assistant)
    return 0 if all(exchange.fault is None for exchange in exchanges) else 1


async def at_prompt(assistant: Assistant) -> None:
    """Typed turns, and what rings meanwhile, until the end of input."""
    with assistant.ringing.attended() as queue:

        async def announcements() -> AsyncIterator[str]:
            while True:
                yield await queue.get()

        async with running(announcements=printed(announcements())):
            await ask_at_prompt(lambda text, room: take_turn(assistant.turns, text, assistant.typist(room)), ROOM)


async def _furnished(assistant: Assistant, settings: Settings, report: Report) -> SimulatedHouse:
    """The simulated house, its past written by the one writer that there is."""
    house = SimulatedHouse(zone=house_zone(settings), start_ms=now_ms())
    dialect = HomeAssistant(settings.mqtt.discovery_prefix)
    count = await assistant.store.backfill(backfill(house, dialect))
    report.furnished(count)
    return house


async def _discovered(assistant: Assistant, report: Report) -> None:
    """Waits until the devices have announced themselves over MQTT."""
    deadline = time.monotonic() + DISCOVERY_SECONDS
    while len((known := await assistant.questions.house()).entities) < LEAST_ENTITIES:
        if time.monotonic() > deadline:
            raise DemoFailed(f"only {len(known.entities)} entities announced themselves over the embedded broker")
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)  # the rest of the announcements, and the first live reports
    known = await assistant.questions.house()
    report.discovered(known)


async def _visit(assistant: Assistant, house: SimulatedHouse, folder: Path, report: Report) -> list[Exchange]:
    answers = folder / "answers"
    answers.mkdir(exist_ok=True)
    loudspeaker = _loudspeaker()
    report.loudspeaker(there=loudspeaker is not None)
    witness = Witness(assistant.turns, assistant.speaker, answers, loudspeaker)
    microphone = ScriptedMicrophone()
    built = await build_voice(
        assistant.settings.voice,
        witness,
        asker=assistant.speaker,
        sorry=lambda: figures_of(assistant.settings).spoken.fixed.not_caught,
        microphone=microphone,
        speaker=witness,
    )
    if built.loop is None:
        raise DemoFailed(built.notice or "the voice is switched off")
    exchanges = []
    async with running(voice=built.loop.run()):
        visit = Visit(microphone, witness)
        for line in script(assistant, house):
            exchange = await visit.say(line)
            report.exchange(exchange)
            exchanges.append(exchange)
    return exchanges


def _loudspeaker() -> Speaker | None:
    """The machine's own speaker; None where it has none, which is no fault here."""
    try:
        system = SoundSystem()
        system.require(None, "output")
    except AudioUnavailable:
        return None
    return SoundCardSpeaker(system, None)
