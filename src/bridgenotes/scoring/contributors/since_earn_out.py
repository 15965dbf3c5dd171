"""An author's latest decided notes since they last lost the right to write (spec 04 D.8, steps 0 and 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Contributors

NEVER_MS: Final = 1
"""Time of the last earn-out of who never earned out."""


def with_earn_out_times(enrollment: pl.DataFrame, now_ms: int) -> pl.DataFrame:
    """Return the enrollment in which everybody now out went out now.

    So none of the notes written before an acknowledgement count against who is still out.
    """
    is_out = pl.col("enrollment_state") == "earnedOutAcknowledged"
    return enrollment.with_columns(
        last_earn_out_at_ms=pl.when(is_out)
        .then(pl.lit(now_ms, pl.Int64))
        .otherwise(pl.col("last_earn_out_at_ms").fill_null(NEVER_MS))
    )


def crnh_since_earn_out(
    history: pl.DataFrame, enrollment: pl.DataFrame, settings: Contributors
) -> pl.DataFrame:
    """Return how many of each author's latest decided notes since their last earn-out are CRNH.

    Parameters
    ----------
    history : polars.DataFrame
        Columns note, author, created_at_ms, current_status after this run.
    enrollment : polars.DataFrame
        Columns contributor, last_earn_out_at_ms: the result of `with_earn_out_times`.
    settings : Contributors
        How many notes to look at.

    Returns
    -------
    polars.DataFrame
        Columns rater (int32) and crnh_since_earn_out (int64); only authors with such a note.

    Notes
    -----
    Decided notes come first, then the higher note id, which is the younger note; notes that
    need more ratings only fill up.
    """
    earn_outs = enrollment.lazy().select("contributor", "last_earn_out_at_ms")
    since = pl.col("last_earn_out_at_ms").fill_null(NEVER_MS)
    status = pl.col("current_status")
    return (
        history.lazy()
        .select("note", "author", "created_at_ms", "current_status")
        .drop_nulls("author")
        .join(earn_outs, left_on="author", right_on="contributor", how="left")
        .filter(pl.col("created_at_ms") > since)
        .with_columns(is_decided=status.is_in([CRH, CRNH]).fill_null(False))
        .sort("is_decided", "note", descending=True)
        .group_by(rater="author", maintain_order=True)
        .agg(crnh_since_earn_out=(status.head(settings.max_history) == CRNH).sum().cast(pl.Int64))
        .collect()
    )
