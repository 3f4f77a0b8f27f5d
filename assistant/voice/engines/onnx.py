"""Opens ONNX models on one processor thread: on a small machine the others are needed elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING

from assistant.voice.engines.missing import EngineMissing

if TYPE_CHECKING:
    import onnxruntime


def open_model(path: Path, *, threads: int = 1) -> "onnxruntime.InferenceSession":
    """Raises EngineMissing where there is no ONNX runtime, or no model that it can read."""
    try:
        import onnxruntime  # heavy: 46 MB of memory
        from onnxruntime.capi import onnxruntime_pybind11_state as states
    except ImportError as error:
        raise EngineMissing("The ONNX runtime is missing: pip install onnxruntime") from error
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    refusals = (states.Fail, states.InvalidArgument, states.InvalidGraph, states.InvalidProtobuf, states.NoSuchFile)
    try:
        return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    except refusals as error:
        raise EngineMissing(f"{path} is no model that can be used ({str(error).splitlines()[0]})") from error
