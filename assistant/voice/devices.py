"""The sound card as speaker, by sounddevice and PortAudio, and what is known of its devices.

The microphone has a process of its own, in `microphone.py`; here everything runs on one thread that nobody waits for
longer than a person would.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Generic, TypeVar

from assistant.ports import AudioUnavailable, Sound
from assistant.voice import pcm
from assistant.voice.portaudio import NoPortAudio, NoSuchDevice, PortAudio, Stream, known_device, load

log = logging.getLogger(__name__)

T = TypeVar("T")


class SoundSystem:
    """The one PortAudio of this process. Raises AudioUnavailable where it is not installed."""

    def __init__(self, load_library: Callable[[], PortAudio] = load) -> None:
        try:
            self.library = load_library()
        except NoPortAudio as error:
            raise AudioUnavailable(str(error)) from error
        self._open_streams = 0

    def rescan(self) -> None:
        """PortAudio lists devices once, so one that was plugged in later needs this. Not while a stream is open.

        Raises AudioUnavailable.
        """
        if self._open_streams > 0:
            return
        try:
            self.library._terminate()
            self.library._initialize()
        except self.library.PortAudioError as error:
            raise AudioUnavailable(f"The sound system does not start: restart the assistant ({error})") from error

    def begin(self, stream: Stream) -> None:
        """Starts a stream, which is then to be closed here. Raises AudioUnavailable, and has closed it."""
        self._open_streams += 1
        try:
            stream.start()
        except self.library.PortAudioError as error:
            self.close(stream)
            raise AudioUnavailable(f"The speaker does not start: close what else is using it ({error})") from error

    def halt(self, stream: Stream) -> None:
        """What is still to be played is not."""
        try:
            stream.abort()
        except self.library.PortAudioError as error:
            log.debug("stopping an audio stream: %s", error)

    def close(self, stream: Stream) -> None:
        self._open_streams -= 1
        self.halt(stream)
        try:
            stream.close()
        except self.library.PortAudioError as error:
            # A device that was pulled out cannot be closed in order; there is nothing left to give back.
            log.debug("closing an audio stream: %s", error)

    def require(self, device: str | int | None, kind: str) -> Mapping[str, Any]:
        """What is known of a device. `kind` is `input` or `output`. Raises AudioUnavailable where there is none."""
        return self.find(device, kind)[1]

    def find(self, device: str | int | None, kind: str) -> tuple[int | None, Mapping[str, Any]]:
        """As `require`, after its number as of now; None for the system's default."""
        what = "microphone" if kind == "input" else "speaker"
        try:
            return known_device(self.library, device, kind)
        except NoSuchDevice as error:
            if device is None:
                fix = f"plug one in: `{'arecord' if kind == 'input' else 'aplay'} -l` lists what the system sees"
                raise AudioUnavailable(f"There is no {what}; {fix}") from error
            fix = f"set voice.{kind}_device to one that `assistant audio list` shows ({error})"
            raise AudioUnavailable(f"There is no {what} called {device!r}: {fix}") from error


