"""What makes the assistant a service, step by step: told, done or undone. Everything lies below one root."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from assistant.setup.written import shipped, with_answers
from config.errors import UserFacingError
from config.load import CREDENTIALS, CREDENTIALS_FOLDER, SYSTEM_FILE, load_settings

USER = "assistant"
STATE = Path("/var/lib/assistant")
UNIT = Path("/etc/systemd/system/assistant.service")
DROP_INS = UNIT.with_name("assistant.service.d")
USERS = Path("/etc/sysusers.d/assistant.conf")
PROGRAM = Path("/opt/assistant/.venv/bin/assistant")
"""Where it lies when it was installed as docs/install-pi.md has it."""
LINK = Path("/usr/local/bin/assistant")
USERS_TEXT = f"""\
# The user that the home voice assistant runs as.
u {USER} - "Home voice assistant" {STATE}
m {USER} audio
"""
_HIDDEN = ("/home/", "/root/", "/tmp/", "/var/tmp/", "/run/user/")
"""What the service cannot see, by ProtectHome and PrivateTmp."""
_HEADER = "# Written by `assistant install`, from the settings; keep changes of your own in another file here.\n"


class NotInstalled(UserFacingError):
    """A step cannot be done; the message says why and what to do. Doing all of them again goes on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    text: str
    """What it does, for a person."""
    do: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`root`: `/` on a real system; elsewhere nothing but files is touched. `program`: the command to be started."""

    root: Path = Path("/")
    program: Path = PROGRAM

    @property
    def real(self) -> bool:
        return self.root == Path("/")

    def at(self, path: Path) -> Path:
        return self.root / path.relative_to("/")


def unit_text(program: Path) -> str:
    """The unit as it comes with the assistant, with the command that is to be started."""
    packed = files("assistant.setup").joinpath("assistant.service")
    source = packed if packed.is_file() else Path(__file__).parents[2] / "systemd" / "assistant.service"
    return re.sub(r"^ExecStart=\S+", f"ExecStart={program}", source.read_text(encoding="utf-8"), flags=re.MULTILINE)


def is_hidden(program: Path) -> bool:
    """Whether it lies where a service cannot see it."""
    return str(program).startswith(_HIDDEN)


def install(place: Place) -> Sequence[Step]:
    """Raises NotInstalled where the program lies where a service cannot see it."""
    if is_hidden(place.program):
        raise NotInstalled(
            f"{place.program} lies where a service cannot see it; install the assistant into /opt/assistant first:"
            " docs/install-pi.md tells how"
        )
    settings = place.at(SYSTEM_FILE)
    return (
        Step(text=f"the user {USER}, who may use the sound cards: {USERS}, systemd-sysusers", do=lambda: _user(place)),
        Step(
            text=f"{STATE} for the records, {SYSTEM_FILE.parent} for the settings, {CREDENTIALS_FOLDER} in it for"
            " passwords and keys, for that user alone",
            do=lambda: _folders(place),
        ),
        Step(
            text=f"{SYSTEM_FILE}, with the records in {STATE}" + (" (it is there)" if settings.exists() else ""),
            do=lambda: _settings(place),
        ),
        Step(text=f"the unit {UNIT}, which starts {place.program}", do=lambda: _unit(place)),
        Step(
            text=f"{DROP_INS}: passwords and keys as systemd credentials, and the backups' folder if it is elsewhere",
            do=lambda: _drop_ins(place),
        ),
        Step(text=f"{LINK}, so that `assistant` is found", do=lambda: _link(place)),
        Step(text="systemctl daemon-reload, enable assistant, restart assistant", do=lambda: _start(place)),
    )


def uninstall(place: Place, *, delete_data: bool) -> Sequence[Step]:
    kept = (
        Step(text=f"systemctl disable and stop assistant, remove {UNIT}", do=lambda: _stop(place)),
        Step(text=f"remove {LINK} and {USERS}", do=lambda: _remove(place)),
    )
    if not delete_data:
        return kept
    deleted = Step(
        text=f"delete {STATE} with every record and backup, {SYSTEM_FILE.parent} with the settings and passwords,"
        f" and the user {USER}",
        do=lambda: _delete(place),
    )
    return (*kept, deleted)


def _user(place: Place) -> None:
    _write(place.at(USERS), USERS_TEXT, 0o644)
    _run(["systemd-sysusers", *([] if place.real else [f"--root={place.root}"]), USERS.name])


def _folders(place: Place) -> None:
    for path, mode in ((STATE, 0o700), (SYSTEM_FILE.parent, 0o755), (SYSTEM_FILE.parent / CREDENTIALS_FOLDER, 0o700)):
        folder = place.at(path)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        if mode == 0o700:
            _give(place, folder)
            for file in folder.iterdir() if path != STATE else ():
                file.chmod(0o600)
                _give(place, file)


def _give(place: Place, path: Path) -> None:
    """To the assistant's user, as the root's own list of users has it; only root can."""
    if os.geteuid() != 0:
        return
    lines = place.at(Path("/etc/passwd")).read_text(encoding="utf-8").splitlines()
    for line in lines:
        name, _, uid, gid, *_rest = line.split(":")
        if name == USER:
            os.chown(path, int(uid), int(gid))


def _settings(place: Place) -> None:
    file = place.at(SYSTEM_FILE)
    text = file.read_text(encoding="utf-8") if file.exists() else shipped()
    if not re.search(r"^state_dir\s*=", text, re.MULTILINE):
        _write(file, with_answers(text, {"store.state_dir": str(STATE)}), 0o644)


def _unit(place: Place) -> None:
    _write(place.at(UNIT), unit_text(place.program), 0o644)


def _drop_ins(place: Place) -> None:
    folder = place.at(SYSTEM_FILE.parent / CREDENTIALS_FOLDER)
    names = [name for name in CREDENTIALS if (folder / name).is_file()]
    lines = [f"LoadCredential={name}:{SYSTEM_FILE.parent / CREDENTIALS_FOLDER / name}" for name in names]
    _drop_in(place, "credentials.conf", lines)
    _drop_in(place, "folders.conf", [f"ReadWritePaths=-{path}" for path in _elsewhere(place)])


def _drop_in(place: Place, name: str, lines: Sequence[str]) -> None:
    path = place.at(DROP_INS) / name
    if lines:
        _write(path, f"{_HEADER}[Service]\n" + "".join(f"{line}\n" for line in lines), 0o644)
    else:
        path.unlink(missing_ok=True)


def _elsewhere(place: Place) -> Iterator[Path]:
    """Folders that the settings have written to, and that ProtectSystem=strict would not let be written."""
    store = load_settings(place.at(SYSTEM_FILE)).settings.store
    for path in (store.state_dir, store.backup_dir):
        if path is not None and not path.is_relative_to(STATE):
            yield path


def _link(place: Place) -> None:
    link = place.at(LINK)
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() or not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(place.program)
    elif link.resolve() != place.program:
        raise NotInstalled(f"{LINK} is another program; move it away and run this again")


def _start(place: Place) -> None:
    _control(place, "enable", USER)
    if place.real:
        _run(["systemctl", "daemon-reload"])
        _run(["systemctl", "restart", USER])


def _stop(place: Place) -> None:
    if place.at(UNIT).exists():
        if place.real:
            _run(["systemctl", "stop", USER])
        _control(place, "disable", USER)
    place.at(UNIT).unlink(missing_ok=True)
    for name in ("credentials.conf", "folders.conf"):
        (place.at(DROP_INS) / name).unlink(missing_ok=True)
    folder = place.at(DROP_INS)
    if folder.is_dir() and not list(folder.iterdir()):  # what somebody wrote there themselves stays
        folder.rmdir()
    if place.real:
        _run(["systemctl", "daemon-reload"])


def _remove(place: Place) -> None:
    link = place.at(LINK)
    if link.is_symlink() and link.readlink() == place.program:
        link.unlink()
    place.at(USERS).unlink(missing_ok=True)


def _delete(place: Place) -> None:
    for path in (STATE, SYSTEM_FILE.parent):
        if place.at(path).exists():
            shutil.rmtree(place.at(path))
    if re.search(rf"^{USER}:", place.at(Path("/etc/passwd")).read_text(encoding="utf-8"), re.MULTILINE):
        _run(["userdel", *([] if place.real else ["--prefix", str(place.root)]), USER])


def _control(place: Place, verb: str, unit: str) -> None:
    _run(["systemctl", *([] if place.real else [f"--root={place.root}"]), verb, f"{unit}.service"])


def _write(path: Path, text: str, mode: int) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(mode)
    os.replace(new, path)


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    except FileNotFoundError as error:
        raise NotInstalled(f"{command[0]} is not here; a service needs a system with systemd") from error
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"{' '.join(command)} does not end; run it by hand to see why") from error
    if done.returncode:
        why = done.stderr.strip().splitlines()
        raise NotInstalled(f"{' '.join(command)} failed: {why[-1] if why else 'it did not say why'}")
