"""Models come whole or not at all: real HTTP on this machine, cut off, resumed, broken, and a folder in its place."""

import hashlib
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fakes_speech_models import SAYINGS, tiny_piper, tiny_whisper, tone
from typer.testing import CliRunner

from assistant.cli.main import app
from assistant.ports import FRAME_BYTES, Said, Transcript, Vocabulary
from assistant.voice.choose import choose_transcriber, choose_voice
from assistant.voice.engines.espeak import EspeakVoice
from assistant.voice.engines.piper import PiperVoice
from assistant.voice.engines.sphinx import SphinxTranscriber
from assistant.voice.engines.whisper import WhisperTranscriber
from assistant.voice.store import ModelStore, ModelUnavailable
from config.models import ModelFile, SpeechModel, known_models
from config.settings import VoiceSettings


class Publisher:
    """Serves a folder; `after` bytes of an answer it hangs up, as often as it is told to."""

    def __init__(self, folder: Path) -> None:
        self.requests: list[tuple[str, str | None]] = []
        self.hang_ups = 0
        self.after = 0
        self.resumes = True
        publisher = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                publisher.requests.append((self.path, wanted))
                file = folder / self.path.lstrip("/")
                if not file.is_file():
                    self.send_error(404)
                    return
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and publisher.resumes else 0
                body = file.read_bytes()[start:]
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if publisher.hang_ups:
                    publisher.hang_ups -= 1
                    body = body[: publisher.after]
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> "Publisher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    tiny_whisper(folder)
    tiny_piper(folder)
    return folder


@pytest.fixture
def publisher(published: Path) -> Iterator[Publisher]:
    with Publisher(published) as publisher:
        yield publisher


def described(name: str, kind: str, folder: Path, url: str, *files: str) -> SpeechModel:
    listed = tuple(
        ModelFile(
            name=file,
            bytes=(folder / file).stat().st_size,
            digest=f"sha256:{hashlib.sha256((folder / file).read_bytes()).hexdigest()}",
        )
        for file in files
    )
    about = {"languages": ("en",), "licence": "MIT", "about": "tiny"}
    return SpeechModel.model_validate({"name": name, "kind": kind, "url": url, "files": listed, **about})


@pytest.fixture
def transcriber(published: Path, publisher: Publisher) -> SpeechModel:
    files = ("model.bin", "tokenizer.json", "vocabulary.json", "config.json")
    return described("tiny.en", "transcriber", published, publisher.url, *files)


@pytest.fixture
def voice(published: Path, publisher: Publisher) -> SpeechModel:
    return described("tiny-voice", "voice", published, publisher.url, "tiny.onnx", "tiny.onnx.json")


def test_a_model_is_fetched_once_and_its_progress_is_told(
    tmp_path: Path, publisher: Publisher, transcriber: SpeechModel
) -> None:
    store, told = ModelStore(tmp_path / "models", (transcriber,)), []
    assert not store.has(transcriber)
    path = store.fetch(transcriber, progress=told.append)
    assert store.has(transcriber) and path == tmp_path / "models" / "tiny.en"
    assert sum(told) == transcriber.size_bytes and len(publisher.requests) == 4
    assert store.fetch(transcriber) == path and len(publisher.requests) == 4, "what is here is not fetched again"
    assert [one.name for one in (tmp_path / "models").iterdir()] == ["tiny.en"]


@pytest.mark.parametrize("resumes", [True, False])
def test_after_an_interruption_it_goes_on(
    tmp_path: Path, publisher: Publisher, transcriber: SpeechModel, resumes: bool
) -> None:
    store, told = ModelStore(tmp_path, (transcriber,)), []
    publisher.hang_ups, publisher.after, publisher.resumes = 1, 100_000, resumes
    with pytest.raises(ModelUnavailable, match="what has come is kept: run it again"):
        store.fetch(transcriber)
    assert not store.has(transcriber) and not (tmp_path / "tiny.en").exists()
    store.fetch(transcriber, progress=told.append)
    assert publisher.requests[1] == ("/model.bin", "bytes=100000-")
    assert store.has(transcriber) and sum(told) == transcriber.size_bytes


def test_what_is_not_what_it_should_be_is_thrown_away(
    tmp_path: Path, publisher: Publisher, published: Path, transcriber: SpeechModel
) -> None:
    wrong = transcriber.files[0].model_copy(update={"digest": f"sha256:{'0' * 64}"})
    other = transcriber.model_copy(update={"files": (wrong, *transcriber.files[1:])})
    store = ModelStore(tmp_path, (other,))
    with pytest.raises(ModelUnavailable, match=r"model\.bin of tiny\.en is not what it should be, and was thrown away"):
        store.fetch(other)
    assert not store.has(other) and not list(tmp_path.rglob("model.bin"))


def test_a_mirror_or_a_folder_serves_as_well(tmp_path: Path, published: Path, voice: SpeechModel) -> None:
    shelf = tmp_path / "shelf"
    shutil.copytree(published, shelf / "tiny-voice")
    for number, source in enumerate((str(shelf), str(shelf / "tiny-voice"))):
        store = ModelStore(tmp_path / str(number), (voice,))
        assert store.fetch(voice, source=source).name == "tiny.onnx" and store.has(voice)
    with Publisher(shelf) as mirror:
        store = ModelStore(tmp_path / "mirrored", (voice,))
        store.fetch(voice, source=mirror.url)
        assert [path for path, _ in mirror.requests] == ["/tiny-voice/tiny.onnx", "/tiny-voice/tiny.onnx.json"]
    with pytest.raises(ModelUnavailable, match=r"holds neither tiny-voice/tiny\.onnx nor tiny\.onnx"):
        ModelStore(tmp_path / "none", (voice,)).fetch(voice, source=str(tmp_path))


