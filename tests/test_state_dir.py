"""One assistant to a state directory, and a clear word where the directory cannot serve."""

import errno
from pathlib import Path

import pytest

from assistant.state_dir import StateDir, StateDirTaken, StateDirUnusable


def test_it_is_made_private(tmp_path: Path) -> None:
    with StateDir(tmp_path / "new" / "state") as state:
        assert state.path.stat().st_mode & 0o777 == 0o700


def test_a_second_assistant_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with StateDir(tmp_path), pytest.raises(StateDirTaken, match=r"process [0-9]+.*--state-dir"), StateDir(tmp_path):
        pass


def test_it_is_free_again_after_leaving(tmp_path: Path) -> None:
    with StateDir(tmp_path):
        pass
    with StateDir(tmp_path):
        pass


def test_a_file_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateDirUnusable, match="is not a folder"), StateDir(tmp_path / "file"):
        pass


@pytest.mark.parametrize(
    ("code", "word"), [(errno.ENOSPC, "full"), (errno.EROFS, "cannot be written"), (errno.EACCES, "cannot be written")]
)
def test_each_fault_of_the_disk_has_its_sentence(tmp_path: Path, code: int, word: str) -> None:
    assert word in StateDir(tmp_path)._explained(OSError(code, "x"))
