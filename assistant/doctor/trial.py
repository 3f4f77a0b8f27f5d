"""Tries microphone and speaker in a process of its own: with some ALSA settings the sound library ends its process."""

import asyncio
import json
import signal
import sys
from collections.abc import Iterable
from dataclasses import asdict

from assistant.doctor.finding import Finding, State, broken
from assistant.doctor.sound import MICROPHONE, microphone, speaker, unavailable
from assistant.ports import AudioUnavailable
from assistant.voice.parts import sound_parts
from config.settings import VoiceSettings


async def tried(settings: VoiceSettings) -> list[Finding]:
    """Whatever becomes of the process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__),
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
    try:
        return [Finding(**{**one, "state": State(one["state"])}) for one in json.loads(out)]
    except ValueError:
        return [_died(process.returncode or 0)]


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


if __name__ == "__main__":
    made = asyncio.run(_try(VoiceSettings.model_validate_json(sys.stdin.read())))
    sys.stdout.write(json.dumps([asdict(one) for one in made]))
