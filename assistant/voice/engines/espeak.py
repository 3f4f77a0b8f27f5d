"""The embedded voice: espeak-ng through ctypes, PCM in memory. Plays nothing and writes no file."""

import ctypes
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.ports import Sound
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.pcm import silence
from assistant.voice.speakable import clauses_of, is_whole, printable

log = logging.getLogger(__name__)

_SYNCHRONOUS = 2
_BUFFER_MS = 60
_DONT_EXIT = 0x8000
_RATE, _VOLUME, _PITCH, _PITCH_RANGE, _WORD_GAP = 1, 2, 3, 4, 7
_GAP_MS = 10
"""The unit of a word gap, at the usual speed."""
_CLAUSE_PAUSE_SECONDS = 0.15
_UTF8 = 1
_IPA = 2

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a voice speaks."""

    rate_wpm: int = 165
    """80 to 450 words a minute."""
    pitch: int = 50
    pitch_range: int = 50
    """Both 0 to 99."""
    volume: int = 100
    """0 to 200, in percent of the usual one."""
    word_gap_ms: int = 0
    sentence_pause_seconds: float = 0.25
    """Before each sentence but the first. Nothing is heard after the last: who wants to answer need not wait."""


class _Library:
    """The one loaded espeak-ng. It keeps its voice and settings globally, hence the lock around every use."""

    def __init__(self) -> None:
        try:
            import espeakng_loader  # heavy: brings a shared library, so only when a voice is wanted
        except ImportError as error:
            raise EngineMissing("The espeak-ng voice is missing: pip install espeakng-loader") from error
        try:
            self._espeak = ctypes.CDLL(espeakng_loader.get_library_path())
            data = espeakng_loader.get_data_path()
        except (OSError, RuntimeError) as error:
            raise EngineMissing(
                f"espeak-ng cannot be loaded ({error}): pip install --force-reinstall espeakng-loader"
            ) from error
        self._espeak.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self.lock = threading.Lock()
        self.sample_rate = int(self._espeak.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data.encode(), _DONT_EXIT))
        if self.sample_rate <= 0:
            raise EngineMissing("espeak-ng found no voice data: pip install --force-reinstall espeakng-loader")
        self.variants = frozenset(file.name for file in Path(data, "voices", "!v").glob("*"))
        self._collected = bytearray()
        self._stopped = threading.Event()
        # ctypes does not keep the callback alive; it would crash at the first sound if it were collected.
        self._callback = _Callback(self._collect)
        self._espeak.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int | None) -> int:
        if count > 0:
            self._collected += ctypes.string_at(samples, count * 2)
        return int(self._stopped.is_set())

    def set_voice(self, name: str) -> bool:
        return bool(self._espeak.espeak_SetVoiceByName(name.encode()) == 0)

    def speak(self, text: str, manner: Manner, stopped: threading.Event) -> bytes:
        """Mono 16-bit PCM. Call with the lock held and the voice set."""
        self._collected.clear()
        self._stopped = stopped
        for parameter, value in (
            (_RATE, manner.rate_wpm),
            (_VOLUME, manner.volume),
            (_PITCH, manner.pitch),
            (_PITCH_RANGE, manner.pitch_range),
            (_WORD_GAP, manner.word_gap_ms // _GAP_MS),
        ):
            self._espeak.espeak_SetParameter(parameter, value, 0)
        data = text.encode("utf-8") + b"\0"
        failed = self._espeak.espeak_Synth(data, len(data), 0, 0, 0, _UTF8, None, None)
        if failed:
            log.warning("espeak-ng could not speak a sentence of %d characters (code %d)", len(text), failed)
        return bytes(self._collected)

    def phonemes(self, text: str) -> str:
        """International phonetic alphabet. Call with the lock held and the voice set."""
        data = ctypes.create_string_buffer(text.encode("utf-8"))
        position = ctypes.c_void_p(ctypes.addressof(data))
        spoken = []
        while position.value:
            part = self._espeak.espeak_TextToPhonemes(ctypes.byref(position), _UTF8, _IPA)
            spoken.append((part or b"").decode("utf-8"))
        return " ".join(part for part in spoken if part)


_library = cache(_Library)


class EspeakVoice:
    """Speaks with espeak-ng; any number of voices may be used from any threads, one sentence at a time.

    `voice` is an espeak-ng name, variants included: `en-us`, `en`, `de`, `en-us+f2`. Raises EngineMissing.
    """

    def __init__(self, voice: str = "en-us", manner: Manner = Manner()) -> None:
        self._voice = voice
        self._manner = manner
        self._stopped = threading.Event()
        self._library = _library()
        _, plus, variant = voice.partition("+")
        # espeak-ng itself would leave out without a word what it does not know.
        if plus and variant not in self._library.variants:
            raise EngineMissing(
                f"espeak-ng has no variant {variant!r}: set voice.espeak_variant to f1 to f5 or m1 to m8"
            )
        with self._library.lock:
            if not self._library.set_voice(voice):
                raise EngineMissing(
                    f"espeak-ng has no voice called {voice!r}: set voice.voice to en-us, en, de or another of its names"
                )

    def synthesize(self, text: str) -> Iterator[Sound]:
        self._stopped.clear()
        pause = b""
        for clause in clauses_of(text):
            with self._library.lock:
                self._library.set_voice(self._voice)
                pcm = self._library.speak(clause, self._manner, self._stopped)
            if self._stopped.is_set():
                return
            if pcm:
                yield Sound(pcm=pause + pcm, sample_rate=self._library.sample_rate)
                seconds = self._manner.sentence_pause_seconds if is_whole(clause) else _CLAUSE_PAUSE_SECONDS
                pause = silence(seconds, self._library.sample_rate)

    def stop(self) -> None:
        """Ends what is being synthesized, from any thread."""
        self._stopped.set()

    def phonemes(self, word: str) -> str:
        """How the voice says a word, in the international phonetic alphabet."""
        with self._library.lock:
            self._library.set_voice(self._voice)
            return self._library.phonemes(printable(word))
