"""What every scorer sees: complete status history, ratings in scope, flags (spec 01 A.4 to A.8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import MISLEADING, NOT_MISLEADING
from bridgenotes.scoring import vectors
from bridgenotes.scoring.batches import batches, flags
from bridgenotes.scoring.errors import ScoringError
from bridgenotes.scoring.ratings import Ratings

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
    ratings : Ratings
        Ratings in scope of scoring, in file order.
    group : numpy.ndarray, int32, shape (n_contributors,)
        Modeling group of each contributor, `UNASSIGNED` or `NO_GROUP`.
    """

    dataset: Dataset
    history: pl.DataFrame
    ratings: Ratings
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
        ratings=ratings_in_scope(Ratings(dataset.ratings), history, settings),
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


def ratings_in_scope(ratings: Ratings, history: pl.DataFrame, settings: History) -> Ratings:
    """Keep ratings of misleading, deleted and new-form not-misleading notes (spec 01 A.7)."""
    created = history["created_at_ms"]
    kind = history["classification"]
    is_kept = (
        kind.is_null() | (kind == MISLEADING)
        | ((kind == NOT_MISLEADING) & (created > settings.not_misleading_since_ms))
    )  # fmt: skip
    keeps = is_kept.fill_null(value=True).to_numpy()
    return ratings.where(flags(ratings, lambda part: vectors.take(keeps, part.note)))


def modeling_groups(dataset: Dataset) -> npt.NDArray[np.int32]:
    """Return each contributor's modeling group, int32, shape (n_contributors,)."""
    group = np.full(dataset.n_contributors, UNASSIGNED, np.int32)
    enrolled = dataset.enrollment["contributor"].to_numpy()
    group[enrolled] = dataset.enrollment["modeling_group"].fill_null(NO_GROUP).to_numpy()
    return group


def most_active(ratings: Ratings, n_contributors: int, settings: HighVolume, min_notes: int) -> BoolArray:
    """Return who is among the most active raters lately, bool, shape (n_contributors,) (spec 01 A.4 step 3).

    Parameters
    ----------
    ratings : Ratings
    n_contributors : int
        Number of contributor codes.
    settings : HighVolume
        Windows and quantile.
    min_notes : int
        With fewer rated notes nobody is.
    """
    busy = np.zeros(n_contributors, np.bool_)
    if not len(ratings):
        return busy
    newest, n_notes = _newest_and_notes(ratings)
    if n_notes < min_notes:
        return busy
    for days in settings.windows_days:
        counts = np.zeros(n_contributors, np.int64)
        for part in batches(ratings):
            counts += vectors.count(part.rater, n_contributors, part.created_at_ms > newest - days * DAY_MS)
        limit = np.quantile(counts[counts > 0], settings.quantile)
        busy |= counts > limit
    return busy


def _newest_and_notes(ratings: Ratings) -> tuple[int, int]:
    """Return the time of the newest rating, and how many notes are rated."""
    newest, rated = [], np.zeros(0, np.bool_)
    for part in batches(ratings):
        newest.append(int(part.created_at_ms.max()))
        n_more = int(part.note.max()) + 1 - len(rated)
        rated = np.append(rated, np.zeros(max(n_more, 0), np.bool_))
        rated[part.note] = True
    return max(newest), int(np.count_nonzero(rated))


def with_high_volume(ratings: Ratings, n_contributors: int, settings: HighVolume, min_notes: int) -> Ratings:
    """Return the ratings flagged, those of ordinary raters first (spec 06 section 13).

    The order matters to nothing but random starts, which number notes and raters by it.
    """
    busy = most_active(ratings, n_contributors, settings, min_notes)
    alike = np.zeros(n_contributors, np.bool_) if ratings.correlated is None else ratings.correlated
    flagged = replace(ratings, correlated=alike, high_volume=busy)
    kind_of = busy * np.uint8(2) + alike
    kind, done = np.empty(len(ratings), np.uint8), 0
    for part in batches(ratings):
        kind[done : done + len(part)] = vectors.take(kind_of, part.rater)
        done += len(part)
    if not kind.any():
        return flagged
    _, order = vectors.group(kind, 4)
    return flagged.take(order)


def min_counts(
    note: npt.NDArray[np.int32], rater: npt.NDArray[np.int32], per_rater: int, per_note: int
) -> BoolArray:
    """Return which ratings survive one pass note, rater, note of the minimum counts (spec 01 A.8)."""
    keep = np.ones(len(note), np.bool_)
    for codes, least in ((note, per_note), (rater, per_rater), (note, per_note)):
        if len(codes) and least > 0:
            enough = vectors.count(codes, int(codes.max()) + 1, keep) >= least
            keep &= vectors.take(enough, codes)
    return keep
