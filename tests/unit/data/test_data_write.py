"""What is written reads back equal."""

from __future__ import annotations

from contextlib import suppress

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.data.atomic import AtomicFolder, write_bytes
from bridgenotes.data.dataset import (
    ENROLLMENT_SCHEMA,
    NOTES_SCHEMA,
    RATINGS_SCHEMA,
    REQUESTS_SCHEMA,
    STATUS_HISTORY_SCHEMA,
    Dataset,
)
from bridgenotes.data.portions import Portions
from bridgenotes.data.public import public_table
from bridgenotes.data.read import read_dataset
from bridgenotes.data.tables import TABLES
from bridgenotes.data.vocabulary import CLASSIFICATIONS, ENROLLMENT_STATES, STATUSES, TAGS
from bridgenotes.data.write import TableWriter, write_dataset, write_tables
from support.public_files import small_community

TIMES = st.integers(10**11, 10**13)
TEXT = st.none() | st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), min_size=1
).filter(lambda text: text.strip('" ') == text and text not in {"NA", "null", "None", "nan", "NaN"})


def maybe(values):
    return st.none() | values


def rows(draw, schema, keys, strategies):
    """Return a table with the given key columns, the others drawn."""
    drawn = [key | {name: draw(strategies[name]) for name in schema if name not in key} for key in keys]
    return pl.DataFrame(drawn, schema=schema)


NOTE_VALUES = {
    "post_id": st.integers(-1, 2**62),
    "classification": maybe(st.sampled_from(CLASSIFICATIONS)),
    "summary": TEXT,
    "is_media_note": st.booleans(),
    "is_collaborative_note": st.booleans(),
    "trustworthy_sources": st.booleans(),
}
RATING_VALUES = {
    "created_at_ms": TIMES,
    "tags": st.integers(0, 2 ** len(TAGS) - 1),
    "is_population_sampled": st.booleans(),
}
BY_TYPE = {
    pl.Int64: maybe(TIMES),
    pl.Float64: maybe(st.floats(allow_nan=False, allow_infinity=False)),
    pl.String: TEXT,
    pl.Enum: maybe(st.sampled_from(STATUSES)),
}
HISTORY_VALUES = {
    name: BY_TYPE[dtype.base_type()]
    for name, dtype in STATUS_HISTORY_SCHEMA.items()
    if name not in ("note", "author")
}
ENROLLMENT_VALUES = {
    "enrollment_state": st.sampled_from(ENROLLMENT_STATES),
    "successful_rating_needed_to_earn_in": st.integers(-9, 99),
    "last_state_change_at_ms": maybe(TIMES),
    "last_earn_out_at_ms": TIMES,
    "modeling_population": TEXT,
    "modeling_group": maybe(st.integers(0, 33)),
    "number_of_times_earned_out": st.integers(0, 5),
}
REQUEST_VALUES = {name: TEXT if dtype == pl.String else TIMES for name, dtype in REQUESTS_SCHEMA.items()}


@st.composite
def datasets(draw):
    """Any dataset whose contributor ids are all in use."""
    note_ids = sorted(draw(st.sets(st.integers(0, 2**62), min_size=1, max_size=6)))
    ids = draw(st.sampled_from([["3", "20", "100"], ["A", "B", "b"], ["0f", "1e5", "é"]]))
    people = st.integers(0, len(ids) - 1)
    notes, history = [], []
    for note in range(len(note_ids)):
        key = {"note": note, "author": draw(maybe(people)), "created_at_ms": draw(TIMES)}
        where = draw(st.sampled_from([(notes,), (history,), (notes, history)]))
        for table in where:
            table.append(key)
    ratings = []
    for note, rater in sorted(
        draw(st.sets(st.tuples(st.integers(0, len(note_ids) - 1), people), max_size=8))
    ):
        level = draw(st.integers(0, 2))
        has_level = level == 1 or draw(st.booleans())
        ratings.append({"note": note, "rater": rater, "level": level, "has_level": has_level})
    return Dataset(
        notes=rows(draw, NOTES_SCHEMA, notes, NOTE_VALUES),
        ratings=rows(draw, RATINGS_SCHEMA, ratings, RATING_VALUES),
        status_history=rows(draw, STATUS_HISTORY_SCHEMA, history, HISTORY_VALUES),
        enrollment=rows(
            draw, ENROLLMENT_SCHEMA, [{"contributor": k} for k in range(len(ids))], ENROLLMENT_VALUES
        ),
        requests=rows(draw, REQUESTS_SCHEMA, [{}], REQUEST_VALUES),
        note_ids=pl.Series(note_ids, dtype=pl.Int64).to_numpy(),
        contributor_ids=pl.Series("contributor", ids, dtype=pl.String),
    )


