"""Writing that fails: a message says what to do, and nothing half-written is left."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import polars as pl
import pytest

from bridgenotes.data import atomic
from bridgenotes.data.errors import DataError, WriteError
from bridgenotes.data.write import TableWriter, write_dataset, write_tables
from support.public_files import small_community

FRAME = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
RATINGS = pl.DataFrame(small_community()["ratings"])


def seen(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


class FullDisk:
    """A file on a disk that is full after some bytes."""

    def __init__(self, handle, room):
        self.handle, self.room = handle, room

    def write(self, data):
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.handle.write(data)

    def __getattr__(self, name):
        return getattr(self.handle, name)


@pytest.fixture
def full_disk(monkeypatch):
    really_open = atomic.AtomicFolder.open
    monkeypatch.setattr(atomic.AtomicFolder, "open", lambda self, name: FullDisk(really_open(self, name), 20))


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("packing", [None, "gz", "zst"])
def test_disk_full_while_streaming(tmp_path, packing):
    out = tmp_path / "deep" / "out"
    with (
        pytest.raises(WriteError, match=r"the disk is full\. Free some space"),
        TableWriter(out, packing=packing) as writer,
    ):
        writer.append("ratings", RATINGS)
    assert seen(tmp_path) == []


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("form", ["tsv", "parquet"])
def test_disk_full_while_writing_tables_keeps_the_old_ones(tmp_path, form):
    (tmp_path / f"small.{form}").write_text("old")
    with pytest.raises(WriteError):
        write_tables(tmp_path, {"small": FRAME, "large": pl.concat([FRAME] * 50)}, format=form)
    assert seen(tmp_path) == [f"small.{form}"]
    assert (tmp_path / f"small.{form}").read_text() == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("form", ["tsv", "parquet"])
def test_a_really_full_device(tmp_path, form, monkeypatch):
    def open_full(self, _name):
        self._open.append(Path("/dev/full").open("wb", buffering=0))  # noqa: SIM115 - the folder closes it
        return self._open[-1]

    monkeypatch.setattr(atomic.AtomicFolder, "open", open_full)
    with pytest.raises(WriteError, match=r"(?i)disk is full|no space left"):
        write_tables(tmp_path / "out", {"t": FRAME}, format=form)
    assert seen(tmp_path) == []


def test_disk_full_while_flushing(tmp_path, monkeypatch):
    def flush(_number):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", flush)
    with pytest.raises(WriteError, match="the disk is full"):
        write_tables(tmp_path / "out", {"t": FRAME})
    assert seen(tmp_path) == []


def test_out_is_a_file(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(WriteError, match="a part of this path is a file, not a folder"):
        write_tables(tmp_path / "out", {"t": FRAME})
    assert (tmp_path / "out").read_text() == "mine"


def test_out_is_below_a_file(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(WriteError, match="a part of this path is a file, not a folder"):
        write_tables(tmp_path / "out" / "deeper", {"t": FRAME})


def test_a_folder_is_in_the_way(tmp_path):
    (tmp_path / "t.tsv").mkdir()
    with pytest.raises(WriteError, match="a folder of this name is in the way"):
        write_tables(tmp_path, {"t": FRAME})
    assert seen(tmp_path) == ["t.tsv"]


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.EACCES, "no permission. Choose a folder"), (errno.EROFS, "the file system is read-only")],
)
def test_a_folder_one_may_not_write_to(tmp_path, monkeypatch, number, said):
    real = Path.open

    def refuse(self, mode="r", **options):
        if "x" in mode:
            raise OSError(number, os.strerror(number))
        return real(self, mode, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(WriteError, match=said):
        write_tables(tmp_path / "out", {"t": FRAME})
    assert seen(tmp_path) == []


def test_an_error_of_the_caller_leaves_nothing(tmp_path):
    def stop():
        with TableWriter(tmp_path / "out") as writer:
            writer.append("ratings", RATINGS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop()
    assert seen(tmp_path) == []


def test_unknown_table_and_column(tmp_path):
    with (
        pytest.raises(DataError, match="'votes' is no public table; expected one of notes, ratings"),
        TableWriter(tmp_path) as writer,
    ):
        writer.append("votes", FRAME)
    with (
        pytest.raises(DataError, match="table ratings has no column a, b; use the public names"),
        TableWriter(tmp_path) as writer,
    ):
        writer.append("ratings", FRAME)
    assert seen(tmp_path) == []


def test_killed_while_writing(tmp_path):
    program = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        import polars as pl
        from bridgenotes.data.write import TableWriter
        frame = pl.DataFrame({"noteId": range(50_000)})
        with TableWriter(Path(sys.argv[1])) as writer:
            writer.append("ratings", frame)
            print("writing", flush=True)
            while True:
                writer.append("ratings", frame)
                time.sleep(0.01)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "writing\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
    visible = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert visible == []
    assert len(list(tmp_path.iterdir())) == 1
    with TableWriter(tmp_path) as writer:
        writer.append("ratings", RATINGS)
    assert seen(tmp_path) == ["ratings-00000.tsv"]


def test_a_rating_that_the_first_form_cannot_say(folder, tmp_path):
    dataset = folder.read().dataset
    object.__setattr__(dataset, "ratings", dataset.ratings.with_columns(has_level=pl.lit(False)))
    with pytest.raises(ValueError, match="a rating without helpfulnessLevel has level 1"):
        write_dataset(tmp_path / "out", dataset)
    assert not (tmp_path / "out").exists()
