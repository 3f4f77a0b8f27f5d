"""Runs the assistant: the only place that starts tasks. What they work with is opened by `assistant.build`."""

import asyncio
import gc
import logging
import signal
import threading
import time
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from assistant.build import Assistant, open_assistant
from assistant.console import Console
from assistant.health import health_of, status_of
from assistant.model import tongue
from assistant.satellite import Satellite
from assistant.sentences import requests
from assistant.vitals.supervise import notify
from assistant.vitals.watchdog import Watchdog, parts_of
from assistant.voice.built import BuiltVoice
from assistant.voice.late import Listening
from assistant.wiring import figures_of
from config.language import load_language
from config.settings import Settings
from sensors.clock import now_ms
from sensors.database import StoreDamaged, StoreUnavailable

DAMAGED_AGAIN_SECONDS = 600.0
"""A database that is damaged again so soon, mending included, tells of a disk that is failing."""

LISTENING_SECONDS = 5.0
"""For so long a start waits for the microphone to be open."""

_LOG = logging.getLogger(__name__)


Loops = dict[str, Coroutine[Any, Any, None]]


class _Unwaited(ThreadPoolExecutor):
    """Threads that the event loop does not wait for at its end; whoever has to know what becomes of them does."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


async def _voice(assistant: Assistant, stack: AsyncExitStack) -> tuple[BuiltVoice, Loops]:
    """The voice with what has to run for it, or one notice in the log about what is missing; the rest works without."""
    if not assistant.settings.voice.enabled:
        return BuiltVoice(loop=None), {}
    # Heavy: what works with samples of sound.
    from assistant.voice.parts import build_voice
    from assistant.voice.relay import open_outlets

    outlets = await stack.enter_async_context(open_outlets(assistant.settings, assistant.questions))
    satellite = Satellite(assistant.turns, assistant.speaker)
    bell = assistant.ringing.bell(assistant.speaker.satellite)
    metrics = assistant.watch.metrics
    built = await build_voice(
        assistant.settings.voice,
        satellite,
        asker=assistant.speaker,
        sorry=lambda: figures_of(assistant.settings).spoken.fixed.not_caught,
        language=assistant.settings.house.language,
        models=assistant.state.models,
        announcements=bell,
        volume=assistant.volume,
        now=figures_of(assistant.settings).now,
        begun=lambda: assistant.ringing.use(bell),
        sinks=outlets.sinks,
        count=lambda word, outcome, by: metrics.count("wake_words_total", by, word=word, outcome=outcome.value),
    )
    if built.notice:
        _LOG.warning("%s Everything else works.", built.notice)
    loops = {"aloud": outlets.aloud.run()} if outlets.aloud is not None else {}
    return built, loops if built.loop is None else {**loops, "voice": built.loop.run()}


async def _expose(assistant: Assistant, voice: Listening | None, started_ms: int, stack: AsyncExitStack) -> None:
    """The metrics, where they are asked for; without them nothing of a web server is loaded."""
    if not (metrics := assistant.settings.metrics).enabled:
        return
    from assistant.observed import samples_of
    from assistant.vitals.exposition import exposed

    samples = partial(samples_of, assistant, voice, started_ms=started_ms)
    await stack.enter_async_context(exposed(samples, host=metrics.host, port=metrics.port))


def read_ahead(settings: Settings) -> None:
    """What the first question would otherwise wait for, and every question now and then."""
    requests.read_ahead(load_language(settings.house.language))
    if settings.model.enabled:
        tongue.read_ahead()
    # All of it stays till the end: to look through it for garbage takes long, and nothing else goes on meanwhile.
    gc.freeze()


@asynccontextmanager
async def _until(stop: asyncio.Event) -> AsyncIterator[None]:
    """The body, which is given up where it stands as soon as `stop` is set."""

    async def give_up() -> None:
        await stop.wait()
        body.reschedule(0)

    watch = asyncio.create_task(give_up(), name="stop")
    try:
        async with asyncio.timeout(None) as body:
            yield
    except TimeoutError:
        if not body.expired():
            raise
    finally:
        watch.cancel()


@asynccontextmanager
async def running(**loops: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs loops beside the body; when the body ends they are cancelled, when one of them fails so is the body."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(loop, name=name) for name, loop in loops.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def run(settings: Settings, state_dir: Path, house_file: Path | None = None) -> None:
    """The daemon: until SIGTERM or SIGINT, or the end of its terminal, which end it cleanly at any moment.

    Where a database turns out to be damaged, all is closed and opened again, which mends it. A thread that loads or
    restores something, or hangs in a sound system, may outlive this.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(_Unwaited())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            loop.add_signal_handler(number, stop.set)
    damaged_at = -DAMAGED_AGAIN_SECONDS
    while not stop.is_set():
        try:
            await _serve(settings, state_dir, house_file, stop)
        except* StoreDamaged as group:
            if time.monotonic() - damaged_at < DAMAGED_AGAIN_SECONDS:
                raise StoreUnavailable(
                    f"a database in {state_dir} was damaged twice within minutes; its disk is failing: replace it"
                ) from group
            damaged_at = time.monotonic()


async def _serve(settings: Settings, state_dir: Path, house_file: Path | None, stop: asyncio.Event) -> None:
    async with AsyncExitStack() as stack:
        async with _until(stop):
            watchdog = Watchdog()
            stack.callback(asyncio.create_task(watchdog.run(), name="watchdog").cancel)
            assistant = await stack.enter_async_context(open_assistant(settings, state_dir, house_file))
            await _begin(assistant, stack, watchdog)
            watchdog.tell_status("READY=1")
            _LOG.info("ready, on %s", state_dir)
            # Nobody waits for this thread, so that it does not hold up the end.
            threading.Thread(target=read_ahead, args=(settings,), name="read-ahead", daemon=True).start()
            # Comes first at the end, while all that it takes still runs.
            stack.push_async_callback(assistant.turns.wind_down)
            await stop.wait()
        notify("STOPPING=1")
        _LOG.info("stopping")


async def _begin(assistant: Assistant, stack: AsyncExitStack, watchdog: Watchdog) -> None:
    """Until what is said in the house is stored, and what is asked is heard."""
    started_ms, listening = now_ms(), asyncio.Event()
    built, loops = await _voice(assistant, stack)
    voice = built.loop
    await _expose(assistant, voice, started_ms, stack)
    watchdog.watch(parts_of(assistant.broker, assistant.ingest, voice), lambda: status_of(assistant, voice))
    console = Console(
        assistant.turns,
        assistant.approvals,
        assistant.state.place_socket(),
        asker=assistant.typist,
        ready=listening.set,
        rings=assistant.ringing,
        health=lambda: health_of(assistant, voice, built.notice, watchdog, started_ms=started_ms),
    )
    loops |= {"console": console.run(), "upkeep": assistant.upkeep.watch(), "ringing": assistant.ringing.run()}
    loops |= {"lookout": assistant.lookout.run(), "notices": assistant.house_notices.run()}
    if assistant.ingest is not None:
        loops["ingest"] = assistant.ingest.run()
    await stack.enter_async_context(running(**loops))
    await listening.wait()
    if assistant.ingest is not None:
        await assistant.ingest.ready.wait()
    if voice is not None:
        # The first thing that is said after a start is heard, too; a sound server that hangs delays nothing else.
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTENING_SECONDS):
                await voice.ready.wait()
