"""A second read is quick, and never wrong."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from bridgenotes.data.cache import FOLDER
from bridgenotes.data.read import read_dataset
from bridgenotes.data.tables import TABLES
from support.public_files import tsv


def _read_again(folder, **options):
    return read_dataset([folder.path], **options)


def entries(folder):
    return sorted((folder.path / FOLDER).iterdir())


def test_a_second_read_gives_the_same(folder):
    folder.tables["ratings"][1]["helpfulnessLevel"] = ""
    first = folder.read(cache=True)
    again = _read_again(folder)
    assert not first.from_cache
    assert again.from_cache
    assert again.warnings == first.warnings
    assert again.dropped == first.dropped
    for table in TABLES.values():
        assert getattr(again.dataset, table.attribute).equals(getattr(first.dataset, table.attribute))
    assert again.dataset.contributor_ids.equals(first.dataset.contributor_ids)
    assert again.dataset.note_ids.tolist() == first.dataset.note_ids.tolist()


def test_a_changed_file_is_noticed(folder):
    folder.read(cache=True)
    path = folder.file("ratings")
    status = path.stat()
    text = path.read_text().replace("\tHELPFUL\t", "\tNOT_HELPFUL\t", 1)
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not _read_again(folder).from_cache


def test_same_size_and_time_but_other_content_is_noticed(folder):
    folder.read(cache=True)
    path = folder.file("ratings")
    status = path.stat()
    path.write_text(path.read_text().replace("CAT", "DOT"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert not _read_again(folder).from_cache


def test_an_added_file_is_noticed(folder):
    folder.read(cache=True)
    (folder.path / "ratings-00001.tsv").write_text(
        tsv([folder.tables["ratings"][0] | {"raterParticipantId": "NEW"}])
    )
    result = _read_again(folder)
    assert not result.from_cache
    assert len(result.dataset.ratings) == 6


def test_text_is_kept_apart(folder):
    folder.read(cache=True)
    with_text = _read_again(folder, text=True)
    assert not with_text.from_cache
    assert with_text.dataset.notes["summary"].null_count() == 0
    assert _read_again(folder).dataset.notes["summary"].null_count() == 3


@pytest.mark.parametrize("name", ["about.json", "notes.parquet", "ratings/rater.npy", "note_ids.parquet"])
@pytest.mark.parametrize("content", [b"", b"{}", None])
def test_a_corrupt_cache_is_rebuilt(folder, name, content):
    folder.read(cache=True)
    broken = entries(folder)[0] / name
    broken.unlink() if content is None else broken.write_bytes(content)
    assert not _read_again(folder).from_cache
    assert _read_again(folder).from_cache


def test_no_cache_leaves_no_trace(folder):
    folder.read(cache=False)
    assert not (folder.path / FOLDER).exists()


def test_only_the_newest_reads_are_kept(folder):
    for k in range(6):
        folder.tables["ratings"][0]["createdAtMillis"] = str(1_694_000_000_000 + k)
        folder.read(cache=True)
    assert len(entries(folder)) == 4


def test_a_folder_one_may_not_write_to_is_mentioned(folder, monkeypatch):
    def refuse(_self, *_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    folder.save()
    monkeypatch.setattr(Path, "mkdir", refuse)
    result = _read_again(folder)
    assert len(result.dataset.ratings) == 5
    assert result.warnings == [f"no cache kept in {folder.path / FOLDER} (Permission denied)"]


def test_a_moved_folder_keeps_its_cache(folder, tmp_path):
    folder.read(cache=True)
    shutil.move(folder.path, tmp_path / "moved")
    folder.path = tmp_path / "moved"
    assert _read_again(folder).from_cache


def test_ratings_are_mapped_not_read(folder):
    folder.read(cache=True)
    (place,) = entries(folder)
    rater = _read_again(folder).dataset.ratings["rater"].to_numpy()
    assert not rater.flags.owndata
    shutil.rmtree(place)  # as a later read may do; what is mapped stays
    assert rater.tolist() == folder.read().dataset.ratings["rater"].to_list()


def test_a_column_of_another_type_counts_as_absent(folder):
    first = folder.read(cache=True)
    (place,) = entries(folder)
    path = place / "ratings" / "tags.npy"
    path.unlink()  # a mapped file must not be written over
    np.save(path, np.zeros(len(first.dataset.ratings), np.int64))
    again = _read_again(folder)
    assert not again.from_cache
    assert again.dataset.ratings.equals(first.dataset.ratings)
