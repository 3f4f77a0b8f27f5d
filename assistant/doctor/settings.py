"""Whether the settings can be used, and who may read the secrets in them."""

from collections.abc import Iterator

from assistant.doctor.finding import Finding, State, degraded, ok, told
from config.errors import UserFacingError
from config.load import Loaded, value_of
from config.settings import Settings

PART, SECRETS = "settings", "secrets"


def unusable(error: UserFacingError) -> Iterator[Finding]:
    """One finding for each thing that is wrong."""
    for line in str(error).splitlines():
        yield told(PART, State.BROKEN, line, "correct it; `assistant setup` asks anew", marks=("; ",))


def usable(loaded: Loaded) -> Iterator[Finding]:
    """Of settings that were read: where they are from, and each warning."""
    changed = sum(value_of(loaded.settings, name) != value_of(Settings(), name) for name in loaded.origins)
    where = str(loaded.file) if loaded.file else "no file, only defaults and the environment"
    yield ok(PART, f"{where}; {changed} of {len(loaded.origins)} settings are other than the default")
    for warning in loaded.warnings:
        yield told(SECRETS, State.DEGRADED, warning)
    if not loaded.warnings:
        yield ok(SECRETS, "no file with a password or key can be read by others")


def house_file_unusable(error: UserFacingError) -> Finding:
    return told("house file", State.BROKEN, str(error).splitlines()[0], "correct that line of it", marks=("; ",))


def house_file_notes(warnings: tuple[str, ...]) -> Iterator[Finding]:
    for warning in warnings[:3]:
        yield degraded("house file", warning, "correct the name, or take the entry out")
