"""Spec 04 D.2, D.3 and D.5."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import CRH, CRNH, NMR, Status
from bridgenotes.scoring.contributors.helpfulness import author_scores, helpfulness, rater_scores
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.valid_ratings import RATING_CLASSES

SETTINGS = load_profile("x-2026").scorers[0].helpfulness


def notes(*rows: tuple[int | None, float | None, str | None]) -> pl.DataFrame:
    schema = {"author": pl.Int32, "intercept": pl.Float32, "status": Status}
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("note")


def valid(rater: int, agreeing: int, disagreeing: int) -> pl.DataFrame:
    counts = [agreeing, 0, disagreeing, 0]
    schema = {"rater": pl.Int32} | dict.fromkeys(RATING_CLASSES, pl.Int64)
    return pl.DataFrame([(rater, *counts)], schema=schema, orient="row").filter(pl.lit(any(counts)))


NOBODY = author_scores(notes(), SETTINGS)
NO_RATERS = rater_scores(valid(0, 0, 0))


def author(difference: float | None, mean: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"author": [1], "crh_crnh_ratio_difference": [difference], "mean_note_score": [mean]},
        schema=NOBODY.schema,
    )


def is_helpful(
    authors: pl.DataFrame, raters: pl.DataFrame, penalty: float | None = None, **changes: float
) -> bool:
    costs = None
    if penalty is not None:
        costs = pl.DataFrame(
            {"rater": [1], "penalty": [penalty]}, schema={"rater": pl.Int32, "penalty": pl.Float64}
        )
    table = helpfulness(authors, raters, costs, replace(SETTINGS, **changes))
    assert table["rater"].to_list() == [1]
    return bool(table["above_helpfulness_threshold"].item())


def test_author_scores() -> None:
    table = author_scores(
        notes(
            (4, 0.5, CRH), (4, 0.1, CRNH), (4, -0.3, NMR), (4, None, CRH), (2, 0.25, None), (None, 0.3, CRH)
        ),
        SETTINGS,
    )
    assert table["author"].to_list() == [2, 4]
    np.testing.assert_allclose(table["crh_crnh_ratio_difference"], [0, (1 - 5) / 3])
    np.testing.assert_allclose(table["mean_note_score"], [0.25, 0.1], rtol=1e-6)


def test_the_weight_of_not_helpful_notes_is_a_setting() -> None:
    table = author_scores(notes((0, 0.0, CRH), (0, 0.0, CRNH)), replace(SETTINGS, crnh_weight=1.0))
    assert table["crh_crnh_ratio_difference"].item() == 0


def test_rater_scores() -> None:
    table = rater_scores(pl.concat([valid(3, 2, 1), valid(7, 1, 0)]))
    assert table["rater"].to_list() == [3, 7]
    assert table.select("rating_count", "agrees", *RATING_CLASSES).rows() == [
        (3, 2, 2, 0, 1, 0),
        (1, 1, 1, 0, 0, 0),
    ]
    np.testing.assert_allclose(table["rater_agree_ratio"], [2 / 3, 1])


def test_nobody_at_all() -> None:
    table = helpfulness(NOBODY, NO_RATERS, None, SETTINGS)
    assert table.is_empty()
    assert table.schema["rater"] == pl.Int32
    assert table.schema["above_helpfulness_threshold"] == pl.Boolean


def test_authors_and_raters_are_united() -> None:
    table = helpfulness(author(1.0, 1.0), rater_scores(valid(0, 1, 0)), None, SETTINGS)
    assert table["rater"].to_list() == [0, 1]
    assert table["mean_note_score"].to_list() == [None, 1.0]
    assert table["rater_agree_ratio"].to_list() == [1.0, None]
    assert table[RATING_CLASSES[0]].to_list() == [1, None]


@pytest.mark.requirement("DV-1")
@pytest.mark.parametrize(("agreeing", "passes"), [(66, True), (65, False)])
def test_raters_pass_at_the_ratio(agreeing: int, *, passes: bool) -> None:
    assert is_helpful(NOBODY, rater_scores(valid(1, agreeing, 100 - agreeing))) is passes


@pytest.mark.requirement("DV-1")
@pytest.mark.parametrize(
    ("difference", "mean", "passes"),
    [(0.0, 0.05, True), (-1e-9, 0.05, False), (0.0, 0.0499, False), (None, None, True), (None, 1.0, False)],
)
def test_authors_pass_at_both_thresholds(
    difference: float | None, mean: float | None, *, passes: bool
) -> None:
    assert is_helpful(author(difference, mean), rater_scores(valid(1, 1, 0))) is passes


@pytest.mark.parametrize(("minimum", "passes"), [(-0.01, True), (0.0, True), (0.01, False)])
def test_a_minimum_of_nothing_asks_nothing_of_authors(minimum: float, *, passes: bool) -> None:
    raters = rater_scores(valid(1, 1, 0))
    assert is_helpful(author(-5.0, -1.0), raters, min_mean_note_score=minimum) is passes


def test_without_valid_ratings_nobody_is_helpful() -> None:
    assert not is_helpful(author(1.0, 1.0), NO_RATERS)
    assert not is_helpful(author(1.0, 1.0), NO_RATERS, min_mean_note_score=-1.0)


@pytest.mark.parametrize(("penalty", "passes"), [(34.0, True), (34.01, False), (0.0, True)])
def test_penalties_lower_the_ratio(penalty: float, *, passes: bool) -> None:
    assert is_helpful(NOBODY, rater_scores(valid(1, 100, 0)), penalty) is passes


def test_penalties_leave_the_published_ratio_alone() -> None:
    costs = pl.DataFrame({"rater": [1], "penalty": [2.0]}, schema={"rater": pl.Int32, "penalty": pl.Float64})
    raters = pl.concat([rater_scores(valid(1, 3, 1)), rater_scores(valid(2, 3, 1))])
    table = helpfulness(NOBODY, raters, costs, SETTINGS)
    assert table["rater_agree_ratio"].to_list() == [0.75, 0.75]
    assert table["agree_ratio_with_penalty"].to_list() == [0.25, 0.75]
    assert table["total_helpful_harassment_penalty"].to_list() == [2.0, 0.0]
    assert table["above_helpfulness_threshold"].to_list() == [False, True]
