"""Settings: every wrong one is named with its place and the nearest right one, and secrets are never shown."""

import os
import tempfile
from pathlib import Path

import pytest
from pydantic import BaseModel

from assistant.cli.check_config import MASKED, check_config
from config.asking import Ask
from config.load import ConfigError, load_settings, resolve_state_dir
from config.plain import PlainTopic
from config.settings import Settings

SHIPPED = Path(__file__).parent.parent / "config" / "assistant.toml"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "assistant.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_without_anything_the_defaults_hold() -> None:
    loaded = load_settings()
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}


def test_the_file_that_comes_with_it_says_exactly_the_defaults_and_names_every_setting() -> None:
    assert load_settings(SHIPPED).settings == Settings()
    text = SHIPPED.read_text()
    for key in PlainTopic.model_fields:
        assert f"\n# {key} = " in text, f"plain.{key} is not explained"
    for section, field in Settings.model_fields.items():
        assert f"[{section}]" in text
        if section in {"plain", "satellite"}:
            continue
        assert isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for key in field.annotation.model_fields:
            written_as = (
                f"\n{key} = ",
                f"\n# {key} = ",
                f"\n[{section}.{key}]",
                f"\n# [{section}.{key}]",
                f"\n# [[{section}.{key}]]",
            )
            assert any(form in text for form in written_as), f"{section}.{key} is not explained"


def test_the_later_source_wins_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, '[mqtt]\nhost = "file.example"\nport = 1884\npassword = "from file"\n')
    (tmp_path / "mqtt_password").write_text("from credential\n")
    monkeypatch.setenv("ASSISTANT_MQTT__HOST", "env.example")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    loaded = load_settings(path)
    mqtt = loaded.settings.mqtt
    assert (mqtt.host, mqtt.port) == ("env.example", 1884)
    assert mqtt.password is not None and mqtt.password.get_secret_value() == "from credential"
    assert loaded.origins["mqtt.host"] == "environment ASSISTANT_MQTT__HOST"
    assert loaded.origins["mqtt.port"] == f"file {path}"
    assert loaded.origins["mqtt.password"] == "credential mqtt_password"
    assert loaded.origins["mqtt.tls"] == "default"


def test_the_usual_place_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path(os.environ["XDG_CONFIG_HOME"]) / "assistant"
    place.mkdir(parents=True)
    (place / "assistant.toml").write_text('[house]\nunits = "us"\n')
    assert load_settings().settings.house.units == "us"
    monkeypatch.setenv("ASSISTANT_CONFIG", str(SHIPPED))
    assert load_settings().settings.house.units == "metric"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[mqtt]\nhsot = "x"\n', 'no setting in [mqtt] called "hsot"; did you mean "host"?'),
        ('[mqqt]\nhost = "x"\n', 'no section called "mqqt"; did you mean "mqtt"?'),
        ("[mqqt]\n", 'no section called "mqqt"; did you mean "mqtt"?'),
        ("[store]\nstate_dir = 5\n", 'store.state_dir: it must be a path in quotes: "...", not 5'),
        ('[mqtt]\nport = "abc"\n', "mqtt.port: it must be a whole number, not 'abc'"),
        ('[mqtt]\ntls = "maybe"\n', "mqtt.tls: it must be true or false, without quotes, not 'maybe'"),
        (
            '[confirm]\nentry = "yse"\n',
            "confirm.entry: it must be 'at_once', 'yes', 'noun', 'pin', 'console' or 'never', not 'yse'",
        ),
        ("[mqtt]\nport = 70000\n", "mqtt.port: it must be at most 65535, not 70000"),
        ('[house]\ntime_zone = "Europe/Berln"\n', "no time zone is called 'Europe/Berln'"),
        ('[house]\ntime_zone = "../etc/passwd"\n', "no time zone is called"),
        ("[mqtt\n", "not valid TOML"),
        ('host = "x"\n', "stands outside of a section"),
        ("\x00", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, '[mqtt]\nhsot = "x"\nport = 0\n[voice]\nvioce = "x"\n'))
    assert len(str(caught.value).splitlines()) == 3


