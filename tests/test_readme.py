"""README says what is so: its commands run, its settings load, and what it points at is there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from config.load import load_settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


def test_it_is_short_enough_to_read() -> None:
    assert len(README.splitlines()) <= 200


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("make ")])
def test_its_make_targets_exist(command: str) -> None:
    done = subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_its_commands_run_in_order_as_written(tmp_path: Path) -> None:
    """All but the daemon, which tests/test_daemon.py runs."""
    skipped = ("make", ".venv/bin/assistant run")
    environment = os.environ | {"HOME": str(tmp_path), "ASSISTANT_MQTT__ENABLED": "false"}
    environment.pop("XDG_CONFIG_HOME", None)
    ran = 0
    for line in COMMANDS:
        if line.startswith(skipped):
            continue
        command = line.replace(".venv/bin/assistant", f"{shlex.quote(sys.executable)} -m assistant")
        done = subprocess.run(
            ["bash", "-ec", command], cwd=ROOT, env=environment, capture_output=True, text=True, input="", timeout=30
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
        ran += 1
    assert ran >= 6


@pytest.mark.parametrize("settings", blocks("toml"))
def test_its_settings_load(tmp_path: Path, settings: str) -> None:
    path = tmp_path / "assistant.toml"
    path.write_text(settings)
    load_settings(path)


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:sensors|tools|assistant|tests|config|systemd|benchmarks)/[\w./]+)`", README)))
)
def test_every_file_that_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()
