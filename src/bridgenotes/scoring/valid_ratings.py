"""Ratings made while a note's outcome was still open: the ones that judge a rater (spec 04 D.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH
from bridgenotes.scoring import kernels, vectors
from bridgenotes.scoring.batches import batches, flags
from bridgenotes.scoring.vectors import still

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Helpfulness
    from bridgenotes.scoring.ratings import Ratings

BoolArray = npt.NDArray[np.bool_]
Int64Array = npt.NDArray[np.int64]

SUCCESSFUL_HELPFUL: Final = "successful_rating_helpful_count"
SUCCESSFUL_NOT_HELPFUL: Final = "successful_rating_not_helpful_count"
UNSUCCESSFUL_HELPFUL: Final = "unsuccessful_rating_helpful_count"
UNSUCCESSFUL_NOT_HELPFUL: Final = "unsuccessful_rating_not_helpful_count"
RATING_CLASSES: Final = (
    SUCCESSFUL_HELPFUL,
    SUCCESSFUL_NOT_HELPFUL,
    UNSUCCESSFUL_HELPFUL,
    UNSUCCESSFUL_NOT_HELPFUL,
)
"""The classes a valid rating can fall in; the last word names the note's status, not the rating."""

NEVER_MS: Final = np.iinfo(np.int64).max
BEFORE_ALL_MS: Final = np.iinfo(np.int64).min


def early_ratings(ratings: Ratings, history: pl.DataFrame, settings: Helpfulness) -> Ratings:
    """Return the ratings made early and before the note's latest decision (spec 04 D.1).

    Parameters
    ----------
    ratings : Ratings
        Any ratings; only notes, times and order matter.
    history : polars.DataFrame
        Columns note, created_at_ms and latest_non_nmr_status_at_ms, one row per note. Ratings
        of other notes are not early.
    settings : Helpfulness
        How early is early, and how many ratings count on notes of the first era.

    Returns
    -------
    Ratings
        Ratings of today's notes first, then those of the first era, both in input order.

    Notes
    -----
    Notes of the first era have no decision time: their first few early ratings count instead.
    Of ratings made in the same millisecond the one that comes first in the input is earlier.
    """
    ends, is_first_era = _windows(ratings, history, settings)
    early = flags(ratings, lambda part: vectors.before(part.created_at_ms, ends, part.note))
    if not is_first_era.any():
        return ratings.where(early)
    of_first_era = flags(ratings, lambda part: vectors.take(is_first_era, part.note))
    return ratings.where(early & ~of_first_era).followed_by(
        _first_of_note(ratings.where(early & of_first_era), settings.first_ratings)
    )


def _windows(ratings: Ratings, history: pl.DataFrame, settings: Helpfulness) -> tuple[Int64Array, BoolArray]:
    """Return by note code before when ratings are early, and which notes are of the first era."""
    known = history.select(
        "note", made="created_at_ms", decided=pl.col("latest_non_nmr_status_at_ms").fill_null(NEVER_MS)
    ).drop_nulls("made")
    note, made = known["note"].to_numpy(), known["made"].to_numpy()
    highest = max((int(part.note.max()) for part in batches(ratings)), default=-1)
    n_notes = 1 + max(highest, int(note.max(initial=-1)))
    ends, first_era = np.full(n_notes, BEFORE_ALL_MS), np.zeros(n_notes, np.bool_)
    first_era[note] = made < settings.first_ratings_before_ms
    late = made + settings.valid_within_ms
    ends[note] = np.where(first_era[note], late, np.minimum(late, known["decided"].to_numpy()))
    return ends, first_era


def _first_of_note(ratings: Ratings, most: int) -> Ratings:
    """Return the first few ratings of each note, in order."""
    frame = ratings.frame("note", "created_at_ms")
    rank = frame.select(pl.col("created_at_ms").rank("ordinal").over("note")).to_series()
    return ratings.where((rank <= most).to_numpy())


def valid_counts(early: Ratings, statuses: pl.DataFrame) -> pl.DataFrame:
    """Count each rater's valid ratings: the early ones that took a side on a note that was decided (spec 04 D.1).

    Parameters
    ----------
    early : Ratings
        The result of `early_ratings`.
    statuses : polars.DataFrame
        Columns note and status, one row per note; null is no decision.

    Returns
    -------
    polars.DataFrame
        One row per rater with a valid rating, by code: rater (int32), the four of `RATING_CLASSES` (int64),
        each valid rating being in one of them.
    """
    decided = notes_with(statuses, CRH, early).astype(np.int8) - notes_with(statuses, CRNH, early).astype(
        np.int8
    )
    n_raters = 1 + max((int(part.rater.max()) for part in batches(early)), default=-1)
    counts = np.zeros((n_raters, len(RATING_CLASSES)), np.int64)
    for part in batches(early):
        outcome = still(vectors.take(decided, part.note))
        kernels.add_outcomes(part.rater, part.level, outcome, counts)
    rows = np.flatnonzero(counts.any(axis=1))
    return pl.DataFrame(
        [pl.Series("rater", rows.astype(np.int32))]
        + [pl.Series(name, counts[rows, k]) for k, name in enumerate(RATING_CLASSES)]
    )


def notes_with(statuses: pl.DataFrame, status: str, ratings: Ratings) -> BoolArray:
    """Return which notes have a status, bool, by every note code of either table.

    Parameters
    ----------
    statuses : polars.DataFrame
        Columns note and status.
    """
    note = statuses["note"].to_numpy()
    highest = max((int(part.note.max()) for part in batches(ratings)), default=-1)
    having = np.zeros(1 + max(highest, int(note.max(initial=-1))), np.bool_)
    having[note] = (statuses["status"] == status).fill_null(value=False).to_numpy()
    return having
