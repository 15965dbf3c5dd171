"""What a contributor's ratings and notes came to over the whole history (spec 04 D.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring import kernels, vectors
from bridgenotes.scoring.batches import batches
from bridgenotes.scoring.valid_ratings import (
    NEVER_MS,
    SUCCESSFUL_HELPFUL,
    SUCCESSFUL_NOT_HELPFUL,
    UNSUCCESSFUL_HELPFUL,
    UNSUCCESSFUL_NOT_HELPFUL,
    notes_with,
    valid_counts,
)
from bridgenotes.scoring.vectors import still

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgenotes.scoring.ratings import Ratings

SUCCESSFUL: Final = "successful_rating_total"
UNSUCCESSFUL: Final = "unsuccessful_rating_total"
CRH_NOTES: Final = "notes_currently_rated_helpful"
CRNH_NOTES: Final = "notes_currently_rated_not_helpful"
NMR_NOTES: Final = "notes_awaiting_more_ratings"


def lifetime_counts(
    ratings: Ratings, early: Ratings, history: pl.DataFrame, received: pl.DataFrame
) -> pl.DataFrame:
    """Return counts of everybody with an early rating or a note (spec 04 D.7).

    Parameters
    ----------
    ratings : Ratings
        All ratings in scope.
    early : Ratings
        The early ones: the result of `early_ratings`.
    history : polars.DataFrame
        Columns note, author, current_status and latest_non_nmr_status_at_ms after this run.
    received : polars.DataFrame
        Columns note and num_ratings.

    Returns
    -------
    polars.DataFrame
        By contributor code: rater (int32); eight rating counts, null without an early rating;
        four note counts, null without a note (int64).
    """
    return (
        rating_counts(ratings, early, history)
        .join(note_counts(history, received), on="rater", how="full", coalesce=True)
        .sort("rater")
    )


def rating_counts(ratings: Ratings, early: Ratings, history: pl.DataFrame) -> pl.DataFrame:
    """Return the rating counts of everybody with an early rating; late ratings alone make no row."""
    statuses = history.select("note", status="current_status")
    parts = [
        valid_counts(early, statuses).lazy(),
        _awaiting(early, statuses),
        _after_decision(ratings, history),
    ]
    table = _by_rater(early, None).lazy().select("rater")
    for part in parts:
        table = table.join(part, on="rater", how="left")
    return (
        table.with_columns(pl.exclude("rater").fill_null(0).cast(pl.Int64))
        .with_columns(
            (pl.col(SUCCESSFUL_HELPFUL) + pl.col(SUCCESSFUL_NOT_HELPFUL)).alias(SUCCESSFUL),
            (pl.col(UNSUCCESSFUL_HELPFUL) + pl.col(UNSUCCESSFUL_NOT_HELPFUL)).alias(UNSUCCESSFUL),
        )
        .collect()
    )


def _awaiting(early: Ratings, statuses: pl.DataFrame) -> pl.LazyFrame:
    """Count early ratings, of any level, on notes that are still undecided."""
    undecided = notes_with(statuses, NMR, early)
    waiting = _by_rater(early, lambda part: vectors.take(undecided, part.note))
    return waiting.lazy().rename({"n": "ratings_awaiting_more_ratings"})


def _after_decision(ratings: Ratings, history: pl.DataFrame) -> pl.LazyFrame:
    """Count ratings, of any age, made after the note's latest decision."""
    decided = history.select("note", decided_at_ms="latest_non_nmr_status_at_ms").drop_nulls()
    known = decided["note"].to_numpy()
    highest = max((int(part.note.max()) for part in batches(ratings)), default=-1)
    until = np.full(1 + max(highest, int(known.max(initial=-1))), NEVER_MS)
    until[known] = decided["decided_at_ms"].to_numpy() + 1
    late = _by_rater(ratings, lambda part: ~vectors.before(part.created_at_ms, until, part.note))
    return late.lazy().rename({"n": "rated_after_decision"})


def _by_rater(ratings: Ratings, keep: Callable[[Ratings], npt.NDArray[np.bool_]] | None) -> pl.DataFrame:
    """Count, per rater that has any, the ratings for which ``keep`` holds: columns rater and n."""
    n_codes = 1 + max((int(part.rater.max()) for part in batches(ratings)), default=-1)
    counts = np.zeros(n_codes, np.int64)
    for part in batches(ratings):
        kept = np.ones(len(part), np.bool_) if keep is None else keep(part)
        kernels.add_counts(part.rater, still(kept), counts)
    some = np.flatnonzero(counts)
    return pl.DataFrame({"rater": some.astype(np.int32), "n": counts[some]})


def note_counts(history: pl.DataFrame, received: pl.DataFrame) -> pl.DataFrame:
    """Return how many of each author's notes have which status, and the ratings they received."""
    status = pl.col("current_status")
    return (
        history.lazy()
        .select("note", "author", "current_status")
        .drop_nulls("author")
        .join(received.lazy().select("note", "num_ratings"), on="note", how="left")
        .group_by(rater="author")
        .agg(
            (status == CRH).sum().cast(pl.Int64).alias(CRH_NOTES),
            (status == CRNH).sum().cast(pl.Int64).alias(CRNH_NOTES),
            (status == NMR).sum().cast(pl.Int64).alias(NMR_NOTES),
            aggregate_rating_received_total=pl.col("num_ratings").sum().cast(pl.Int64),
        )
        .collect()
    )
