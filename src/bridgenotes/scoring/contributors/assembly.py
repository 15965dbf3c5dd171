"""Everything about contributors in one table, the last stage of a run (spec 04 D.6 and D.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.data.outputs import OUTPUT_TABLES
from bridgenotes.scoring.contributors.emerging import emerging_writers
from bridgenotes.scoring.contributors.lifetime import lifetime_counts
from bridgenotes.scoring.contributors.recent_totals import TOTALS, recent_totals
from bridgenotes.scoring.contributors.since_earn_out import NEVER_MS, crnh_since_earn_out, with_earn_out_times
from bridgenotes.scoring.contributors.states import contributor_states
from bridgenotes.scoring.contributors.top_tags import author_top_tags
from bridgenotes.scoring.valid_ratings import early_ratings

if TYPE_CHECKING:
    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.profile import Profile
    from bridgenotes.scoring.ratings import Ratings


def score_contributors(
    dataset: Dataset,
    ratings: Ratings,
    history: pl.DataFrame,
    note_results: pl.DataFrame,
    rater_models: pl.DataFrame,
    profile: Profile,
    now_ms: int,
) -> pl.DataFrame:
    """Return the public table of contributors.

    Parameters
    ----------
    dataset : Dataset
        For the enrollment.
    ratings : Ratings
        Ratings in scope, not coalesced.
    history : polars.DataFrame
        The status history after this run; its current_status is the final status.
    note_results : polars.DataFrame
        Columns note, num_ratings, num_ratings_last28 and, if Core ran, core_note_intercept.
    rater_models : polars.DataFrame
        Column rater, one row per rater that prescoring knows, and what its models say of them
        under output field names.
    profile : Profile
        Constants.
    now_ms : int
        Clock of the run, epoch milliseconds.

    Returns
    -------
    polars.DataFrame
        By contributor code, output columns of ``helpfulness_scores`` in file order; columns of
        scorers that did not run are absent. One row per rater of ``rater_models``, contributor
        with an early rating, and author. Who is only enrolled has no row.
    """
    settings = profile.contributors
    if "core_note_intercept" not in note_results.columns:
        note_results = note_results.with_columns(core_note_intercept=pl.lit(None, pl.Float32))
    early = early_ratings(ratings, history, profile.scorers[0].helpfulness)
    lifetime = lifetime_counts(ratings, early, history, note_results)
    enrollment = with_earn_out_times(dataset.enrollment, now_ms)
    recent = crnh_since_earn_out(history, enrollment, settings)
    states = (
        contributor_states(lifetime, recent, enrollment, settings, now_ms)
        .join(author_top_tags(ratings, history, settings), on="rater", how="left")
        .join(emerging_writers(history, note_results, settings), on="rater", how="left")
        .with_columns(pl.col("is_emerging_writer").fill_null(False))
    )
    table = (
        rater_models.join(lifetime, on="rater", how="full", coalesce=True)
        .join(states, on="rater", how="left")
        .join(_as_enrolled(enrollment), on="rater", how="left")
        .join(recent_totals(ratings, history), on="rater", how="left")
        .with_columns(
            pl.col("enrollment_state").fill_null(pl.col("enrolled_state")),
            pl.col("last_earn_out_at_ms").fill_null(NEVER_MS),
            pl.col(TOTALS).fill_null(0),
        )
        .sort("rater")
    )
    fields = [column.field for column in OUTPUT_TABLES["helpfulness_scores"]]
    return table.select(field for field in fields if field in table.columns)


def _as_enrolled(enrollment: pl.DataFrame) -> pl.DataFrame:
    """Return the state that stands where this run computed none (spec 04 D.8 step 6)."""
    return enrollment.select(
        pl.col("contributor").alias("rater"),
        pl.col("enrollment_state").to_physical().cast(pl.Int64).alias("enrolled_state"),
        "last_earn_out_at_ms",
    )
