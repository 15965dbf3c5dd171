"""What flip prediction learns from: labels and the moments at which notes are looked at (spec 10.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring.errors import ScoringError

if TYPE_CHECKING:
    from bridgenotes.scoring.confidence.settings import FlipSettings
    from bridgenotes.scoring.confidence.timeline import Timeline

IntArray = npt.NDArray[np.int64]

EVERYTHING: Final = np.iinfo(np.int64).max
"""Moment from which all is visible, as in prediction."""
STABILISED: Final = "first_nmr_due_to_min_stable_crh_time_at_ms"


@dataclass(frozen=True)
class FlipRows:
    """Notes looked at, each at a moment.

    Attributes
    ----------
    note : numpy.ndarray, int32, shape (n_rows,)
        Note codes.
    cutoff_ms : numpy.ndarray, int64, shape (n_rows,)
        Ratings up to then are visible; `EVERYTHING` for all.
    present_ms : numpy.ndarray, int64, shape (n_rows,)
        What "the latest minutes" are counted back from.
    flips : numpy.ndarray, bool, shape (n_rows,)
        Whether the note lost its Helpful status; False where nobody knows.
    """

    note: npt.NDArray[np.int32]
    cutoff_ms: IntArray
    present_ms: IntArray
    flips: npt.NDArray[np.bool_]

    @classmethod
    def now(cls, note: npt.NDArray[np.int32], timeline: Timeline) -> FlipRows:
        """Look at notes with all that is known; the present is the newest rating of any of them."""
        n = len(note)
        rated = note[timeline.n_ratings[note] > 0]
        newest = timeline.at(timeline.start[rated + 1] - 1).created_at_ms.max(initial=0)
        return cls(note, np.full(n, EVERYTHING), np.full(n, newest, np.int64), np.zeros(n, np.bool_))

    def take(self, rows: npt.NDArray[np.intp] | slice) -> FlipRows:
        """Return the given rows."""
        return FlipRows(self.note[rows], self.cutoff_ms[rows], self.present_ms[rows], self.flips[rows])

    def __len__(self) -> int:
        return len(self.note)


def label(history: pl.DataFrame, settings: FlipSettings) -> pl.DataFrame:
    """Add ``flips`` to a status history: True, False, or null where nothing is learned (spec 10.2.2)."""
    locked, first = pl.col("locked_status"), pl.col("first_non_nmr_status")
    unhelpful = locked.is_in([NMR, CRNH])
    lost = unhelpful & ((first == CRH) | (pl.col(STABILISED).is_not_null() & first.is_null()))
    drifted = pl.col("current_decided_by").fill_null("").str.starts_with(settings.drift_guard)
    return history.with_columns(
        pl.when(lost.fill_null(value=False))
        .then(pl.lit(value=True))
        .when((locked == CRH) & ~drifted)
        .then(pl.lit(value=False))
        .alias("flips")
    )


def training_rows(candidates: pl.DataFrame, timeline: Timeline, settings: FlipSettings) -> FlipRows:
    """Return the rows to learn from: every labelled note at its first and at its last moment.

    Parameters
    ----------
    candidates : polars.DataFrame
        One row per note: a status history with ``classification`` and ``post_id``.
    timeline : Timeline
        Ratings of the training data.

    Returns
    -------
    FlipRows
        Sorted by note, the earlier moment first.

    Raises
    ------
    ScoringError
        If a stabilisation began at a negative time.
    """
    known = label(candidates, settings).filter(
        pl.col("flips").is_not_null()
        & pl.col("classification").is_not_null()
        & (pl.col("post_id") > settings.after_post_id)
    )
    negative = known.filter(pl.col(STABILISED) < 0)
    if negative.height:
        raise ScoringError(
            f"{negative.height} notes began to stabilise at a negative time (column "
            f"timestampMillisOfFirstNmrDueToMinStableCrhTime), note code {negative['note'][0]} first; "
            "clear the value to learn from the others"
        )
    moments = (STABILISED, "first_non_nmr_status_at_ms")
    known = known.filter(pl.col(STABILISED).is_not_null() | (pl.col("first_non_nmr_status") == CRH)).select(
        "note",
        "flips",
        earliest=pl.min_horizontal(moments),
        latest=pl.max_horizontal(moments),
    )
    known = known.filter(pl.Series(timeline.n_ratings[known["note"].to_numpy()] > 0, dtype=pl.Boolean))
    known = known.drop_nulls("earliest")
    note = known["note"].to_numpy()
    chosen = known.select("earliest", "latest").to_numpy().ravel() - settings.availability_lag_ms
    twice = np.repeat(note, 2)
    enough = np.repeat(enough_ratings_ms(timeline, note, settings.n_ratings_wanted), 2)
    flips = known["flips"].cast(pl.Boolean).to_numpy()
    cutoff = np.maximum(chosen, enough)
    return FlipRows(twice, cutoff, cutoff, np.repeat(flips, 2))


def enough_ratings_ms(timeline: Timeline, note: npt.NDArray[np.int32], wanted: int) -> IntArray:
    """Return when notes, all of them rated, had ``wanted`` ratings, or all they ever got."""
    first, n = timeline.start[note], timeline.n_ratings[note]
    return timeline.at(first + np.minimum(n, wanted) - 1).created_at_ms
