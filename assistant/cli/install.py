"""`assistant install`: tells the steps that make it a service; does them, or undoes them, only when told to."""

import sys
from dataclasses import replace
from pathlib import Path

from assistant.setup.steps import PROGRAM, STATE, NotInstalled, Place, Step, install, is_hidden, uninstall
from config.load import SYSTEM_FILE

_HOW = {
    (False, False): "sudo assistant install --apply",
    (True, False): "sudo assistant install --uninstall --apply",
}
_DELETE = "sudo assistant install --uninstall --delete-data --apply"
_KEPT = f"Kept: {STATE} and {SYSTEM_FILE.parent}. They go with: {_DELETE}"
_FIRST = f"""\
First of all the assistant has to be where a service can see it, {PROGRAM.parents[2]}: docs/install-pi.md tells how.
"""
_NEXT = """\
It runs. See how it is:        sudo assistant doctor
Ask it something in writing:   sudo -u assistant assistant ask "what time is it"
Say what there is to know:     sudo assistant setup, then sudo assistant install --apply once more
"""


def make_service(*, apply: bool, remove: bool, delete_data: bool, root: Path, program: Path | None) -> int:
    """Raises NotInstalled where a step cannot be done."""
    if delete_data and not remove:
        raise NotInstalled("--delete-data goes with --uninstall only; nothing was deleted")
    place = Place(root=root, program=program or Path(sys.prefix) / "bin" / "assistant")
    if is_hidden(place.program) and not apply:
        sys.stdout.write("" if remove else _FIRST)
        place = replace(place, program=PROGRAM)
    steps = uninstall(place, delete_data=delete_data) if remove else install(place)
    for number, step in enumerate(steps, 1):
        if apply:
            _do(step)
        sys.stdout.write(f"{number}. {step.text}{': done' if apply else ''}\n")
    started = f"Nothing was started: it lies below {root}." if apply and not remove and not place.real else None
    sys.stdout.write(f"{started or _last_word(apply=apply, remove=remove, delete_data=delete_data)}\n")
    return 0


def _do(step: Step) -> None:
    try:
        step.do()
    except PermissionError as error:
        raise NotInstalled(f"{error.filename} cannot be changed by this user; run it with sudo") from error
    except OSError as error:
        raise NotInstalled(f"{step.text}: {error}; run it again when that is mended") from error


def _last_word(*, apply: bool, remove: bool, delete_data: bool) -> str:
    if not apply:
        return f"Nothing was changed. This does it: {_HOW.get((remove, delete_data), _DELETE)}"
    if not remove:
        return _NEXT.rstrip()
    return "Everything is gone." if delete_data else _KEPT
