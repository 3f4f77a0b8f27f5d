"""Recordings of every kind: converted, or refused in one sentence."""

import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assistant.ports import FRAME_BYTES, AudioUnavailable, Sound
from assistant.voice import pcm
from assistant.voice.wav import BadRecording, WavMicrophone, WavSpeaker, read_wav

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


def tone(rate: int, seconds: float = 0.5, channels: int = 1) -> np.ndarray:
    samples = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)
    return np.repeat(samples[:, np.newaxis], channels, axis=1).reshape(-1)


def encoded(samples: np.ndarray, bits: int, code: int) -> bytes:
    if code == FLOAT:
        return samples.astype(f"<f{bits // 8}").tobytes()
    if bits == 8:
        return np.round(samples * 127 + 128).astype(np.uint8).tobytes()
    whole = np.round(samples * (2 ** (bits - 1) - 1)).astype("<i4")
    return b"".join(int(sample).to_bytes(4, "little", signed=True)[: bits // 8] for sample in whole)


def wav(
    data: bytes, *, rate: int = 16_000, bits: int = 16, channels: int = 1, code: int = PCM, size: int = -1
) -> bytes:
    width = bits // 8
    form = struct.pack("<HHIIHH", code, channels, rate, rate * width * channels, width * channels, bits)
    if code == EXTENSIBLE:
        form += struct.pack("<HHIH", 22, bits, 0, PCM) + bytes(14)
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    chunks += b"LIST" + struct.pack("<I", 5) + b"INFO\0\0"
    chunks += b"data" + struct.pack("<I", len(data) if size < 0 else size) + data
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(
    ("rate", "bits", "code"),
    [
        (8_000, 8, PCM),
        (16_000, 16, PCM),
        (22_050, 16, PCM),
        (44_100, 24, PCM),
        (48_000, 32, PCM),
        (48_000, 24, EXTENSIBLE),
        (96_000, 32, FLOAT),
        (11_025, 64, FLOAT),
    ],
)
def test_every_usual_format_becomes_the_same_sound(
    tmp_path: Path, rate: int, bits: int, code: int, channels: int
) -> None:
    path = tmp_path / "question.wav"
    path.write_bytes(
        wav(encoded(tone(rate, channels=channels), bits, code), rate=rate, bits=bits, channels=channels, code=code)
    )
    heard = np.frombuffer(read_wav(path), dtype="<i2").astype(float) / 32768
    wanted = tone(16_000)
    assert abs(len(heard) - len(wanted)) <= 2
    middle = slice(1000, 7000)
    assert np.abs(heard[middle] - wanted[middle]).max() < 0.02


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 10**9])
def test_a_recorder_that_was_cut_off_left_a_wrong_size_and_is_still_heard(tmp_path: Path, size: int) -> None:
    path = tmp_path / "question.wav"
    path.write_bytes(wav(encoded(tone(16_000), 16, PCM), size=size))
    assert len(read_wav(path)) == 16_000


