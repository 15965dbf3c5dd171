"""The hand-over as public tables, and back (spec 01 A.13.5)."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.data.atomic import AtomicFolder
from bridgenotes.data.dataset import Dataset
from bridgenotes.data.errors import DataError
from bridgenotes.data.vocabulary import NOT_HELPFUL_TAGS
from bridgenotes.scoring.coalesce import SIMILARITY_SCHEMA
from bridgenotes.scoring.handover import Handover
from bridgenotes.scoring.handover_files import read_prescored, read_similarity, write_prescored
from bridgenotes.scoring.handover_tables import (
    NOTE_COLUMNS,
    RATER_COLUMNS,
    handovers_of,
    meta_values,
    note_table,
    rater_table,
    similarity_of,
)
from bridgenotes.scoring.phases.prescoring import Prescored, Topics
from bridgenotes.scoring.side import TOPICS_SCHEMA
from support.tables import dataset

N_NOTES, N_RATERS = 6, 8
DATA = dataset(notes=[{"note": k} for k in range(N_NOTES)], n_contributors=N_RATERS)
NUMBER = st.floats(-5, 5, width=32)
MAYBE = {
    pl.Float32: st.none() | NUMBER,
    pl.Float64: st.none() | st.floats(-5, 5),
    pl.Int64: st.none() | st.integers(0, 10**9),
    pl.Boolean: st.none() | st.booleans(),
}


@st.composite
def rows(draw: st.DrawFn, key: str, n: int, columns: dict[str, tuple[str, Any]]) -> pl.DataFrame:
    """A table of some codes in any order, with all columns."""
    codes = draw(st.lists(st.integers(0, n - 1), unique=True, max_size=n))
    values = {
        ours: pl.Series(draw(st.lists(MAYBE[kind], min_size=len(codes), max_size=len(codes))), dtype=kind)
        for ours, kind in columns.values()
    }
    return pl.DataFrame({key: pl.Series(codes, dtype=pl.Int32), **values})


@st.composite
def handovers(draw: st.DrawFn) -> dict[str, Handover]:
    names = draw(st.lists(st.sampled_from(["MFCoreScorer", "MFGroupScorer_13", "X"]), unique=True))
    number = st.just(float("nan")) | NUMBER
    size = st.integers(0, 10**6)
    return {
        name: Handover(
            scorer=name,
            notes=draw(rows("note", N_NOTES, NOTE_COLUMNS)),
            raters=draw(rows("rater", N_RATERS, RATER_COLUMNS)),
            global_intercept=draw(number),
            tag_thresholds=np.array(draw(st.lists(number, min_size=13, max_size=13)), np.float64),
            n_ratings=draw(size),
            n_notes=draw(size),
            n_raters=draw(size),
            diligence_intercepts=draw(st.none() | st.tuples(NUMBER, NUMBER, NUMBER)),
            diagnostics=draw(st.sampled_from([{}, {"first round": {"epochs": 3, "objective": 0.5}}])),
        )
        for name in names
    }


def assert_equal(ours: Handover, theirs: Handover) -> None:
    for field in fields(Handover):
        a, b = getattr(ours, field.name), getattr(theirs, field.name)
        if isinstance(a, pl.DataFrame):
            assert a.equals(b.select(a.columns), null_equal=True), field.name
            assert a.schema == b.select(a.columns).schema
        elif isinstance(a, np.ndarray | float):
            np.testing.assert_array_equal(a, b, err_msg=field.name)
        else:
            assert a == b, field.name


def through_tables(given_: dict[str, Handover], before: Dataset, after: Dataset) -> dict[str, Handover]:
    """What a later run reads; the values go through JSON, as the file does."""
    meta = json.loads(json.dumps(meta_values(given_)))
    raters = rater_table(given_, pl.DataFrame(schema=SIMILARITY_SCHEMA), before)
    return handovers_of(note_table(given_, before), raters, meta, after)


@given(handovers())
def test_there_and_back_is_the_same(given_: dict[str, Handover]) -> None:
    found = through_tables(given_, DATA, DATA)
    assert list(found) == list(given_)
    for name, handover in given_.items():
        assert_equal(found[name], handover)


@given(handovers())
def test_who_is_not_in_the_data_is_left_out(given_: dict[str, Handover]) -> None:
    """Today's data lacks notes 0 and 1 and the first three raters; others have other codes."""
    later = dataset(notes=[{"note": k} for k in range(N_NOTES - 2)], n_contributors=N_RATERS - 3)
    object.__setattr__(later, "note_ids", DATA.note_ids[2:])
    object.__setattr__(later, "contributor_ids", DATA.contributor_ids[3:])
    found = through_tables(given_, DATA, later)
    for name, handover in given_.items():
        for table, key, gone in (("notes", "note", 2), ("raters", "rater", 3)):
            kept = getattr(handover, table).filter(pl.col(key) >= gone).with_columns(pl.col(key) - gone)
            now = getattr(found[name], table)
            assert now.select(kept.columns).equals(kept, null_equal=True)


