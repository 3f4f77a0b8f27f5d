"""Recordings as microphone and speaker: any WAV file in, one WAV file out, through the same ports as a sound card."""

import asyncio
import stat
import struct
import wave
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from assistant.ports import FRAME_BYTES, FRAME_SECONDS, SAMPLE_RATE, AudioUnavailable, Sound
from assistant.voice import pcm
from config.errors import UserFacingError

LONGEST_SECONDS = 600.0
"""Of a recording; what comes after it is not heard."""

_MAGIC = (b"RIFF", b"RF64")  # the second where the file may be larger than 4 GB
_PCM, _FLOAT, _EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
_RATES = range(1_000, 768_001)
_MOST_CHANNELS = 32
_MOST_BYTES = 200_000_000
_PIECE_FRAMES = 1 << 16


class BadRecording(UserFacingError):
    """A file that cannot be heard; the message names the file, what is wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    code: int
    channels: int
    sample_rate: int
    bits: int


def read_wav(path: Path, *, longest_seconds: float = LONGEST_SECONDS) -> bytes:
    """The file as 16 kHz mono 16-bit PCM, cut after `longest_seconds`. Raises BadRecording."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no file that can be read as a whole"
            raise BadRecording(f"{path}: is {kind}; give the name of a recorded WAV file")
        data = path.read_bytes() if status.st_size <= _MOST_BYTES else None
    except FileNotFoundError as error:
        raise BadRecording(f"{path}: there is no such file; check the name") from error
    except OSError as error:
        raise BadRecording(
            f"{path}: cannot be read ({error.strerror}); check that it is a file you may read"
        ) from error
    if data is None:
        raise BadRecording(f"{path}: is larger than 200 MB; cut it down to the question")
    if not data:
        raise BadRecording(f"{path}: is empty; record it again")
    form, samples = _parts_of(path, data)
    return _converted(path, form, samples, longest_seconds)


def _parts_of(path: Path, data: bytes) -> tuple[_Format, bytes]:
    """Format and samples, from the chunks of a RIFF file. Sizes are believed only as far as the file goes."""
    if len(data) < 12 or data[:4] not in _MAGIC or data[8:12] != b"WAVE":
        raise BadRecording(
            f"{path}: is not a WAV file; convert it, for example with: ffmpeg -i INPUT -ar 16000 out.wav"
        )
    form: _Format | None = None
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        body = data[position + 8 : position + 8 + size]
        if name == b"fmt ":
            form = _format_of(path, body)
        elif name == b"data":
            if form is None:
                break
            # Recorders that were cut off leave 0 or 0xFFFFFFFF as the size of what then follows.
            return form, body if size else data[position + 8 :]
        position += 8 + size + size % 2
    missing = "format" if form is None else "sound"
    raise BadRecording(f"{path}: its header is broken, there is no {missing} in it; record or convert it again")


def _format_of(path: Path, body: bytes) -> _Format:
    if len(body) < 16:
        raise BadRecording(f"{path}: its header is broken, the format is cut off; record or convert it again")
    code, channels, sample_rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if code == _EXTENSIBLE and len(body) >= 26:
        (code,) = struct.unpack_from("<H", body, 24)
    if not 1 <= channels <= _MOST_CHANNELS or sample_rate not in _RATES:
        raise BadRecording(
            f"{path}: its header is broken ({channels} channels at {sample_rate} Hz); record or convert it again"
        )
    # Samples of an odd width, such as 20 bit, lie at the upper end of as many bytes as they need.
    held = bits if bits < 8 else -(-bits // 8) * 8
    return _Format(code=code, channels=channels, sample_rate=sample_rate, bits=held)


def _converted(path: Path, form: _Format, samples: bytes, longest_seconds: float) -> bytes:
    if form.code not in (_PCM, _FLOAT):
        raise BadRecording(f"{path}: is compressed (format {form.code:#06x}); convert it to plain PCM WAV")
    frame_bytes = form.bits // 8 * form.channels
    sound = samples[: int(longest_seconds * form.sample_rate) * frame_bytes]
    try:
        mono = b"".join(_mono(form, piece) for piece in _pieces(sound, _PIECE_FRAMES * frame_bytes))
    except ValueError as error:
        raise BadRecording(f"{path}: holds {error}; convert it to 16 bit PCM WAV") from error
    if not mono:
        raise BadRecording(f"{path}: holds no sound (zero length); record it again")
    return pcm.resampled(mono, form.sample_rate, SAMPLE_RATE)


def _pieces(sound: bytes, size: int) -> Iterator[bytes]:
    """One after the other: as the floating-point numbers in between, all at once would need eight times its size."""
    for start in range(0, max(len(sound), 1), max(size, 1)):
        yield sound[start : start + size]


def _mono(form: _Format, sound: bytes) -> bytes:
    return pcm.decoded(sound, bits=form.bits, is_float=form.code == _FLOAT, channels=form.channels)


class WavMicrophone:
    """A recording as a microphone: its frames, then as much silence as an end of speech needs, then the end.

    They come as fast as they are taken. Raises BadRecording at once.
    """

    def __init__(self, path: Path, *, tail_seconds: float = 2.0) -> None:
        self.recorded = read_wav(path)
        sound = self.recorded + pcm.silence(tail_seconds)
        self._sound = sound + bytes(-len(sound) % FRAME_BYTES)
        self.given_seconds = 0.0
        """How far into the recording it is."""

    async def frames(self) -> AsyncGenerator[bytes, None]:
        for start in range(0, len(self._sound), FRAME_BYTES):
            await asyncio.sleep(0)
            self.given_seconds = start / FRAME_BYTES * FRAME_SECONDS
            yield self._sound[start : start + FRAME_BYTES]

    def forget(self) -> None:
        """Nothing: a recording is not going on while it is not read."""


class WavSpeaker:
    """Writes everything that is spoken into one WAV file, valid after each sound. `async with` opens and closes it.

    The file takes the rate of the first sound. Entering it raises AudioUnavailable where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: BinaryIO | None = None
        self._file: wave.Wave_write | None = None

    async def __aenter__(self) -> Self:
        try:
            # Opened apart: a Wave_write whose own opening fails complains again when it is collected.
            self._handle = self._path.open("wb")
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is None:
            return
        handle, file = self._handle, self._file
        self._handle = self._file = None
        try:
            with closing(handle):
                # Where nothing was said, the file is one without sound.
                (file or _created(handle, SAMPLE_RATE)).close()
        except OSError as error_at_the_end:
            raise self._unwritable(error_at_the_end) from error_at_the_end

    async def play(self, sound: Sound) -> None:
        """Raises AudioUnavailable where the file cannot be written."""
        assert self._handle is not None, "not entered"
        try:
            file = self._file = self._file or _created(self._handle, sound.sample_rate)
            file.writeframes(pcm.at_rate(sound, file.getframerate()).pcm)
        except OSError as error:
            raise self._unwritable(error) from error

    async def stop(self) -> None:
        """Nothing: what is written has been said."""

    def _unwritable(self, error: OSError) -> AudioUnavailable:
        return AudioUnavailable(
            f"{self._path}: cannot be written ({error.strerror or error}); choose a folder that you may write to"
        )


def _created(handle: BinaryIO, sample_rate: int) -> wave.Wave_write:
    file = wave.open(handle, "wb")  # noqa: SIM115 - held open across sounds, closed on leaving
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(sample_rate)
    return file
