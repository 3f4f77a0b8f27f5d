"""`assistant listen`: a recording through exactly the path that the microphone takes; prints what was said."""

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from assistant.app import running
from assistant.build import open_assistant
from assistant.cli.screen import only_errors
from assistant.console import reply_as_json
from assistant.ports import Sound, Speaker
from assistant.satellite import Satellite
from assistant.turns.turn import Turns
from assistant.values import Reply, Utterance
from assistant.voice.levels import Fault, diagnosis, levels_of
from assistant.voice.parts import build_voice
from assistant.voice.wav import WavMicrophone, WavSpeaker
from assistant.wiring import figures_of
from config.errors import UserFacingError
from config.load import load_settings, resolve_house_file, resolve_state_dir
from tools.contract import Asker

NOTHING_ASKED = "Nothing was asked: a recording needs the wake word ({word}), and then the question."
NOT_UNDERSTOOD = "(nothing that was understood)"
NOBODY = "(nobody answered)"


class NoVoice(UserFacingError):
    """The voice cannot be built; the message says what is missing."""


class SameFile(UserFacingError):
    """The answer would be written over the question."""


class Account(Satellite):
    """Notes each turn, where in the recording it was, and its times; as a speaker, puts every sound into the file."""

    def __init__(self, turns: Turns, asker: Asker, microphone: WavMicrophone, file: Speaker | None) -> None:
        super().__init__(turns, asker)
        self.noted: list[dict[str, Any]] = []
        self._microphone = microphone
        self._file = file
        self._decided: float | None = None

    async def hear(self, utterance: Utterance) -> Reply:
        at_seconds = self._microphone.given_seconds
        reply = await super().hear(utterance)
        self._note(utterance.text, reply, at_seconds)
        return reply

    async def silence(self, asker: Asker) -> Reply | None:
        reply = await super().silence(asker)
        if reply is not None:
            self._note(None, reply, self._microphone.given_seconds)
        return reply

    def _note(self, text: str | None, reply: Reply, at_seconds: float) -> None:
        self.noted.append(reply_as_json(text or "", reply) | {"text": text, "at_seconds": round(at_seconds, 2)})
        self._decided = time.perf_counter()

    async def play(self, sound: Sound) -> None:
        if self._decided is not None:
            timings = self.noted[-1]["timings_ms"]
            timings["first_sound"] = round((time.perf_counter() - self._decided) * 1000, 2)
            parts = ("endpoint", "transcribe", "turn", "first_sound")
            timings["first_audio"] = round(sum(timings.get(part, 0.0) for part in parts), 2)
            self._decided = None
        if self._file is not None:
            await self._file.play(sound)

    async def stop(self) -> None:
        """Nothing: what is written has been said."""


def listen_to(
    recording: Path, *, answer: Path | None, as_json: bool, config: Path | None, state_dir: Path | None
) -> int:
    """0 where all that was asked was understood; 1 where nothing was asked, or something was not understood.

    `answer` is a WAV file for what is spoken. Raises BadRecording, SameFile, NoVoice, AudioUnavailable, ConfigError.
    """
    only_errors()
    microphone = WavMicrophone(recording)
    if answer is not None and answer.exists() and answer.samefile(recording):
        raise SameFile(f"{answer}: is the recording itself; give another file for the answer")
    turns = asyncio.run(_listen(microphone, answer, config, state_dir))
    for turn in turns:
        sys.stdout.write(f"{json.dumps(turn, ensure_ascii=False) if as_json else _in_words(turn)}\n")
    if not turns:
        sys.stderr.write(f"{why_nothing(microphone, load_settings(config).settings.voice.wake_words[0].word)}\n")
    return 0 if turns and all(turn["text"] != "" for turn in turns) else 1


def _in_words(turn: dict[str, Any]) -> str:
    heard = NOBODY if turn["text"] is None else turn["text"] or NOT_UNDERSTOOD
    return f"heard: {heard}\nanswer: {turn['reply']}"


def why_nothing(microphone: WavMicrophone, wake_word: str) -> str:
    """For a person who had expected an answer."""
    found = diagnosis(levels_of(microphone.recorded))
    level = "" if found.fault is Fault.NONE else f" {found.sentence}"
    return NOTHING_ASKED.format(word=wake_word.replace("_", " ")) + level


async def _listen(
    microphone: WavMicrophone, answer: Path | None, config: Path | None, state_dir: Path | None
) -> list[dict[str, Any]]:
    loaded = load_settings(config)
    settings, folder = loaded.settings, resolve_state_dir(loaded.settings, state_dir)
    async with AsyncExitStack() as stack:
        file = await stack.enter_async_context(WavSpeaker(answer)) if answer else None
        assistant = await stack.enter_async_context(open_assistant(settings, folder, resolve_house_file(loaded)))
        account = Account(assistant.turns, assistant.speaker, microphone, file)
        built = await build_voice(
            settings.voice.model_copy(update={"enabled": True}),
            account,
            asker=assistant.speaker,
            sorry=lambda: figures_of(settings).spoken.fixed.not_caught,
            language=settings.house.language,
            models=assistant.state.models,
            microphone=microphone,
            speaker=account,
        )
        if built.loop is None:
            raise NoVoice(built.notice or "the voice is switched off")
        if built.notice:
            sys.stderr.write(f"{built.notice}\n")
        loops = {"ingest": assistant.ingest.run()} if assistant.ingest else {}
        async with running(**loops):
            await built.loop.run()
    return account.noted
