"""Spec 04 D.11."""

from __future__ import annotations

import pytest

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring.contributors.recent_totals import TOTALS, recent_totals
from unit.scoring.contributors.tables import DAY, START, history, ratings

NEWEST = (9, NMR, START)


def totals(status, age_ms, n_ratings):
    """Counts of author 4, whose only note is that much older than the newest."""
    made = ratings(*((1, k, 2) for k in range(n_ratings)))
    table = recent_totals(made, history(NEWEST, (4, status, START - age_ms))).filter(rater=4)
    return {name: value for name, value in table.select(TOTALS).row(0, named=True).items() if value}


def test_the_columns_are_the_published_ones() -> None:
    assert TOTALS == (
        "crh_total14d",
        "crnh_total14d",
        "nmr_total14d",
        "crh_total90d",
        "crnh_total90d",
        "nmr_total90d",
    )


@pytest.mark.parametrize(("status", "name"), [(CRH, "crh"), (CRNH, "crnh"), (NMR, "nmr")])
def test_windows_end_with_the_newest_note(status: str, name: str) -> None:
    both = {f"{name}_total14d": 1, f"{name}_total90d": 1}
    assert totals(status, 14 * DAY - 1, 10) == both
    assert totals(status, 14 * DAY, 10) == {f"{name}_total90d": 1}
    assert totals(status, 90 * DAY - 1, 10) == {f"{name}_total90d": 1}
    assert totals(status, 90 * DAY, 10) == {}


@pytest.mark.parametrize(
    ("status", "n_ratings", "counts"),
    [(NMR, 9, False), (NMR, 10, True), (CRH, 1, True), (CRNH, 1, True), (CRH, 0, False)],
)
def test_the_short_window_wants_rated_notes(status: str, n_ratings: int, *, counts: bool) -> None:
    assert any("14" in name for name in totals(status, 0, n_ratings)) is counts


def test_notes_without_status_count_nowhere() -> None:
    assert totals(None, 0, 10) == {}


def test_no_notes_no_authors() -> None:
    assert recent_totals(ratings(), history()).is_empty()
