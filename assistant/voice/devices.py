"""The sound card as microphone and speaker, by sounddevice and PortAudio. Nothing else opens an audio device."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Any, Protocol

from assistant.ports import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE, AudioUnavailable, Sound
from assistant.voice import pcm

log = logging.getLogger(__name__)


class _Stream(Protocol):
    def start(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


class PortAudio(Protocol):
    """What is used of the sounddevice module."""

    PortAudioError: type[Exception]
    CallbackStop: type[Exception]

    def RawInputStream(self, **options: Any) -> _Stream: ...

    def RawOutputStream(self, **options: Any) -> _Stream: ...

    def query_devices(self, device: str | int | None, kind: str) -> dict[str, Any]: ...

    def check_input_settings(self, **options: Any) -> None: ...

    def check_output_settings(self, **options: Any) -> None: ...

    def _terminate(self) -> None: ...

    def _initialize(self) -> None: ...


def _sounddevice() -> PortAudio:
    try:
        import sounddevice  # heavy, and fails where the shared library is not installed
    except OSError as error:
        raise AudioUnavailable("PortAudio is not installed: sudo apt install libportaudio2") from error
    except ImportError as error:
        raise AudioUnavailable("sounddevice is not installed: pip install sounddevice") from error
    library: PortAudio = sounddevice
    return library


class SoundSystem:
    """The one PortAudio of this process. Raises AudioUnavailable where it is not installed."""

    def __init__(self, load: Callable[[], PortAudio] = _sounddevice) -> None:
        self.library = load()
        self._open_streams = 0

    def rescan(self) -> None:
        """PortAudio lists devices once, so one that was plugged in later needs this. Not while a stream is open."""
        if self._open_streams == 0:
            self.library._terminate()
            self.library._initialize()

    def opened(self, stream: _Stream) -> _Stream:
        self._open_streams += 1
        return stream

    def close(self, stream: _Stream) -> None:
        self._open_streams -= 1
        try:
            stream.abort()
            stream.close()
        except self.library.PortAudioError as error:
            # A device that was pulled out cannot be closed in order; there is nothing left to give back.
            log.debug("closing an audio stream: %s", error)

    def require(self, device: str | int | None, kind: str) -> dict[str, Any]:
        """What is known of a device. `kind` is `input` or `output`. Raises AudioUnavailable where there is none."""
        what = "microphone" if kind == "input" else "speaker"
        try:
            return self.library.query_devices(device, kind)
        except (self.library.PortAudioError, ValueError) as error:
            if device is None:
                fix = f"plug one in; `arecord -l` and `aplay -l` list what the system sees ({error})"
                raise AudioUnavailable(f"There is no {what}: {fix}") from error
            fix = f"set voice.{kind}_device to one that `python -m sounddevice` lists ({error})"
            raise AudioUnavailable(f"There is no {what} called {device!r}: {fix}") from error


class _Inbox:
    """Sound between the audio thread and the loop: bounded, the oldest goes first and is counted."""

    def __init__(self, most: int) -> None:
        self._chunks: deque[bytes] = deque(maxlen=most)
        self._arrived = asyncio.Event()
        self._ended = False
        self.lost = 0

    def put(self, chunk: bytes) -> None:
        if len(self._chunks) == self._chunks.maxlen:
            self.lost += 1
        self._chunks.append(chunk)
        self._arrived.set()

    def end(self) -> None:
        self._ended = True
        self._arrived.set()

    def clear(self) -> None:
        self._chunks.clear()
        self.lost = 0

    async def take(self, within_seconds: float) -> bytes:
        """Raises AudioUnavailable where nothing comes any more."""
        while not self._chunks:
            if self._ended:
                raise AudioUnavailable("The microphone has stopped: check that it is still plugged in")
            self._arrived.clear()
            try:
                async with asyncio.timeout(within_seconds):
                    await self._arrived.wait()
            except TimeoutError as error:
                raise AudioUnavailable("The microphone gives no sound: check that it is still plugged in") from error
        return self._chunks.popleft()


class SoundCardMicrophone:
    """The system's default input, or the one with this name or number, at whatever rate it can do.

    Keeps `kept_seconds` of sound that nobody has taken yet. Nothing for `patience_seconds` counts as unplugged.
    """

    def __init__(
        self,
        system: SoundSystem,
        device: str | int | None = None,
        *,
        kept_seconds: float = 10.0,
        patience_seconds: float = 2.0,
    ) -> None:
        self._system = system
        self._device = device
        self._most = round(kept_seconds / FRAME_SECONDS)
        self._patience_seconds = patience_seconds
        self._inbox: _Inbox | None = None
        self._failed = False

    async def frames(self) -> AsyncGenerator[bytes, None]:
        inbox = self._inbox = _Inbox(self._most)
        loop = asyncio.get_running_loop()
        stream, sample_rate, channels = await asyncio.to_thread(self._open, loop, inbox)
        resampler = pcm.Resampler(sample_rate) if sample_rate != SAMPLE_RATE else None
        framer = pcm.Framer()
        try:
            while True:
                chunk = pcm.first_channel(await inbox.take(self._patience_seconds), channels)
                self._report_lost(inbox)
                for frame in framer.feed(resampler.feed(chunk) if resampler else chunk):
                    yield frame
        except AudioUnavailable:
            self._failed = True
            raise
        finally:
            self._inbox = None
            self._system.close(stream)

    def forget(self) -> None:
        if self._inbox is not None:
            self._inbox.clear()

    def _report_lost(self, inbox: _Inbox) -> None:
        if inbox.lost:
            log.warning("%d pieces of sound were lost: this machine is too busy to keep up", inbox.lost)
            inbox.lost = 0

    def _open(self, loop: asyncio.AbstractEventLoop, inbox: _Inbox) -> tuple[_Stream, int, int]:
        """The running stream, its rate and its channels. Runs on a thread, opening can take a while."""
        library = self._system.library
        if self._failed:
            self._system.rescan()
        self._failed = True
        sample_rate, channels = self._shape(self._system.require(self._device, "input"))

        def hear(data: Any, _count: int, _time: Any, _status: Any) -> None:
            loop.call_soon_threadsafe(inbox.put, bytes(data))

        def finished() -> None:
            loop.call_soon_threadsafe(inbox.end)

        try:
            stream = library.RawInputStream(
                samplerate=sample_rate,
                channels=channels,
                dtype="int16",
                device=self._device,
                blocksize=FRAME_SAMPLES * sample_rate // SAMPLE_RATE,
                latency="high",  # with 'low' some sound servers lose the first words
                callback=hear,
                finished_callback=finished,
            )
            self._system.opened(stream).start()
        except library.PortAudioError as error:
            raise AudioUnavailable(f"The microphone cannot be opened: close what else is using it ({error})") from error
        self._failed = False
        return stream, sample_rate, channels

    def _shape(self, known: dict[str, Any]) -> tuple[int, int]:
        """The first of our rate, its own, and its own with all channels that the card agrees to."""
        own_rate, all_channels = int(known["default_samplerate"]), int(known["max_input_channels"])
        for sample_rate, channels in ((SAMPLE_RATE, 1), (own_rate, 1)):
            try:
                self._system.library.check_input_settings(
                    device=self._device, channels=channels, dtype="int16", samplerate=sample_rate
                )
                return sample_rate, channels
            except (self._system.library.PortAudioError, ValueError) as error:
                log.debug("the microphone does not do %d Hz with %d channels: %s", sample_rate, channels, error)
        return own_rate, all_channels


class SoundCardSpeaker:
    """The system's default output, or the one with this name or number, at whatever rate it can do."""

    def __init__(self, system: SoundSystem, device: str | int | None = None, *, patience_seconds: float = 3.0) -> None:
        self._system = system
        self._device = device
        self._patience_seconds = patience_seconds
        self._playing: _Stream | None = None

    async def play(self, sound: Sound) -> None:
        loop = asyncio.get_running_loop()
        finished = asyncio.Event()

        def end() -> None:
            loop.call_soon_threadsafe(finished.set)

        stream = await asyncio.to_thread(self._start, sound, end)
        self._playing = stream
        try:
            async with asyncio.timeout(sound.seconds + self._patience_seconds):
                await finished.wait()
        except TimeoutError as error:
            raise AudioUnavailable("The speaker has stopped: check that it is still plugged in") from error
        finally:
            self._playing = None
            self._system.close(stream)

    async def stop(self) -> None:
        if self._playing is not None:
            self._playing.abort()

    def _start(self, sound: Sound, finished: Callable[[], None]) -> _Stream:
        library = self._system.library
        sample_rate = self._rate(sound.sample_rate, self._system.require(self._device, "output"))
        rest = memoryview(pcm.at_rate(sound, sample_rate).pcm)

        def speak(data: Any, _count: int, _time: Any, _status: Any) -> None:
            nonlocal rest
            now, rest = rest[: len(data)], rest[len(data) :]
            data[: len(now)] = bytes(now)
            if len(now) < len(data):
                data[len(now) :] = bytes(len(data) - len(now))
                raise library.CallbackStop

        try:
            stream = library.RawOutputStream(
                samplerate=sample_rate,
                channels=1,
                dtype="int16",
                device=self._device,
                callback=speak,
                finished_callback=finished,
            )
            self._system.opened(stream).start()
        except library.PortAudioError as error:
            raise AudioUnavailable(f"The speaker cannot be opened: close what else is using it ({error})") from error
        return stream

    def _rate(self, wanted: int, known: dict[str, Any]) -> int:
        try:
            self._system.library.check_output_settings(
                device=self._device, channels=1, dtype="int16", samplerate=wanted
            )
        except (self._system.library.PortAudioError, ValueError) as error:
            log.debug("the speaker does not do %d Hz: %s", wanted, error)
            return int(known["default_samplerate"])
        return wanted