@given(handovers())
def test_tables_have_the_public_columns(given_: dict[str, Handover]) -> None:
    notes = note_table(given_, DATA).collect()
    raters = rater_table(given_, pl.DataFrame(schema=SIMILARITY_SCHEMA), DATA).collect()
    assert (len(notes.columns), len(raters.columns)) == (9, 25)
    assert notes.columns[:4] == ["noteId", "internalNoteIntercept", "internalNoteFactor1", "scorerName"]
    assert (raters.columns[0], raters.columns[9], raters.columns[24]) == (
        "raterParticipantId", "scorerName", "quasiCliqueValue",
    )  # fmt: skip


def test_similarity_rides_along() -> None:
    similar = pl.DataFrame([(3, 1, None), (0, None, 2)], schema=SIMILARITY_SCHEMA, orient="row")
    table = rater_table({}, similar, DATA).collect()
    assert table["scorerName"].null_count() == 2
    assert similarity_of(table, DATA).equals(similar)
    assert handovers_of(note_table({}, DATA), table, {}, DATA) == {}


def simple() -> Handover:
    return Handover(
        scorer="X",
        notes=pl.DataFrame({"note": [1], "intercept": [0.5]}, {"note": pl.Int32, "intercept": pl.Float32}),
        raters=pl.DataFrame({"rater": [2], "factor": [0.25]}, {"rater": pl.Int32, "factor": pl.Float32}),
        global_intercept=0.1,
        tag_thresholds=np.zeros(len(NOT_HELPFUL_TAGS)),
        n_ratings=1,
        n_notes=1,
        n_raters=1,
        diligence_intercepts=None,
        diagnostics={},
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "KeyError('tagFilteringThresholds')"),
        ({"finalRoundNumRatings": "many"}, "invalid literal"),
        ({"lowDiligenceGlobalIntercept": {"firstRound": 1}}, "secondRound"),
        ({"lowDiligenceGlobalIntercept": 0.5}, "TypeError"),
        ({"tagFilteringThresholds": [0.1]}, "AttributeError"),
        ({"globalIntercept": "x"}, "could not convert"),
    ],
)
def test_values_of_another_shape_are_told(values: dict[str, Any], said: str) -> None:
    meta = meta_values({"X": simple()})
    meta["X"] = meta["X"] | values if values else {}
    raters = rater_table({"X": simple()}, pl.DataFrame(schema=SIMILARITY_SCHEMA), DATA)
    with pytest.raises(DataError, match="the hand-over's values of X are damaged") as caught:
        handovers_of(note_table({"X": simple()}, DATA), raters, meta, DATA)
    assert said in str(caught.value)
    assert "prescore again" in str(caught.value)


def test_values_that_are_no_object_are_told() -> None:
    raters = rater_table({}, pl.DataFrame(schema=SIMILARITY_SCHEMA), DATA)
    with pytest.raises(DataError, match="values of X are damaged"):
        handovers_of(note_table({}, DATA), raters, {"X": 5}, DATA)  # type: ignore[dict-item]


@pytest.mark.parametrize("column", ["noteId", "scorerName", "internalNoteFactor1"])
def test_a_missing_column_is_named(column: str) -> None:
    raters = rater_table({}, pl.DataFrame(schema=SIMILARITY_SCHEMA), DATA)
    with pytest.raises(DataError, match=f"the note table of the hand-over lacks column {column}"):
        handovers_of(note_table({}, DATA).drop(column), raters, {}, DATA)


def test_a_folder_there_and_back(tmp_path: Path) -> None:
    topics = pl.DataFrame([(0, "Gaza"), (4, "Scams")], schema=TOPICS_SCHEMA, orient="row")
    similar = pl.DataFrame([(3, 1, 2)], schema=SIMILARITY_SCHEMA, orient="row")
    before = Prescored(similar, Topics(None, topics), {"X": simple()})
    with AtomicFolder(tmp_path) as folder:
        write_prescored(folder, before, DATA)
    after = read_prescored(tmp_path, DATA)
    assert after.similarity.equals(similar)
    assert after.topics.table.equals(topics)
    assert_equal(before.handovers["X"], after.handovers["X"])
    assert (after.topics.model, after.flip_model, after.helpful_model) == (None, None, None)
    assert read_similarity(tmp_path, DATA).equals(similar)
    assert read_similarity(tmp_path / "elsewhere", DATA).height == 0
    fewer = dataset(notes=[{"note": 0}], n_contributors=1)
    assert read_prescored(tmp_path, fewer).topics.table.rows() == [(0, "Gaza")]
    nobody = dataset(n_contributors=0)
    assert read_prescored(tmp_path, nobody).topics.table.height == 0
