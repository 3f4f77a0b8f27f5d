"""A voice that gets words to read, whatever was written."""

from collections.abc import Iterator

from assistant.ports import Sound, Voice
from assistant.voice.speakable import Speakable
from config.language import has_words_aloud
from config.settings import VoiceSettings


class WordedVoice:
    """A Voice that makes speakable what another one then reads."""

    def __init__(self, voice: Voice, speakable: Speakable) -> None:
        self._voice = voice
        self._speakable = speakable

    def synthesize(self, text: str) -> Iterator[Sound]:
        yield from self._voice.synthesize(self._speakable(text))


def worded(voice: Voice, settings: VoiceSettings, language: str) -> Voice:
    """The voice as it is for a language in which nobody has written down yet how things are said."""
    return WordedVoice(voice, Speakable(language, settings.say_as)) if has_words_aloud(language) else voice
