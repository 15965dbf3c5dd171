"""Features of predicted Helpful (spec 10.6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH, NMR, TAGS
from bridgenotes.scoring.confidence.kernels import range_tag_counts
from bridgenotes.scoring.confidence.settings import DAY_MS
from bridgenotes.scoring.confidence.timeline import expand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgenotes.scoring.confidence.factors import RaterFactors
    from bridgenotes.scoring.confidence.helpful_rows import HelpfulRows, View
    from bridgenotes.scoring.confidence.settings import PredictedHelpfulSettings

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LEVELS: Final = {"h": 2, "nh": 0, "sh": 1}
"""Abbreviation and level, in the order of the columns."""
QUANTILES: Final = (5, 10, 25, 50, 75, 90, 95)
"""Percentages; 25 and 75 also make the interquartile range."""
MOMENTS: Final = ("factor1_mean", "factor1_std", "factor1_count")
SHAPE: Final = (*MOMENTS, *(f"p{q}" for q in QUANTILES), "iqr", "skewness")
AUTHOR_STATUSES: Final = {"crh": CRH, "crnh": CRNH, "nmr": NMR}
RATINGS_AT_ONCE: Final = 250_000
"""Ratings that the rows of a block may see; memory grows with it alone."""
NOTHING: Final = 1e-14
"""Squares summed up to this are rounding errors."""


def feature_names(settings: PredictedHelpfulSettings) -> list[str]:
    """Return the columns of `helpful_features`, under the reference's names."""
    names = []
    for prefix in ("all", "scored"):
        names += [f"pcrh_{prefix}_{level}_{what}" for level in LEVELS for what in SHAPE]
        names += [f"pcrh_{prefix}_tag_{tag}" for tag in TAGS]
    for prefix in ("all", "scored"):
        names += [f"pcrh_topic_{prefix}_{level}_{what}" for level in LEVELS for what in MOMENTS]
    for window in settings.author_windows_ms:
        names += [f"pcrh_author_{status}_{window // DAY_MS}d" for status in AUTHOR_STATUSES]
    return [*names, "N"]


def helpful_features(
    rows: HelpfulRows,
    view: View,
    history: pl.DataFrame,
    factors: RaterFactors,
    topics: pl.DataFrame,
    settings: PredictedHelpfulSettings,
) -> Iterator[FloatArray]:
    """Describe rows, block by block: float64, shape (any, n_features), 0 where nothing is known.

    Parameters
    ----------
    rows : HelpfulRows
        Notes, with the ratings seen.
    view : View
        Those ratings.
    history : polars.DataFrame
        Status history by note code: author, status, and when it was judged last.
    factors : RaterFactors
        From prescoring.
    topics : polars.DataFrame
        note, topic.
    settings : PredictedHelpfulSettings
    """
    by_topic = _topic_factors(topics, factors, len(history))
    author = _author_record(rows, history, settings.author_windows_ms)
    for begin, end in _batches(rows, view):
        block = rows.take(slice(begin, end))
        described = _described(block, view, factors, by_topic)
        yield np.column_stack([described, author[begin:end], block.n_ratings])


def _batches(rows: HelpfulRows, view: View) -> list[tuple[int, int]]:
    """Cut rows so that those of a batch see about `RATINGS_AT_ONCE` ratings."""
    seen = np.cumsum(rows.every_end - view.every.start[rows.note])
    n_batches = 1 + int(seen[-1]) // RATINGS_AT_ONCE if len(seen) else 0
    bounds = np.searchsorted(seen, np.arange(1, n_batches) * RATINGS_AT_ONCE, side="right")
    edges = np.unique([0, *bounds.tolist(), len(rows)])
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _described(
    rows: HelpfulRows, view: View, factors: RaterFactors, by_topic: tuple[IntArray, FloatArray]
) -> FloatArray:
    """Return what the ratings of rows say: all columns but those of authors and N."""
    ranges = ((view.every, rows.every_end), (view.scored, rows.scored_end))
    topic, of_topic = by_topic
    blocks = []
    for timeline, end in ranges:
        start = timeline.start[rows.note]
        row, rating = expand(start, end)
        seen = timeline.at(rating)
        key, value = _levels(row, seen.level, factors.any_core[seen.rater])
        blocks += [shape_of_groups(value, key, len(rows) * len(LEVELS)).reshape(len(rows), -1)]
        last = np.cumsum(np.maximum(end - start, 0))
        blocks += [range_tag_counts(np.concatenate([[0], last[:-1]]), last, seen.tags, len(TAGS))]
    for timeline, end in ranges:
        row, rating = expand(timeline.start[rows.note], end)
        seen = timeline.at(rating)
        key, value = _levels(row, seen.level, of_topic[topic[rows.note[row]], seen.rater])
        blocks += [moments_of_groups(value, key, len(rows) * len(LEVELS)).reshape(len(rows), -1)]
    return np.hstack(blocks)


