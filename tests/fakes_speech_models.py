"""Real models of a few hundred kilobytes, built at once: a Whisper that tones speak to, and a Piper that hums.

The whole real path runs on them: features, encoder, decoder, tokenizer, thresholds; phonemes, ONNX session, PCM.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2.specs.whisper_spec as whisper_spec
import numpy as np
import onnx
import tokenizers
from onnx import TensorProto, helper, numpy_helper
from tokenizers import AddedToken, decoders, models, pre_tokenizers

SAYINGS = {
    350: "What is the temperature in the bedroom?",
    700: "When did the front door last open?",
    1100: "Turn on the kitchen light.",
    1700: "Set a timer for five minutes.",
    2600: "Yes.",
    4000: "No.",
}
"""What the tiny Whisper understands a tone of so many hertz to say."""

_WIDTH, _MELS, _POSITIONS = 16, 80, 448
_SPECIALS = (
    *("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>"),
    *("<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"),
)


def tone(hertz: float, seconds: float, *, loud: float = 0.5) -> bytes:
    """16 kHz mono 16-bit PCM."""
    samples = loud * np.sin(2 * np.pi * hertz * np.arange(round(16_000 * seconds)) / 16_000)
    return (32767 * samples).astype("<i2").tobytes()


def tiny_whisper(folder: Path) -> Path:
    """An English-only model in CTranslate2's format, wired by hand: channel k of the encoder is the energy of tone k,
    the decoder says sentence k and ends."""
    tokenizer, first = _tokenizer(list(SAYINGS.values()))
    spec = whisper_spec.WhisperSpec(1, 1, 1, 1)
    _Wiring(spec, tokenizer, first).wire(list(SAYINGS))
    spec.register_vocabulary([tokenizer.id_to_token(number) for number in range(tokenizer.get_vocab_size())])
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokenizer.token_to_id("<|endoftext|>")]
    spec.config.lang_ids = [tokenizer.token_to_id("<|en|>")]
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    spec.optimize()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _tokenizer(sayings: Sequence[str]) -> tuple[Any, int]:
    """Bytes, then a token for each whole sentence, then the special ones, then 1,501 timestamps, which come last."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    spelled = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    whole = ["".join(part for part, _ in spelled.pre_tokenize_str(f" {said}")) for said in sayings]
    vocabulary = {token: number for number, token in enumerate([*letters, *whole])}
    tokenizer = tokenizers.Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    times = [f"<|{0.02 * number:.2f}|>" for number in range(1501)]
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in (*_SPECIALS, *times)])
    return tokenizer, len(letters)


@dataclass
class _Wiring:
    """The weights: nothing but what leads from a tone to its sentence."""

    spec: Any
    tokenizer: Any
    first: int
    """The token of the first sentence."""

    def wire(self, tones: Sequence[int]) -> None:
        self._blank()
        self._hear(tones)
        self._say(len(tones))

    def _blank(self) -> None:
        encoder, decoder = self.spec.encoder, self.spec.decoder
        size = self.tokenizer.get_vocab_size()
        for layer, shape in (
            (encoder.conv1, (_WIDTH, _MELS, 3)),
            (encoder.conv2, (_WIDTH, _WIDTH, 3)),
            *self._linear(encoder.layer[0].self_attention),
            *self._linear(decoder.layer[0].self_attention),
            *self._linear(decoder.layer[0].attention),
            *((part.ffn.linear_0, (4 * _WIDTH, _WIDTH)) for part in (encoder.layer[0], decoder.layer[0])),
            *((part.ffn.linear_1, (_WIDTH, 4 * _WIDTH)) for part in (encoder.layer[0], decoder.layer[0])),
            (decoder.projection, (size, _WIDTH)),
        ):
            layer.weight, layer.bias = np.zeros(shape, "float32"), np.zeros(shape[0], "float32")
        decoder.embeddings.weight = np.zeros((size, _WIDTH), "float32")
        encoder.position_encodings.encodings = np.zeros((1500, _WIDTH), "float32")
        decoder.position_encodings.encodings = np.zeros((_POSITIONS, _WIDTH), "float32")
        blocks = (encoder.layer[0], decoder.layer[0])
        norms = [encoder.layer_norm, decoder.layer_norm, decoder.layer[0].attention.layer_norm]
        norms += [norm for block in blocks for norm in (block.self_attention.layer_norm, block.ffn.layer_norm)]
        for norm in norms:
            norm.gamma, norm.beta = np.ones(_WIDTH, "float32"), np.zeros(_WIDTH, "float32")

    def _linear(self, attention: Any) -> list[tuple[Any, tuple[int, int]]]:
        several = {2: (3, 1), 3: (1, 2, 1)}[len(attention.linear)]
        return [(layer, (many * _WIDTH, _WIDTH)) for layer, many in zip(attention.linear, several, strict=True)]

    def _hear(self, tones: Sequence[int]) -> None:
        from faster_whisper.feature_extractor import FeatureExtractor

        filters = FeatureExtractor.get_mel_filters(16_000, 400, n_mels=_MELS)
        heard = np.zeros((_WIDTH, _MELS), "float32")
        for channel, hertz in enumerate(tones):
            heard[channel] = -1 / _MELS
            heard[channel, int(np.argmax(filters[:, round(hertz * 400 / 16_000)]))] += 1
        self.spec.encoder.conv1.weight[:, :, 1] = heard
        self.spec.encoder.conv2.weight[:, :, 1] = np.eye(_WIDTH)

    def _say(self, count: int) -> None:
        decoder, said, unsaid = self.spec.decoder, _WIDTH - 1, _WIDTH - 2
        sentences = slice(self.first, self.first + count)
        decoder.embeddings.weight[:, unsaid] = 1
        decoder.embeddings.weight[sentences, unsaid] = 0
        decoder.embeddings.weight[sentences, said] = 4
        values = np.zeros((2 * _WIDTH, _WIDTH), "float32")
        values[_WIDTH:][:count, :count] = np.eye(count)
        attention = decoder.layer[0].attention
        attention.linear[1].weight = values
        attention.linear[2].weight = 40 * np.eye(_WIDTH, dtype="float32")
        weight, bias = decoder.projection.weight, decoder.projection.bias
        weight[sentences, :count] = 30 * np.eye(count)
        weight[sentences, said] = -60
        bias[sentences] = -15
        end, first_time = (self.tokenizer.token_to_id(token) for token in ("<|endoftext|>", "<|0.00|>"))
        weight[end, said], bias[end] = 60, 12
        weight[first_time, said], bias[first_time] = -60, 20
        bias[self.tokenizer.token_to_id("<|nospeech|>")] = 40