def test_what_cannot_be_reached_is_said_with_what_to_do(
    tmp_path: Path, voice: SpeechModel, publisher: Publisher
) -> None:
    store = ModelStore(tmp_path, (voice,))
    gone = voice.model_copy(update={"url": f"{publisher.url}nowhere/"})
    with pytest.raises(ModelUnavailable, match="answers 404; try again later, or name a mirror"):
        store.fetch(gone)
    dead = voice.model_copy(update={"url": "http://127.0.0.1:9/"})
    with pytest.raises(ModelUnavailable, match=r"cannot be fetched \(.*refused.*\); what has come is kept"):
        store.fetch(dead)


def test_a_removed_model_is_gone_and_so_is_what_was_left_of_it(tmp_path: Path, voice: SpeechModel) -> None:
    store = ModelStore(tmp_path, (voice,))
    store.fetch(voice)
    (tmp_path / ".tiny-voice.partial").mkdir()
    assert store.remove(voice) and not store.has(voice) and not store.remove(voice)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ModelUnavailable, match='no model called "tiny-vioce"; did you mean "tiny-voice"'):
        store.named("tiny-vioce")


def test_every_known_model_is_pinned() -> None:
    names = [model.name for model in known_models()]
    assert len(set(names)) == len(names) and {"tiny.en", "base", "de_DE-thorsten-medium"} <= set(names)
    for model in known_models():
        assert model.url.startswith("https://") and "/main/" not in model.url and model.url.endswith("/")
        needed = {"model.bin", "tokenizer.json"} if model.kind == "transcriber" else {f"{model.name}.onnx"}
        assert needed <= {file.name for file in model.files}
        for file in model.files:
            algorithm, _, digest = file.digest.partition(":")
            assert len(digest) == {"sha256": 64, "md5": 32}[algorithm]


AUTO = VoiceSettings()


def test_the_best_that_was_pulled_listens_and_speaks(
    tmp_path: Path, transcriber: SpeechModel, voice: SpeechModel
) -> None:
    store = ModelStore(tmp_path, (transcriber, voice))
    assert isinstance(choose_transcriber(AUTO, "en", store).engine, SphinxTranscriber)
    assert isinstance(choose_voice(AUTO, "en", store).engine, EspeakVoice)
    store.fetch(transcriber)
    store.fetch(voice)
    heard = choose_transcriber(AUTO, "en", store).engine
    assert isinstance(heard, WhisperTranscriber) and isinstance(choose_voice(AUTO, "en", store).engine, PiperVoice)
    heard.begin(Vocabulary(jsgf=""))
    sound = tone(1100, 2.0)
    for at in range(0, len(sound), FRAME_BYTES):
        heard.feed(sound[at : at + FRAME_BYTES])
    assert heard.finish().text == SAYINGS[1100]
    embedded = VoiceSettings(transcriber="embedded", voice="embedded")
    assert isinstance(choose_transcriber(embedded, "en", store).engine, SphinxTranscriber)
    assert isinstance(choose_voice(embedded, "en", store).engine, EspeakVoice)


def test_a_model_that_is_named_and_not_here_is_one_notice_and_the_voice_goes_on(
    tmp_path: Path, transcriber: SpeechModel, voice: SpeechModel
) -> None:
    store = ModelStore(tmp_path, (transcriber, voice))
    named = VoiceSettings(transcriber="tiny.en", voice="tiny-voice")
    heard, spoken = choose_transcriber(named, "en", store), choose_voice(named, "en", store)
    assert isinstance(heard.engine, SphinxTranscriber) and isinstance(spoken.engine, EspeakVoice)
    assert heard.notice is not None and "assistant models pull tiny.en" in heard.notice
    assert spoken.notice is not None and "Until then what comes with the assistant is used." in spoken.notice


def test_a_language_that_the_embedded_engine_does_not_know_says_what_to_fetch(tmp_path: Path) -> None:
    """It still announces and rings, and its wake word ends that; whoever asks is told that it was not understood."""
    chosen = choose_transcriber(AUTO, "de", ModelStore(tmp_path))
    assert chosen.notice is not None and "understands English only, not 'de'" in chosen.notice
    assert chosen.notice.endswith("assistant models pull base")
    chosen.engine.begin(Vocabulary(jsgf=""))
    assert (chosen.engine.pause(), chosen.engine.finish()) == (Said.PART, Transcript(text="", rejected=True))
    assert isinstance(choose_voice(AUTO, "de", ModelStore(tmp_path)).engine, EspeakVoice)


def test_the_command_lists_pulls_from_a_folder_and_removes(tmp_path: Path) -> None:
    run = CliRunner()
    state = ["--state-dir", str(tmp_path / "state")]
    listed = run.invoke(app, ["models", "list", *state])
    assert listed.exit_code == 0 and "base.en" in listed.output and "CC0" in listed.output
    refused = run.invoke(app, ["models", "pull", "base.en", "--from", str(tmp_path), *state])
    assert isinstance(refused.exception, ModelUnavailable) and "holds neither base.en/model.bin" in str(
        refused.exception
    )
    unknown = run.invoke(app, ["models", "pull", "based", *state])
    assert isinstance(unknown.exception, ModelUnavailable) and 'did you mean "base"' in str(unknown.exception)
    removed = run.invoke(app, ["models", "remove", "base.en", *state])
    assert removed.exit_code == 0 and "removed" in removed.output
