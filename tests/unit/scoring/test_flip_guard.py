"""A run that changes too much is refused: each limit fires, and just does not (spec 06 section 9.3)."""

from __future__ import annotations

import polars as pl
import pytest

from bridgenotes.data.vocabulary import CRH, NMR, Status
from bridgenotes.scoring.flip_guard import TooManyFlipsError, check_flips
from bridgenotes.scoring.preprocess import complete_history
from bridgenotes.scoring.previous import Previous
from bridgenotes.scoring.rescoring import Selection, Subset, all_notes, changed_notes
from support.tables import NOW_MS, dataset

N = 1_000
BEFORE = 100
"""Notes that were Helpful; a limit of 30 % allows 30 % of 100 + 100 notes."""


def limits() -> dict[str, tuple[float, float]]:
    data = dataset()
    history, nothing = complete_history(data), pl.DataFrame()
    previous = Previous(nothing, nothing, nothing, 0, pl.Series(dtype=pl.Int32))
    found = (
        *all_notes(history, NOW_MS).subsets,
        *changed_notes(history, data.ratings, previous, (), 0).subsets,
    )
    return {subset.name: (subset.max_new, subset.max_lost) for subset in found}


LIMITS = limits()


def check(
    *,
    won: int = 0,
    lost: int = 0,
    before: int = BEFORE,
    n: int = N,
    locked: int = 0,
    subset: Subset | None = None,
) -> None:
    """Check a run over n notes; those that were Helpful come first, the locked ones last."""
    was = [CRH] * before + [NMR] * (n - before)
    now = [NMR] * lost + [CRH] * (before - lost + won) + [NMR] * (n - before - won)
    history = pl.DataFrame(
        {"current_status": was, "status_lock_at_ms": [None] * (n - locked) + [NOW_MS] * locked},
        schema={"current_status": Status, "status_lock_at_ms": pl.Int64},
    )
    chosen = subset or Subset("ALL_NOTES", pl.repeat(True, n, dtype=pl.Boolean, eager=True), 0.3, 0.3)
    check_flips(history, pl.Series(now, dtype=Status), Selection((chosen,)))


def test_the_limits_are_those_of_the_specification() -> None:
    no_limit = (1e7, 1e7)
    expected = {
        "ALL_NOTES": (0.3, 0.3),
        "NOTES_CREATED_SOMEWHAT_RECENTLY": (0.15, 0.15),
        "NEW_NOTES_NOT_RESCORED_RECENTLY_ENOUGH": (0.12, 0.12),
        "NOTES_WITH_NEW_RATINGS": (1.2, 0.4),
        "NOTES_FLIPPED_PREVIOUS_RUN": no_limit,
        "RECENTLY_FLIPPED_NOTES_NOT_RESCORED_RECENTLY_ENOUGH": no_limit,
        "NMR_DUE_TO_MIN_STABLE_CRH_TIME": (1.0, 1.0),
        "LOCKING_ELIGIBLE_RECENT_UNLOCKED_NOTES": (0.12, 0.12),
        "NOTES_NOT_SCORED_BEFORE": no_limit,
    }
    assert expected == LIMITS


@pytest.mark.parametrize("name", LIMITS)
def test_each_limit_fires_and_just_does_not(name: str) -> None:
    max_new, max_lost = LIMITS[name]
    everybody = pl.repeat(True, N, dtype=pl.Boolean, eager=True)
    subset = Subset(name, everybody, max_new, max_lost)
    for kind, limit, most, word in (
        ("won", max_new, N - BEFORE, "become"),
        ("lost", max_lost, BEFORE - 1, "cease to be"),
    ):
        allowed = round(limit * (BEFORE + 100))
        check(**{kind: min(allowed, most)}, subset=subset)
        if allowed < most:
            with pytest.raises(TooManyFlipsError, match=f"{name}: {allowed + 1} notes {word} Helpful"):
                check(**{kind: allowed + 1}, subset=subset)


def test_the_message_tells_subset_numbers_limit_and_way_out() -> None:
    with pytest.raises(TooManyFlipsError) as caught:
        check(won=80, lost=61)
    assert caught.value.violations == (
        "ALL_NOTES: 80 notes become Helpful, 100 were; 40.0% is more than 30%",
        "ALL_NOTES: 61 notes cease to be Helpful, 100 were; 30.5% is more than 30%",
    )
    assert "--no-check-flips" in str(caught.value)


def test_a_small_run_is_not_checked() -> None:
    check(n=200, before=50, won=150)
    with pytest.raises(TooManyFlipsError):
        check(n=201, before=50, won=150)


def test_without_helpful_notes_before_or_after_nothing_is_checked() -> None:
    check(before=0, won=900)
    check(before=100, lost=100)
    with pytest.raises(TooManyFlipsError):
        check(before=100, lost=99)


def test_locked_notes_do_not_count() -> None:
    check(won=900, locked=900)
    with pytest.raises(TooManyFlipsError):
        check(won=900, locked=800)


def test_only_members_count() -> None:
    outside = pl.Series([True] * BEFORE + [False] * (N - BEFORE))
    check(won=900, subset=Subset("SOME", outside, 0.1, 0.1))


def test_an_unknown_status_is_not_helpful() -> None:
    history = pl.DataFrame(
        {"current_status": [None] * N, "status_lock_at_ms": [None] * N},
        schema={"current_status": Status, "status_lock_at_ms": pl.Int64},
    )
    everybody = pl.repeat(True, N, dtype=pl.Boolean, eager=True)
    status = pl.Series([CRH] * N, dtype=Status)
    check_flips(history, status, Selection((Subset("ALL_NOTES", everybody, 0.0, 0.0),)))