def test_a_misspelt_variable_is_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_MQTT__HSOT", "x")
    with pytest.raises(ConfigError, match=r'ASSISTANT_MQTT__HSOT.*did you mean "host"'):
        load_settings()
    monkeypatch.delenv("ASSISTANT_MQTT__HSOT")
    monkeypatch.setenv("ASSISTANT_HOST", "x")
    with pytest.raises(ConfigError, match="ASSISTANT_MQTT__HOST"):
        load_settings()


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no settings file"):
        load_settings(tmp_path / "missing.toml")


def test_a_secret_is_never_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, '[mqtt]\npassword = "hunter2"\n[model]\napi_key = "sk-secret"\n')
    assert check_config(path, None) == 0
    shown = capsys.readouterr().out
    assert MASKED in shown and "hunter2" not in shown and "sk-secret" not in shown
    assert "hunter2" not in repr(load_settings(path))


def test_a_wrong_secret_is_not_echoed_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, "[mqtt]\npassword = 12345678\n"))
    assert "12345678" not in str(caught.value)


def test_a_file_with_a_secret_that_others_can_read_is_warned_about(tmp_path: Path) -> None:
    path = written(tmp_path, '[mqtt]\npassword = "x"\n')
    assert load_settings(path).warnings == ()
    path.chmod(0o644)
    assert "chmod 600" in load_settings(path).warnings[0]


def test_the_state_directory_is_the_first_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve_state_dir(Settings()) == Path(os.environ["XDG_STATE_HOME"]) / "assistant"
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/assistant:/var/lib/other")
    assert resolve_state_dir(Settings()) == Path("/var/lib/assistant")
    assert resolve_state_dir(Settings(), tmp_path) == tmp_path


def test_what_guards_the_house_is_made_easier_in_the_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_CONFIRM__ENTRY", "yes")
    with pytest.raises(ConfigError, match="can only be made stricter here; write it in the file"):
        load_settings()
    file = tmp_path / "assistant.toml"
    file.write_text('[confirm]\nentry = "yes"\n')
    assert load_settings(file).settings.confirm.entry is Ask.YES
    monkeypatch.setenv("ASSISTANT_CONFIRM__ENTRY", "console")
    assert load_settings(file).settings.confirm.entry is Ask.CONSOLE
    monkeypatch.setenv("ASSISTANT_CONFIRM__LIGHT", "at_once")
    assert load_settings(file).settings.confirm.light is Ask.AT_ONCE


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('entry = "at_once"', "somebody has to say yes to it"),
        ('entry = "pin"', "run `assistant pin`"),
        ('things = { door = "pin" }', "run `assistant pin`"),
        ('pin_hash = "1234"', "it is not what `assistant pin` makes"),
        ('pin_hash = "scrypt$4$12$34"', "run that and copy its whole line"),
        ('entry = "perhaps"', "at_once"),
    ],
)
def test_what_cannot_be_asked_of_a_person_is_refused_with_what_can(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "assistant.toml"
    file.write_text(f"[confirm]\n{line}\n")
    with pytest.raises(ConfigError) as refused:
        load_settings(file)
    assert words in str(refused.value) and "1234" not in str(refused.value)


def test_secrets_have_files_of_their_own_beside_the_settings(tmp_path: Path) -> None:
    file, folder = tmp_path / "assistant.toml", tmp_path / "credentials"
    file.write_text('[mqtt]\nusername = "me"\n')
    folder.mkdir(mode=0o700)
    (folder / "mqtt_password").touch(mode=0o600)
    (folder / "mqtt_password").write_text("secret\n")
    loaded = load_settings(file)
    assert loaded.settings.mqtt.password is not None
    assert loaded.settings.mqtt.password.get_secret_value() == "secret"
    assert loaded.origins["mqtt.password"] == "credential mqtt_password" and loaded.warnings == ()
    (folder / "mqtt_password").chmod(0o644)
    assert any(f"chmod 600 {folder / 'mqtt_password'}" in warning for warning in load_settings(file).warnings)


def test_what_needs_no_secret_works_for_a_user_who_may_not_read_them() -> None:
    with tempfile.TemporaryDirectory() as place:
        file, folder = Path(place, "assistant.toml"), Path(place, "credentials")
        file.write_text("")
        folder.mkdir(mode=0o000)
        Path(place).chmod(0o755)
        user = os.geteuid()
        try:
            if user == 0:  # root may read everything
                os.seteuid(65_534)
            loaded = load_settings(file)
        finally:
            os.seteuid(user)
    assert loaded.settings.mqtt.password is None
    assert "sudo" in loaded.warnings[0]
