"""Which notes a run scores, and why (spec 01 A.11, 06 section 5).

The reference takes the wall clock here; we take the run's, so that a run repeats
(docs/decisions/0006).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.scoring.preprocess import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Collection

    from bridgenotes.scoring.previous import Previous

HOUR_MS: Final = 3_600_000
SOMEWHAT_RECENT_DAYS: Final = (3, 13)
NEW_DAYS: Final = 14
LOCKING_DAYS: Final = (14, 21)
NO_LIMIT: Final = 1e7


@dataclass(frozen=True)
class Subset:
    """Notes that are scored for one reason.

    Attributes
    ----------
    name : str
        Written to ``rescoringActiveRules``.
    members : polars.Series, Boolean
        By note code.
    max_new, max_lost : float
        Share of Helpful notes that may be won or lost in it (spec 06 section 9.3).
    """

    name: str
    members: pl.Series
    max_new: float
    max_lost: float


@dataclass(frozen=True)
class Selection:
    """The notes of a run."""

    subsets: tuple[Subset, ...]

    @property
    def chosen(self) -> pl.Series:
        """Which notes are scored: Boolean by note code, the union of the subsets."""
        return pl.select(pl.any_horizontal(subset.members for subset in self.subsets)).to_series()

    def within(self, block: slice) -> Selection:
        """Return the selection of a block of note codes, by their positions in it."""
        return Selection(tuple(replace(s, members=s.members[block]) for s in self.subsets))

    def among(self, chosen: pl.Series) -> Selection:
        """Return the selection of the notes for which ``chosen`` is true, by their own positions."""
        return Selection(tuple(replace(s, members=s.members.filter(chosen)) for s in self.subsets))

    def labels(self) -> pl.Series:
        """Return, per note code, the names of its subsets joined with commas; empty if it is in none."""
        parts = [pl.when(subset.members).then(pl.lit(subset.name)) for subset in self.subsets]
        return pl.select(pl.concat_str(parts, separator=",", ignore_nulls=True)).to_series()


def all_notes(history: pl.DataFrame, now_ms: int) -> Selection:
    """Choose every note, as a run without previous outputs does.

    Parameters
    ----------
    history : polars.DataFrame
        Completed status history, row i is note code i.
    now_ms : int
        Clock of the run, epoch milliseconds.
    """
    created = pl.col("created_at_ms")
    oldest, youngest = (now_ms - days * DAY_MS for days in reversed(SOMEWHAT_RECENT_DAYS))
    return Selection(
        (
            Subset("ALL_NOTES", _all(history), 0.3, 0.3),
            Subset(
                "NOTES_CREATED_SOMEWHAT_RECENTLY",
                _where(history, (created >= oldest) & (created < youngest)),
                0.15,
                0.15,
            ),
            Subset(
                "NEW_NOTES_NOT_RESCORED_RECENTLY_ENOUGH", _where(history, _new_and_stale(now_ms)), 0.12, 0.12
            ),
        )
    )


def changed_notes(
    history: pl.DataFrame, ratings: pl.DataFrame, previous: Previous, locking: Collection[str], now_ms: int
) -> Selection:
    """Choose the notes that may have changed since the previous run.

    Parameters
    ----------
    history : polars.DataFrame
        As in `all_notes`, as the previous run left it.
    ratings : polars.DataFrame
        Columns note and created_at_ms.
    previous : Previous
        For the time of its newest rating and the notes it knew.
    locking : collection of str
        Display names of the rules that lock.
    now_ms : int
        Clock of the run, epoch milliseconds.

    Notes
    -----
    The last subset is ours: notes that the previous outputs lack have no row to pass through, also
    before their first rating (docs/decisions/0014).
    """
    created, scored = pl.col("created_at_ms"), pl.col("current_status_at_ms")
    moved = pl.col("most_recent_status_change_at_ms")
    fresh = ratings.filter(pl.col("created_at_ms") > previous.rating_cutoff_ms)["note"].unique()
    rated = history["note"].is_in(fresh.implode())
    oldest, youngest = (now_ms - days * DAY_MS for days in reversed(LOCKING_DAYS))
    about_to_lock = (
        pl.col("locked_status").is_null()
        & pl.col("current_decided_by").is_in(list(locking))
        & (created > oldest)
        & (created < youngest)
    )
    return Selection(
        (
            Subset("NOTES_WITH_NEW_RATINGS", rated, 1.2, 0.4),
            Subset(
                "NEW_NOTES_NOT_RESCORED_RECENTLY_ENOUGH",
                _where(history, _new_and_stale(now_ms)) & ~rated,
                0.12,
                0.12,
            ),
            Subset(
                "NOTES_FLIPPED_PREVIOUS_RUN", _where(history, moved == scored) & ~rated, NO_LIMIT, NO_LIMIT
            ),
            Subset(
                "RECENTLY_FLIPPED_NOTES_NOT_RESCORED_RECENTLY_ENOUGH",
                _where(history, (moved > now_ms - DAY_MS) & (scored < now_ms - HOUR_MS)),
                NO_LIMIT,
                NO_LIMIT,
            ),
            Subset(
                "NMR_DUE_TO_MIN_STABLE_CRH_TIME",
                _where(history, pl.col("nmr_due_to_min_stable_crh_time_at_ms") > 0),
                1.0,
                1.0,
            ),
            Subset("LOCKING_ELIGIBLE_RECENT_UNLOCKED_NOTES", _where(history, about_to_lock), 0.12, 0.12),
            Subset(
                "NOTES_NOT_SCORED_BEFORE",
                ~history["note"].is_in(previous.notes.implode()),
                NO_LIMIT,
                NO_LIMIT,
            ),
        )
    )


def _new_and_stale(now_ms: int) -> pl.Expr:
    created, scored = pl.col("created_at_ms"), pl.col("current_status_at_ms")
    return (created > now_ms - NEW_DAYS * DAY_MS) & (scored < now_ms - DAY_MS)


def _where(history: pl.DataFrame, condition: pl.Expr) -> pl.Series:
    """Evaluate a condition; a comparison with null is false."""
    return history.select(condition.fill_null(value=False).alias("members"))["members"]


def _all(history: pl.DataFrame) -> pl.Series:
    return pl.repeat(True, history.height, dtype=pl.Boolean, eager=True)
