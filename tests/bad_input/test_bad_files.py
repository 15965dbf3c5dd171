"""Broken, odd and missing files."""

from __future__ import annotations

import errno
import gzip
import zipfile
from pathlib import Path

import polars as pl
import pytest
import zstandard

from bridgenotes.data.errors import InputError
from bridgenotes.data.portions import Portions
from bridgenotes.data.read import read_dataset
from support.public_files import NOTE_1, Folder, pack, tsv


def ratings_text(folder: Folder, end: str = "\n") -> bytes:
    return tsv(folder.tables["ratings"], end=end).encode()


def test_required_column_missing(folder):
    for row in folder.tables["ratings"]:
        del row["createdAtMillis"]
    assert folder.problem() == "ratings-00000.tsv line 1: the required column createdAtMillis is missing"


def test_neither_form_of_the_rating(folder):
    for row in folder.tables["ratings"]:
        del row["helpfulnessLevel"], row["helpful"]
    assert folder.problem() == (
        "ratings-00000.tsv line 1: one of the columns helpfulnessLevel or helpful is required"
    )


def test_column_twice(folder):
    text = tsv(folder.tables["notes"]).replace("isMediaNote", "summary", 1)
    folder.replace("notes", "notes-00000.tsv", text.encode())
    assert folder.problem() == "notes-00000.tsv line 1, column summary: occurs twice in the header; keep one"


def test_column_under_both_its_names(folder):
    for row in folder.tables["ratings"]:
        row["participantId"] = "X"
    assert folder.problem() == (
        "ratings-00000.tsv line 1, column raterParticipantId: and participantId are the same column; keep one"
    )


def test_commas_instead_of_tabs(folder):
    folder.replace("ratings", "ratings-00000.tsv", ratings_text(folder).replace(b"\t", b","))
    assert folder.problem() == (
        "ratings-00000.tsv line 1: the header has no tab but 28 times ','; fields must be separated by tabs"
    )


@pytest.mark.parametrize(
    ("change", "n_fields"), [(lambda line: line + "\t1", 30), (lambda line: line[:-2], 28)]
)
def test_ragged_row(folder, change, n_fields):
    lines = ratings_text(folder).decode().splitlines()
    lines[3] = change(lines[3])
    folder.replace("ratings", "ratings-00000.tsv", "\n".join(lines).encode())
    assert folder.problem() == (
        f"ratings-00000.tsv line 4: has {n_fields} fields, the header 29; look for a missing or extra tab "
        'or an unpaired "'
    )


def test_ragged_rows_that_cancel_each_other(folder):
    lines = ratings_text(folder).decode().splitlines()
    lines[2], lines[4] = lines[2] + "\t", lines[4].rpartition("\t")[0]
    folder.replace("ratings", "ratings-00000.tsv", "\n".join(lines).encode())
    assert [problem.line for problem in folder.refused().problems] == [3, 5]


def test_lines_count_through_quoted_line_ends(folder):
    folder.tables["notes"][0]["summary"] = '"two\nlines"'
    folder.tables["notes"][2]["classification"] = "WRONG"
    assert folder.problem(text=True).startswith("notes-00000.tsv line 5, column classification: 'WRONG'")


@pytest.mark.parametrize("block_size", [64, 500, 4096])
def test_lines_are_true_in_later_blocks(folder, block_size):
    row = folder.tables["ratings"][0]
    folder.tables["ratings"] = [row | {"raterParticipantId": f"R{k}"} for k in range(300)]
    folder.tables["ratings"][250]["helpfulnessLevel"] = "BAD"
    assert "ratings-00000.tsv line 252, column helpfulnessLevel: 'BAD'" in folder.problem(
        portions=Portions(block_bytes=block_size)
    )


def test_quote_never_closed(folder):
    folder.tables["notes"][1]["summary"] = '"open'
    assert folder.problem() == (
        'notes-00000.tsv line 3: a " opened in the record that begins here is never closed; double it inside '
        "quoted text, or remove it"
    )


