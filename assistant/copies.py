"""The three databases with their backups, as the settings have them; light, so that a command is soon there."""

from pathlib import Path

from assistant.state_dir import StateDir
from config.settings import Settings
from sensors.backup import Backups
from sensors.salvage import readings_holding
from tools.audit import audit_holding
from tools.house_state import house_holding


def backups_of(settings: Settings, state: StateDir, folder: Path | None = None) -> tuple[Backups, ...]:
    """Of each database that there is, in `folder` or where the settings say."""
    place = folder or settings.store.backup_dir or state.backups
    holdings = (readings_holding(state.readings), audit_holding(state.audit), house_holding(state.house))
    return tuple(Backups(one, place) for one in holdings)
