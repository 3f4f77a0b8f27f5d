"""A PulseAudio of a test's own: a room with a loudspeaker and a microphone in it, on a machine without sound.

Both are null sinks. What is played into `microphone` is what a microphone hears (the monitor of that sink is the
default source), and the monitor of `loudspeaker` (the default sink) is what a person would hear.

PortAudio reaches it through ALSA's pulse plugin, by an asoundrc that only processes started with `environment` see.
It reads that once for a whole process, so whatever uses sounddevice on it is a child process.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

PROGRAMS = ("pulseaudio", "pactl", "pacat", "paplay", "parec")
LOUDSPEAKER, MICROPHONE = "loudspeaker", "microphone"
RATE = 16000
_PATIENCE_SECONDS = 10.0
_AHEAD = "--latency-msec=400"  # so much is handed over in advance: a machine that is busy leaves no gaps in it
_ALSA = Path("/usr/share/alsa/alsa.conf")
_HERE = Path(__file__).resolve().parent


def require_sound_server() -> None:
    """Skips where there is no PulseAudio or ALSA cannot reach it; in CI, which installs both, that is a failure."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if not _ALSA.exists() or not list(Path("/usr/lib").glob("**/alsa-lib/libasound_module_pcm_pulse.so")):
        missing.append("ALSA's pulse plugin (libasound2-plugins)")
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"{', '.join(missing)} missing, and CI must have it")
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")


