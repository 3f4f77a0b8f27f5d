"""`assistant capture`: what comes from the broker, as a file for `assistant explain-mqtt`. Disturbs nobody.

It connects under a name of its own and without a session, so nothing is taken from what the daemon is to get.
"""

import asyncio
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from assistant.cli.screen import only_errors
from config.errors import UserFacingError
from config.load import load_settings
from config.settings import MqttSettings
from sensors.broker import Broker
from sensors.capture import line_of
from sensors.topics import without_overlap

CONNECT_SECONDS = 5.0
_SHOWN_EVERY_SECONDS = 0.25

WARNING = (
    "This records what happens in the house: who comes and goes, doors, locks, presence, perhaps passwords."
    " Look through the file before you give it to anyone."
)
LONGEST_ID = 60


class CaptureFailed(UserFacingError):
    """Nothing (more) can be recorded; the message says why and what to do."""


@dataclass(slots=True)
class Tally:
    """What has been recorded so far."""

    messages: int = 0
    retained: int = 0
    topics: set[str] = field(default_factory=set)
    lost: int = 0
    """Messages at QoS 0 that came faster than they could be written."""

    def summary(self) -> str:
        retained = f", {self.retained} of them retained" if self.retained else ""
        lost = f"; {self.lost} came too fast and were lost" if self.lost else ""
        return f"{_some(self.messages, 'message')} on {_some(len(self.topics), 'topic')}{retained}{lost}"


def capture(
    file: Path,
    *,
    seconds: float | None,
    topics: Sequence[str],
    force: bool,
    config: Path | None,
    connect_seconds: float = CONNECT_SECONDS,
) -> int:
    """0 when it was ended by the time, Ctrl-C or SIGTERM. Raises CaptureFailed, BrokerUnavailable, ConfigError."""
    only_errors()
    settings = load_settings(config).settings.mqtt
    if not settings.enabled:
        raise CaptureFailed("MQTT is switched off; set enabled = true under [mqtt] in the settings")
    filters = without_overlap(checked_filter(topic) for topic in topics) or {"#"}
    sys.stderr.write(f"{WARNING}\n")
    # The file only comes into being once there is a broker: a failed attempt leaves nothing behind.
    recording = _record(settings, filters, lambda: opened(file, force=force), seconds, connect_seconds)
    tally = asyncio.run(recording)
    sys.stderr.write(f"{_clear()}Recorded {tally.summary()}, in {file}.\n")
    return 0


def checked_filter(topic: str) -> str:
    """Raises CaptureFailed for what no broker takes, and for the broker's own $SYS topics."""
    levels = topic.split("/")
    wrong = [level for level in levels if ("+" in level or "#" in level) and level not in {"+", "#"}]
    if not topic or "\0" in topic or wrong or "#" in levels[:-1]:
        raise CaptureFailed(f"{topic!r} is no topic filter: + stands for one whole level, and # for all that follow")
    if topic.startswith("$SYS"):
        raise CaptureFailed("what the broker says about itself ($SYS) is not recorded; choose another --topic")
    return topic


def opened(file: Path, *, force: bool) -> IO[str]:
    """A file that only its owner can read. Raises CaptureFailed where there is one already."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        descriptor = os.open(file, flags, 0o600)
        os.fchmod(descriptor, 0o600)
    except FileExistsError as error:
        raise CaptureFailed(f"{file} exists already; choose another name, or --force to overwrite it") from error
    except OSError as error:
        raise CaptureFailed(f"{file} cannot be written: {error.strerror}; choose another place") from error
    return os.fdopen(descriptor, "w", encoding="utf-8")


async def _record(
    settings: MqttSettings,
    filters: Collection[str],
    open_file: Callable[[], IO[str]],
    seconds: float | None,
    connect_seconds: float,
) -> Tally:
    loop = asyncio.get_running_loop()
    tally = Tally()
    client_id = f"{settings.client_id[: LONGEST_ID - 17]}-capture-{secrets.token_hex(4)}"
    async with Broker(settings, client_id=client_id, persistent=False) as broker:
        await broker.wait_connected(connect_seconds)
        logging.getLogger().setLevel(logging.WARNING)  # from now on: that the broker went away
        with open_file() as stream:
            broker.subscribe(filters)
            _show("Recording; Ctrl-C ends it.", live=False)
            try:
                async with asyncio.timeout(seconds) as limit:
                    for number in (signal.SIGINT, signal.SIGTERM):
                        loop.add_signal_handler(number, lambda: limit.reschedule(loop.time()))
                    await _write_all(broker, stream, tally)
            except TimeoutError:
                pass  # the time is over, or somebody has ended it: that is how every capture ends
            finally:
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.remove_signal_handler(number)
            tally.lost = broker.dropped
    return tally


async def _write_all(broker: Broker, stream: IO[str], tally: Tally) -> None:
    """Until it is cancelled. Only what has been written is acknowledged, within this connection's own session."""
    shown = 0.0
    async for batch in broker.batches():
        kept = [message for message in batch if not message.topic.startswith("$SYS")]
        try:
            stream.writelines(f"{line_of(message)}\n" for message in kept)
            stream.flush()
        except OSError as error:
            raise CaptureFailed(f"the recording ended after {tally.summary()}: {error.strerror}") from error
        broker.acknowledge(batch)
        tally.messages += len(kept)
        tally.retained += sum(message.retain for message in kept)
        tally.topics.update(message.topic for message in kept)
        if time.monotonic() - shown > _SHOWN_EVERY_SECONDS:
            shown = time.monotonic()
            _show(tally.summary(), live=True)


def _show(text: str, *, live: bool) -> None:
    """The count so far, on one line that is written again and again; in a log only what is not `live`."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{_clear()}{text}")
        sys.stderr.flush()
    elif not live:
        sys.stderr.write(f"{text}\n")


def _clear() -> str:
    return "\r\x1b[K" if sys.stderr.isatty() else ""


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
