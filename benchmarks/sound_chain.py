"""From the last sound of what is said to the first of the answer: python benchmarks/sound_chain.py [--rounds 10]

Measured as a person would: the daemon runs on a sound server with a microphone and a loudspeaker, both are recorded,
and the time between the two is read off the recordings (wall clock, good to some 20 ms). It holds everything: the
silence that tells that somebody has finished, transcriber, turn, voice, PortAudio and the sound server. With "yes" it
also holds the device, which is told and reports, before it is said that it is on. Each round is a question, an order,
and the yes to it. Needs Mosquitto and PulseAudio.
"""

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "tests")]

from fakes_sound_server import LOUDSPEAKER, MICROPHONE, RATE, SoundServer  # noqa: E402
from real_daemon import running  # noqa: E402
from real_mosquitto import serving  # noqa: E402
from real_peer import Peer, obeying  # noqa: E402
from test_sound_chain import LIGHT, PERSON, announce  # noqa: E402

from assistant.voice.frames import speech  # noqa: E402

LOUD = 300
PATIENCE_SECONDS = 20.0
QUIET_SECONDS = 1.0


class Track:
    """What one monitor gives, and when: the clock of its first sample, by the piece of it that came soonest."""

    def __init__(self, server: SoundServer, device: str) -> None:
        form = [f"--rate={RATE}", "--channels=1", "--format=s16le", "--latency-msec=10"]
        command = ["parec", "--raw", f"--device={device}", *form]
        self.process = subprocess.Popen(command, env=server.environment, stdout=subprocess.PIPE)
        self._pieces: list[bytes] = []
        self._began = float("inf")
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        count = 0
        while piece := self.process.stdout.read1(4096):
            self._pieces.append(piece)
            count += len(piece)
            self._began = min(self._began, time.monotonic() - count / 2 / RATE)

    def loud(self, after: float) -> np.ndarray:
        """The moments after that one at which something is heard."""
        sound = b"".join(self._pieces)
        samples = np.abs(np.frombuffer(sound[: len(sound) // 2 * 2], dtype="<i2").astype(np.int32))
        moments = self._began + np.flatnonzero(samples > LOUD) / RATE
        return moments[moments > after]

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        self._thread.join()
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def track(server: SoundServer, device: str) -> Iterator[Track]:
    opened = Track(server, device)
    try:
        yield opened
    finally:
        opened.close()


def answered(server: SoundServer, sound: bytes) -> float | None:
    """Seconds until the answer began; None where there was none. Returns when it has been said."""
    with track(server, f"{MICROPHONE}.monitor") as person, track(server, f"{LOUDSPEAKER}.monitor") as assistant:
        time.sleep(0.2)
        began = time.monotonic()
        server.say_pcm(sound)
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            time.sleep(0.1)
            said = person.loud(began)
            # What sounds while the person still speaks is the sign that it listens.
            answer = assistant.loud(said[-1] if said.size else end)
            if answer.size and time.monotonic() - answer[-1] > QUIET_SECONDS:
                return float(answer[0] - said[-1])
    return None


def measured(server: SoundServer, light: Peer, rounds: int) -> dict[str, list[float | None]]:
    wake = speech("okay nabu.", voice=PERSON, before_seconds=0.2, after_seconds=0.2)
    lines = {
        "question": wake + speech("what is the temperature in the bedroom", voice=PERSON, before_seconds=0.1),
        "order": b"",
        "yes": speech("yes", voice=PERSON, before_seconds=0.2),
    }
    found: dict[str, list[float | None]] = {name: [] for name in lines}
    missed = 0
    for number in range(rounds):
        wanted = "off" if number % 2 else "on"
        lines["order"] = wake + speech(f"turn {wanted} the bedroom light", voice=PERSON, before_seconds=0.1)
        for name, sound in lines.items():
            found[name].append(answered(server, sound))
        if len(light.told) + missed != number + 1:
            found["yes"][-1], missed = None, missed + 1
    return found


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=10)
    given = options.parse_args()
    with ExitStack() as stack:
        broker = stack.enter_context(serving())
        (folder := broker.folder / "daemon").mkdir()
        announce(broker.port)
        server = stack.enter_context(SoundServer())
        light = stack.enter_context(obeying(broker.port, LIGHT))
        settings = server.environment | {"HOME": str(broker.folder), "ASSISTANT_VOICE__ENABLED": "true"}
        stack.enter_context(running(folder, broker.port, **settings))
        found = measured(server, light, given.rounds)
    table = Table("said", "times", "answered", "p50 ms", "p95 ms", "max ms")
    for name, seconds in found.items():
        heard = [1000 * one for one in seconds if one is not None]
        spread = [np.percentile(heard, 50), np.percentile(heard, 95), max(heard)] if heard else []
        table.add_row(name, str(len(seconds)), str(len(heard)), *(f"{one:.0f}" for one in spread))
    Console().print(table)
    return 0 if all(one is not None for seconds in found.values() for one in seconds) else 1


if __name__ == "__main__":
    sys.exit(main())
