"""Spec 04 D.6, D.8 step 6, D.12 and the checks of D.13."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bridgenotes.data.outputs import OUTPUT_TABLES, to_public
from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring.contributors.assembly import score_contributors
from bridgenotes.scoring.contributors.states import CODE
from bridgenotes.scoring.profile import load_profile
from unit.scoring.contributors.tables import (
    DAY,
    HELPFUL,
    NOT_HELPFUL,
    NOW,
    PROFILE,
    START,
    dataset,
    enrollment,
    history,
    note_results,
    raters,
    ratings,
)

WRITER, RATER, STRANGER = 4, 7, 9


def score(made=None, notes=None, people=None, models=None, profile=PROFILE, results=None):
    notes = history() if notes is None else notes
    people = enrollment() if people is None else people
    return score_contributors(
        dataset(people, len(notes), 20),
        ratings() if made is None else made,
        notes,
        note_results(len(notes)) if results is None else results,
        raters() if models is None else models,
        profile,
        NOW,
    )


def row(table: pl.DataFrame, rater: int) -> dict[str, object]:
    return table.row(by_predicate=pl.col("rater") == rater, named=True)


def test_nothing_at_all() -> None:
    table = score()
    assert table.is_empty()
    assert table.schema["rater"] == pl.Int32


def test_who_is_only_enrolled_is_absent() -> None:
    assert score(people=enrollment((STRANGER, "earnedIn"))).is_empty()


def test_raters_known_to_prescoring_have_a_row_whatever_they_did() -> None:
    table = score(models=raters(STRANGER))
    found = row(table, STRANGER)
    assert found["enrollment_state"] is None
    assert found["last_earn_out_at_ms"] == 1
    assert found["crh_total14d"] == 0
    assert found["rated_after_decision"] is None


def test_a_single_rater() -> None:
    found = row(score(made=ratings((0, RATER, HELPFUL)), notes=history((None, CRH))), RATER)
    assert found["successful_rating_total"] == 1
    assert found["enrollment_state"] == CODE["newUser"]
    assert found["successful_rating_needed_to_earn_in"] == 5
    assert found["last_state_change_at_ms"] is None
    assert found["is_emerging_writer"] is False
    assert found["author_top_not_helpful_tag_values"] is None


def test_authors_have_tags_even_if_none() -> None:
    assert row(score(notes=history((WRITER, NMR))), WRITER)["author_top_not_helpful_tag_values"] == ""


@pytest.mark.parametrize("state", ["earnedOutNoAcknowledge", "earnedIn", "removed"])
def test_without_activity_since_the_earn_out_the_state_is_carried_over(state: str) -> None:
    people = enrollment((WRITER, state, START))
    found = row(score(notes=history((WRITER, CRNH, START - DAY)), people=people), WRITER)
    assert found["enrollment_state"] == CODE[state]
    assert found["notes_currently_rated_not_helpful"] == 1
    assert found["last_earn_out_at_ms"] == START
    for name in (
        "successful_rating_needed_to_earn_in",
        "last_state_change_at_ms",
        "number_of_times_earned_out",
    ):
        assert found[name] is None
    assert found["is_emerging_writer"] is None
    assert found["author_top_not_helpful_tag_values"] is None


def test_who_rates_well_while_out_comes_back_and_stays() -> None:
    """Their old notes cannot earn them out in the same run."""
    notes = history(*((WRITER, CRNH) for _ in range(5)), *((STRANGER, CRH) for _ in range(5)))
    made = ratings(*((note, WRITER, HELPFUL) for note in range(5, 10)))
    people = enrollment((WRITER, "earnedOutAcknowledged"))
    found = row(score(made=made, notes=notes, people=people), WRITER)
    assert found["enrollment_state"] == CODE["earnedIn"]
    assert found["last_earn_out_at_ms"] == NOW


@pytest.mark.parametrize(("n_bad", "state"), [(1, "earnedIn"), (2, "atRisk"), (3, "earnedOutAcknowledged")])
def test_bad_notes_among_the_last_five(n_bad: int, state: str) -> None:
    notes = history(
        *((WRITER, CRNH if k < n_bad else CRH) for k in range(5)), *((WRITER, CRH, 1) for _ in range(5))
    )
    found = row(score(notes=notes, people=enrollment((WRITER, "earnedIn"))), WRITER)
    assert found["enrollment_state"] == CODE[state]


def test_a_helpful_rating_of_a_bad_note_costs_two() -> None:
    notes = history(*((None, CRH) for _ in range(6)), (None, CRNH))
    made = [(note, RATER, HELPFUL) for note in range(6)]
    wrong, missed = (6, RATER, HELPFUL), (0, RATER, NOT_HELPFUL)
    for extra, state in (([], "earnedIn"), ([missed], "earnedIn"), ([wrong], "newUser")):
        found = row(score(made=ratings(*made, *extra), notes=notes), RATER)
        assert found["enrollment_state"] == CODE[state]


def test_the_2022_rules_know_no_single_trigger() -> None:
    notes, people = history((WRITER, CRNH)), enrollment((WRITER, "earnedIn"))
    before = replace(PROFILE, contributors=load_profile("birdwatch-2022").contributors)
    states = [
        row(score(notes=notes, people=people, profile=p), WRITER)["enrollment_state"]
        for p in (PROFILE, before)
    ]
    assert states == [CODE["earnedOutAcknowledged"], CODE["earnedIn"]]


def test_columns_come_in_file_order_and_have_public_names() -> None:
    models = raters(RATER).with_columns(modeling_group=pl.lit(13.0), core_rater_intercept=pl.lit(0.5))
    table = score(models=models, notes=history((WRITER, CRH)))
    fields = [column.field for column in OUTPUT_TABLES["helpfulness_scores"]]
    assert table.columns == [field for field in fields if field in table.columns]
    assert table.columns[:2] == ["rater", "core_rater_intercept"]
    public = to_public(table, "helpfulness_scores", dataset(enrollment(), 1, 20))
    assert public["raterParticipantId"].to_list() == ["004", "007"]
    assert len(public.columns) == 47


def test_without_core_nobody_is_emerging() -> None:
    results = note_results(1, num_ratings_last28=[50]).drop("core_note_intercept")
    assert row(score(notes=history((WRITER, CRH)), results=results), WRITER)["is_emerging_writer"] is False


def test_row_order_does_not_matter() -> None:
    notes = history((WRITER, CRH), (STRANGER, CRNH), (WRITER, NMR), (STRANGER, CRNH))
    made = ratings(*((note, rater, 2 * (rater % 2)) for note in range(4) for rater in (1, 2, 3)))
    people = enrollment((WRITER, "earnedIn"), (1, "newUser"), (STRANGER, "atRisk"))
    models = raters(1, 2, STRANGER)
    table = score(made, notes, people, models)
    assert_frame_equal(
        score(made.take(np.arange(len(made))[::-1]), notes.reverse(), people.reverse(), models.reverse()),
        table,
    )
