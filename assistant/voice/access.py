"""What keeps this user from the sound: rights, no card at all, somebody else's sound server, another program."""

import getpass
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

NODES = Path("/dev/snd")
SERVERS = Path("/run/user")

_SOCKETS = ("pulse/native", "pipewire-0")
_BUSY = ("device unavailable", "device or resource busy")
_RATE = ("invalid sample rate", "sample format not supported")
_CHANNELS = "invalid number of channels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A running program."""

    name: str
    process: int


def _may_open(node: Path) -> bool:
    return os.access(node, os.R_OK | os.W_OK)


def obstacles(
    nodes: Path = NODES,
    *,
    servers: Path = SERVERS,
    may: Callable[[Path], bool] = _may_open,
    environment: Mapping[str, str] = os.environ,
) -> tuple[str, ...]:
    """Why this user may find no device, a sentence each with what to do; none where nothing is in the way."""
    cards = sorted(nodes.glob("pcm*"))
    own = _server(environment)
    elsewhere = [user.name for user in sorted(servers.glob("*")) if any(_answers(user / name) for name in _SOCKETS)]
    found = []
    if cards and not any(may(node) for node in cards):
        found.append(
            f"This user may not open the sound card: sudo usermod -aG audio {_user()}, and log in again;"
            " under systemd the unit needs SupplementaryGroups=audio."
        )
    if own is not None and not _answers(own):
        found.append(
            f"No sound server answers at {own}: start it, for example with: systemctl --user start pipewire-pulse"
        )
    elif own is None and elsewhere:
        found.append(
            f"A sound server runs for user number {elsewhere[0]}, and this program runs as another:"
            " run it as that user, and not with sudo (docs/audio.md)."
        )
    elif own is None and not cards:
        found.append("This machine has no sound card and no sound server: plug one in; `arecord -l` lists them.")
    return tuple(found)


def _server(environment: Mapping[str, str]) -> Path | None:
    """The socket of the sound server that this program would use, where it is known."""
    named = environment.get("PULSE_SERVER", "")
    if named.startswith("unix:"):
        return Path(named.removeprefix("unix:"))
    runtime = Path(environment.get("XDG_RUNTIME_DIR") or "/nowhere")
    return next((runtime / name for name in _SOCKETS if (runtime / name).exists()), None)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except PermissionError:
            return True  # somebody listens there, if not for us
        except OSError:
            return False
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "USER"


def holders(nodes: Path = NODES) -> tuple[Program, ...]:
    """Which programs have a sound card open, of those that this user may look into; not this one itself."""
    return tuple(
        Program(name=_name(process), process=int(process.name))
        for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda one: int(one.name))
        if int(process.name) != os.getpid() and any(one.startswith(f"{nodes}/pcm") for one in _open_files(process))
    )


def _open_files(process: Path) -> Iterator[str]:
    try:
        for file in (process / "fd").iterdir():
            yield str(file.readlink())
    except OSError:  # it has ended meanwhile, or is somebody else's
        return


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "unknown"


def advice(refusal: str, programs: tuple[Program, ...] = ()) -> str:
    """What to do about a device that cannot be opened, by PortAudio's words; empty where they tell nothing."""
    words = refusal.casefold()
    if any(known in words for known in _BUSY):
        by = ", ".join(f"{one.name} (process {one.process})" for one in programs)
        return f"It is in use by {by}: stop that first." if by else "Another program uses it: stop that first."
    if any(known in words for known in _RATE):
        return (
            'It does no rate that the assistant can use: take the device called "default", where ALSA converts,'
            " or another one."
        )
    if _CHANNELS in words:
        return 'It has not that many channels: take the device called "default", or another one.'
    return ""
