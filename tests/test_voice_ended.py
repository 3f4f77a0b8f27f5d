"""What the speaker says has ended has been heard, all of it: on a real sound server, which tells it too early."""

import numpy as np
from fakes_sound_server import SoundServer, require_sound_server

SECONDS = 0.5
PROGRAM = f"""
import asyncio
import numpy as np
from assistant.ports import Sound
from assistant.voice.devices import SoundCardSpeaker, SoundSystem

async def main():
    speaker = SoundCardSpeaker(SoundSystem())
    tone = 9000 * np.sin(2 * np.pi * 440 * np.arange(round({SECONDS} * 22050)) / 22050)
    for _ in range(3):
        await speaker.play(Sound(pcm=tone.astype('<i2').tobytes(), sample_rate=22050))

asyncio.run(main())
"""


def test_nothing_is_cut_off_at_the_end_of_a_sentence_and_the_next_follows_at_once() -> None:
    require_sound_server()
    with SoundServer() as server, server.recording() as recording:
        server.python(PROGRAM)
        recording.wait(3 * SECONDS + 0.4)
        heard = np.abs(np.frombuffer(recording.pcm, dtype="<i2").astype(np.int32))
    blocks = heard[: len(heard) // 80 * 80].reshape(-1, 80).max(axis=1) > 500
    sounding_seconds = blocks.sum() * 80 / 16_000
    assert abs(sounding_seconds - 3 * SECONDS) < 0.04
