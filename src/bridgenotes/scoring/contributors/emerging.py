"""Authors whose notes are liked and being rated now (spec 04 D.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Contributors


def emerging_writers(history: pl.DataFrame, results: pl.DataFrame, settings: Contributors) -> pl.DataFrame:
    """Return which authors are emerging.

    Parameters
    ----------
    history : polars.DataFrame
        Columns note and author of every note.
    results : polars.DataFrame
        Columns note, core_note_intercept (null = not scored) and num_ratings_last28.
    settings : Contributors
        The limits.

    Returns
    -------
    polars.DataFrame
        One row per author: rater (int32) and is_emerging_writer (bool).

    Notes
    -----
    Notes without an intercept count as 0, other than in an author's mean note score.
    """
    total = pl.col("core_note_intercept").cast(pl.Float64).fill_nan(None).sum().cast(pl.Float32)
    mean, recent = total.cast(pl.Float64) / pl.len(), pl.col("num_ratings_last28").sum()
    return (
        history.lazy()
        .select("note", "author")
        .drop_nulls("author")
        .join(
            results.lazy().select("note", "core_note_intercept", "num_ratings_last28"), on="note", how="left"
        )
        .group_by(rater="author")
        .agg(
            is_emerging_writer=(mean > settings.emerging_writer_mean)
            & (recent >= settings.emerging_writer_ratings)
        )
        .collect()
    )
