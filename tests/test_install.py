"""Making it a service, below a folder that stands for a whole system: told, done, done again, and undone."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from assistant.cli.install import make_service
from assistant.doctor.finding import State
from assistant.doctor.unit import service
from assistant.setup.steps import PROGRAM, NotInstalled, unit_text
from assistant.state_dir import StateDir, StateDirUnusable
from config.load import load_settings

UNIT = Path(__file__).parent.parent / "systemd" / "assistant.service"


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A machine on which nothing is installed yet, and no program runs."""
    for program in ("systemd-sysusers", "systemctl"):
        if shutil.which(program) is None:
            if os.environ.get("CI") == "true":
                pytest.fail(f"{program} is not installed, and CI must have it")
            pytest.skip(f"{program} is not installed")
    root = tmp_path / "system"
    (root / "etc").mkdir(parents=True)
    for name, line in (("passwd", "root:x:0:0::/root:/bin/bash\n"), ("group", "root:x:0:\naudio:x:29:\n")):
        (root / "etc" / name).write_text(line)
    return root


def tree(root: Path) -> dict[str, str]:
    """Everything below it, with what a link points to; without what the list of users keeps for itself."""
    found = [one for one in root.rglob("*") if one.parent != root / "etc" or one.is_dir()]
    return {str(one.relative_to(root)): os.readlink(one) if one.is_symlink() else "" for one in found}


def run(
    system: Path, *, apply: bool = True, remove: bool = False, delete_data: bool = False, program: Path | None = PROGRAM
) -> int:
    return make_service(apply=apply, remove=remove, delete_data=delete_data, root=system, program=program)


