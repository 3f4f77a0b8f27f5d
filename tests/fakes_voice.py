"""Fakes for the voice: a scripted conversation, microphones with a fate, and a PortAudio without a sound card."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.ports import FRAME_BYTES, AudioUnavailable, Sound, Vocabulary
from assistant.values import Expects, Planner, Reply, Utterance
from assistant.voice.frames import ScriptedMicrophone
from tools.contract import Asker

HOUSE = """#JSGF V1.0;
grammar house;
public <request> = what is the <room> temperature | turn (on | off) the <room> light
  | (lock | unlock) the front door | when did the front door last open
  | which rooms are above seventy two degrees;
<room> = bedroom | kitchen | living room | bathroom;
"""
ANSWERS = """#JSGF V1.0;
grammar answers;
public <answer> = yes | yes do it | no | cancel | never mind;
"""
VOCABULARIES = {Expects.NOTHING: Vocabulary(jsgf=HOUSE), Expects.CONFIRMATION: Vocabulary(jsgf=ANSWERS)}


def reply(text: str, *, expects: Expects = Expects.NOTHING) -> Reply:
    return Reply(turn_id=text[:8], text=text, planner=Planner.SENTENCES, expects=expects)


@dataclass
class ScriptedConversation:
    """Answers by the script; `events` holds what happened, in order. `on_spoken` may make somebody speak next."""

    script: Mapping[str, Reply] = field(default_factory=dict)
    on_spoken: Callable[[Reply], None] = lambda _reply: None
    silence_reply: Reply | None = None
    stopped_reply: Reply | None = None
    vocabularies: Mapping[Expects, Vocabulary] = field(default_factory=lambda: VOCABULARIES)
    events: list[tuple[str, str]] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)
    happened: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, event: str, text: str) -> None:
        self.events.append((event, text))
        self.happened.set()

    async def until(self, event: str, times: int = 1) -> None:
        async with asyncio.timeout(20):
            while sum(name == event for name, _ in self.events) < times:
                self.happened.clear()
                await self.happened.wait()

    async def vocabulary(self, expects: Expects) -> Vocabulary:
        return self.vocabularies[expects]

    async def hear(self, utterance: Utterance) -> Reply:
        self.utterances.append(utterance)
        self.note("heard", utterance.text)
        return self.script.get(utterance.text, reply("Very well."))

    async def spoken(self, reply: Reply) -> None:
        self.on_spoken(reply)
        self.note("spoken", reply.text)

    async def silence(self, asker: Asker) -> Reply | None:
        self.note("silence", asker.satellite)
        return self.silence_reply

    async def stopped(self, asker: Asker) -> Reply | None:
        self.note("stopped", asker.satellite)
        return self.stopped_reply


@dataclass
class RecordingSpeaker:
    """Plays nothing, keeps everything. `before_end` happens while a sound is heard."""

    played: list[Sound] = field(default_factory=list)
    before_end: Callable[[Sound], None] = lambda _sound: None
    broken: bool = False

    async def play(self, sound: Sound) -> None:
        await asyncio.sleep(0)
        if self.broken:
            raise AudioUnavailable("There is no speaker; plug one in")
        self.before_end(sound)
        self.played.append(sound)

    async def stop(self) -> None:
        pass


class RoomMicrophone(ScriptedMicrophone):
    """A microphone in the room: what comes in while nobody listens is there until it is forgotten."""

    def forget(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()


class FlakyMicrophone(ScriptedMicrophone):
    """Is pulled out at every moment of the script (frames given so far) and comes back after so many refusals."""

    def __init__(self, *, pulled_after: int, refusals: int) -> None:
        super().__init__()
        self._given = 0
        self._pulled_after: int | None = pulled_after
        self._refusals = refusals
        self.opened = 0

    async def frames(self) -> AsyncGenerator[bytes, None]:
        self.opened += 1
        if self._pulled_after is None and self._refusals > 0:
            self._refusals -= 1
            raise AudioUnavailable("There is no microphone; plug one in")
        async for frame in super().frames():
            self._given += 1
            if self._pulled_after is not None and self._given > self._pulled_after:
                self._pulled_after = None
                raise AudioUnavailable("The microphone has stopped: check that it is still plugged in")
            yield frame


class FakePortAudioError(Exception):
    pass


class FakeCallbackStop(Exception):
    pass


class FakeStream:
    """Runs the callback on a thread of its own, as PortAudio does, as fast as it can."""

    def __init__(self, run: Callable[["FakeStream"], None], options: dict[str, Any]) -> None:
        self.options = options
        self.aborted = threading.Event()
        self.closed = False
        self._thread = threading.Thread(target=self._run, args=(run,))

    def _run(self, run: Callable[["FakeStream"], None]) -> None:
        run(self)
        # The real library calls it from C, which complains about any result.
        if self.options["finished_callback"]() is not None:
            raise TypeError("callback with the return type 'void' must return None")

    def start(self) -> None:
        self._thread.start()

    def abort(self) -> None:
        self.aborted.set()

    def close(self) -> None:
        self.aborted.set()
        self._thread.join()
        self.closed = True


class FakePortAudio:
    """One card: which (rate, channels) it does, what is heard on it, and what was played to it."""

    PortAudioError = FakePortAudioError
    CallbackStop = FakeCallbackStop

    def __init__(
        self,
        *,
        does: tuple[tuple[int, int], ...] = ((16_000, 1),),
        own_rate: int = 48_000,
        channels: int = 2,
        heard: bytes = b"",
        present: bool = True,
        hangs: bool = False,
    ) -> None:
        self.does = does
        self.own_rate = own_rate
        self.channels = channels
        self.heard = heard
        self.present = present
        self.hangs = hangs
        self.played = bytearray()
        self.streams: list[FakeStream] = []
        self.scans = 0

    def _check(self, samplerate: int, channels: int) -> None:
        if not self.present:
            raise FakePortAudioError("Error querying device -1")
        if (samplerate, channels) not in self.does:
            raise FakePortAudioError("Invalid sample rate")

    def check_output_settings(self, **options: Any) -> None:
        self._check(options["samplerate"], options["channels"])

    def query_devices(self, device: str | int | None = None, kind: str | None = None) -> Any:
        known = {
            "name": "Fake: Audio (hw:0,0)",
            "default_samplerate": float(self.own_rate),
            "max_input_channels": self.channels,
            "max_output_channels": 1,
        }
        if device is None and kind is None:
            return [known] if self.present else []
        if not self.present:
            raise FakePortAudioError("Error querying device -1")
        return known

    def RawInputStream(self, **options: Any) -> FakeStream:
        self._check(options["samplerate"], options["channels"])

        def run(stream: FakeStream) -> None:
            size = options["blocksize"] * 2 * options["channels"]
            for start in range(0, len(self.heard), size):
                options["callback"](self.heard[start : start + size], options["blocksize"], None, None)
            if self.hangs:
                stream.aborted.wait()

        return self._new(run, options)

    def RawOutputStream(self, **options: Any) -> FakeStream:
        self._check(options["samplerate"], options["channels"])

        def run(stream: FakeStream) -> None:
            if self.hangs:
                stream.aborted.wait()
            while not stream.aborted.is_set():
                block = memoryview(bytearray(FRAME_BYTES))
                try:
                    options["callback"](block, FRAME_BYTES // 2, None, None)
                except FakeCallbackStop:
                    return
                finally:
                    self.played += block

        return self._new(run, options)

    def _new(self, run: Callable[[FakeStream], None], options: dict[str, Any]) -> FakeStream:
        stream = FakeStream(run, options)
        self.streams.append(stream)
        return stream

    def _terminate(self) -> None:
        self.scans += 1

    def _initialize(self) -> None:
        pass