class SoundServer:
    """`with SoundServer() as server:`. Without `microphone` or `loudspeaker` it starts lacking that device."""

    def __init__(self, *, microphone: bool = True, loudspeaker: bool = True) -> None:
        # Not in pytest's own folders: the path of a socket may have only 107 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="pulse-"))
        self._socket = self._folder / "native"
        self._asoundrc = self._folder / "asoundrc"
        self._process: subprocess.Popen[bytes] | None = None
        self._devices = [name for name, wanted in ((LOUDSPEAKER, loudspeaker), (MICROPHONE, microphone)) if wanted]
        self.named_devices({})

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def environment(self) -> dict[str, str]:
        """For a child process whose sound this server is."""
        kept = {name: text for name, text in os.environ.items() if name not in {"DISPLAY", "DBUS_SESSION_BUS_ADDRESS"}}
        own = str(self._folder)
        return kept | {
            "ALSA_CONFIG_PATH": f"{_ALSA}:{self._asoundrc}",
            "JACK_NO_START_SERVER": "1",
            "PULSE_COOKIE": str(self._folder / "cookie"),
            "PULSE_SERVER": f"unix:{self._socket}",
            "PYTHONPATH": os.pathsep.join([str(_HERE.parent), str(_HERE)]),
            "XDG_RUNTIME_DIR": own,
        }

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")

    # The server itself.

    def start(self) -> None:
        """Returns when it takes connections. Everything that was loaded by hand before is gone."""
        script = self._folder / "room.pa"
        script.write_text("\n".join(self._loaded_at_start()) + "\n")
        command = ["pulseaudio", "-n", "-F", str(script), "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        quiet = ["--disallow-exit", "--realtime=no", "--high-priority=no", "--log-target=stderr", "--log-level=notice"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *quiet],
                env={**self.environment, "HOME": str(self._folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self._answers():
            if time.monotonic() > end or self._process.poll() is not None:
                self.kill()
                raise RuntimeError(f"pulseaudio did not start: {self.log}")
            time.sleep(0.01)

    def kill(self) -> None:
        """As a crash would: at once, nothing is closed in order."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_PATIENCE_SECONDS)
            self._process = None

    def pause(self) -> None:
        """The server hangs: connections stay open, nothing moves."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None, "the sound server is not running"
        self._process.send_signal(number)

    def _loaded_at_start(self) -> Iterator[str]:
        # auth-anonymous: who may come in is decided by the folder, which only its owner can enter.
        yield f"load-module module-native-protocol-unix socket={self._socket} auth-anonymous=1"
        for name in self._devices:
            yield f"load-module {_null_sink(name)}"
        if LOUDSPEAKER in self._devices:
            yield f"set-default-sink {LOUDSPEAKER}"
        if MICROPHONE in self._devices:
            yield f"set-default-source {MICROPHONE}.monitor"

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(0.2)
            return probe.connect_ex(str(self._socket)) == 0

    # Devices.

    def control(self, *arguments: str) -> str:
        """pactl. Raises RuntimeError with what it said."""
        done = subprocess.run(
            ["pactl", *arguments], env=self.environment, capture_output=True, text=True, timeout=_PATIENCE_SECONDS
        )
        if done.returncode:
            raise RuntimeError(f"pactl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def load(self, *module: str) -> int:
        """The number of the module, for `unload`."""
        return int(self.control("load-module", *module))

    def unload(self, module: int | str) -> None:
        self.control("unload-module", str(module))

    def plug_in(self, name: str, *, rate: int = RATE, channels: int = 1) -> int:
        """One more null sink, or one of the two that was unplugged: it is the default again. Returns its module."""
        module = self.load(*_null_sink(name, rate=rate, channels=channels).split())
        if name == LOUDSPEAKER:
            self.control("set-default-sink", name)
        if name == MICROPHONE:
            self.control("set-default-source", f"{name}.monitor")
        return module

    def unplug(self, name: str) -> None:
        """Raises LookupError where there is no null sink of that name."""
        for line in self.control("list", "short", "modules").splitlines():
            number, _, arguments = line.partition("\t")
            if f"sink_name={name} " in f"{arguments.replace(chr(9), ' ')} ":
                return self.unload(number)
        raise LookupError(name)

    def named_devices(self, devices: dict[str, str]) -> None:
        """What PortAudio lists beside `default`, by name: a name in ALSA to a sink or source of this server.

        Only processes started afterwards see them.
        """
        lines = ["pcm.!default { type pulse }", "ctl.!default { type pulse }"]
        lines += [f'pcm.{name} {{ type pulse device "{target}" }}' for name, target in devices.items()]
        self._asoundrc.write_text("\n".join(lines) + "\n")

    # Sound.

    def say(self, recording: Path, *, device: str = MICROPHONE) -> None:
        """Plays a WAV file into the microphone, and returns when it has been heard."""
        self._run(["paplay", f"--device={device}", _AHEAD, str(recording)])

    def say_pcm(self, pcm: bytes, *, rate: int = RATE, device: str = MICROPHONE) -> None:
        """The same for mono 16-bit PCM."""
        form = [f"--rate={rate}", "--channels=1", "--format=s16le", _AHEAD]
        self._run(["pacat", "--playback", "--raw", f"--device={device}", *form], pcm)

    def _run(self, command: Sequence[str], stdin: bytes = b"") -> None:
        done = subprocess.run(command, env=self.environment, input=stdin, capture_output=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace').strip()}")

    @contextmanager
    def recording(self, *, device: str = f"{LOUDSPEAKER}.monitor", rate: int = RATE) -> Iterator["Recording"]:
        """Records the loudspeaker, from the moment that it is entered, silence included."""
        form = [f"--rate={rate}", "--channels=1", "--format=s16le", "--latency-msec=20"]
        path = Path(tempfile.mkdtemp(prefix="recorded-", dir=self._folder)) / "sound"
        with ExitStack() as stack:
            file = stack.enter_context(path.open("wb"))
            process = stack.enter_context(
                subprocess.Popen(
                    ["parec", "--raw", f"--device={device}", *form],
                    env=self.environment,
                    stdout=file,
                    stderr=subprocess.PIPE,
                )
            )
            stack.callback(process.kill)
            recording = Recording(path, rate)
            recording.wait(0.05)
            yield recording

    # Processes whose sound this is.

    def python(self, program: str, *arguments: str, timeout_seconds: float = 30.0) -> str:
        """What a child process that runs this source prints. Raises RuntimeError where it fails."""
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout


class Recording:
    """What is heard, while it is being recorded and afterwards: mono 16-bit PCM."""

    def __init__(self, path: Path, rate: int) -> None:
        self._path = path
        self.rate = rate

    @property
    def pcm(self) -> bytes:
        data = self._path.read_bytes()
        return data[: len(data) // 2 * 2]

    @property
    def seconds(self) -> float:
        return self._path.stat().st_size // 2 / self.rate

    def wait(self, seconds: float, *, within_seconds: float = _PATIENCE_SECONDS) -> None:
        """Until that much has been recorded. Raises TimeoutError where nothing comes."""
        end = time.monotonic() + within_seconds
        while self.seconds < seconds:
            if time.monotonic() > end:
                raise TimeoutError(f"only {self.seconds:.2f} s of sound came")
            time.sleep(0.01)


def _null_sink(name: str, *, rate: int = RATE, channels: int = 1) -> str:
    # norewinds: else a null sink that nobody listens to closely moves sound in blocks of two seconds.
    form = f"rate={rate} channels={channels} norewinds=1"
    return f"module-null-sink sink_name={name} {form} sink_properties=device.description={name}"


def level(pcm: bytes) -> float:
    """Root mean square, 0..1 of full scale."""
    import numpy as np

    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768
    return float(np.sqrt(np.mean(np.square(samples)))) if samples.size else 0.0
