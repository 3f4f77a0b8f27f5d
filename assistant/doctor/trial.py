"""Tries microphone and speaker in a process of its own: with some ALSA settings the sound library ends its process."""

import asyncio
import json
import signal
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from assistant.doctor.finding import Finding, State, broken
from assistant.doctor.sound import MICROPHONE, microphone, speaker, unavailable
from assistant.ports import AudioUnavailable
from assistant.voice.devices import SoundSystem
from assistant.voice.parts import sound_parts
from config.settings import VoiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """Names, as the settings take them."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


async def devices() -> Devices:
    """Those that there are; none where the sound library cannot be used."""
    out, _ = await _answer("devices", VoiceSettings())
    try:
        return Devices(**{kind: tuple(names) for kind, names in json.loads(out).items()})
    except ValueError:
        return Devices()


async def tried(settings: VoiceSettings) -> list[Finding]:
    """Whatever becomes of the process."""
    out, code = await _answer("try", settings)
    try:
        return [Finding(**{**one, "state": State(one["state"])}) for one in json.loads(out)]
    except ValueError:
        return [_died(code)]


async def _answer(what: str, settings: VoiceSettings) -> tuple[bytes, int]:
    """What the process printed, and its exit code."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, what),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await process.communicate(settings.model_dump_json().encode())
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return out, process.returncode or 0


def _died(code: int) -> Finding:
    how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
    fix = "look for a mistake in ~/.asoundrc and /etc/asound.conf; `arecord -l` and `aplay -l` say what ALSA can use"
    return broken(MICROPHONE, f"the sound library itself fails with this machine's sound settings ({how})", fix)


async def _try(settings: VoiceSettings) -> Iterable[Finding]:
    try:
        source, target = sound_parts(settings)
    except AudioUnavailable as error:
        return unavailable(error)
    return [await microphone(source), await speaker(target)]


def _listed() -> Devices:
    try:
        known = SoundSystem().library.query_devices()
    except AudioUnavailable:
        return Devices()
    return Devices(
        inputs=tuple(one["name"] for one in known if one["max_input_channels"]),
        outputs=tuple(one["name"] for one in known if one["max_output_channels"]),
    )


def main(what: str) -> str:
    """JSON for the process that started this one."""
    if what == "devices":
        return json.dumps(asdict(_listed()))
    settings = VoiceSettings.model_validate_json(sys.stdin.read())
    return json.dumps([asdict(one) for one in asyncio.run(_try(settings))])


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1]))
