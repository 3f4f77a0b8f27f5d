"""The process that holds the microphone: opens it, and writes what it hears to its standard output.

A process of its own, because a sound system that loses a device or hangs does so in C, where no other thread can help:
this one can be ended at any moment, and the next one knows the devices of its own moment. It also goes on recording
while the assistant is busy. Imports nothing heavy.
"""

import json
import os
import queue
import signal
import struct
import sys
import time
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from assistant.voice.portaudio import NoPortAudio, NoSuchDevice, PortAudio, Stream, known_device, load

RATE = 16_000
BLOCK_SECONDS = 0.032
_KEPT_BLOCKS = 300
_HEADER = struct.Struct("<cdI")
_USUAL_RATES = (48_000, 44_100, 32_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which microphone. `channel` counts from 1; `rate` None: the first that suits both sides."""

    device: str | int | None = None
    channel: int = 1
    rate: int | None = None


class Kind(StrEnum):
    """What a record holds."""

    OPENED = "o"
    """The rate of the sound that follows, as digits."""
    SOUND = "s"
    """Mono signed 16-bit PCM in the machine's byte order."""
    LOST = "l"
    """How many blocks nobody took in time, as digits."""
    ENDED = "e"
    """The stream has stopped by itself."""
    NO_LIBRARY = "p"
    NO_DEVICE = "d"
    REFUSED = "r"
    """These three with the reason in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    kind: Kind
    at: float
    """When, in seconds of `time.monotonic`, which all processes of a machine share."""
    payload: bytes = b""


def packed(record: Record) -> bytes:
    return _HEADER.pack(record.kind.value.encode(), record.at, len(record.payload)) + record.payload


class Records:
    """Cuts what arrives in any pieces back into records."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Record]:
        self._rest += data
        while len(self._rest) >= _HEADER.size:
            kind, at, length = _HEADER.unpack_from(self._rest)
            end = _HEADER.size + length
            if len(self._rest) < end:
                return
            payload = bytes(self._rest[_HEADER.size : end])
            del self._rest[:end]
            yield Record(kind=Kind(kind.decode()), at=at, payload=payload)


class _Blocks:
    """From the sound thread to the writer: bounded, the oldest goes first and is counted."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Record] = queue.SimpleQueue()
        self._lost = 0

    def put(self, record: Record) -> None:
        if self._queue.qsize() >= _KEPT_BLOCKS and record.kind is Kind.SOUND:
            self._queue.get_nowait()
            self._lost += 1
        self._queue.put_nowait(record)

    def take(self, within_seconds: float) -> list[Record]:
        """The next, after how many were lost before it; none where nothing has come."""
        try:
            record = self._queue.get(timeout=within_seconds)
        except queue.Empty:
            return []
        lost, self._lost = self._lost, 0
        told = [Record(kind=Kind.LOST, at=record.at, payload=b"%d" % lost)] if lost else []
        return [*told, record]


class Capture:
    """One attempt at one microphone. `write` takes whole records and raises OSError once nobody reads them."""

    def __init__(self, wanted: Wanted, write: Callable[[bytes], object], is_wanted: Callable[[], bool]) -> None:
        self._wanted = wanted
        self._write = write
        self._is_wanted = is_wanted
        self._blocks = _Blocks()

    def run(self, load_library: Callable[[], PortAudio] = load) -> None:
        """Until the microphone stops, nobody reads any more, or `is_wanted` says so."""
        try:
            library = load_library()
            stream, rate = self._opened(library)
        except NoPortAudio as error:
            return self._tell(Kind.NO_LIBRARY, str(error))
        except NoSuchDevice as error:
            return self._tell(Kind.NO_DEVICE, str(error))
        except _Refused as error:
            return self._tell(Kind.REFUSED, str(error))
        try:
            self._tell(Kind.OPENED, str(rate))
            self._pass_on()
        finally:
            stream.abort()
            stream.close()

    def _tell(self, kind: Kind, text: str) -> None:
        self._write(packed(Record(kind=kind, at=time.monotonic(), payload=text.encode())))

    def _pass_on(self) -> None:
        while self._is_wanted():
            for record in self._blocks.take(within_seconds=0.5):
                self._write(packed(record))
                if record.kind is Kind.ENDED:
                    return

    def _opened(self, library: PortAudio) -> tuple[Stream, int]:
        device, known = known_device(library, self._wanted.device, "input")
        refusals = []
        for rate, channels in shapes(self._wanted, known):
            try:
                return self._started(library, device, rate, channels), rate
            except (library.PortAudioError, ValueError) as error:
                refusals.append(str(error))
        most = int(known["max_input_channels"])
        raise _Refused(refusals[0] if refusals else f"it has {most} channels, and not {self._wanted.channel}")

    def _started(self, library: PortAudio, device: int | None, rate: int, channels: int) -> Stream:
        blocks, channel = self._blocks, self._wanted.channel - 1

        def hear(data: Any, _count: int, _time: Any, _status: Any) -> None:
            blocks.put(Record(kind=Kind.SOUND, at=time.monotonic(), payload=one_channel(data, channels, channel)))

        def finished() -> None:
            blocks.put(Record(kind=Kind.ENDED, at=time.monotonic()))

        stream = library.RawInputStream(
            samplerate=rate,
            channels=channels,
            dtype="int16",
            device=device,
            blocksize=round(BLOCK_SECONDS * rate),
            latency="high",  # with 'low' some sound servers lose the first words
            callback=hear,
            finished_callback=finished,
        )
        try:
            stream.start()
        except library.PortAudioError:
            stream.close()
            raise
        return stream


class _Refused(Exception):
    """The card is there and cannot be used."""


def shapes(wanted: Wanted, known: Mapping[str, Any]) -> list[tuple[int, int]]:
    """(rate, channels) to try, best first: our own rate, then the card's; as few channels as hold the wanted one.

    Mixing a microphone with an unconnected channel would halve it, so one is taken and none are mixed.
    """
    most = int(known["max_input_channels"])
    own = int(known["default_samplerate"])
    rates = [wanted.rate] if wanted.rate else list(dict.fromkeys([RATE, own, *_USUAL_RATES]))
    channels = dict.fromkeys([wanted.channel, most])
    return [(rate, count) for count in channels for rate in rates if wanted.channel <= count <= most]


def one_channel(data: Any, channels: int, channel: int) -> bytes:
    """Of interleaved 16-bit samples; `channel` counts from 0."""
    return bytes(data) if channels == 1 else array("h", bytes(data))[channel::channels].tobytes()


def command(wanted: Wanted) -> list[str]:
    return [sys.executable, "-m", "assistant.voice.capture", json.dumps(asdict(wanted))]


def main() -> None:
    # Whoever started it ends it; a Ctrl-C or a SIGTERM to the whole group is not meant for it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    parent = os.getppid()

    def write(data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(sys.stdout.fileno(), rest) :]

    with suppress(BrokenPipeError):  # nobody listens any more
        Capture(Wanted(**json.loads(sys.argv[1])), write, lambda: os.getppid() == parent).run()
    os._exit(0)  # without waiting for threads of a sound system that may hang


if __name__ == "__main__":
    main()
