"""However little may be in memory at once, the result is the same; ratings wait on disk."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from bridgenotes.data import workplace as workplace_module
from bridgenotes.data.cache import FOLDER
from bridgenotes.data.dataset import RATINGS_SCHEMA
from bridgenotes.data.errors import InputError, WriteError
from bridgenotes.data.mapped import STORED, ColumnFiles, map_columns
from bridgenotes.data.portions import Portions
from bridgenotes.data.raw import Runs
from bridgenotes.data.read import ReadResult, read_dataset
from bridgenotes.data.tables import TABLES
from bridgenotes.lab.simulate import simulate
from bridgenotes.lab.spec import community

if TYPE_CHECKING:
    from support.public_files import Folder

N_RATINGS = 20_000
NEXT_TO_NOTHING = Portions.of(1)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A community some of whose ratings are repeated, of unknown notes, or empty."""
    folder = tmp_path_factory.mktemp("spill") / "town"
    simulate(community(N_RATINGS, 3), out=folder)
    lines = (folder / "ratings-00000.tsv").read_text().splitlines()
    header, rows = lines[0], lines[1:]
    again = rows[::7]
    unknown = [re.sub(r"^\d+", str(10 + k), row) for k, row in enumerate(rows[:3000:2])]
    fresh = [re.sub(r"\t[0-9A-F]{64}\t", f"\t{k:064X}\t", row) for k, row in enumerate(rows[:500])]
    empty = [re.sub(r"\t(SOMEWHAT_HELPFUL|HELPFUL|NOT_HELPFUL)\t", "\t\t", row) for row in fresh]
    more = [*again, *unknown, *empty]
    (folder / "ratings-00001.tsv").write_text("\n".join([header, *more]) + "\n")
    return folder


def read(folder: Path, portions: Portions, *names: str, cache: bool = False) -> ReadResult:
    return read_dataset(
        [folder / name for name in names] or [folder], text=True, cache=cache, portions=portions
    )


def assert_same(one: ReadResult, other: ReadResult) -> None:
    for table in TABLES.values():
        assert getattr(one.dataset, table.attribute).equals(getattr(other.dataset, table.attribute))
    assert one.dataset.note_ids.tolist() == other.dataset.note_ids.tolist()
    assert one.dataset.contributor_ids.equals(other.dataset.contributor_ids)
    assert one.warnings == other.warnings
    assert one.dropped == other.dropped


def test_portions_grow_with_the_memory_and_have_limits():
    least, most = NEXT_TO_NOTHING, Portions()
    some = Portions.of(1_000_000_000)
    assert Portions.of(None) == Portions.of(10**12) == most
    assert least.rows < some.rows < most.rows
    assert least.pairs < some.pairs < most.pairs
    assert least.block_bytes < some.block_bytes <= most.block_bytes
    assert least.rows * 10 < N_RATINGS  # below, many portions are looked at


@pytest.mark.parametrize("cache", [False, True])
def test_next_to_no_memory_gives_the_same(town: Path, cache: bool):
    expected = read(town, Portions())
    assert expected.dropped == {
        "ratings: their note is in neither notes nor noteStatusHistory "
        f"(first: 10, ratings-00001.tsv line {2 + len(range(0, N_RATINGS, 7))})": 1500,
        "ratings: exact duplicates": len(range(0, N_RATINGS, 7)),
        "ratings: neither form is filled in": 500,
    }
    assert len(expected.dataset.ratings) == N_RATINGS
    assert_same(read(town, NEXT_TO_NOTHING, cache=cache), expected)
    if cache:
        again = read(town, Portions(), cache=True)
        assert again.from_cache
        assert_same(again, expected)


def test_next_to_no_memory_derives_the_same_notes(town: Path):
    names = ("ratings-00000.tsv", "ratings-00001.tsv")
    expected = read(town, Portions(), *names)
    assert expected.dataset.n_notes > 1500
    assert_same(read(town, NEXT_TO_NOTHING, *names), expected)