def assert_same(one: Dataset, other: Dataset) -> None:
    for table in TABLES.values():
        left, right = getattr(one, table.attribute), getattr(other, table.attribute)
        assert left.equals(right), f"{table.name}\n{left.glimpse(return_as_string=True)}\n{right.glimpse()}"
    assert one.contributor_ids.to_list() == other.contributor_ids.to_list()
    assert one.note_ids.tolist() == other.note_ids.tolist()


@given(
    datasets(),
    st.sampled_from([("tsv", None), ("tsv", "gz"), ("tsv", "zst"), ("parquet", None)]),
    st.sampled_from([1, 97, 1 << 20]),
)
def test_written_reads_back_equal(tmp_path_factory, dataset, form, block_size):
    out = tmp_path_factory.mktemp("out")
    kind, packing = form
    write_dataset(out, dataset, format=kind, packing=packing)
    result = read_dataset([out], text=True, cache=False, portions=Portions(block_bytes=block_size))
    assert_same(dataset, result.dataset)
    assert result.warnings == []


def test_a_public_table_has_every_column_in_order(folder):
    dataset = folder.read(text=True).dataset
    for name, table in TABLES.items():
        assert public_table(dataset, name).columns == [column.name for column in table.columns]
    ratings = public_table(dataset, "ratings")
    assert ratings["ratedOnTweetId"].to_list() == [-1] * 5
    assert ratings["helpfulnessLevel"].to_list() == [
        row["helpfulnessLevel"] for row in folder.tables["ratings"]
    ]


def test_streamed_rows_are_one_file(tmp_path):
    rows = pl.DataFrame(small_community()["ratings"])
    with TableWriter(tmp_path / "new", packing="zst") as writer:
        for start in range(5):
            writer.append("ratings", rows[start].select(reversed(rows.columns)))
        assert [path for path in (tmp_path / "new").iterdir() if not path.name.startswith(".")] == []
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["ratings-00000.tsv.zst"]
    assert len(read_dataset([tmp_path / "new"], cache=False).dataset.ratings) == 5


def test_equal_tables_give_equal_files(tmp_path, folder):
    dataset = folder.read().dataset
    for name in ("one", "two"):
        write_dataset(tmp_path / name, dataset, packing="gz")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_how_values_are_written(tmp_path):
    frame = pl.DataFrame(
        {
            "text": ["a\tb", None],
            "number": [0.1, float("nan")],
            "small": pl.Series([1 / 3, None], dtype=pl.Float32),
            "flag": [True, False],
            "whole": [3.0, None],
        }
    )
    write_tables(tmp_path, {"t": frame})
    assert (tmp_path / "t.tsv").read_text() == (
        'text\tnumber\tsmall\tflag\twhole\n"a\tb"\t0.1\t0.33333334\t1\t3.0\n\t\t\t0\t\n'
    )


def test_parquet_has_no_nan(tmp_path):
    write_tables(tmp_path, {"t": pl.DataFrame({"x": [1.0, float("nan")]})}, format="parquet")
    assert pl.read_parquet(tmp_path / "t.parquet")["x"].to_list() == [1.0, None]


def test_writing_replaces_what_was_there(tmp_path):
    write_bytes(tmp_path / "a", b"old")
    write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_files_become_visible_together(tmp_path):
    with AtomicFolder(tmp_path) as folder:
        folder.open("a").write(b"1")
        folder.open("b").write(b"2")
        assert [path for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("name", [".a.1-2.tmp", ".a.no-number.tmp"])
def test_only_abandoned_temporary_files_of_this_name_are_removed(tmp_path, name):
    (tmp_path / name).write_text("x")
    (tmp_path / ".a.999999999-00.tmp").write_text("x")
    write_bytes(tmp_path / "a", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "a"])


@pytest.mark.parametrize("fails", [False, True])
def test_a_scratch_folder_is_gone_at_the_end(tmp_path, fails):
    abandoned, foreign = tmp_path / ".scratch.999999999-00.tmp", tmp_path / ".scratch.1-00.tmp"
    for folder in (abandoned, foreign):
        folder.mkdir()
    with suppress(ZeroDivisionError), AtomicFolder(tmp_path) as folder:
        scratch = folder.scratch()
        (scratch / "table").write_text("x")
        assert not abandoned.exists()
        if fails:
            raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == [foreign]