def test_a_recording_is_cut_after_the_longest_time(tmp_path: Path) -> None:
    path = tmp_path / "question.wav"
    path.write_bytes(wav(bytes(16_000 * 2 * 3)))
    assert len(read_wav(path, longest_seconds=1.0)) == 32_000


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"RIFF", "not a WAV file"),
        (b"ID3\x04 this is an mp3 file", "not a WAV file"),
        (wav(b"", size=0), "zero length"),
        (wav(b"\0"), "zero length"),
        (wav(bytes(64))[:24], "broken"),
        (wav(bytes(64))[:36], "no sound"),
        (b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", "no format"),
        (wav(bytes(64), rate=0), "broken (1 channels at 0 Hz)"),
        (wav(bytes(64), channels=0), "broken (0 channels"),
        (wav(bytes(64), bits=0), "0 bit integer samples"),
        (wav(bytes(64), bits=4), "4 bit integer samples"),
        (wav(bytes(64), bits=40), "40 bit integer samples"),
        (b"RIFX" + wav(bytes(64))[4:], "not a WAV file"),
        (wav(bytes(64), code=7), "is compressed (format 0x0007)"),
        (wav(bytes(64), bits=16, code=FLOAT), "16 bit float samples"),
    ],
)
def test_what_cannot_be_heard_is_refused_in_one_sentence_with_file_and_fix(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "question.wav"
    path.write_bytes(content)
    with pytest.raises(BadRecording) as refused:
        WavMicrophone(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: ") and says in message and "\n" not in message
    assert "record" in message or "convert" in message


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match="no such file"):
        read_wav(tmp_path / "nothing.wav")
    with pytest.raises(BadRecording, match="is a folder; give the name of a recorded WAV file"):
        read_wav(tmp_path)
    with pytest.raises(BadRecording, match="no file that can be read as a whole"):
        read_wav(Path("/dev/zero"))
    with pytest.raises(BadRecording, match="cannot be read"):
        read_wav(tmp_path / ("x" * 300))


def test_a_file_that_is_too_large_is_not_read_at_all(tmp_path: Path) -> None:
    path = tmp_path / "week.wav"
    with path.open("wb") as file:
        file.write(wav(b"", size=0xFFFFFFFF))
        file.truncate(300_000_000)
    with pytest.raises(BadRecording, match="larger than 200 MB; cut it down"):
        read_wav(path)


def test_a_file_that_may_be_larger_than_its_own_header_can_say_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "question.wav"
    path.write_bytes(b"RF64" + wav(encoded(tone(16_000), 16, PCM), size=0xFFFFFFFF)[4:])
    assert len(read_wav(path)) == 16_000


def test_samples_of_an_odd_width_lie_at_the_upper_end_of_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "question.wav"
    whole = bytearray(wav(encoded(tone(16_000), 24, PCM), bits=24))
    whole[34:36] = struct.pack("<H", 20)
    path.write_bytes(whole)
    assert pcm.level(read_wav(path)) == pytest.approx(0.5 / 2**0.5, abs=0.01)


_FORMATS = st.sampled_from([(8, PCM), (16, PCM), (24, PCM), (32, PCM), (24, EXTENSIBLE), (32, FLOAT), (64, FLOAT)])
_HOSTILE = st.sampled_from(
    [b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"data", b"fmt ", b"\0\0\0\x80", b"\x01\0\0\0"]
)


@given(
    form=_FORMATS,
    rate=st.sampled_from([0, 999, 1000, 16_000, 44_100, 768_000, 2**31, 2**32 - 1]),
    channels=st.sampled_from([0, 1, 2, 32, 33, 65_535]),
    noise=st.binary(max_size=200),
    wounds=st.lists(st.tuples(st.integers(0, 80), _HOSTILE | st.binary(max_size=3)), max_size=4),
    keep=st.integers(0, 300),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_header_may_hold_anything_and_the_file_is_heard_or_refused(
    tmp_path: Path,
    form: tuple[int, int],
    rate: int,
    channels: int,
    noise: bytes,
    wounds: list[tuple[int, bytes]],
    keep: int,
) -> None:
    whole = bytearray(_of_any_format(noise, form, rate, channels))
    for at, bytes_there in wounds:
        whole[at : at + len(bytes_there)] = bytes_there
    path = tmp_path / "noise.wav"
    path.write_bytes(whole[:keep])
    try:
        assert len(read_wav(path)) % 2 == 0
    except BadRecording as refused:
        assert str(refused).startswith(f"{path}: ") and "\n" not in str(refused)


def _of_any_format(noise: bytes, form: tuple[int, int], rate: int, channels: int) -> bytes:
    """As `wav`, but also with what cannot be: only the header's own fields limit it."""
    bits, code = form
    whole = bytearray(wav(noise, bits=bits, code=code))
    whole[22:28] = struct.pack("<HI", channels, rate)
    return bytes(whole)


@given(bits=st.sampled_from([32, 64]), samples=st.binary(max_size=80))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(bits=64, samples=struct.pack("<2d", 1e308, -1e308))
@example(bits=32, samples=b"\x01\0\x80\x7f" * 4)
def test_no_bytes_are_too_much_for_a_floating_point_sample(tmp_path: Path, bits: int, samples: bytes) -> None:
    path = tmp_path / "loud.wav"
    path.write_bytes(wav(samples, bits=bits, code=FLOAT))
    try:
        read_wav(path)
    except BadRecording as refused:
        assert "zero length" in str(refused)


async def test_a_recording_gives_whole_frames_and_then_silence_and_then_ends(tmp_path: Path) -> None:
    path = tmp_path / "question.wav"
    path.write_bytes(wav(encoded(tone(16_000, 0.1), 16, PCM)))
    frames = [frame async for frame in WavMicrophone(path, tail_seconds=0.5).frames()]
    assert {len(frame) for frame in frames} == {FRAME_BYTES}
    assert pcm.level(frames[0]) > 0.3 and pcm.level(frames[-1]) == 0
    assert 0.6 <= len(frames) * 0.032 < 0.64


async def test_what_is_spoken_is_one_valid_file_after_every_sound(tmp_path: Path) -> None:
    path = tmp_path / "answer.wav"
    async with WavSpeaker(path) as speaker:
        for sounds in (1, 2):
            await speaker.play(Sound(pcm=encoded(tone(22_050, 0.2), 16, PCM), sample_rate=22_050))
            with wave.open(str(path)) as file:
                assert (file.getnframes(), file.getframerate()) == (4410 * sounds, 22_050)
        await speaker.play(Sound(pcm=encoded(tone(16_000, 0.2), 16, PCM), sample_rate=16_000))
    assert abs(len(read_wav(path)) / 32_000 - 0.6) < 0.01


async def test_where_nothing_was_said_the_file_is_one_without_sound(tmp_path: Path) -> None:
    async with WavSpeaker(tmp_path / "answer.wav"):
        pass
    with wave.open(str(tmp_path / "answer.wav")) as file:
        assert file.getnframes() == 0


async def test_a_folder_that_cannot_be_written_is_named_before_anything_is_said(tmp_path: Path) -> None:
    with pytest.raises(AudioUnavailable, match="choose a folder"):
        async with WavSpeaker(tmp_path / "no" / "such" / "answer.wav"):
            pass


async def test_a_full_disk_is_said_while_writing_and_at_the_end() -> None:
    with pytest.raises(AudioUnavailable, match="No space left"):
        async with WavSpeaker(Path("/dev/full")) as speaker:
            with pytest.raises(AudioUnavailable, match="No space left"):
                await speaker.play(Sound(pcm=bytes(100_000), sample_rate=16_000))


def test_sound_in_pieces_is_resampled_like_sound_in_one() -> None:
    sound = encoded(tone(48_000, 1.0), 16, PCM)
    resampler, framer = pcm.Resampler(48_000), pcm.Framer()
    frames = [
        frame
        for start in range(0, len(sound), 3072)
        for frame in framer.feed(resampler.feed(sound[start : start + 3072]))
    ]
    assert 28 <= len(frames) <= 31
    assert 0.3 < pcm.level(b"".join(frames[5:])) < 0.4