def test_without_being_told_to_it_only_tells(system: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(system)
    for remove, delete_data in ((False, False), (True, False), (True, True)):
        assert run(system, apply=False, remove=remove, delete_data=delete_data) == 0
    assert tree(system) == before
    told = capsys.readouterr().out
    assert told.count("Nothing was changed.") == 3 and "sudo assistant install --apply" in told
    for words in ("/etc/systemd/system/assistant.service", "/var/lib/assistant", "may use the sound cards", "delete"):
        assert words in told


def test_it_makes_a_user_folders_a_unit_and_credentials(system: Path) -> None:
    assert run(system) == 0
    made = tree(system)
    assert made["usr/local/bin/assistant"] == str(PROGRAM)
    assert made["etc/systemd/system/multi-user.target.wants/assistant.service"].endswith("system/assistant.service")
    user = next(line for line in (system / "etc/passwd").read_text().splitlines() if line.startswith("assistant:"))
    assert user.endswith(":/var/lib/assistant:/usr/sbin/nologin")
    assert "audio:x:29:assistant" in (system / "etc/group").read_text()
    for folder, mode in (("var/lib/assistant", 0o700), ("etc/assistant/credentials", 0o700), ("etc/assistant", 0o755)):
        kind = (system / folder).stat()
        assert kind.st_mode & 0o777 == mode
        if os.geteuid() == 0 and mode == 0o700:
            assert str(kind.st_uid) == user.split(":")[2]
    settings = load_settings(system / "etc/assistant/assistant.toml").settings
    assert settings.store.state_dir == Path("/var/lib/assistant")
    assert "credentials.conf" not in str(made)
    unit = (system / "etc/systemd/system/assistant.service").read_text()
    assert unit == UNIT.read_text() == unit_text(PROGRAM)
    assert all(one.state is State.OK for one in service(system, rated=None) if "is not there" not in one.found)


def test_it_says_no_more_than_was_done(system: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hidden = Path("/home/me/.venv/bin/assistant")
    run(system, apply=False, program=hidden)
    assert capsys.readouterr().out.startswith("First of all the assistant has to be where a service can see it")
    run(system, apply=False, remove=True, program=hidden)
    assert "First of all" not in capsys.readouterr().out
    run(system)
    assert capsys.readouterr().out.endswith(f"Nothing was started: it lies below {system}.\n")


def test_done_again_it_takes_in_what_was_set_since_and_changes_nothing_else(system: Path) -> None:
    run(system)
    settings = system / "etc/assistant/assistant.toml"
    settings.write_text(settings.read_text().replace("# backup_dir =", "backup_dir ="))
    secret = system / "etc/assistant/credentials/mqtt_password"
    secret.write_text("hunter2\n")
    secret.chmod(0o644)
    before = settings.read_text()
    run(system)
    drop_ins = system / "etc/systemd/system/assistant.service.d"
    lines = (drop_ins / "credentials.conf").read_text().splitlines()
    assert lines[1:] == ["[Service]", "LoadCredential=mqtt_password:/etc/assistant/credentials/mqtt_password"]
    assert (drop_ins / "folders.conf").read_text().splitlines()[-1] == "ReadWritePaths=-/mnt/usb/assistant"
    assert secret.stat().st_mode & 0o777 == 0o600 and settings.read_text() == before
    assert "hunter2" not in "".join(one.read_text() for one in system.rglob("*.conf"))
    secret.unlink()
    first = tree(system)
    run(system)
    assert set(first) - set(tree(system)) == {"etc/systemd/system/assistant.service.d/credentials.conf"}


def test_what_it_wrote_is_a_unit_that_systemd_takes(system: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    assert program is not None
    run(system)
    (system / "etc/assistant/credentials/mqtt_password").write_text("x")
    run(system, program=Path("/bin/true"))
    unit = system / "etc/systemd/system/assistant.service"
    done = subprocess.run([program, "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")


def test_undone_it_leaves_records_settings_and_what_others_wrote(system: Path) -> None:
    before = tree(system)
    run(system)
    record = system / "var/lib/assistant/readings.sqlite3"
    record.write_text("years")
    mine = system / "etc/systemd/system/assistant.service.d/mine.conf"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("[Service]\nNice=5\n")
    assert run(system, remove=True) == 0
    left = set(tree(system)) - set(before)
    assert record.exists() and mine.exists() and "etc/assistant/assistant.toml" in left
    files = {name for name in left if (system / name).is_file() or (system / name).is_symlink()}
    assert files == {
        "etc/assistant/assistant.toml",
        "var/lib/assistant/readings.sqlite3",
        "etc/systemd/system/assistant.service.d/mine.conf",
    }
    assert run(system, remove=True) == 0, "what is gone is no reason to fail"
    assert run(system, remove=True, delete_data=True) == 0
    assert not record.exists() and not (system / "etc/assistant").exists() and mine.exists()
    assert "assistant" not in (system / "etc/passwd").read_text()


def test_data_is_deleted_only_together_with_the_service(system: Path) -> None:
    run(system)
    with pytest.raises(NotInstalled, match="nothing was deleted"):
        run(system, delete_data=True)
    assert (system / "var/lib/assistant").is_dir()


@pytest.mark.parametrize("place", ["/home/me/.venv/bin/assistant", "/root/a/bin/assistant", "/tmp/x/bin/assistant"])
def test_a_program_that_a_service_cannot_see_is_refused_before_anything_is_done(
    system: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(system)
    with pytest.raises(NotInstalled, match=r"docs/install-pi\.md"):
        run(system, program=Path(place))
    assert tree(system) == before
    run(system, apply=False, program=Path(place))
    assert capsys.readouterr().out.startswith("First of all")


def test_another_program_of_that_name_is_left_alone(system: Path) -> None:
    other = system / "usr/local/bin/assistant"
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\n")
    with pytest.raises(NotInstalled, match="another program"):
        run(system)
    run(system, remove=True)
    assert other.read_text() == "#!/bin/sh\n"


@pytest.mark.parametrize("loud", [True, False])
def test_root_does_not_write_into_the_records_of_the_services_user(tmp_path: Path, loud: bool) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, 65_534 if loud else 0, 0)
    if os.geteuid() == 0 and loud:
        with pytest.raises(StateDirUnusable, match="sudo -u '#65534'"), StateDir(tmp_path):
            pass
        assert list(tmp_path.iterdir()) == []
    else:
        with StateDir(tmp_path):
            assert list(tmp_path.iterdir())
