"""What every scorer sees: complete status history, ratings in scope, flags (spec 01 A.4 to A.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import MISLEADING, NOT_MISLEADING
from bridgenotes.scoring.errors import ScoringError

if TYPE_CHECKING:
    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.profile import HighVolume, History

BoolArray = npt.NDArray[np.bool_]

DAY_MS: Final = 86_400_000
UNASSIGNED: Final = -1
"""Group of a contributor without an enrollment row."""
NO_GROUP: Final = -2
"""Group of an enrolled contributor whose group is null."""


@dataclass(frozen=True)
class Community:
    """A dataset made ready for scoring.

    Attributes
    ----------
    dataset : Dataset
        The tables as read.
    history : polars.DataFrame
        One row per note code, in code order: the status history completed by the notes
        table, with ``classification`` (null = deleted note).
    ratings : polars.DataFrame
        Ratings in scope of scoring, in file order.
    group : numpy.ndarray, int32, shape (n_contributors,)
        Modeling group of each contributor, `UNASSIGNED` or `NO_GROUP`.
    """

    dataset: Dataset
    history: pl.DataFrame
    ratings: pl.DataFrame
    group: npt.NDArray[np.int32]

    @property
    def shape(self) -> tuple[int, int]:
        """(number of note codes, number of contributor codes)."""
        return self.dataset.n_notes, self.dataset.n_contributors


def prepare(dataset: Dataset, settings: History) -> Community:
    """Return the community that scorers work on.

    Raises
    ------
    ScoringError
        If a note is in neither notes nor status history (the reader never lets this happen).
    """
    history = complete_history(dataset)
    return Community(
        dataset=dataset,
        history=history,
        ratings=ratings_in_scope(dataset.ratings, history, settings),
        group=modeling_groups(dataset),
    )


def complete_history(dataset: Dataset) -> pl.DataFrame:
    """Outer-join status history and notes (spec 01 A.6); row i is note code i."""
    notes = dataset.notes.select(
        "note",
        pl.col("author").alias("notes_author"),
        pl.col("created_at_ms").alias("notes_created_at_ms"),
        "classification",
    )
    everyone = pl.DataFrame({"note": pl.Series(range(dataset.n_notes), dtype=pl.Int32)})
    history = (
        everyone.join(dataset.status_history, on="note", how="left", maintain_order="left")
        .join(notes, on="note", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("author", "notes_author").alias("author"),
            pl.coalesce("created_at_ms", "notes_created_at_ms").alias("created_at_ms"),
        )
        .drop("notes_author", "notes_created_at_ms")
    )
    homeless = history["created_at_ms"].null_count()
    if homeless:
        raise ScoringError(f"{homeless} notes are in neither notes nor status history; re-read the input")
    return history


def ratings_in_scope(ratings: pl.DataFrame, history: pl.DataFrame, settings: History) -> pl.DataFrame:
    """Keep ratings of misleading, deleted and new-form not-misleading notes (spec 01 A.7)."""
    created = history["created_at_ms"]
    kind = history["classification"]
    is_kept = (
        kind.is_null() | (kind == MISLEADING)
        | ((kind == NOT_MISLEADING) & (created > settings.not_misleading_since_ms))
    )  # fmt: skip
    keeps = is_kept.fill_null(value=True).to_numpy()
    return ratings.filter(pl.Series(keeps[ratings["note"].to_numpy()]))


def modeling_groups(dataset: Dataset) -> npt.NDArray[np.int32]:
    """Return each contributor's modeling group, int32, shape (n_contributors,)."""
    group = np.full(dataset.n_contributors, UNASSIGNED, np.int32)
    enrolled = dataset.enrollment["contributor"].to_numpy()
    group[enrolled] = dataset.enrollment["modeling_group"].fill_null(NO_GROUP).to_numpy()
    return group


def high_volume(ratings: pl.DataFrame, settings: HighVolume, min_notes: int) -> BoolArray:
    """Return, per rating, whether its rater is among the most active lately (spec 01 A.4 step 3).

    Parameters
    ----------
    ratings : polars.DataFrame
        Columns note, rater, created_at_ms.
    settings : HighVolume
        Windows and quantile.
    min_notes : int
        With fewer rated notes nobody is high volume.
    """
    rater = ratings["rater"].to_numpy()
    flags = np.zeros(len(rater), np.bool_)
    if np.count_nonzero(np.bincount(ratings["note"].to_numpy())) < min_notes:
        return flags
    made = ratings["created_at_ms"].to_numpy()
    for days in settings.windows_days:
        counts = np.bincount(rater[made > made.max() - days * DAY_MS], minlength=int(rater.max()) + 1)
        limit = np.quantile(counts[counts > 0], settings.quantile)
        flags |= (counts > limit)[rater]
    return flags


def with_high_volume(ratings: pl.DataFrame, settings: HighVolume, min_notes: int) -> pl.DataFrame:
    """Return the ratings with ``is_high_volume``, those of ordinary raters first (spec 06 section 13).

    The order matters to nothing but random starts, which number notes and raters by it.
    """
    flags = pl.Series("is_high_volume", high_volume(ratings, settings, min_notes))
    return ratings.with_columns(flags).sort("is_high_volume", "is_correlated", maintain_order=True)


def min_counts(
    note: npt.NDArray[np.int32], rater: npt.NDArray[np.int32], per_rater: int, per_note: int
) -> BoolArray:
    """Return which ratings survive one pass note, rater, note of the minimum counts (spec 01 A.8)."""
    keep = np.ones(len(note), np.bool_)
    for codes, least in ((note, per_note), (rater, per_rater), (note, per_note)):
        if len(codes) and least > 0:
            enough = np.bincount(codes[keep], minlength=int(codes.max()) + 1) >= least
            keep &= enough[codes]
    return keep
