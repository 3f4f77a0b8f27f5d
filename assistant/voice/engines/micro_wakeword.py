"""Wake words by pymicro-wakeword, whose models lie in its package. Knows nothing of what follows a word."""

from collections.abc import Sequence

from assistant.voice.engines.missing import EngineMissing
from config.wake import WakeWordName


class MicroWakeWordDetector:
    """Finds each of its words 0.1 to 0.4 seconds after its end. Raises EngineMissing."""

    doubtful = False
    """It looks at nothing but the words."""

    def __init__(self, *phrases: WakeWordName) -> None:
        try:
            import pymicro_wakeword as micro  # heavy: loads a neural network runtime of 5 MB
        except ImportError as error:
            raise EngineMissing("The wake word detector is missing: pip install pymicro-wakeword") from error
        self._models = []
        for phrase in phrases or ("okay_nabu",):
            try:
                self._models.append(micro.MicroWakeWord.from_builtin(micro.Model(phrase)))
            except (OSError, ValueError) as error:
                fix = "pip install --force-reinstall pymicro-wakeword"
                raise EngineMissing(f"The wake word {phrase!r} cannot be loaded ({error}): {fix}") from error
        self._features = micro.MicroWakeWordFeatures()

    @property
    def cutoffs(self) -> Sequence[float]:
        """Of each word, the probability above which its makers take it for said."""
        return [float(model.probability_cutoff) for model in self._models]

    def probabilities(self, frame: bytes) -> Sequence[float]:
        """Of each word, the highest that it came to within this frame."""
        highest = [0.0] * len(self._models)
        for feature in self._features.process_streaming(frame):
            # Every feature has to go through, even after a hit: a model keeps its own state between them.
            for number, model in enumerate(self._models):
                highest[number] = max(highest[number], model.process_streaming_prob(feature) or 0.0)
        return highest

    def heard(self, frame: bytes, *, amid: bool = False) -> bool:
        """Whether any of the words was said, as its makers would have it."""
        found = zip(self.probabilities(frame), self.cutoffs, strict=True)
        return any(probability > cutoff for probability, cutoff in found)

    def reset(self) -> None:
        """Forgets the word that was just heard, but not the room's noise, which it took a while to learn."""
        for model in self._models:
            model.reset()
