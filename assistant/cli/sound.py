"""What the commands for microphone and speaker share: opening them, and saying why one cannot be opened."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.ports import AudioUnavailable
from assistant.voice.access import advice, holders, obstacles
from assistant.voice.devices import SoundSystem, SoundThread
from config.settings import VoiceSettings

PATIENCE_SECONDS = 10.0
HANGS = "The sound system does not answer: restart it, for example with: systemctl --user restart pipewire pulseaudio"


def chosen(settings: VoiceSettings, microphone: str | None, speaker: str | None) -> VoiceSettings:
    """The settings with other devices; one that is given as digits alone is a number."""
    update: dict[str, str | int] = {}
    for name, wanted in (("input_device", microphone), ("output_device", speaker)):
        if wanted is not None:
            update[name] = int(wanted) if wanted.isdecimal() else wanted
    return settings.model_copy(update=update)


async def sound_system() -> SoundSystem:
    """Raises AudioUnavailable where PortAudio is missing, or the sound system hangs."""
    try:
        return await SoundThread().run(SoundSystem, within_seconds=PATIENCE_SECONDS)
    except TimeoutError as error:
        raise AudioUnavailable(HANGS) from error


def explained(error: AudioUnavailable) -> Iterator[str]:
    """What it says, and whatever more can be found out about it on this machine."""
    yield str(error)
    if more := advice(str(error), holders()):
        yield more
    elif "There is no" in str(error):
        yield from obstacles()


@contextmanager
def chatter_hidden() -> Iterator[None]:
    """Nothing of this process reaches standard error meanwhile, our own words neither: ALSA prints a page about each
    device that is not there."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
