"""Ratings made while a note's outcome was still open: the ones that judge a rater (spec 04 D.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Helpfulness

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

NOT_HELPFUL_LEVEL: Final = 0
HELPFUL_LEVEL: Final = 2


def early_ratings(ratings: pl.DataFrame, history: pl.DataFrame, settings: Helpfulness) -> pl.DataFrame:
    """Return the ratings made early and before the note's latest decision (spec 04 D.1).

    Parameters
    ----------
    ratings : polars.DataFrame
        Columns note, rater, created_at_ms, level (helpfulness * 2) and any others.
    history : polars.DataFrame
        Columns note, created_at_ms and latest_non_nmr_status_at_ms, one row per note. Ratings
        of other notes are not early.
    settings : Helpfulness
        How early is early, and how many ratings count on notes of the first era.

    Returns
    -------
    polars.DataFrame
        Columns note, rater, created_at_ms, level; ratings of today's notes first, then those of
        the first era, both in input order.

    Notes
    -----
    Notes of the first era have no decision time: their first few early ratings count instead.
    Of ratings made in the same millisecond the one that comes first in the input is earlier.
    """
    made, note_made, decided = map(pl.col, ("created_at_ms", "note_created_at_ms", "decided_at_ms"))
    first_era = note_made < settings.first_ratings_before_ms
    notes = history.lazy().select(
        "note",
        note_created_at_ms=pl.col("created_at_ms"),
        decided_at_ms=pl.col("latest_non_nmr_status_at_ms"),
    )
    early = (
        ratings.lazy()
        .select("note", "rater", "created_at_ms", "level")
        .join(notes, on="note", how="inner", maintain_order="left")
        .filter(made - note_made < settings.valid_within_ms)
    )
    undecided = early.filter(~first_era & (decided.is_null() | (made < decided)))
    first = early.filter(first_era).filter(made.rank("ordinal").over("note") <= settings.first_ratings)
    columns = ("note", "rater", "created_at_ms", "level")
    return pl.concat([undecided.select(columns), first.select(columns)]).collect()


def valid_ratings(early: pl.DataFrame, statuses: pl.DataFrame) -> pl.DataFrame:
    """Return the early ratings that took a side on a note that was decided (spec 04 D.1).

    Parameters
    ----------
    early : polars.DataFrame
        Columns note, rater, level: the result of `early_ratings`.
    statuses : polars.DataFrame
        Columns note and status, one row per note; null is no decision.

    Returns
    -------
    polars.DataFrame
        Columns note, rater, the four of `RATING_CLASSES` (exactly one is true) and agrees.
    """
    decided = pl.col("status")
    is_crh, is_helpful = pl.col("is_crh"), pl.col("level") == HELPFUL_LEVEL
    notes = statuses.lazy().filter(decided.is_in([CRH, CRNH])).select("note", is_crh=decided == CRH)
    return (
        early.lazy()
        .filter(pl.col("level").is_in([NOT_HELPFUL_LEVEL, HELPFUL_LEVEL]))
        .join(notes, on="note", how="inner", maintain_order="left")
        .select(
            "note",
            "rater",
            (is_crh & is_helpful).alias(SUCCESSFUL_HELPFUL),
            (~is_crh & ~is_helpful).alias(SUCCESSFUL_NOT_HELPFUL),
            (is_crh & ~is_helpful).alias(UNSUCCESSFUL_HELPFUL),
            (~is_crh & is_helpful).alias(UNSUCCESSFUL_NOT_HELPFUL),
            (is_crh == is_helpful).alias("agrees"),
        )
        .collect()
    )