class _Work(Generic[T]):
    """Something to do on the thread, for somebody who may have given up waiting by the time that it is done."""

    def __init__(self, work: Callable[[], T], late: Callable[[T], object]) -> None:
        self._work = work
        self._late = late
        self._loop = asyncio.get_running_loop()
        self.result: asyncio.Future[T] = self._loop.create_future()

    def do(self) -> None:
        try:
            outcome = self._work()
        except AudioUnavailable as error:
            self._tell(self._fail, error)
        else:
            self._tell(self._succeed, outcome)

    def _tell(self, how: Callable[[Any], None], what: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed: the assistant has stopped meanwhile
            self._loop.call_soon_threadsafe(how, what)

    def _fail(self, error: AudioUnavailable) -> None:
        if not self.result.done():
            self.result.set_exception(error)
        else:
            log.debug("a sound card that had been given up answered: %s", error)

    def _succeed(self, outcome: T) -> None:
        if not self.result.done():
            self.result.set_result(outcome)
        else:
            self._late(outcome)


class SoundThread:
    """The one thread that touches the speaker. It does not keep the process alive if a sound system hangs on it."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def post(self, work: Callable[[], object]) -> None:
        """Done after what was asked for before; nobody waits for it."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)
            self._thread.start()
        self._queue.put(work)

    async def run(
        self, work: Callable[[], T], *, within_seconds: float, undo: Callable[[T], object] = lambda _result: None
    ) -> T:
        """`work` raises AudioUnavailable or nothing. Raises TimeoutError too; then `undo` gets what comes too late."""
        piece = _Work(work, lambda outcome: self.post(lambda: undo(outcome)))
        self.post(piece.do)
        async with asyncio.timeout(within_seconds):
            return await piece.result

    def _run(self) -> None:
        while True:
            self._queue.get()()


_BEHIND_SECONDS = 0.08
"""A sound system tells that all was played while the last of it is still on its way, and drops that when it is closed:
so the last of it is silence, and what has ended has been heard."""
_CLOSING_SECONDS = 1.0
"""Whoever is told to stop while it speaks waits no longer for a sound system that hangs."""


class SoundCardSpeaker:
    """The system's default output, or the one with this name or number, at whatever rate it can do.

    A card that fails is looked for anew the next time, so that one that was plugged in again is found.
    """

    def __init__(self, system: SoundSystem, device: str | int | None = None, *, patience_seconds: float = 3.0) -> None:
        self._system = system
        self._device = device
        self._patience_seconds = patience_seconds
        self._thread = SoundThread()
        self._playing: Stream | None = None
        self._failed = False

    async def play(self, sound: Sound) -> None:
        loop = asyncio.get_running_loop()
        finished = asyncio.Event()

        def end() -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(finished.set)

        stream = await self._started(sound, end)
        self._playing = stream
        try:
            async with asyncio.timeout(sound.seconds + self._patience_seconds):
                await finished.wait()
        except TimeoutError as error:
            self._failed = True
            raise AudioUnavailable("The speaker has stopped: check that it is still plugged in") from error
        finally:
            self._playing = None
            await self._close(stream)

    async def stop(self) -> None:
        if (playing := self._playing) is not None:
            self._thread.post(lambda: self._system.halt(playing))

    async def _close(self, stream: Stream) -> None:
        try:
            await self._thread.run(lambda: self._system.close(stream), within_seconds=_CLOSING_SECONDS)
        except TimeoutError:
            log.warning("The speaker cannot be closed: the sound system does not answer")
            self._failed = True

    async def _started(self, sound: Sound, finished: Callable[[], None]) -> Stream:
        try:
            return await self._thread.run(
                lambda: self._start(sound, finished), within_seconds=self._patience_seconds, undo=self._system.close
            )
        except TimeoutError as error:
            self._failed = True
            raise AudioUnavailable("The speaker cannot be opened: the sound system does not answer") from error

    def _start(self, sound: Sound, finished: Callable[[], None]) -> Stream:
        library = self._system.library
        if self._failed:
            self._system.rescan()
        self._failed = True
        device, known = self._system.find(self._device, "output")
        sample_rate = self._rate(device, sound.sample_rate, known)
        rest = memoryview(pcm.at_rate(sound, sample_rate).pcm + pcm.silence(_BEHIND_SECONDS, sample_rate))

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
                device=device,
                callback=speak,
                finished_callback=finished,
            )
        except library.PortAudioError as error:
            raise AudioUnavailable(f"The speaker cannot be opened: close what else is using it ({error})") from error
        self._system.begin(stream)
        self._failed = False
        return stream

    def _rate(self, device: int | None, wanted: int, known: Mapping[str, Any]) -> int:
        try:
            self._system.library.check_output_settings(device=device, channels=1, dtype="int16", samplerate=wanted)
        except (self._system.library.PortAudioError, ValueError) as error:
            log.debug("the speaker does not do %d Hz: %s", wanted, error)
            return int(known["default_samplerate"])
        return wanted