def test_not_utf8(folder):
    text = tsv(folder.tables["notes"]).encode().replace(b"Note 1", b"No\xe9 1")
    folder.replace("notes", "notes-00000.tsv", text)
    assert folder.problem() == "notes-00000.tsv line 3: byte e9 is not UTF-8; save the file as UTF-8"


def test_not_utf8_in_a_column_that_is_not_read(folder):
    for row in folder.tables["ratings"]:
        row["suggestion"] = "x"
    text = ratings_text(folder).replace(b"\tx\n", b"\t\xff\n", 1)
    folder.replace("ratings", "ratings-00000.tsv", text)
    assert folder.problem() == "ratings-00000.tsv line 2: byte ff is not UTF-8; save the file as UTF-8"


def test_empty_file(folder):
    folder.replace("ratings", "ratings-00000.tsv", b"")
    assert folder.problem() == "ratings-00000.tsv: is empty; expected at least a header line"


def test_header_only_is_a_table_without_rows(folder):
    folder.replace("ratings", "ratings-00000.tsv", ratings_text(folder).splitlines(keepends=True)[0])
    assert len(folder.read().dataset.ratings) == 0


def test_windows_line_ends_are_accepted(folder):
    expected = folder.read().dataset
    folder.replace("ratings", "ratings-00000.tsv", ratings_text(folder, end="\r\n"))
    assert folder.read().dataset.ratings.equals(expected.ratings)


@pytest.mark.parametrize("block_size", [1, 1 << 20])
def test_byte_order_mark_is_accepted(folder, block_size):
    expected = folder.read().dataset
    folder.replace("ratings", "ratings-00000.tsv", b"\xef\xbb\xbf" + ratings_text(folder))
    assert folder.read(portions=Portions(block_bytes=block_size)).dataset.ratings.equals(expected.ratings)


def test_blank_lines_are_skipped(folder):
    expected = folder.read().dataset
    folder.replace("ratings", "ratings-00000.tsv", ratings_text(folder).replace(b"\n", b"\n\n"))
    assert folder.read().dataset.ratings.equals(expected.ratings)


