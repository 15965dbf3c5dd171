"""Whose ratings may train a scorer: author scores, rater scores, the helpful bit (spec 04 D.2, D.3, D.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH
from bridgenotes.scoring.valid_ratings import RATING_CLASSES, SUCCESSFUL_HELPFUL, SUCCESSFUL_NOT_HELPFUL

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Helpfulness


def author_scores(notes: pl.DataFrame, settings: Helpfulness) -> pl.DataFrame:
    """Return how each author's scored notes did (spec 04 D.2).

    Parameters
    ----------
    notes : polars.DataFrame
        Columns note, author, intercept (float32, null = not scored) and status of one scorer.
    settings : Helpfulness
        How much a not helpful note weighs against a helpful one.

    Returns
    -------
    polars.DataFrame
        Columns author, crh_crnh_ratio_difference, mean_note_score (float64), by author.

    Notes
    -----
    share CRH - weight * share CRNH, and sum(intercepts) / n. The sum is rounded to float32, as
    the intercepts are.
    """
    status = pl.col("status")
    n = pl.len()
    total = pl.col("intercept").cast(pl.Float64).sum().cast(pl.Float32).cast(pl.Float64)
    return (
        notes.lazy()
        .drop_nulls(["author", "intercept"])
        .group_by("author")
        .agg(
            crh_crnh_ratio_difference=(status == CRH).sum() / n
            - settings.crnh_weight * ((status == CRNH).sum() / n),
            mean_note_score=total / n,
        )
        .sort("author")
        .collect()
    )


def rater_scores(valid: pl.DataFrame) -> pl.DataFrame:
    """Return how often each rater's valid ratings agree with what the note became (spec 04 D.3).

    Parameters
    ----------
    valid : polars.DataFrame
        The result of `valid_counts`.

    Returns
    -------
    polars.DataFrame
        Its columns, agrees, rating_count (int64) and rater_agree_ratio (float64), by rater.
    """
    agrees = pl.sum_horizontal(SUCCESSFUL_HELPFUL, SUCCESSFUL_NOT_HELPFUL)
    return valid.with_columns(agrees=agrees, rating_count=pl.sum_horizontal(RATING_CLASSES)).with_columns(
        rater_agree_ratio=pl.col("agrees") / pl.col("rating_count")
    )


def helpfulness(
    authors: pl.DataFrame, raters: pl.DataFrame, penalties: pl.DataFrame | None, settings: Helpfulness
) -> pl.DataFrame:
    """Return everybody's scores and whether they are helpful enough to be learned from (spec 04 D.5).

    Parameters
    ----------
    authors, raters : polars.DataFrame
        Results of `author_scores` and `rater_scores`.
    penalties : polars.DataFrame or None
        Columns rater and penalty, one row per penalised rater; None in the first round.
    settings : Helpfulness
        The thresholds, all inclusive.

    Returns
    -------
    polars.DataFrame
        One row per author or rater, by code: rater (int32), crh_crnh_ratio_difference,
        mean_note_score, rater_agree_ratio, agree_ratio_with_penalty,
        total_helpful_harassment_penalty (float64), the four counts of `RATING_CLASSES` (int64)
        and above_helpfulness_threshold (bool). What a person has no part in is null.
    """
    costs = penalties if penalties is not None else _no_penalties()
    everyone = (
        authors.lazy()
        .rename({"author": "rater"})
        .join(raters.lazy(), on="rater", how="full", coalesce=True)
        .join(costs.lazy(), on="rater", how="left")
    )
    penalty = pl.col("penalty").fill_null(0.0)
    return (
        everyone.with_columns(agree_ratio_with_penalty=(pl.col("agrees") - penalty) / pl.col("rating_count"))
        .select(
            "rater",
            "crh_crnh_ratio_difference",
            "mean_note_score",
            "rater_agree_ratio",
            "agree_ratio_with_penalty",
            penalty.alias("total_helpful_harassment_penalty"),
            *RATING_CLASSES,
            (_author_part(settings) & _rater_part(settings)).alias("above_helpfulness_threshold"),
        )
        .sort("rater")
        .collect()
    )


def _author_part(settings: Helpfulness) -> pl.Expr:
    """Return who passes as an author; who wrote nothing passes.

    A minimum mean of 0 or less lets everybody pass: the published code's third clause, meant
    for authors without a difference, compares a truth value with the minimum (spec 04 D.5).
    """
    if settings.zero_mean_lets_all_pass and settings.min_mean_note_score <= 0:
        return pl.lit(True)
    difference, mean = pl.col("crh_crnh_ratio_difference"), pl.col("mean_note_score")
    did_well = (difference >= settings.min_crh_vs_crnh_ratio) & (mean >= settings.min_mean_note_score)
    return did_well.fill_null(False) | (difference.is_null() & mean.is_null())


def _rater_part(settings: Helpfulness) -> pl.Expr:
    """Return who passes as a rater; who has no valid rating does not."""
    ratios = pl.col("rater_agree_ratio"), pl.col("agree_ratio_with_penalty")
    return pl.all_horizontal(ratio >= settings.min_rater_agree_ratio for ratio in ratios).fill_null(False)


def _no_penalties() -> pl.DataFrame:
    return pl.DataFrame(schema={"rater": pl.Int32, "penalty": pl.Float64})
