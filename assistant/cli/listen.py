"""`assistant listen`: a recording through exactly the path that the microphone takes; prints what was said."""

import asyncio
import json
import logging
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from assistant.app import running
from assistant.build import open_assistant
from assistant.console import reply_as_json
from assistant.ports import Sound
from assistant.satellite import Satellite
from assistant.values import Reply, Utterance
from assistant.voice.parts import build_voice
from assistant.voice.wav import WavMicrophone, WavSpeaker
from assistant.wiring import figures_of
from config.errors import UserFacingError
from config.load import load_settings, resolve_house_file, resolve_state_dir

NOTHING_HEARD = "Nothing was asked: a recording needs the wake word ({word}), and then the question."


class NoVoice(UserFacingError):
    """The voice cannot be built; the message says what is missing."""


class Unheard:
    """A speaker for answers that nobody wants to hear."""

    async def play(self, sound: Sound) -> None: ...

    async def stop(self) -> None: ...


def listen_to(
    recording: Path, *, answer: Path | None, as_json: bool, config: Path | None, state_dir: Path | None
) -> int:
    """0 where at least one request was heard, else 1. `answer` is a WAV file for what is spoken."""
    logging.basicConfig(level=logging.ERROR, format="assistant: %(message)s")
    turns = asyncio.run(_listen(recording, answer, config, state_dir))
    for turn in turns:
        line = json.dumps(turn, ensure_ascii=False) if as_json else f"heard: {turn['text']}\nanswer: {turn['reply']}"
        sys.stdout.write(f"{line}\n")
    if not turns:
        word = load_settings(config).settings.voice.wake_word.replace("_", " ")
        sys.stderr.write(NOTHING_HEARD.format(word=word) + "\n")
    return 0 if turns else 1


async def _listen(
    recording: Path, answer: Path | None, config: Path | None, state_dir: Path | None
) -> list[dict[str, Any]]:
    microphone = WavMicrophone(recording)
    loaded = load_settings(config)
    settings, folder = loaded.settings, resolve_state_dir(loaded.settings, state_dir)
    voice = settings.voice.model_copy(update={"enabled": True})
    turns: list[dict[str, Any]] = []

    def seen(utterance: Utterance, reply: Reply) -> None:
        turns.append(reply_as_json(utterance.text, reply))

    async with AsyncExitStack() as stack:
        assistant = await stack.enter_async_context(open_assistant(settings, folder, resolve_house_file(loaded)))
        speaker = await stack.enter_async_context(WavSpeaker(answer)) if answer else Unheard()
        built = await build_voice(
            voice,
            Satellite(assistant.turns, assistant.speaker, seen=seen),
            asker=assistant.speaker,
            sorry=lambda: figures_of(settings).spoken.fixed.not_caught,
            language=settings.house.language,
            models=assistant.state.models,
            microphone=microphone,
            speaker=speaker,
        )
        if built.loop is None:
            raise NoVoice(built.notice or "the voice is switched off")
        loops = {"ingest": assistant.ingest.run()} if assistant.ingest else {}
        async with running(**loops):
            await built.loop.run()
    return turns