def test_the_same_contradictions_are_told(town: Path, tmp_path: Path):
    shutil.copytree(town, tmp_path / "town", ignore=shutil.ignore_patterns(FOLDER))
    lines = (tmp_path / "town" / "ratings-00000.tsv").read_text().splitlines(keepends=True)
    # from end to begin, so that parts of the notes come in another order than the rows
    changed = [re.sub(r"(?<=\t)\d{13}(?=\t)", "1700000000000", line) for line in lines[:0:-150]]
    (tmp_path / "town" / "ratings-00002.tsv").write_text(lines[0] + "".join(changed))
    told = []
    for portions in (Portions(), NEXT_TO_NOTHING):
        with pytest.raises(InputError) as caught:
            read(tmp_path / "town", portions)
        told.append(str(caught.value))
        assert caught.value.count == len(changed)
    assert told[0] == told[1]
    assert "with other values" in told[0]


def test_memory_for_ratings_is_not_own(town: Path):
    columns = read(town, Portions()).dataset.ratings
    for name in ("note", "rater", "created_at_ms", "level", "tags"):
        assert not columns[name].to_numpy().flags.owndata


def test_nothing_is_left_without_a_cache(town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workplace_module.tempfile, "tempdir", str(tmp_path))
    result = read(town, Portions())
    assert list(tmp_path.iterdir()) == []
    assert len(result.dataset.ratings["rater"].to_numpy()) == N_RATINGS


def test_a_full_disk_beside_the_input_is_mentioned_and_another_used(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder.save()
    free = {folder.path: 100}

    def usage(path: Path) -> object:
        return shutil._ntuple_diskusage(10**12, 0, free.get(Path(path), 10**12))

    monkeypatch.setattr(workplace_module.shutil, "disk_usage", usage)
    result = read_dataset([folder.path], cache=True)
    assert len(result.dataset.ratings) == 5
    (warning,) = result.warnings
    assert re.search(
        r"no cache kept in .* \(the ratings may take 0\.0 GB there, and 0\.0 GB are free\)", warning
    )


def test_no_room_anywhere_is_an_error_that_says_what_to_do(folder: Folder, monkeypatch: pytest.MonkeyPatch):
    folder.save()
    full = shutil._ntuple_diskusage(10**12, 10**12, 0)
    monkeypatch.setattr(workplace_module.shutil, "disk_usage", lambda _: full)
    with pytest.raises(WriteError, match=r"31 bytes each\. Free some space, or .*--no-cache.* TMPDIR"):
        read_dataset([folder.path], cache=False)


def test_a_disk_that_fills_meanwhile_is_an_error(folder: Folder, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    folder.save()
    monkeypatch.setattr(ColumnFiles, "append", refuse)
    for cache in (True, False):
        with pytest.raises(WriteError, match=r"No space left on device\. Ratings wait there"):
            read_dataset([folder.path], cache=cache)
    assert not (folder.path / FOLDER).exists()


def test_what_a_killed_reader_left_is_removed(folder: Folder):
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = folder.path / FOLDER / f".0123.{gone.pid}-abcd.tmp"
    (left / "ratings").mkdir(parents=True)
    mine = folder.path / FOLDER / ".0123.1-abcd.tmp"
    mine.mkdir()
    folder.read(cache=True)
    assert not left.exists()
    assert mine.exists()


@pytest.mark.parametrize(
    "lines",
    [[5], [5, 6, 7], [5, 7, 8, 20], [1, 3, 5]],
)
def test_lines_in_runs_are_the_lines(lines: list[int]):
    runs = Runs.of(np.array(lines))
    assert [runs[row] for row in range(len(runs))] == lines


def test_column_files_are_what_numpy_reads(tmp_path: Path):
    columns = ColumnFiles(tmp_path, {name: STORED[dtype] for name, dtype in RATINGS_SCHEMA.items()})
    rows = pl.DataFrame({name: pl.Series([0, 1, 1, 0]).cast(dtype) for name, dtype in RATINGS_SCHEMA.items()})
    columns.append(rows[:3])
    columns.append(rows[3:])
    columns.close()
    assert map_columns(tmp_path, RATINGS_SCHEMA).equals(rows)
    assert np.load(tmp_path / "tags.npy").tolist() == [0, 1, 1, 0]
    columns.mapped()["tags"][:2] = 9
    columns.shorten(3)
    assert np.load(tmp_path / "tags.npy").tolist() == [9, 9, 1]


def test_columns_of_another_type_are_refused(tmp_path: Path):
    columns = ColumnFiles(tmp_path, {"note": np.int32})
    with pytest.raises(TypeError, match="column note is int32, not int64"):
        columns.append(pl.DataFrame({"note": [1]}))
    columns.close()