RATE, SAMPLES_PER_PHONEME = 22_050, 1024
_IDS = 256


def tiny_piper(folder: Path, *, speakers: int = 1) -> Path:
    """The path of `tiny.onnx`: every phoneme hums its own note for 46 ms, times the length scale."""
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny.onnx"
    onnx.save(_humming(several=speakers > 1), str(path))
    described = {
        "audio": {"sample_rate": RATE},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "num_symbols": _IDS,
        "num_speakers": speakers,
        "speaker_id_map": {f"person {number}": number for number in range(speakers)} if speakers > 1 else {},
        "phoneme_id_map": dict(DEFAULT_PHONEME_ID_MAP),
    }
    path.with_name("tiny.onnx.json").write_text(json.dumps(described), encoding="utf-8")
    return path


def _humming(*, several: bool) -> onnx.ModelProto:
    notes = np.zeros(_IDS, "float32")
    notes[4:] = 200 + 8 * np.arange(_IDS - 4)
    kept = {
        "no_axis": np.array([0], "int64"),
        "axes": np.array([0, 1, 2], "int64"),
        "last_mark": np.int64(3),
        "second": np.int64(1),
        "samples": np.float32(SAMPLES_PER_PHONEME),
        "zero": np.float32(0),
        "one": np.float32(1),
        "notes": notes,
        "turn": np.float32(2 * np.pi / RATE),
    }
    steps: list[tuple[str, list[str], str, dict[str, Any]]] = [
        ("Squeeze", ["input", "no_axis"], "ids", {}),
        ("Greater", ["ids", "last_mark"], "voiced", {}),
        ("Compress", ["ids", "voiced"], "said", {"axis": 0}),
        ("Shape", ["said"], "count", {}),
        ("Cast", ["count"], "many", {"to": TensorProto.FLOAT}),
        ("Gather", ["scales", "second"], "scale", {}),
        ("Mul", ["scale", "samples"], "each", {}),
        ("Mul", ["many", "each"], "whole", {}),
        ("Squeeze", ["whole", "no_axis"], "length", {}),
        ("Range", ["zero", "length", "one"], "time", {}),
        ("Div", ["time", "each"], "place", {}),
        ("Cast", ["place"], "which", {"to": TensorProto.INT64}),
        ("Gather", ["said", "which"], "now", {}),
        ("Gather", ["notes", "now"], "hertz", {}),
        ("Mul", ["hertz", "time"], "turns", {}),
        ("Mul", ["turns", "turn"], "phase", {}),
        ("Sin", ["phase"], "wave", {}),
        ("Unsqueeze", ["wave", "axes"], "output", {}),
    ]
    nodes = [helper.make_node(kind, given, [made], **more) for kind, given, made, more in steps]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if several:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 1, "samples"])
    stored = [numpy_helper.from_array(np.asarray(value), name) for name, value in kept.items()]
    graph = helper.make_graph(nodes, "humming", inputs, [output], stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
