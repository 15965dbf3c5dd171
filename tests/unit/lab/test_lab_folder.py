"""The folder appears whole or not at all, and nobody's files are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgenotes.lab import folder as folder_module
from bridgenotes.lab import simulate as module
from bridgenotes.lab.errors import SimulationError
from bridgenotes.lab.simulate import simulate
from bridgenotes.lab.spec import community

if TYPE_CHECKING:
    from pathlib import Path

SPEC = community(300, 1)


class BrokenError(Exception):
    pass


def break_it(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def rate(*_: object) -> None:
        raise error

    monkeypatch.setattr(module.Ballot, "rate", rate)


@pytest.mark.parametrize("error", [BrokenError(), KeyboardInterrupt()])
def test_nothing_is_left_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
):
    break_it(monkeypatch, error)
    with pytest.raises(type(error)):
        simulate(SPEC, out=tmp_path / "deep" / "down" / "town")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_so_and_the_old_community_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    simulate(SPEC, out=tmp_path / "town")
    before = (tmp_path / "town" / "ratings-00000.tsv").read_bytes()
    break_it(monkeypatch, OSError(28, "No space left on device"))
    with pytest.raises(SimulationError, match="No space left on device; nothing was changed"):
        simulate(community(300, 2), out=tmp_path / "town", force=True)
    assert (tmp_path / "town" / "ratings-00000.tsv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


def test_a_folder_in_use_is_refused(tmp_path: Path):
    simulate(SPEC, out=tmp_path / "town")
    with pytest.raises(SimulationError, match="not empty"):
        simulate(SPEC, out=tmp_path / "town")


def test_force_replaces_a_community(tmp_path: Path):
    simulate(community(300, 2), out=tmp_path / "town")
    (tmp_path / "town" / "ratings-00001.tsv").write_text("left over")
    (tmp_path / "town" / ".bridgenotes-cache").mkdir()
    simulate(SPEC, out=tmp_path / "town", force=True)
    simulate(SPEC, out=tmp_path / "fresh")
    names = {path.name for path in (tmp_path / "fresh").iterdir()}
    assert {path.name for path in (tmp_path / "town").iterdir()} == names
    assert all(
        (tmp_path / "town" / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes() for name in names
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "town"]


def test_force_never_removes_other_files(tmp_path: Path):
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "thesis.txt").write_text("years of work")
    with pytest.raises(SimulationError, match=r"'thesis\.txt'"):
        simulate(SPEC, out=tmp_path / "town", force=True)
    assert (tmp_path / "town" / "thesis.txt").read_text() == "years of work"


def test_an_empty_folder_is_used(tmp_path: Path):
    (tmp_path / "town").mkdir()
    simulate(SPEC, out=tmp_path / "town")
    assert (tmp_path / "town" / "community.json").is_file()


def test_a_file_in_the_way_is_refused(tmp_path: Path):
    (tmp_path / "town").write_text("a file")
    with pytest.raises(SimulationError, match="is a file"):
        simulate(SPEC, out=tmp_path / "town", force=True)


def test_a_file_above_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("a file")
    with pytest.raises(SimulationError, match="cannot write"):
        simulate(SPEC, out=tmp_path / "file" / "below" / "town")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_failed_swap_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    simulate(community(300, 2), out=tmp_path / "town")
    before = (tmp_path / "town" / "ratings-00000.tsv").read_bytes()
    rename = folder_module.Path.rename

    def fail_for_new(self: Path, target: Path) -> Path:
        if self.name.endswith(".tmp"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(folder_module.Path, "rename", fail_for_new)
    with pytest.raises(SimulationError, match="Input/output error"):
        simulate(SPEC, out=tmp_path / "town", force=True)
    assert (tmp_path / "town" / "ratings-00000.tsv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["town"]
