"""The one owner of the microphone: a process that holds the sound card, and what it heard, in frames.

Whatever happens to the card, the sound system or that process is one AudioUnavailable, and the next call starts anew.
"""

import asyncio
import logging
import os
import subprocess
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import IO

from assistant.ports import FRAME_SECONDS, SAMPLE_RATE, AudioUnavailable
from assistant.voice import pcm
from assistant.voice.capture import Kind, Record, Records, Wanted, command
from assistant.voice.levels import SENTENCES, Fault
from assistant.voice.plugged import NO_MICROPHONE, Attempts, Signs, signs
from config.settings import VoiceSettings

log = logging.getLogger(__name__)

_LEAVING_SECONDS = 1.0
_AT_ONCE = 65_536
_COMPLAINT_BYTES = 2000
_UNASKED_SECONDS = 0.25
"""What nobody asks for piles up for so long, instead of waking up this process for each piece."""
_STILL_SECONDS = 4.0
_STILL_AGAIN_SECONDS = 60.0
_STILL_NOTICE_SECONDS = 30.0


class _Holder:
    """A capturing process, and what it has sent and nobody has taken yet: bounded, the oldest goes first."""

    def __init__(self, command: Sequence[str], most: int) -> None:
        self._records = Records()
        self._waiting: deque[Record] = deque()
        self._most = most
        self._arrived = asyncio.Event()
        self._gone = False
        self._forgotten_until = 0.0
        self.lost = 0
        self._loop = asyncio.get_running_loop()
        self._complaints = b""
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._sound, self._said = _unblocked(self._process.stdout), _unblocked(self._process.stderr)
        self._loop.add_reader(self._said, self._note)
        self._until_then = self._loop.call_soon(self._look)

    def _note(self) -> None:
        """PortAudio and ALSA print pages about every refusal."""
        complaint = os.read(self._said, _AT_ONCE)
        self._complaints = (self._complaints + complaint)[-_COMPLAINT_BYTES:]
        if not complaint:
            self._loop.remove_reader(self._said)

    def _look(self) -> None:
        """At once, or as soon as there is something; after that only when somebody asks, or in a while."""
        self._until_then.cancel()
        self._loop.add_reader(self._sound, self._receive)

    def _receive(self) -> None:
        self._loop.remove_reader(self._sound)
        data = os.read(self._sound, _AT_ONCE)
        self._gone = not data
        if data:
            self._until_then = self._loop.call_later(_UNASKED_SECONDS, self._look)
        for record in self._records.feed(data):
            if record.kind is Kind.LOST:
                self.lost += int(record.payload)
            elif record.kind is not Kind.SOUND or record.at > self._forgotten_until:
                self._keep(record)
        self._arrived.set()

    def _keep(self, record: Record) -> None:
        if len(self._waiting) >= self._most:
            # The first may tell how to read the rest.
            del self._waiting[self._waiting[0].kind is not Kind.SOUND]
            self.lost += 1
        self._waiting.append(record)

    def forget(self) -> None:
        """What was heard up to now, including what is still on its way."""
        self._forgotten_until = time.monotonic()
        self._waiting = deque(record for record in self._waiting if record.kind is not Kind.SOUND)
        self.lost = 0

    async def take(self, within_seconds: float) -> Record:
        """Raises TimeoutError, and EOFError where nothing can come any more."""
        if not self._waiting:
            async with asyncio.timeout(within_seconds):
                await self._awaited()
        return self._waiting.popleft()

    async def _awaited(self) -> None:
        while not self._waiting:
            if self._gone:
                raise EOFError
            self._look()
            self._arrived.clear()
            await self._arrived.wait()

    async def end(self) -> None:
        """At once, and not in order: a sound system that hangs would never come to that."""
        self._until_then.cancel()
        for number in (self._sound, self._said):
            self._loop.remove_reader(number)
        self._process.kill()
        try:
            await asyncio.to_thread(self._process.wait, _LEAVING_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("the microphone's old process does not end; a new one is started beside it")
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        if self._complaints:
            log.debug("the microphone's process said: %s", self._complaints.decode(errors="replace").strip())


def _unblocked(pipe: IO[bytes] | None) -> int:
    assert pipe is not None
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


class Stillness:
    """Tells when a microphone has given nothing but zeros for so long that it is worth opening it anew.

    Next to no real microphone does that while it works; those that do, to hide their noise, lose nothing by it.
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        self._next = _STILL_SECONDS
        self._told = False

    def feed(self, seconds: float, is_sound: bool) -> None:
        if is_sound:
            self._seconds, self._next = 0.0, _STILL_SECONDS
            return
        self._seconds += seconds
        if self._seconds >= _STILL_NOTICE_SECONDS and not self._told:
            self._told = True
            log.warning("%s", SENTENCES[Fault.SILENT])

    def is_doubtful(self) -> bool:
        """True once, and again after a minute."""
        if self._seconds < self._next:
            return False
        self._next = self._seconds + _STILL_AGAIN_SECONDS
        return True


class SoundCardMicrophone:
    """The system's default input, or the one with this name or number, at whatever rate it can do.

    `channel` counts from 1; `rate` None: whichever suits. Keeps `kept_seconds` of sound that nobody has taken yet.
    Nothing for `patience_seconds` counts as unplugged, and a card that cannot be opened in `opening_seconds` as hung.
    """

    def __init__(
        self,
        device: str | int | None = None,
        *,
        channel: int = 1,
        rate: int | None = None,
        kept_seconds: float = 10.0,
        patience_seconds: float = 2.0,
        opening_seconds: float = 5.0,
        program: Callable[[Wanted], Sequence[str]] = command,
    ) -> None:
        self._wanted = Wanted(device=device, channel=channel, rate=rate)
        self._most = round(kept_seconds / FRAME_SECONDS)
        self._patience_seconds = patience_seconds
        self._opening_seconds = opening_seconds
        self._program = program
        self._holder: _Holder | None = None
        self._stillness = Stillness()
        self._attempts = Attempts()

    async def frames(self) -> AsyncGenerator[bytes, None]:
        while True:
            async with aclosing(self._frames_of_one_process()) as frames:
                async for frame in frames:
                    self._stillness.feed(FRAME_SECONDS, any(frame))
                    yield frame
                    if self._stillness.is_doubtful():
                        break
            # A sound server that lost the microphone goes on with whatever it has, such as what its own loudspeaker
            # plays, and need not come back from there by itself. Nothing is lost by asking anew.

    async def _frames_of_one_process(self) -> AsyncGenerator[bytes, None]:
        seen = signs()
        if not self._attempts.is_worth_it(time.monotonic(), seen):
            raise AudioUnavailable(self._none("nothing was plugged in"))
        try:
            holder = self._holder = _Holder(self._program(self._wanted), self._most)
        except OSError as error:
            raise AudioUnavailable(f"The microphone's own process cannot be started: {error}") from error
        try:
            rate = await self._opened(holder, seen)
            resampler = pcm.Resampler(rate) if rate != SAMPLE_RATE else None
            framer = pcm.Framer()
            while True:
                sound = await self._heard(holder)
                for frame in framer.feed(resampler.feed(sound) if resampler else sound):
                    yield frame
        finally:
            self._holder = None
            await holder.end()

    def forget(self) -> None:
        if self._holder is not None:
            self._holder.forget()

    async def _opened(self, holder: _Holder, seen: Signs) -> int:
        try:
            record = await holder.take(self._opening_seconds)
        except (TimeoutError, EOFError) as error:
            raise AudioUnavailable("The microphone cannot be opened: the sound system does not answer") from error
        if record.kind is Kind.NO_DEVICE:
            self._attempts.found_nothing(time.monotonic(), seen)
        else:
            self._attempts.found()
        if record.kind is not Kind.OPENED:
            raise AudioUnavailable(self._refusal(record))
        return int(record.payload)

    def _refusal(self, record: Record) -> str:
        reason = record.payload.decode(errors="replace")
        match record.kind:
            case Kind.NO_LIBRARY:
                return reason
            case Kind.NO_DEVICE:
                return self._none(reason)
        return f"The microphone cannot be opened: close what else is using it ({reason})"

    def _none(self, reason: str) -> str:
        if self._wanted.device is None:
            return NO_MICROPHONE
        fix = f"set voice.input_device to one that `assistant audio list` shows ({reason})"
        return f"There is no microphone called {self._wanted.device!r}: {fix}"

    async def _heard(self, holder: _Holder) -> bytes:
        try:
            record = await holder.take(self._patience_seconds)
        except TimeoutError as error:
            raise AudioUnavailable("The microphone gives no sound: check that it is still plugged in") from error
        except EOFError as error:
            raise AudioUnavailable("The microphone has stopped: check that it is still plugged in") from error
        if record.kind is not Kind.SOUND:
            raise AudioUnavailable("The microphone has stopped: check that it is still plugged in")
        if holder.lost:
            log.warning("%d pieces of sound were lost: this machine is too busy to keep up", holder.lost)
            holder.lost = 0
        return record.payload


def microphone_of(settings: VoiceSettings) -> SoundCardMicrophone:
    """The one that the settings name."""
    return SoundCardMicrophone(settings.input_device, channel=settings.input_channel, rate=settings.input_rate)
