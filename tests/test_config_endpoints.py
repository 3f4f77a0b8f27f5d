"""The endpoints below `[model]`: their keys come from where secrets belong, and are shown nowhere."""

from pathlib import Path

import pytest
from test_config import written

from assistant.cli.check_config import check_config
from config.load import ConfigError, load_settings
from config.model import ModelSettings
from config.nested import NoSuchEndpoint

TWO = """
[model]
base_url = "http://127.0.0.1:1/v1"
name = "large"
first_token_seconds = 7

[model.decide]
name = "small"

[[model.fallback]]
base_url = "http://127.0.0.1:2/v1"
name = "other"
"""


def test_endpoints_are_asked_in_the_order_of_the_file(tmp_path: Path) -> None:
    model = load_settings(written(tmp_path, TWO)).settings.model
    assert [one.name for one in model.endpoints] == ["large", "other"]
    assert model.decider is not None
    assert (model.decider.name, model.decider.base_url) == ("small", "http://127.0.0.1:1/v1")
    assert model.decider.first_token_seconds == 7


def test_keys_come_from_credentials_and_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model_fallback_1_api_key").write_text("from credential\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("ASSISTANT_MODEL__DECIDE_API_KEY", "from environment")
    model = load_settings(written(tmp_path, TWO)).settings.model
    assert model.decide is not None and model.decide.api_key is not None
    assert model.decide.api_key.get_secret_value() == "from environment"
    key = model.fallback[0].api_key
    assert key is not None and key.get_secret_value() == "from credential"
    assert "from " not in repr(model)


@pytest.mark.parametrize("key", ["FALLBACK_2_API_KEY", "FALLBACK_5_API_KEY"])
def test_the_key_of_an_endpoint_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(f"ASSISTANT_MODEL__{key}", "sk-secret")
    with pytest.raises(NoSuchEndpoint, match=r"no such endpoint") as caught:
        load_settings(written(tmp_path, TWO))
    assert "sk-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[model.fallback]]\nname = "x"\n', "[[model.fallback]] entry 1: base_url: Field required"),
        ('[[model.fallback]]\nbase_url = "x"\nnmae = "x"\n', 'no setting in [model.fallback] called "nmae"'),
        ('[model.decide]\nname = ""\n', "[model.decide]: name: String should have at least 1 character"),
        ('[model]\nfallback = "x"\n', "model.fallback: it must be a list in brackets"),
        ('[[model.fallback]]\nbase_url = "x"\napi_key = 12345\n', "entry 1: api_key: it must be a text in quotes"),
        ('[[model.fallback]]\napi_key = "sk-12345"\n', "entry 1: base_url: Field required"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_no_secret(tmp_path: Path, text: str, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert words in str(caught.value) and str(path) in str(caught.value)
    assert "12345" not in str(caught.value)


def test_a_key_in_a_file_that_others_can_read_is_warned_about_and_never_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, f'{TWO}api_key = "sk-secret"\n')
    assert load_settings(path).warnings == ()
    path.chmod(0o644)
    assert "chmod 600" in load_settings(path).warnings[0]
    check_config(path, None)
    printed = capsys.readouterr().out
    values = "".join("".join(line.split("│")[2].split()) for line in printed.splitlines() if line.count("│") == 4)
    assert "sk-secret" not in "".join(printed.split())
    assert "name=other,api_key=********" in values


def test_a_password_in_an_address_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_config(written(tmp_path, '[model]\nbase_url = "http://me:hunter2@127.0.0.1:1/v1"\n'), None)
    shown = capsys.readouterr().out
    assert "hunter2" not in shown and "127.0.0.1:1" in shown


def test_a_key_goes_to_no_address_but_its_own() -> None:
    there = {"base_url": "http://127.0.0.1:3/v1", "name": "small"}
    model = ModelSettings.model_validate({"api_key": "sk-1", "decide": there})
    assert model.decider is not None and model.decider.api_key is None
    same = ModelSettings.model_validate({"api_key": "sk-1", "decide": {"name": "small"}})
    assert same.decider is not None and same.decider.api_key is not None
