"""The public tables in memory: coded, typed, small.

Contributor ids and note ids occur once, in two sorted lists; every table refers to
them by int32 position ("code"). Sorting makes codes independent of file order, and
"sort by id" the same with codes as with ids (spec 01 A.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.vocabulary import Classification, EnrollmentState, Status

if TYPE_CHECKING:
    import numpy as np

NOTES_SCHEMA: Final = pl.Schema(
    {
        "note": pl.Int32(),  # code, unique, ascending
        "author": pl.Int32(),  # contributor code
        "created_at_ms": pl.Int64(),
        "post_id": pl.Int64(),  # -1 = the post is not available
        "classification": Classification,
        "summary": pl.String(),  # null unless text was asked for
        "is_media_note": pl.Boolean(),
        "is_collaborative_note": pl.Boolean(),
        "trustworthy_sources": pl.Boolean(),
    }
)

RATINGS_SCHEMA: Final = pl.Schema(
    {
        "note": pl.Int32(),
        "rater": pl.Int32(),  # contributor code
        "created_at_ms": pl.Int64(),
        "level": pl.UInt8(),  # helpfulness * 2: 0, 1 or 2 (spec 01 A.4, both forms)
        "tags": pl.UInt32(),  # bit mask over vocabulary.TAGS
        "has_level": pl.Boolean(),  # rated with today's form (helpfulnessLevel given)
        "is_population_sampled": pl.Boolean(),
    }
)
"""In file order; no two rows share (note, rater)."""

STATUS_HISTORY_SCHEMA: Final = pl.Schema(
    {
        "note": pl.Int32(),  # code, unique, ascending
        "author": pl.Int32(),
        "created_at_ms": pl.Int64(),
        "first_non_nmr_status_at_ms": pl.Int64(),
        "first_non_nmr_status": Status,
        "current_status_at_ms": pl.Int64(),
        "current_status": Status,
        "latest_non_nmr_status_at_ms": pl.Int64(),
        "most_recent_non_nmr_status": Status,
        "status_lock_at_ms": pl.Int64(),
        "locked_status": Status,
        "retro_lock_at_ms": pl.Int64(),
        "current_core_status": Status,
        "current_expansion_status": Status,
        "current_group_status": Status,
        "current_decided_by": pl.String(),
        "current_modeling_group": pl.Float64(),
        "most_recent_status_change_at_ms": pl.Int64(),
        "nmr_due_to_min_stable_crh_time_at_ms": pl.Int64(),
        "current_multi_group_status": Status,
        "current_modeling_multi_group": pl.Float64(),
        "final_scoring_output_at_minute": pl.Int64(),
        "first_nmr_due_to_min_stable_crh_time_at_ms": pl.Int64(),
        "above_pcrh_threshold_at_ms": pl.Int64(),
    }
)
"""Public columns of spec 01 A.2.3 in file order under our names; times are epoch milliseconds."""

ENROLLMENT_SCHEMA: Final = pl.Schema(
    {
        "contributor": pl.Int32(),
        "enrollment_state": EnrollmentState,
        "successful_rating_needed_to_earn_in": pl.Int64(),
        "last_state_change_at_ms": pl.Int64(),
        "last_earn_out_at_ms": pl.Int64(),  # 1 = never
        "modeling_population": pl.String(),
        "modeling_group": pl.Int32(),
        "number_of_times_earned_out": pl.Int64(),
    }
)

REQUESTS_SCHEMA: Final = pl.Schema(
    {
        "post_id": pl.Int64(),
        "source_links": pl.String(),
        "suggestions": pl.String(),
        "feed_eligible_at_ms": pl.Int64(),
        "api_small_feed_eligible_at_ms": pl.Int64(),
        "api_large_feed_eligible_at_ms": pl.Int64(),
        "api_xl_feed_eligible_at_ms": pl.Int64(),
    }
)


@dataclass(frozen=True)
class Dataset:
    """One community: five coded tables and the two id lists they refer to.

    Attributes
    ----------
    notes, ratings, status_history, enrollment, requests : polars.DataFrame
        Tables with exactly the columns of the schemas above. Absent tables are empty.
    note_ids : numpy.ndarray, int64, shape (n_notes,)
        Public note ids, ascending; union of notes, status history and, only when both
        of those are absent, the rated notes.
    contributor_ids : polars.Series, String, length n_contributors
        Public contributor ids of all tables, sorted by code point (by value when every
        id is an integer).
    """

    notes: pl.DataFrame
    ratings: pl.DataFrame
    status_history: pl.DataFrame
    enrollment: pl.DataFrame
    requests: pl.DataFrame
    note_ids: np.ndarray
    contributor_ids: pl.Series

    def __post_init__(self) -> None:
        """Check every table against its schema, so that the engine need not."""
        expected = {
            "notes": NOTES_SCHEMA,
            "ratings": RATINGS_SCHEMA,
            "status_history": STATUS_HISTORY_SCHEMA,
            "enrollment": ENROLLMENT_SCHEMA,
            "requests": REQUESTS_SCHEMA,
        }
        for name, schema in expected.items():
            found = getattr(self, name).schema
            if found != schema:
                raise TypeError(f"table {name}: expected columns {schema}, got {found}")

    @property
    def n_notes(self) -> int:
        """Number of known notes."""
        return len(self.note_ids)

    @property
    def n_contributors(self) -> int:
        """Number of known contributor ids."""
        return len(self.contributor_ids)
