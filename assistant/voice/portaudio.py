"""The only importer of sounddevice, and what of it is used. Light: a process of its own starts with this."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

_PLACE = re.compile(r"\(?\b(?:plug)?hw:\w+(?:,\w+)*\)?")
"""Where ALSA has put a card, as in `(hw:1,0)`: another number each time that it is plugged in."""


class NoPortAudio(Exception):
    """The text says what to install."""


class NoSuchDevice(Exception):
    """Nothing that is plugged in is called so, or nothing is plugged in at all."""


class Stream(Protocol):
    def start(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


class PortAudio(Protocol):
    """What is used of the sounddevice module."""

    PortAudioError: type[Exception]
    CallbackStop: type[Exception]

    def RawInputStream(self, **options: Any) -> Stream: ...

    def RawOutputStream(self, **options: Any) -> Stream: ...

    def query_devices(self, device: str | int | None = None, kind: str | None = None) -> Any: ...

    def query_hostapis(self, index: int) -> Any: ...

    def check_input_settings(self, **options: Any) -> None: ...

    def check_output_settings(self, **options: Any) -> None: ...

    def _terminate(self) -> None: ...

    def _initialize(self) -> None: ...


def load() -> PortAudio:
    """Raises NoPortAudio."""
    try:
        import sounddevice  # heavy, and fails where the shared library is not installed
    except OSError as error:
        raise NoPortAudio("PortAudio is not installed: sudo apt install libportaudio2") from error
    except ImportError as error:
        raise NoPortAudio("sounddevice is not installed: pip install sounddevice") from error
    library: PortAudio = sounddevice
    return library


def known_device(library: PortAudio, wanted: str | int | None, kind: str) -> tuple[int | None, Mapping[str, Any]]:
    """Its number, None for the system's default, and what is known of it. `kind` is `input` or `output`.

    Raises NoSuchDevice.
    """
    try:
        number = numbered(wanted, library.query_devices(), kind) if isinstance(wanted, str) else wanted
        return number, library.query_devices(number, kind)
    except (library.PortAudioError, ValueError) as error:
        raise NoSuchDevice(str(error)) from error


def numbered(wanted: str, devices: Sequence[Mapping[str, Any]], kind: str) -> int:
    """Of the device that is called so, else of the first in whose name all those words stand, in that order.

    Capitals do not matter, and where ALSA has put the card matters only where nothing else tells two apart.
    Raises NoSuchDevice.
    """
    able = [(number, str(one["name"])) for number, one in enumerate(devices) if one[f"max_{kind}_channels"] > 0]
    for simple in (str.casefold, _unplaced):
        name = simple(wanted)
        for fits in (_is, _holds):
            found = [number for number, other in able if fits(simple(other), name)]
            if found:
                return found[0]
    raise NoSuchDevice(f"there are: {', '.join(name for _, name in able) or 'none'}")


def _unplaced(name: str) -> str:
    return " ".join(_PLACE.sub(" ", name.casefold()).split())


def _is(name: str, wanted: str) -> bool:
    return name == wanted


def _holds(name: str, wanted: str) -> bool:
    at = 0
    for word in wanted.split():
        found = name.find(word, at)
        if found < 0:
            return False
        at = found + len(word)
    return bool(wanted.strip())
