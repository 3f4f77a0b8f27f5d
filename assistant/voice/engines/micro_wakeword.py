"""The wake word by pymicro-wakeword, whose models lie in its package. Knows nothing of what follows the word."""

from typing import Literal

from assistant.voice.engines.missing import EngineMissing

Phrase = Literal["okay_nabu", "hey_jarvis", "alexa", "hey_mycroft"]


class MicroWakeWordDetector:
    """Fires 0.1 to 0.4 seconds after the end of the phrase. Raises EngineMissing."""

    def __init__(self, phrase: Phrase = "okay_nabu") -> None:
        try:
            import pymicro_wakeword as micro  # heavy: loads a neural network runtime of 5 MB
        except ImportError as error:
            raise EngineMissing("The wake word detector is missing: pip install pymicro-wakeword") from error
        try:
            self._model = micro.MicroWakeWord.from_builtin(micro.Model(phrase))
        except (OSError, ValueError) as error:
            raise EngineMissing(
                f"The wake word {phrase!r} cannot be loaded ({error}): pip install --force-reinstall pymicro-wakeword"
            ) from error
        self._features = micro.MicroWakeWordFeatures()

    def heard(self, frame: bytes) -> bool:
        # Every feature has to go through, even after a hit: the model keeps its own state between them.
        hits = [self._model.process_streaming(feature) for feature in self._features.process_streaming(frame)]
        return any(hits)

    def reset(self) -> None:
        """Forgets the word that was just heard, but not the room's noise, which it took a while to learn."""
        self._model.reset()
