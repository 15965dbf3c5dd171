"""What flip prediction learns from."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import CRH, CRNH, MISLEADING, NMR
from bridgenotes.scoring.confidence.flip_rows import label, training_rows
from bridgenotes.scoring.confidence.settings import FlipSettings
from bridgenotes.scoring.confidence.timeline import Timeline
from bridgenotes.scoring.errors import ScoringError
from bridgenotes.scoring.ratings import Ratings
from support.tables import NOW_MS, dataset

MINUTE_MS = 60_000
STABILISED = "first_nmr_due_to_min_stable_crh_time_at_ms"
SETTINGS = FlipSettings()
POST = SETTINGS.after_post_id + 1


def history(**row: object) -> pl.DataFrame:
    return dataset(history=[{"note": 0, **row}]).status_history


@pytest.mark.parametrize(
    ("row", "flips"),
    [
        ({"locked_status": CRH, "current_decided_by": "CoreModel (v1.1)"}, False),
        ({"locked_status": CRH}, False),
        ({"locked_status": CRH, "current_decided_by": "ScoringDriftGuard (v1.0)"}, None),
        ({"locked_status": NMR, "first_non_nmr_status": CRH}, True),
        (
            {
                "locked_status": NMR,
                "first_non_nmr_status": CRH,
                "current_decided_by": "ScoringDriftGuard (v1.0)",
            },
            True,
        ),
        ({"locked_status": NMR, "first_non_nmr_status": CRNH, STABILISED: 5}, None),
        ({"locked_status": CRNH, STABILISED: 5}, True),
        ({"locked_status": NMR}, None),
        ({"first_non_nmr_status": CRH, STABILISED: 5}, None),
    ],
)
def test_labels(row: dict[str, object], flips: bool | None) -> None:
    assert label(history(**row), SETTINGS)["flips"].to_list() == [flips]


def rows_of(rated_min: list[int], *, helpful_min: int, stabilised_min: int | None = None):
    """Training rows of one note, whose times are minutes after some hour."""
    begin = NOW_MS - 40 * 1440 * MINUTE_MS
    at = begin + np.array(rated_min) * MINUTE_MS
    data = dataset(
        ratings=[{"note": 0, "rater": k, "created_at_ms": int(t)} for k, t in enumerate(at)],
        history=[
            {
                "note": 0,
                "locked_status": CRH,
                "first_non_nmr_status": CRH,
                "first_non_nmr_status_at_ms": begin + helpful_min * MINUTE_MS,
                STABILISED: None if stabilised_min is None else begin + stabilised_min * MINUTE_MS,
            }
        ],
    )
    candidates = data.status_history.with_columns(
        classification=pl.lit(MISLEADING), post_id=pl.lit(POST, pl.Int64)
    )
    rows = training_rows(candidates, Timeline.build(Ratings(data.ratings), 1), SETTINGS)
    return ((rows.cutoff_ms - begin) // MINUTE_MS).tolist()


def test_few_ratings_after_the_moment_are_waited_for() -> None:
    assert rows_of([110, 130, 120], helpful_min=100) == [130, 130]


def test_five_ratings_are_always_visible() -> None:
    assert rows_of([10, 20, *range(200, 280, 10)], helpful_min=100) == [220, 220]


def test_first_and_last_moment_a_quarter_of_an_hour_before() -> None:
    assert rows_of([1, 2, 3, 4, 5, 6], helpful_min=100, stabilised_min=60) == [45, 85]


def test_a_negative_stabilisation_is_refused() -> None:
    with pytest.raises(ScoringError, match="timestampMillisOfFirstNmrDueToMinStableCrhTime"):
        rows_of([1], helpful_min=100, stabilised_min=-(10**9))


@pytest.mark.parametrize("changes", [{"post_id": POST - 1}, {"classification": None}, {"unrated": True}])
def test_notes_nobody_can_learn_from(changes: dict[str, object]) -> None:
    data = dataset(
        ratings=[] if "unrated" in changes else [{"note": 0, "rater": 1}],
        history=[
            {
                "note": 0,
                "locked_status": CRH,
                "first_non_nmr_status": CRH,
                "first_non_nmr_status_at_ms": NOW_MS,
            }
        ],
    )
    candidates = data.status_history.with_columns(
        classification=pl.lit(changes.get("classification", MISLEADING), pl.String),
        post_id=pl.lit(changes.get("post_id", POST), pl.Int64),
    )
    assert len(training_rows(candidates, Timeline.build(Ratings(data.ratings), 1), SETTINGS)) == 0
