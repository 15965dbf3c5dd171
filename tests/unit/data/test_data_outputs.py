"""Output tables under their public names."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.data.errors import DataError
from bridgenotes.data.outputs import OUTPUT_TABLES, field_name, output_schema, to_public
from bridgenotes.data.vocabulary import CRH, EnrollmentState, Status


@pytest.mark.parametrize(
    ("table", "count"),
    [("scored_notes", 99), ("aux_note_info", 72), ("note_status_history", 24), ("helpfulness_scores", 47)],
)
def test_the_tables_have_their_columns(table, count):
    columns = OUTPUT_TABLES[table]
    assert len(columns) == count
    assert len({column.name for column in columns}) == len({column.field for column in columns}) == count
    assert all(column.doc for column in columns)


@pytest.mark.parametrize(
    ("public", "ours"),
    [
        ("coreNoteIntercept", "core_note_intercept"),
        ("coreWithTopicsNoteFactor1", "core_with_topics_note_factor1"),
        ("noteId", "note"),
        ("noteAuthorParticipantId", "author"),
        ("raterParticipantId", "rater"),
        ("createdAtMillis", "created_at_ms"),
        ("timestampMillisOfCurrentStatus", "current_status_at_ms"),
        ("timestampOfLastEarnOut", "last_earn_out_at_ms"),
        ("coreNegFactor_populationSampledRatingCount", "core_neg_factor_population_sampled_rating_count"),
        ("p_incorrect_user_interval", "p_incorrect_user_interval"),
        ("crhTotal14d", "crh_total14d"),
    ],
)
def test_names(public, ours):
    assert field_name(public) == ours


def test_codes_become_ids_and_types_are_as_declared(folder):
    dataset = folder.read().dataset
    frame = pl.DataFrame(
        {
            "final_rating_status": pl.Series([CRH, None], dtype=Status),
            "note": pl.Series([2, 0], dtype=pl.Int32),
            "core_note_intercept": pl.Series([0.5, math.nan], dtype=pl.Float32),
            "num_ratings": pl.Series([3.0, math.nan]),
        }
    )
    public = to_public(frame, "scored_notes", dataset)
    assert public.schema == output_schema("scored_notes")
    assert public["noteId"].to_list() == [dataset.note_ids[2], dataset.note_ids[0]]
    assert public["finalRatingStatus"].to_list() == [CRH, None]
    assert public["coreNoteIntercept"].to_list() == [0.5, None]
    assert public["numRatings"].to_list() == [3, None]
    assert public["pflipProba"].null_count() == 2


def test_contributors(folder):
    dataset = folder.read().dataset
    frame = pl.DataFrame(
        {"rater": [2, 0], "enrollment_state": pl.Series(["newUser", None], dtype=EnrollmentState)},
        schema_overrides={"rater": pl.Int32},
    )
    public = to_public(frame, "helpfulness_scores", dataset)
    assert public["raterParticipantId"].to_list() == ["CAT", "ANN"]
    assert public["enrollmentState"].to_list() == [4, None]


def test_the_status_history_goes_out_as_it_came_in(folder):
    dataset = folder.read().dataset
    public = to_public(dataset.status_history, "note_status_history", dataset)
    assert public["noteAuthorParticipantId"].to_list() == ["ANN", "BEN", "ANN"]
    assert public["currentStatus"].to_list() == ["NEEDS_MORE_RATINGS"] * 3


def test_ids_may_be_public_already():
    public = to_public(pl.DataFrame({"note": [7], "author": ["X"]}), "aux_note_info")
    assert public.row(0)[:4] == (7, None, None, "X")


def test_unknown_columns_are_refused():
    with pytest.raises(DataError, match="output table scored_notes has no column for mood, noteId"):
        to_public(pl.DataFrame({"note": [1], "mood": [1], "noteId": [1]}), "scored_notes")


def test_wrong_types_are_refused():
    with pytest.raises(DataError, match="column numRatings: num_ratings is String, expected int"):
        to_public(pl.DataFrame({"note": [1], "num_ratings": ["many"]}), "scored_notes")


@given(st.sampled_from(sorted(OUTPUT_TABLES)), st.randoms())
def test_the_order_of_columns_does_not_matter(table, random):
    columns = list(OUTPUT_TABLES[table])
    frame = pl.DataFrame(
        {column.field: [None] for column in columns}, schema_overrides={c.field: c.dtype for c in columns}
    )
    random.shuffle(columns)
    assert to_public(frame.select(column.field for column in columns), table).equals(to_public(frame, table))
