"""Reading clean files: every generation, every form, always the same tables."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
import zstandard

from bridgenotes.data.portions import Portions
from bridgenotes.data.read import read_dataset
from bridgenotes.data.tables import TABLES
from bridgenotes.data.vocabulary import CRH, TAGS, tag_bit
from support.public_files import NOON, NOTE_1, NOTE_2, NOTE_3, Folder, pack, small_community, tsv

if TYPE_CHECKING:
    from bridgenotes.data.dataset import Dataset


def assert_same(one: Dataset, other: Dataset) -> None:
    for table in TABLES.values():
        left, right = getattr(one, table.attribute), getattr(other, table.attribute)
        assert left.equals(right), f"{table.name}\n{left}\n{right}"
    assert one.contributor_ids.to_list() == other.contributor_ids.to_list()
    assert one.note_ids.tolist() == other.note_ids.tolist()


def test_a_small_community(folder):
    result = folder.read(text=True)
    data = result.dataset
    assert data.contributor_ids.to_list() == ["ANN", "BEN", "CAT"]
    assert data.note_ids.tolist() == [int(NOTE_1), int(NOTE_2), int(NOTE_3)]
    assert data.notes["author"].to_list() == [0, 1, 0]
    assert data.notes["summary"].to_list() == ["Note 0", "Note 1", "Note 2"]
    assert data.ratings["note"].to_list() == [0, 0, 1, 1, 2]
    assert data.ratings["rater"].to_list() == [1, 2, 0, 2, 1]
    assert data.ratings["level"].to_list() == [2, 1, 0, 2, 2]
    assert data.ratings["tags"][2] == tag_bit("notHelpfulIncorrect")
    assert data.ratings["has_level"].all()
    assert data.enrollment["modeling_group"].to_list() == [13, 13, 13]
    assert data.requests["feed_eligible_at_ms"].to_list() == [-1]
    assert result.warnings == []


def test_text_is_read_only_on_request(folder):
    assert folder.read().dataset.notes["summary"].null_count() == 3


def test_every_tag_has_its_bit(folder):
    row = folder.tables["ratings"][0] | dict.fromkeys(TAGS, "0")
    folder.tables["ratings"] = [row | {"raterParticipantId": tag, tag: "1"} for tag in TAGS]
    assert folder.read().dataset.ratings["tags"].to_list() == [1 << bit for bit in range(len(TAGS))]


@pytest.mark.parametrize(
    ("helpful", "not_helpful", "level", "expected"),
    [
        ("1", "0", "", (2, False)),
        ("0", "1", "", (0, False)),
        ("1", "1", "", (0, False)),
        ("1", "0", "NOT_HELPFUL", (0, True)),
        ("0", "1", "SOMEWHAT_HELPFUL", (1, True)),
        ("", "", "HELPFUL", (2, True)),
        ("", "1", "NaN", (0, False)),
    ],
)
def test_the_two_forms(folder, helpful, not_helpful, level, expected):
    first = folder.tables["ratings"][0]
    first |= {"helpful": helpful, "notHelpful": not_helpful, "helpfulnessLevel": level}
    ratings = folder.read().dataset.ratings
    assert (ratings["level"][0], ratings["has_level"][0]) == expected


def test_ratings_with_neither_form_are_left_out(folder):
    folder.tables["ratings"][1]["helpfulnessLevel"] = ""
    result = folder.read()
    assert len(result.dataset.ratings) == 4
    assert result.warnings == ["1 ratings left out: neither form is filled in"]


def test_equal_rows_count_once(folder):
    for rows in folder.tables.values():
        rows.append(dict(rows[0]))
    result = folder.read()
    assert len(result.dataset.ratings) == 5
    assert len(result.dataset.notes) == len(result.dataset.status_history) == 3
    assert result.warnings == [
        "1 notes rows left out: exact duplicates",
        "1 noteStatusHistory rows left out: exact duplicates",
        "1 ratings left out: exact duplicates",
        "1 userEnrollment rows left out: exact duplicates",
    ]


def test_the_pilot_of_2021(tmp_path):
    """Ratings only, no ratingSourceBucketed, rater called participantId, first form mostly."""
    rows = small_community()["ratings"]
    for row in rows:
        row["participantId"] = row.pop("raterParticipantId")
        del row["ratingSourceBucketed"]
    rows[0] |= {"helpful": "1", "helpfulnessLevel": ""}
    rows[2]["noteId"] = "5"
    (tmp_path / "ratings-00000.tsv").write_text(tsv(rows))
    result = read_dataset([tmp_path], cache=False)
    data = result.dataset
    assert data.note_ids.tolist() == [5, int(NOTE_1), int(NOTE_2), int(NOTE_3)]
    assert data.notes["author"].null_count() == data.notes["classification"].null_count() == 4
    written = (int(NOTE_1) >> 22) + 1288834974657
    assert data.notes["created_at_ms"].to_list() == [NOON + 1002, written, written, written]
    assert data.status_history.is_empty()
    assert "4 notes derived from the ratings (3 creation times from the note id" in result.warnings[0]


def test_an_implausible_time_in_the_id_is_not_used(tmp_path):
    rows = small_community()["ratings"][:2]
    rows[0] |= {"noteId": "1900000000000000000"}  # written after its rating
    rows[1] |= {"noteId": "1400000000000000000"}  # two years before its rating
    (tmp_path / "ratings.tsv").write_text(tsv(rows))
    assert read_dataset([tmp_path], cache=False).dataset.notes["created_at_ms"].to_list() == [
        NOON + 1001,
        NOON + 1000,
    ]


def test_the_status_history_of_2022(folder):
    """Few columns, author called participantId, -1 for no time, latestNonNMRStatus."""
    folder.tables["noteStatusHistory"] = [
        {
            "noteId": NOTE_2,
            "participantId": "BEN",
            "createdAtMillis": str(NOON + 1),
            "timestampMillisOfFirstNonNMRStatus": "-1",
            "firstNonNMRStatus": "",
            "timestampMillisOfLatestNonNMRStatus": str(NOON + 9),
            "latestNonNMRStatus": CRH,
        }
    ]
    history = folder.read().dataset.status_history
    assert history["note"].to_list() == [1]
    assert history["first_non_nmr_status_at_ms"].to_list() == [None]
    assert history["latest_non_nmr_status_at_ms"].to_list() == [NOON + 9]
    assert history["most_recent_non_nmr_status"].to_list() == [CRH]
    assert history["locked_status"].to_list() == [None]


def test_minus_one_keeps_its_meaning_where_it_has_one(folder):
    folder.tables["noteStatusHistory"][0] |= {"timestampMillisOfMostRecentStatusChange": "-1"}
    for row in folder.tables["noteStatusHistory"]:
        row.setdefault("timestampMillisOfMostRecentStatusChange", "")
    history = folder.read().dataset.status_history
    assert history["most_recent_status_change_at_ms"].to_list() == [-1, None, None]


def test_numbers_as_pandas_writes_them(folder):
    for row in folder.tables["noteStatusHistory"]:
        row["timestampMillisOfCurrentStatus"] = "1.694e12"
        row["noteId"] += ".0"
        row["currentModelingGroup"] = "13.0"
    history = folder.read().dataset.status_history
    assert history["current_status_at_ms"].to_list() == [1_694_000_000_000] * 3
    assert history["current_modeling_group"].to_list() == [13.0] * 3
    assert history["note"].to_list() == [0, 1, 2]


def test_no_value_has_many_spellings(folder):
    for row, word in zip(folder.tables["userEnrollment"], ["NaN", "null", "None"], strict=True):
        row |= {"modelingGroup": word, "timestampOfLastEarnOut": word, "modelingPopulation": word}
    enrollment = folder.read().dataset.enrollment
    assert enrollment["modeling_group"].to_list() == [None] * 3
    assert enrollment["last_earn_out_at_ms"].to_list() == [1] * 3
    assert enrollment["modeling_population"].to_list() == [None] * 3


def test_the_guides_spelling_of_earned_out(folder):
    folder.tables["userEnrollment"][0]["enrollmentState"] = "earnedOutAcknowledge"
    assert folder.read().dataset.enrollment["enrollment_state"][0] == "earnedOutAcknowledged"


def test_unknown_columns_are_ignored_with_one_warning_per_table(folder):
    for row in folder.tables["ratings"]:
        row |= {"mood": "fine", "colour": "red"}
    assert folder.read().warnings == [
        "ratings: unknown columns ignored: colour, mood (first in ratings-00000.tsv)"
    ]


def test_absent_optional_columns_are_supplied(folder):
    for row in folder.tables["notes"]:
        for name in ("tweetId", "trustworthySources", "isMediaNote", "isCollaborativeNote", "summary"):
            del row[name]
    notes = folder.read().dataset.notes
    assert notes["post_id"].to_list() == [-1] * 3
    assert not notes["is_media_note"].any()


def test_ids_that_are_all_numbers_are_ordered_as_such(folder):
    names = {"ANN": "9", "BEN": "10", "CAT": "100"}
    for rows in folder.tables.values():
        for row in rows:
            row |= {key: names[value] for key, value in row.items() if value in names}
    assert folder.read().dataset.contributor_ids.to_list() == ["9", "10", "100"]
    folder.tables["userEnrollment"][0]["participantId"] = "9A"
    assert folder.read().dataset.contributor_ids.to_list() == ["10", "100", "9", "9A"]


def test_quoted_fields(folder):
    for row in folder.tables["notes"]:
        row["summary"] = '"a ""quoted""\tword\nand a line"'
    assert folder.read(text=True).dataset.notes["summary"].to_list() == ['a "quoted"\tword\nand a line'] * 3


def test_quotation_marks_where_csv_has_none(folder):
    folder.tables["noteRequests"][0]["sourceLinks"] = '["https://a.example","https://b.example"]'
    folder.tables["notes"][0]["summary"] = '"a"b'
    result = folder.read(text=True)
    assert result.dataset.requests["source_links"][0] == '["https://a.example","https://b.example"]'
    assert result.dataset.notes["summary"][0] == "ab"


@pytest.mark.parametrize(
    "name", ["ratings.tsv", "ratings-00000.tsv.gz", "ratings-7.tsv.zst", "ratings.tsv.zip"]
)
def test_packed_is_plain(folder, name):
    expected = folder.read().dataset
    data = tsv(folder.tables.pop("ratings")).encode()
    folder.file("ratings").unlink()
    pack(folder.path / name, data)
    assert_same(folder.read().dataset, expected)


def test_packed_in_several_members(folder):
    expected = folder.read().dataset
    data = tsv(folder.tables.pop("ratings")).encode()
    folder.file("ratings").unlink()
    for name, press in (("ratings.tsv.gz", gzip.compress), ("ratings.tsv.zst", zstandard.compress)):
        (folder.path / name).write_bytes(press(data[:200]) + press(data[200:]))
        assert_same(folder.read().dataset, expected)
        (folder.path / name).unlink()


@pytest.mark.parametrize("size", [1, 30, 1000])
def test_the_block_size_does_not_matter(folder, size):
    folder.tables["notes"][1]["summary"] = '"two\nlines"'
    expected = folder.read(text=True).dataset
    assert_same(folder.read(text=True, portions=Portions(block_bytes=size)).dataset, expected)


def test_the_order_of_columns_does_not_matter(folder):
    expected = folder.read(text=True).dataset
    for table, rows in folder.tables.items():
        folder.tables[table] = [dict(reversed(row.items())) for row in rows]
    assert_same(folder.read(text=True).dataset, expected)


@pytest.mark.parametrize("places", [("ratings-0.tsv", "ratings-1.tsv"), ("ratings/a.tsv", "ratings/b.tsv")])
def test_split_files_are_one_table(folder, places):
    expected = folder.read().dataset
    rows = folder.tables.pop("ratings")
    folder.file("ratings").unlink()
    for name, part in zip(places, (rows[:2], rows[2:]), strict=True):
        (folder.path / name).parent.mkdir(exist_ok=True)
        (folder.path / name).write_text(tsv(part))
    assert_same(folder.read().dataset, expected)


def test_parts_are_read_by_number(folder):
    rows = folder.tables.pop("ratings")
    folder.save()
    for number, row in zip((10, 9, 2, 1, 0), rows, strict=True):
        (folder.path / f"ratings-{number}.tsv").write_text(tsv([row]))
    assert folder.read().dataset.ratings["rater"].to_list() == [1, 2, 0, 2, 1]


def test_parquet_is_text(folder):
    expected = folder.read(text=True).dataset
    for table in list(folder.tables):
        frame = pl.DataFrame(folder.tables.pop(table))
        folder.file(table).unlink()
        numbers = [name for name in frame.columns if name.startswith(("helpful", "not", "is"))]
        typed = frame.with_columns(
            pl.col(name).cast(pl.Float64 if k % 2 else pl.Int8)
            for k, name in enumerate(numbers)
            if frame[name].str.contains(r"^\d$").all()
        )
        typed.write_parquet(folder.path / f"{table}-00000.parquet")
    assert_same(folder.read(text=True).dataset, expected)


def test_parquet_with_categories_booleans_and_number_ids(folder):
    for rows in folder.tables.values():
        for row in rows:
            row |= {key: {"ANN": "1", "BEN": "2", "CAT": "3"}.get(value, value) for key, value in row.items()}
    expected = folder.read().dataset
    frame = pl.DataFrame(folder.tables.pop("ratings"))
    folder.file("ratings").unlink()
    frame.with_columns(
        pl.col("helpfulnessLevel").cast(pl.Categorical),
        pl.col("raterParticipantId", "noteId").cast(pl.Int64),
        (pl.col("helpfulClear") == "1").alias("helpfulClear"),
    ).write_parquet(folder.path / "ratings.parquet")
    assert_same(folder.read().dataset, expected)


def test_other_files_are_ignored_and_listed(folder):
    others = ["README.md", "noteStatusHistory_2022-11-11_subset.tsv", "ratings-00000.csv", ".hidden.tsv"]
    for name in others:
        (folder.path / name).write_text("x")
    result = folder.read()
    assert sorted(path.name for path in result.ignored) == sorted(others[:3])
    assert [path.name for path in result.files] == [f"{table}-00000.tsv" for table in TABLES]


def test_named_files_and_patterns(folder):
    expected = folder.read().dataset
    files = sorted(folder.path.iterdir())
    assert_same(read_dataset(files, cache=False).dataset, expected)
    assert_same(read_dataset([str(folder.path / "*")], cache=False).dataset, expected)
    assert_same(read_dataset([folder.path, *files], cache=False).dataset, expected)


def test_notes_rated_but_only_in_the_status_history_are_known(folder):
    del folder.tables["notes"]
    data = folder.read().dataset
    assert data.notes.is_empty()
    assert len(data.ratings) == 5


def test_progress_reaches_the_end_of_every_file(folder):
    seen = {}
    folder.read(
        progress=lambda name, done, total: seen.update({name: (done, total)}),
        portions=Portions(block_bytes=50),
    )
    assert len(seen) == 5
    assert all(done == total for done, total in seen.values())


def test_codes_do_not_depend_on_the_order_of_rows(folder):
    expected = folder.read().dataset
    for rows in folder.tables.values():
        rows.reverse()
    data = folder.read().dataset
    assert data.notes.equals(expected.notes)
    assert data.status_history.equals(expected.status_history)
    assert data.ratings.reverse().equals(expected.ratings)
    assert isinstance(data.note_ids, np.ndarray)


def test_an_empty_community(tmp_path):
    folder = Folder(tmp_path / "empty")
    for table, rows in folder.tables.items():
        folder.raw[f"{table}-00000.tsv"] = tsv(rows).splitlines(keepends=True)[0].encode()
    folder.tables.clear()
    data = folder.read().dataset
    assert data.n_notes == data.n_contributors == 0
