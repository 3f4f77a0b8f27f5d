"""Speech or not by the Silero network, in an ONNX session of our own: one thread, state carried between frames."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from assistant.ports import FRAME_SAMPLES
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.engines.onnx import open_model

_CONTEXT = 64
_Floats = np.ndarray[tuple[int], np.dtype[np.float32]]
_FILE = "silero_vad_v6.onnx"


def _model_file() -> Path:
    """The network comes with faster-whisper; importing that for a path would cost 50 MB."""
    spec = find_spec("faster_whisper")
    if spec is None or spec.origin is None:
        raise EngineMissing("The speech detector is missing: pip install faster-whisper")
    path = Path(spec.origin).parent / "assets" / _FILE
    if not path.is_file():
        raise EngineMissing(f"faster-whisper came without {_FILE}: pip install 'faster-whisper>=1.2'")
    return path


class SileroDetector:
    """Takes 0.1 ms a frame. Raises EngineMissing."""

    def __init__(self, *, like: "SileroDetector | None" = None) -> None:
        """`like`: one whose network is shared; what it has heard is not."""
        self._session: Any = like._session if like is not None else open_model(_model_file())
        self.reset()

    def reset(self) -> None:
        self._h = np.zeros((1, 1, 128), dtype=np.float32)
        self._c = np.zeros((1, 1, 128), dtype=np.float32)
        self._context: _Floats = np.zeros(_CONTEXT, dtype=np.float32)

    def probability(self, frame: bytes) -> float:
        samples: _Floats = np.frombuffer(frame, dtype="<i2").astype(np.float32) / np.float32(32768)
        if samples.size != FRAME_SAMPLES:
            raise ValueError(f"a frame holds {FRAME_SAMPLES} samples, not {samples.size}")
        window = np.concatenate([self._context, samples])[np.newaxis, :]
        speech, self._h, self._c = self._session.run(None, {"input": window, "h": self._h, "c": self._c})
        self._context = samples[-_CONTEXT:]
        return float(speech.reshape(-1)[0])