def _levels(row: IntArray, level: npt.NDArray[np.uint8], factor: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return (row and level as one group number, factor) of ratings with a factor."""
    order = np.empty(len(LEVELS), np.int64)
    order[list(LEVELS.values())] = np.arange(len(LEVELS))
    known = ~np.isnan(factor)
    return row[known] * len(LEVELS) + order[level[known]], factor[known]


def moments_of_groups(value: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    """Return mean, sample standard deviation and count per group: shape (n_groups, 3).

    Parameters
    ----------
    value : numpy.ndarray, float64, shape (n,)
    group : numpy.ndarray, int64, shape (n,)
        Below ``n_groups``, in any order.
    n_groups : int
        Groups without values, and the deviation of a single one, are 0.
    """
    count = np.bincount(group, minlength=n_groups)
    mean = np.bincount(group, value, n_groups) / np.maximum(count, 1)
    squares = np.bincount(group, (value - mean[group]) ** 2, n_groups)
    deviation = np.sqrt(np.where(count > 1, squares / np.maximum(count - 1, 1), 0))
    return np.stack([mean, deviation, count], axis=1)


def shape_of_groups(value: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    """Return the columns `SHAPE` per group: float64, shape (n_groups, 12).

    Notes
    -----
    Quantiles interpolate linearly. Skewness is n sqrt(n - 1) / (n - 2) * S3 / S2^1.5 with the sums of
    squared and cubed deviations, 0 for fewer than three values or equal ones.
    """
    moments = moments_of_groups(value, group, n_groups)
    count = moments[:, 2].astype(np.int64)
    # Sorting one integer (group, rank of value) is several times faster than sorting by two columns.
    levels, rank = np.unique(value, return_inverse=True)
    ordered = levels[np.sort(group * max(1, len(levels)) + rank) % max(1, len(levels))]
    first = np.cumsum(count) - count
    quantiles = np.stack([_quantile(ordered, first, count, q / 100) for q in QUANTILES], axis=1)
    spread = quantiles[:, QUANTILES.index(75)] - quantiles[:, QUANTILES.index(25)]
    deviation = value - moments[group, 0]
    squares = np.bincount(group, deviation**2, n_groups)
    cubes = np.bincount(group, deviation**3, n_groups)
    usable = (count > 2) & (squares > NOTHING)
    n = np.where(usable, count, 3)
    skewness = n * np.sqrt(n - 1) / (n - 2) * cubes / np.where(usable, squares, 1) ** 1.5
    return np.column_stack([moments, quantiles, spread, np.where(usable, skewness, 0)])


def _quantile(ordered: FloatArray, first: IntArray, count: IntArray, share: float) -> FloatArray:
    """Return a quantile per group of values sorted by group and value; 0 for empty groups."""
    if not len(ordered):
        return np.zeros(len(first))
    position = share * np.maximum(count - 1, 0)
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    last = len(ordered) - 1
    low, high = ordered[np.minimum(first + below, last)], ordered[np.minimum(first + above, last)]
    return np.where(count > 0, low + (high - low) * (position - below), 0)


def _topic_factors(topics: pl.DataFrame, factors: RaterFactors, n_notes: int) -> tuple[IntArray, FloatArray]:
    """Return (number of each note's topic, factors by topic number and rater); the last topic is "none"."""
    names = list(factors.topics)
    topic = np.full(n_notes, len(names))
    number = topics["topic"].replace_strict(names, list(range(len(names))), default=len(names))
    topic[topics["note"].to_numpy()] = number.cast(pl.Int64).to_numpy()
    return topic, np.stack([*factors.topics.values(), np.full(len(factors.core), np.nan)])


def _author_record(rows: HelpfulRows, history: pl.DataFrame, windows_ms: Sequence[int]) -> FloatArray:
    """Return per window and status how many other notes of the author were judged lately.

    The statuses are those of the history, however long ago the row's moment was.
    """
    author = history["author"].fill_null(-1).to_numpy().astype(np.int64)
    judged = history["current_status_at_ms"].fill_null(-1).to_numpy()
    order = np.lexsort(
        (rows.moment_ms, author[rows.note])
    )  # along the events, which are searched in that order
    note, moment = rows.note[order], rows.moment_ms[order]
    writer, own = author[note], judged[note]
    blocks = []
    for window in windows_ms:
        for status in AUTHOR_STATUSES.values():
            has_status = (history["current_status"] == status).fill_null(value=False).to_numpy()
            counted = has_status & (author >= 0) & (judged >= 0)
            others = _count_between(author[counted], judged[counted], writer, (moment - window, moment))
            itself = counted[note] & (own >= moment - window) & (own < moment)
            blocks.append(np.where(writer >= 0, others - itself, 0))
    record = np.empty((len(rows), len(blocks)))
    record[order] = np.stack(blocks, axis=1)
    return record


def _count_between(
    owner: IntArray, time: IntArray, wanted: IntArray, interval: tuple[IntArray, IntArray]
) -> IntArray:
    """Return how many events of ``wanted`` owners lie in [begin, end), with one sort of all events."""
    if not len(time):
        return np.zeros(len(wanted), np.int64)
    first, span = time.min(), time.max() - time.min() + 2
    keys = np.sort(owner * span + (time - first))
    ends = (np.clip(moment, first, first + span - 1) - first for moment in interval)
    begin, end = (np.searchsorted(keys, wanted * span + moment) for moment in ends)
    return np.asarray(np.maximum(end - begin, 0), np.int64)
