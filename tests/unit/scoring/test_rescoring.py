"""Which notes a run scores: every subset fires, and just does not (spec 06 sections 5.1 and 5.2)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from bridgenotes.data.vocabulary import CRH, NMR
from bridgenotes.scoring.preprocess import complete_history
from bridgenotes.scoring.previous import Previous
from bridgenotes.scoring.rescoring import Selection, Subset, all_notes, changed_notes
from bridgenotes.scoring.rules.meta import LOCKING_RULES
from support.tables import DAY_MS, NOW_MS, Row, dataset

HOUR_MS = 3_600_000
CUTOFF = NOW_MS - HOUR_MS
LOCKS = "CoreModel (v1.1)"
QUIET: Row = {
    "created_at_ms": NOW_MS - 100 * DAY_MS,
    "current_status": NMR,
    "current_status_at_ms": NOW_MS - HOUR_MS,
    "most_recent_status_change_at_ms": -1,
    "nmr_due_to_min_stable_crh_time_at_ms": -1,
}
"""A note that no subset wants."""
NEW_RATINGS = "NOTES_WITH_NEW_RATINGS"
NEW = "NEW_NOTES_NOT_RESCORED_RECENTLY_ENOUGH"
FLIPPED = "NOTES_FLIPPED_PREVIOUS_RUN"
FLIPPED_LATELY = "RECENTLY_FLIPPED_NOTES_NOT_RESCORED_RECENTLY_ENOUGH"
WAITS = "NMR_DUE_TO_MIN_STABLE_CRH_TIME"
LOCKING = "LOCKING_ELIGIBLE_RECENT_UNLOCKED_NOTES"
UNKNOWN = "NOTES_NOT_SCORED_BEFORE"


def previous(*known: int, cutoff: int = CUTOFF) -> Previous:
    nothing = pl.DataFrame()
    return Previous(nothing, nothing, nothing, cutoff, pl.Series(known, dtype=pl.Int32))


def selection(*, rated_at: int | None = None, known: bool = True, **note: Any) -> Selection:
    """What a run thinks of one note."""
    ratings = [] if rated_at is None else [{"note": 0, "rater": 1, "created_at_ms": rated_at}]
    data = dataset(history=[{"note": 0, **QUIET, **note}], ratings=ratings)
    return changed_notes(
        complete_history(data), data.ratings, previous(*([0] if known else [])), LOCKING_RULES, NOW_MS
    )


def labels(**note: Any) -> str:
    return str(selection(**note).labels()[0])


def test_a_quiet_note_is_passed_through() -> None:
    assert labels() == ""
    assert selection().chosen.to_list() == [False]


@pytest.mark.parametrize(("rated_at", "label"), [(CUTOFF + 1, NEW_RATINGS), (CUTOFF, "")])
def test_ratings_after_the_cutoff_are_new(rated_at: int, label: str) -> None:
    assert labels(rated_at=rated_at) == label


YOUNG, STALE = NOW_MS - 14 * DAY_MS + 1, NOW_MS - DAY_MS - 1


@pytest.mark.parametrize(
    ("created", "scored", "label"),
    [
        (YOUNG, STALE, NEW),
        (YOUNG - 1, STALE, ""),
        (YOUNG, STALE + 1, ""),
        (YOUNG, None, ""),
    ],
)
def test_new_notes_are_scored_once_a_day(created: int, scored: int | None, label: str) -> None:
    assert labels(created_at_ms=created, current_status_at_ms=scored) == label


@pytest.mark.parametrize(
    ("changed", "scored", "label"),
    [
        (NOW_MS - HOUR_MS, NOW_MS - HOUR_MS, FLIPPED),
        (NOW_MS - HOUR_MS + 1, NOW_MS - HOUR_MS, ""),
        (None, None, ""),
    ],
)
def test_what_flipped_in_the_previous_run(changed: int | None, scored: int | None, label: str) -> None:
    assert labels(most_recent_status_change_at_ms=changed, current_status_at_ms=scored) == label


@pytest.mark.parametrize(
    ("changed", "scored", "label"),
    [
        (NOW_MS - DAY_MS + 1, NOW_MS - HOUR_MS - 1, FLIPPED_LATELY),
        (NOW_MS - DAY_MS, NOW_MS - HOUR_MS - 1, ""),
        (NOW_MS - DAY_MS + 1, NOW_MS - HOUR_MS, ""),
    ],
)
def test_what_flipped_within_a_day(changed: int, scored: int, label: str) -> None:
    assert labels(most_recent_status_change_at_ms=changed, current_status_at_ms=scored) == label


@pytest.mark.parametrize(("since", "label"), [(1, WAITS), (0, ""), (-1, ""), (None, "")])
def test_notes_that_wait_to_be_shown(since: int | None, label: str) -> None:
    assert labels(nmr_due_to_min_stable_crh_time_at_ms=since) == label


ABOUT_TO_LOCK: Row = {"current_decided_by": LOCKS, "created_at_ms": NOW_MS - 14 * DAY_MS - 1}


@pytest.mark.parametrize(
    ("note", "label"),
    [
        ({}, LOCKING),
        ({"created_at_ms": NOW_MS - 14 * DAY_MS}, ""),
        ({"created_at_ms": NOW_MS - 21 * DAY_MS + 1}, LOCKING),
        ({"created_at_ms": NOW_MS - 21 * DAY_MS}, ""),
        ({"locked_status": CRH}, ""),
        ({"current_decided_by": "ScoringDriftGuard (v1.0)"}, ""),
        ({"current_decided_by": None}, ""),
    ],
)
def test_notes_about_to_lock(note: Row, label: str) -> None:
    assert labels(**(ABOUT_TO_LOCK | note)) == label


def test_notes_without_a_row_to_pass_through() -> None:
    assert labels(known=False) == UNKNOWN
    assert labels(known=True) == ""


def test_labels_keep_the_order_of_the_subsets() -> None:
    """New ratings keep a note out of the second and third subset, not out of the others."""
    busy = {
        "created_at_ms": NOW_MS - 2 * DAY_MS,
        "current_status_at_ms": STALE + HOUR_MS,
        "most_recent_status_change_at_ms": STALE + HOUR_MS,
        "nmr_due_to_min_stable_crh_time_at_ms": 1,
    }
    assert labels(**busy) == f"{FLIPPED},{FLIPPED_LATELY},{WAITS}"
    assert labels(**busy, rated_at=NOW_MS, known=False) == (
        f"{NEW_RATINGS},{FLIPPED_LATELY},{WAITS},{UNKNOWN}"
    )
    stale = busy | {"current_status_at_ms": STALE, "most_recent_status_change_at_ms": STALE}
    assert labels(**stale) == f"{NEW},{FLIPPED},{WAITS}"
    assert labels(**stale, rated_at=NOW_MS) == f"{NEW_RATINGS},{WAITS}"
    assert [subset.name for subset in selection().subsets] == [
        NEW_RATINGS, NEW, FLIPPED, FLIPPED_LATELY, WAITS, LOCKING, UNKNOWN,
    ]  # fmt: skip


EVERY, RECENT = "ALL_NOTES", "NOTES_CREATED_SOMEWHAT_RECENTLY"


@pytest.mark.parametrize(
    ("note", "label"),
    [
        ({}, EVERY),
        ({"created_at_ms": NOW_MS - 13 * DAY_MS}, f"{EVERY},{RECENT}"),
        ({"created_at_ms": NOW_MS - 13 * DAY_MS - 1}, EVERY),
        ({"created_at_ms": NOW_MS - 3 * DAY_MS - 1}, f"{EVERY},{RECENT}"),
        ({"created_at_ms": NOW_MS - 3 * DAY_MS}, EVERY),
        ({"created_at_ms": NOW_MS - 13 * DAY_MS, "current_status_at_ms": STALE}, f"{EVERY},{RECENT},{NEW}"),
        ({"created_at_ms": YOUNG, "current_status_at_ms": STALE}, f"{EVERY},{NEW}"),
    ],
)
def test_a_run_without_previous_outputs_scores_every_note(note: Row, label: str) -> None:
    found = all_notes(complete_history(dataset(history=[{"note": 0, **QUIET, **note}])), NOW_MS)
    assert found.chosen.to_list() == [True]
    assert found.labels().to_list() == [label]


def test_no_notes_at_all() -> None:
    found = all_notes(complete_history(dataset()), NOW_MS)
    assert found.chosen.len() == 0
    assert found.labels().len() == 0


def test_the_chosen_notes_are_the_union() -> None:
    parts = ([True, False, False], [True, True, False])
    union = Selection(tuple(Subset(str(k), pl.Series(part), 1, 1) for k, part in enumerate(parts)))
    assert union.chosen.to_list() == [True, True, False]
    assert union.labels().to_list() == ["0,1", "1", ""]