@pytest.mark.parametrize("packing", ["gz", "zst"])
@pytest.mark.parametrize("part", [0.5, 0.98])
def test_compressed_file_cut_off(folder, packing, part):
    row = folder.tables["ratings"][0]
    folder.tables["ratings"] = [row | {"raterParticipantId": f"R{k * 7919}"} for k in range(2000)]
    data = ratings_text(folder)
    packed = gzip.compress(data) if packing == "gz" else zstandard.compress(data)
    folder.replace("ratings", f"ratings-00000.tsv.{packing}", packed[: int(len(packed) * part)])
    messages = [str(problem) for problem in folder.refused().problems]
    assert f"ratings-00000.tsv.{packing}: is cut off: its end is missing; fetch it again" in messages


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_not_compressed_although_the_name_says_so(folder, packing):
    folder.replace("ratings", f"ratings-00000.tsv.{packing}", ratings_text(folder))
    assert folder.problem() == (
        f"ratings-00000.tsv.{packing}: is not a .{packing} file; rename it if it is not compressed"
    )


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_compressed_file_damaged(folder, packing):
    data = ratings_text(folder)
    packed = bytearray(gzip.compress(data) if packing == "gz" else zstandard.compress(data))
    packed[len(packed) // 2 :] = bytes(255 - byte for byte in packed[len(packed) // 2 :])
    folder.replace("ratings", f"ratings-00000.tsv.{packing}", bytes(packed))
    text = str(folder.refused())
    assert "is damaged" in text or "is cut off" in text


def test_empty_compressed_file(folder):
    folder.replace("ratings", "ratings-00000.tsv.gz", b"")
    assert folder.problem() == "ratings-00000.tsv.gz: is empty; expected at least a header line"


@pytest.mark.parametrize("names", [[], ["a.tsv", "b.tsv"]])
def test_zip_with_none_or_many_tables(folder, names):
    del folder.tables["ratings"]
    with zipfile.ZipFile(folder.path / "ratings-00000.tsv.zip", "w") as archive:
        archive.writestr("README", "hello")
        for name in names:
            archive.writestr(name, "x")
    assert f"ratings-00000.tsv.zip: must hold exactly one .tsv, but holds {len(names)}" in folder.problem()


def test_not_a_zip(folder):
    folder.replace("ratings", "ratings-00000.tsv.zip", b"PK not really")
    assert "ratings-00000.tsv.zip: is not a sound .zip file" in folder.problem()


def test_corrupt_parquet(folder):
    folder.replace("ratings", "ratings-00000.parquet", b"PAR1 and nothing else PAR1")
    assert "ratings-00000.parquet: is not a sound Parquet file" in folder.problem()


def as_parquet(folder: Folder, table: str, *, without: str = "") -> pl.DataFrame:
    rows = folder.tables.pop(table)
    return pl.DataFrame([{key: value for key, value in row.items() if key != without} for row in rows])


def test_parquet_without_a_required_column(folder):
    as_parquet(folder, "ratings", without="noteId").write_parquet(folder.path / "ratings-00000.parquet")
    assert folder.problem() == "ratings-00000.parquet: the required column noteId is missing"


def test_parquet_with_a_bad_value(folder):
    folder.tables["ratings"][2]["helpfulnessLevel"] = "BAD"
    as_parquet(folder, "ratings").write_parquet(folder.path / "ratings-00000.parquet")
    assert folder.problem().startswith("ratings-00000.parquet row 3, column helpfulnessLevel: 'BAD' is not")


def test_parquet_with_ids_as_floats(folder):
    frame = as_parquet(folder, "ratings").with_columns(pl.col("noteId").cast(pl.Float64))
    frame.write_parquet(folder.path / "ratings-00000.parquet")
    error = folder.refused()
    assert error.count == 5
    assert "is not a note id (whole number)" in str(error.problems[0])


def test_parquet_with_a_nested_column(folder):
    frame = as_parquet(folder, "ratings").with_columns(
        pl.concat_list("helpfulnessLevel").alias("helpfulnessLevel")
    )
    frame.write_parquet(folder.path / "ratings-00000.parquet")
    assert folder.refused().count == 5


def test_no_ratings(folder):
    del folder.tables["ratings"]
    assert "no ratings file found; expected at least ratings-00000.tsv" in folder.problem()


def test_no_such_path(tmp_path):
    with pytest.raises(InputError, match=r"nowhere: no such file or folder; check the path"):
        read_dataset([tmp_path / "nowhere"])


def test_pattern_without_files(tmp_path):
    with pytest.raises(InputError, match="no file matches this pattern"):
        read_dataset([tmp_path / "ratings-*.tsv"])


def test_a_named_file_that_is_no_table(tmp_path):
    (tmp_path / "votes.tsv").write_text("x")
    with pytest.raises(
        InputError, match=r"votes\.tsv: the name does not tell the table; call it notes, ratings"
    ):
        read_dataset([tmp_path / "votes.tsv"])


def test_one_part_in_two_formats(folder):
    pack(folder.path / "ratings-00000.tsv.gz", ratings_text(folder))
    assert folder.problem() == (
        "ratings-00000.tsv.gz: holds the same part as ratings-00000.tsv; keep one of them"
    )


def test_packed_parquet(folder):
    folder.replace("ratings", "ratings-00000.parquet.gz", b"x")
    assert folder.problem() == (
        "ratings-00000.parquet.gz: Parquet is compressed inside; unpack the .gz and keep the .parquet"
    )


def test_a_file_one_may_not_read(folder, monkeypatch):
    real = Path.open

    def refuse(self, *arguments, **options):
        if self.name == "ratings-00000.tsv" and arguments == ("rb",):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert folder.problem() == "ratings-00000.tsv: cannot be read (Permission denied)"


def test_a_folder_one_may_not_read(folder, monkeypatch):
    def refuse(_self):
        raise PermissionError(errno.EACCES, "Permission denied")

    folder.save()
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InputError, match=r"community: cannot be read \(Permission denied\)"):
        read_dataset([folder.path])


def test_a_note_known_from_its_history_only_counts(folder):
    folder.tables["notes"] = folder.tables["notes"][1:]
    result = folder.read()
    assert not result.warnings
    assert int(NOTE_1) in result.dataset.note_ids.tolist()
