"""Setting up: each answer is tried, one can go back, Enter keeps; nothing is written before the end, or by halves."""

import os
import shutil
import subprocess
import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path
from string import printable

import pytest
from fakes_terminal import ASSISTANT, Terminal
from hypothesis import given, settings
from hypothesis import strategies as st
from real_daemon import announce
from real_mosquitto import free_port
from test_sensors_broker_tls import serving

from assistant.cli.setup import AnswersWrong, Form, NobodyThere, read_answers, set_up
from assistant.setup.asking import Answers, Conversation, Outcome, Question, Value, Wrong, one_of, yes_or_no
from assistant.setup.questions import Trials, questions, time_zone
from assistant.setup.written import NotWritten, shipped, with_answers, write
from config.load import load_settings
from config.settings import Settings

ASKED = questions(Trials(), zone="Europe/Berlin")
OFF = "[mqtt]\nenabled = false\n[voice]\nenabled = false\n"


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its rights and its bytes."""
    found = [one for one in sorted(folder.rglob("*")) if one.is_file()]
    return {str(one.relative_to(folder)): (one.stat().st_mode & 0o777, one.read_bytes()) for one in found}


class Script:
    """A person who has made up their mind; keeps what they were told and asked."""

    def __init__(self, *lines: str, keeps: bool = False) -> None:
        self._lines = list(lines)
        self._keeps = keeps
        self.asked: list[str] = []
        self.told: list[str] = []

    def answer(self, question: Question, prompt: str) -> str:
        self.asked.append(prompt)
        return self._lines.pop(0)

    def tell(self, text: str) -> None:
        self.told.append(text.strip())

    def keeps(self, question: Question) -> bool:
        return self._keeps


def held(person: Script | Form, asked: tuple[Question, ...], known: Answers | None = None) -> Answers:
    return Conversation(asked, known=known or {}).hold(person)


def even(answers: Answers) -> Outcome:
    good = int(str(answers["n"])) % 2 == 0
    return Outcome(good=good, text="even" if good else "odd")


N = Question(name="n", text="A number", read=int, default=lambda _: 4, trial=even)
MORE = Question(name="more", text="More", read=yes_or_no, default=lambda _: False)
WHICH = Question(name="which", text="Which", read=str, applies=lambda answers: answers.get("more") is True)


def test_enter_takes_the_default_and_what_is_set_already_is_the_default() -> None:
    person = Script("", "")
    assert held(person, (N, MORE)) == {"n": 4, "more": False}
    assert person.asked == ["A number [4]: ", "More [no]: "]
    assert held(Script("", ""), (N, MORE), {"n": 8, "more": False})["n"] == 8


def test_an_answer_that_fails_its_trial_is_asked_for_again_or_kept() -> None:
    person = Script("3", "6", "")
    assert held(person, (N, MORE))["n"] == 6 and person.told == ["Odd", "Even"]
    assert held(Script("3", "", keeps=True), (N, MORE))["n"] == 3


def test_one_can_go_back_and_what_no_longer_applies_is_forgotten() -> None:
    person = Script("<", "2", "yes", "<", "no")
    assert held(person, (N, MORE, WHICH)) == {"n": 2, "more": False}
    assert person.told[0] == "This is the first question." and person.asked[-1] == "More [yes]: "
    assert held(Script("2", "yes", "this one"), (N, MORE, WHICH)) == {"n": 2, "more": True, "which": "this one"}


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(st.sampled_from(["", "<", "-", "yes", "no", "2", "nonsense"]), max_size=60))
def test_whatever_is_typed_the_conversation_ends_with_every_answer_or_goes_on_asking(lines: list[str]) -> None:
    person = Script(*lines)
    try:
        answers = held(person, (MORE, WHICH, replace(MORE, name="last")))
    except IndexError:
        assert len(person.asked) == len(lines) + 1
    else:
        assert (answers["more"] is True) == ("which" in answers)


@pytest.mark.parametrize("text", ["Mars/Phobos", "../etc/passwd", "berlin", "/etc/localtime", "\0"])
def test_a_zone_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Wrong, match="Europe/Berlin"):
        time_zone(text)


def test_a_choice_may_be_abbreviated_while_it_is_clear() -> None:
    read = one_of("metric", "us", "use")
    assert (read("m"), read("US")) == ("metric", "us")
    with pytest.raises(Wrong, match="metric, us, use"):
        read("u")


# The file.

VALUES = st.text(alphabet=printable.strip() + " äö#\"'\\", min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(name=VALUES, host=VALUES, port=st.integers(1, 65_535), tls=st.booleans(), room=st.none() | VALUES)
def test_any_answer_comes_back_as_it_was_given_and_no_remark_is_lost(
    name: str, host: str, port: int, tls: bool, room: str | None
) -> None:
    answers: dict[str, Value] = {
        "mqtt.username": name,
        "mqtt.host": host,
        "mqtt.port": port,
        "mqtt.tls": tls,
        "voice.room": room,
    }
    once = with_answers(shipped(), answers)
    read = Settings.model_validate(tomllib.loads(once))
    assert (read.mqtt.username, read.mqtt.host, read.mqtt.port, read.mqtt.tls) == (name, host, port, tls)
    assert read.voice.room == room
    assert with_answers(once, answers) == once
    assert len(once.splitlines()) == len(shipped().splitlines())
    assert "# often 8883 with tls" in once and "where the microphone stands" in once


def test_what_a_person_wrote_stays_and_what_is_new_is_added() -> None:
    mine = "# my house\n[mqtt]\nhost = 'old' # the attic\nkeep_disabled = true\n\n[gate]\nacting = false\n"
    new = with_answers(mine, {"mqtt.host": "new", "mqtt.port": 1884, "voice.room": "Hall", "mqtt.username": None})
    assert new == (
        '# my house\n[mqtt]\nport = 1884\nhost = "new" # the attic\nkeep_disabled = true\n\n[gate]\nacting = false\n'
        '\n[voice]\nroom = "Hall"\n'
    )


def test_a_password_in_the_settings_moves_into_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "assistant.toml"
    file.write_text(f'{OFF}[model]\napi_key = "sk-old"\nname = "tiny"\nenabled = true\n')
    form = tmp_path / "answers.toml"
    form.write_text("")
    assert set_up(answers=form, untested=True, config=file) == 0
    loaded = load_settings(file)
    assert "sk-old" not in file.read_text() and "sk-old" in (tmp_path / "assistant.toml.before").read_text()
    assert loaded.settings.model.api_key is not None
    assert loaded.settings.model.api_key.get_secret_value() == "sk-old"


def test_a_file_in_a_form_that_was_not_reckoned_with_is_left_alone() -> None:
    with pytest.raises(NotWritten, match="mqtt"):
        with_answers('mqtt = { host = "old" }\n', {"mqtt.host": "new"})
    with pytest.raises(NotWritten, match="by hand"):
        with_answers('[mqtt]\n"host" = "old"\n', {"mqtt.username": "me", "mqtt.host": None})


def test_secrets_are_for_their_owner_alone_and_never_in_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "etc" / "assistant.toml"
    answers: dict[str, Value] = {"mqtt.password": "hunter2", "model.api_key": None}
    done = write(path, with_answers(shipped(), answers), {"mqtt.password": "hunter2", "model.api_key": None})
    assert "hunter2" not in path.read_text() and done.kept is None
    assert tree(tmp_path)["etc/credentials/mqtt_password"] == (0o600, b"hunter2\n")
    assert done.secrets[0].parent.stat().st_mode & 0o777 == 0o700
    assert load_settings(path).origins["mqtt.password"] == "credential mqtt_password"
    write(path, shipped(), {"mqtt.password": None})
    assert set(tree(tmp_path)) == {"etc/assistant.toml", "etc/assistant.toml.before"}


def test_where_it_cannot_be_written_nothing_changes() -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "assistant.toml"
        path.write_text(OFF)
        Path(place).chmod(0o555)
        before, user = tree(Path(place)), os.geteuid()
        try:
            if user == 0:  # root may write everywhere
                os.seteuid(65_534)
            with pytest.raises(NotWritten, match="sudo"):
                write(path, shipped(), {"mqtt.password": "x"})
        finally:
            os.seteuid(user)
            Path(place).chmod(0o755)
        assert tree(Path(place)) == before


# Without a person.


def test_a_form_sets_everything_and_a_failing_trial_stops_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, form = tmp_path / "new" / "assistant.toml", tmp_path / "answers.toml"
    port = free_port()
    form.write_text(f'[house]\nunits = "us"\n[mqtt]\nport = {port}\npassword = "x"\n[voice]\nenabled = false\n')
    with pytest.raises(AnswersWrong, match=f"Nothing listens at 127.0.0.1:{port}"):
        set_up(answers=form, untested=False, config=file)
    assert not file.parent.exists()
    assert set_up(answers=form, untested=True, config=file) == 0
    assert str(file) in capsys.readouterr().out
    settings = load_settings(file).settings
    assert (settings.house.units, settings.mqtt.port, settings.voice.enabled) == ("us", port, False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[mqtt]\nhsot = 'x'\n", 'did you mean "mqtt.host"'),
        ("[mqtt]\nhost = ['x']\n", "mqtt.host"),
        ("mqtt = 3\n", "there is no question"),
        ("[mqtt\n", "cannot be read"),
    ],
)
def test_a_form_with_a_mistake_is_refused(tmp_path: Path, text: str, words: str) -> None:
    form = tmp_path / "answers.toml"
    form.write_text(text)
    with pytest.raises(AnswersWrong, match=words):
        read_answers(form, [one.name for one in ASKED])


def test_an_answer_in_a_form_that_is_none_does_not_go_round_in_circles(tmp_path: Path) -> None:
    with pytest.raises(AnswersWrong, match=r"house\.units: Choose one of: metric, us"):
        held(Form({"house.units": "kelvin"}), tuple(ASKED))


def test_without_a_terminal_it_says_how_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as nobody, pytest.raises(NobodyThere, match="--answers"):
        monkeypatch.setattr("sys.stdin", nobody)
        set_up(answers=None, untested=True, config=tmp_path / "assistant.toml")


# With one, on a real terminal.


def environment() -> dict[str, str]:
    return os.environ | {"ALSA_CONFIG_PATH": "/nowhere", "TERM": "dumb", "PYTHONUNBUFFERED": "1"}


def test_a_person_at_a_terminal_with_a_real_broker(tmp_path: Path) -> None:
    passwords, file = tmp_path / "passwords", tmp_path / "home" / "assistant.toml"
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto_passwd is not here")
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "me", "hunter2"], check=True, capture_output=True)
    passwords.chmod(0o644)
    with (
        serving(tmp_path, "allow_anonymous false", f"password_file {passwords}") as server,
        Terminal([*ASSISTANT, "setup", "--config", str(file)], environment(), tmp_path) as terminal,
    ):
        terminal.expect("Which language is spoken")
        terminal.type("")
        terminal.expect("Time zone")
        terminal.type("Atlantis")
        terminal.expect("No time zone is called 'Atlantis'")
        terminal.type("Europe/Berlin")
        terminal.expect("Units: metric (Celsius) or us (Fahrenheit) [metric]: ")
        terminal.type("us")
        terminal.expect("Is there an MQTT broker")
        terminal.type("<")
        terminal.expect("Units: metric (Celsius) or us (Fahrenheit) [us]: ")
        terminal.type("metric")
        for _ in range(3):  # a broker, here, without TLS
            terminal.type("")
        terminal.expect("Broker: its port [1883]: ")
        terminal.type(str(free_port()))
        terminal.expect("Nothing listens at")
        terminal.expect("[again]: ")
        terminal.type("<")  # perhaps it was the name that was wrong
        terminal.expect("Broker: over TLS")
        terminal.type("")
        terminal.expect("Broker: its port")
        terminal.type(str(server.port))
        terminal.expect("Something listens at")
        terminal.expect("Broker: user name [none]: ")
        terminal.type("me")
        terminal.expect("it is not shown")
        terminal.type("wrong")
        terminal.expect("refused the user name or password")
        terminal.expect("[again]: ")
        terminal.type("again")
        terminal.expect("it is not shown")
        terminal.type("hunter2")
        terminal.expect("The broker takes us; nothing has announced itself there yet.")
        terminal.expect("Is it to listen and speak")
        terminal.type("no")
        terminal.expect("Is a language model")
        terminal.type("")
        terminal.expect("Write ")
        assert not file.exists() and not (file.parent / "credentials").exists()
        terminal.type("")
        assert terminal.code() == 0
        assert "hunter2" not in terminal.shown and "Traceback" not in terminal.shown
    settings = load_settings(file).settings
    assert (settings.house.time_zone, settings.house.units, settings.mqtt.port) == (
        "Europe/Berlin",
        "metric",
        server.port,
    )
    assert tree(file.parent)["credentials/mqtt_password"] == (0o600, b"hunter2\n")
    assert settings.voice.enabled is False


@pytest.mark.parametrize("answers", [0, 3, 6])
def test_ctrl_c_at_any_question_leaves_everything_as_it_was(tmp_path: Path, answers: int) -> None:
    file = tmp_path / "assistant.toml"
    file.write_text(OFF)
    before = tree(tmp_path)
    with Terminal([*ASSISTANT, "setup", "--untested", "--config", str(file)], environment(), tmp_path) as terminal:
        terminal.expect("Which language is spoken")
        for _ in range(answers):
            terminal.type("")
            terminal.expect("]: ")
        if answers == 6:
            terminal.expect("Write ")
        assert terminal.interrupt() == 1
        assert "Nothing was changed." in terminal.shown and "Traceback" not in terminal.shown
    assert tree(tmp_path) == before


def test_what_was_announced_is_told(tmp_path: Path) -> None:
    file, form = tmp_path / "assistant.toml", tmp_path / "answers.toml"
    with serving(tmp_path) as server:
        announce(server.port)
        form.write_text(f"[mqtt]\nport = {server.port}\n[voice]\nenabled = false\n")
        assert set_up(answers=form, untested=False, config=file) == 0
    assert load_settings(file).settings.mqtt.port == server.port
