"""Raw features of flip prediction, one row per note looked at (spec 10.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.data.vocabulary import HELPFUL_TAGS, NOT_HELPFUL_TAGS, TAGS
from bridgenotes.scoring import vectors
from bridgenotes.scoring.confidence.flip_sets import (
    PEER_MISLEADING,
    PEER_NON_MISLEADING,
    SETS,
    UNKNOWN,
    PostNotes,
    RatingSets,
)
from bridgenotes.scoring.confidence.settings import MINUTE_MS
from bridgenotes.scoring.confidence.timeline import expand

if TYPE_CHECKING:
    from bridgenotes.scoring.confidence.flip_rows import FlipRows
    from bridgenotes.scoring.confidence.settings import FlipSettings
    from bridgenotes.scoring.confidence.timeline import Timeline

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

HELPFUL: Final = 2
"""Level of a helpful rating."""
N_LEVELS: Final = 3
SHARE_TAGS: Final = NOT_HELPFUL_TAGS + HELPFUL_TAGS
"""Order of the tag shares."""
TOKENS_PER_RATER: Final = 32
"""Codes reserved per rater: levels or tag bits."""
N_STATISTICS: Final = 7
ROWS_AT_ONCE: Final = 20_000
"""Bounds the memory for rows times the ratings they see."""


@dataclass(frozen=True)
class Bag:
    """Tokens of rows, each at most once per row.

    Attributes
    ----------
    row : numpy.ndarray, int64, shape (n,)
    token : numpy.ndarray, int64, shape (n,)
        Contributor code times `TOKENS_PER_RATER` plus what they said.
    """

    row: IntArray
    token: IntArray

    @classmethod
    def distinct(cls, row: IntArray, token: IntArray, n_rows: int) -> Bag:
        """Drop repetitions."""
        if not len(row):
            return cls(row, token)
        keys = vectors.distinct(token * n_rows + row)
        return cls(keys % n_rows, keys // n_rows)


@dataclass(frozen=True)
class FlipFeatures:
    """What is known of each row.

    Attributes
    ----------
    author : Bag
        The note's author, as a token.
    levels, helpful_tags, not_helpful_tags : tuple of Bag
        Who rated how, one bag per set of `SETS`.
    shares : numpy.ndarray, float64, shape (n_rows, 66)
        Per set and tag (`SHARE_TAGS`) the share of ratings with it; NaN for an empty set.
    counts : numpy.ndarray, float64, shape (n_rows, 27)
        Per set, side (negative, neutral, positive factor) and level (helpful first): ratings.
    statistics : numpy.ndarray, float64, shape (n_rows, 21)
        Per set: largest factor on either side among helpful ratings, means, spread and the two
        distances between sides; NaN where there are none.
    arrivals : numpy.ndarray, float64, shape (n_rows, 24)
        First, densest and latest windows; of each the totals, then the shares of all ratings.
    latency_ms : numpy.ndarray, float64, shape (n_rows,)
        From post to note.
    peers : numpy.ndarray, float64, shape (n_rows, 5)
        Other notes on the post: all, misleading, not misleading, Helpful first, stabilised.
    """

    author: Bag
    levels: tuple[Bag, ...]
    helpful_tags: tuple[Bag, ...]
    not_helpful_tags: tuple[Bag, ...]
    shares: FloatArray
    counts: FloatArray
    statistics: FloatArray
    arrivals: FloatArray
    latency_ms: FloatArray
    peers: FloatArray

    def __len__(self) -> int:
        return len(self.latency_ms)


def flip_features(
    rows: FlipRows, notes: PostNotes, timeline: Timeline, factor: FloatArray, settings: FlipSettings
) -> FlipFeatures:
    """Describe rows.

    Parameters
    ----------
    rows : FlipRows
        Notes and moments.
    notes : PostNotes
        All notes.
    timeline : Timeline
        All ratings of the phase.
    factor : numpy.ndarray, float64, shape (n_contributors,)
        Rater factors, NaN where unknown.
    settings : FlipSettings
        Windows and sides.
    """
    starts = range(0, max(1, len(rows)), ROWS_AT_ONCE)
    parts = [rows.take(slice(start, start + ROWS_AT_ONCE)) for start in starts]
    return _stack([_features(part, notes, timeline, factor, settings) for part in parts])


def _features(
    rows: FlipRows, notes: PostNotes, timeline: Timeline, factor: FloatArray, settings: FlipSettings
) -> FlipFeatures:
    seen = RatingSets.collect(rows, notes, timeline)
    authors = notes.author[rows.note]
    signed = np.flatnonzero(authors >= 0)
    level = timeline.at(seen.rating).level.astype(np.int64)
    return FlipFeatures(
        author=Bag(signed, authors[signed] * TOKENS_PER_RATER),
        levels=_bags(seen, timeline.at(seen.rating).rater * np.int64(TOKENS_PER_RATER) + level),
        helpful_tags=_tag_bags(seen, timeline, range(len(HELPFUL_TAGS))),
        not_helpful_tags=_tag_bags(seen, timeline, range(len(HELPFUL_TAGS), len(TAGS))),
        shares=_shares(seen, timeline),
        counts=_counts(seen, timeline, factor, settings.neutral_factor),
        statistics=_statistics(seen, timeline, factor),
        arrivals=_arrivals(rows, notes, timeline, settings.windows_min),
        latency_ms=(notes.created_ms - notes.post_created_ms)[rows.note].astype(np.float64),
        peers=_peers(rows, notes),
    )


def _stack(parts: list[FlipFeatures]) -> FlipFeatures:
    """Put consecutive rows together."""
    first = np.cumsum([0, *(len(part) for part in parts)])

    def bag(found: list[Bag]) -> Bag:
        row = np.concatenate([one.row + start for one, start in zip(found, first, strict=False)])
        return Bag(row, np.concatenate([one.token for one in found]))

    def bags(found: list[tuple[Bag, ...]]) -> tuple[Bag, ...]:
        return tuple(bag(list(of_set)) for of_set in zip(*found, strict=True))

    return FlipFeatures(
        author=bag([part.author for part in parts]),
        levels=bags([part.levels for part in parts]),
        helpful_tags=bags([part.helpful_tags for part in parts]),
        not_helpful_tags=bags([part.not_helpful_tags for part in parts]),
        shares=np.concatenate([part.shares for part in parts]),
        counts=np.concatenate([part.counts for part in parts]),
        statistics=np.concatenate([part.statistics for part in parts]),
        arrivals=np.concatenate([part.arrivals for part in parts]),
        latency_ms=np.concatenate([part.latency_ms for part in parts]),
        peers=np.concatenate([part.peers for part in parts]),
    )


def _bags(seen: RatingSets, token: IntArray) -> tuple[Bag, ...]:
    row, kind = np.divmod(seen.set, len(SETS))
    return tuple(Bag.distinct(row[kind == k], token[kind == k], seen.n_rows) for k in range(len(SETS)))


def _tag_bags(seen: RatingSets, timeline: Timeline, tags: range) -> tuple[Bag, ...]:
    mask = timeline.at(seen.rating).tags
    hits = [np.flatnonzero(mask & np.uint32(1 << tag)) for tag in tags]
    rating = np.concatenate(hits)
    tag = np.repeat(np.arange(tags.start, tags.stop), [len(hit) for hit in hits])
    token = timeline.at(seen.rating[rating]).rater * np.int64(TOKENS_PER_RATER) + tag
    return _bags(RatingSets(seen.n_rows, seen.set[rating], seen.rating[rating]), token)


def _shares(seen: RatingSets, timeline: Timeline) -> FloatArray:
    n_sets = seen.n_rows * len(SETS)
    sizes = np.bincount(seen.set, minlength=n_sets).astype(np.float64)
    sizes[sizes == 0] = np.nan
    mask = timeline.at(seen.rating).tags
    out = np.empty((n_sets, len(SHARE_TAGS)))
    for k, tag in enumerate(SHARE_TAGS):
        tagged = (mask & np.uint32(1 << TAGS.index(tag))) != 0
        out[:, k] = np.bincount(seen.set[tagged], minlength=n_sets) / sizes
    return out.reshape(seen.n_rows, -1)


def _counts(seen: RatingSets, timeline: Timeline, factor: FloatArray, neutral: float) -> FloatArray:
    own = factor[timeline.at(seen.rating).rater]
    known = ~np.isnan(own)
    own = own[known]
    side = np.where(own < -neutral, 0, np.where(own > neutral, 2, 1))
    level = timeline.at(seen.rating[known]).level.astype(np.int64)
    key = (seen.set[known] * 3 + side) * N_LEVELS + (HELPFUL - level)
    counts = np.bincount(key, minlength=seen.n_rows * len(SETS) * 3 * N_LEVELS)
    return counts.astype(np.float64).reshape(seen.n_rows, -1)


def _statistics(seen: RatingSets, timeline: Timeline, factor: FloatArray) -> FloatArray:
    own = factor[timeline.at(seen.rating).rater]
    kept = ~np.isnan(own) & (timeline.at(seen.rating).level == HELPFUL)
    own, group = own[kept], seen.set[kept]
    n_sets = seen.n_rows * len(SETS)
    far = np.zeros((2, n_sets))
    mean = np.full((2, n_sets), np.nan)
    for side, mine in enumerate((own > 0, own <= 0)):
        size = np.bincount(group[mine], minlength=n_sets)
        np.maximum.at(far[side], group[mine], np.abs(own[mine]))
        far[side, size == 0] = np.nan
        total = np.bincount(group[mine], np.abs(own[mine]), n_sets)
        np.divide(total, size, out=mean[side], where=size > 0)
    columns = [*far, *mean, _spread(own, group, n_sets), far.sum(axis=0), mean.sum(axis=0)]
    return np.stack(columns, axis=1).reshape(seen.n_rows, -1)


def _spread(values: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    """Sample standard deviation per group; NaN for fewer than two values."""
    size = np.bincount(group, minlength=n_groups)
    centre = np.bincount(group, values, n_groups) / np.maximum(size, 1)
    squares = np.bincount(group, (values - centre[group]) ** 2, n_groups)
    return np.sqrt(np.where(size > 1, squares / np.maximum(size - 1, 1), np.nan))


def _arrivals(
    rows: FlipRows, notes: PostNotes, timeline: Timeline, windows_min: tuple[int, ...]
) -> FloatArray:
    start = timeline.start[rows.note]
    end = timeline.seen_until(rows.note, rows.cutoff_ms)
    n = end - start
    created = notes.created_ms[rows.note]
    row, rating = expand(start, end)
    minute = timeline.at(rating).created_at_ms // MINUTE_MS
    totals: dict[str, list[FloatArray]] = {"first": [], "burst": [], "recent": []}
    for window in windows_min:
        early = timeline.seen_until(rows.note, created + window * MINUTE_MS - 1)
        before = timeline.seen_until(rows.note, rows.present_ms - window * MINUTE_MS)
        totals["first"].append((np.minimum(early, end) - start).astype(np.float64))
        totals["burst"].append(_densest(row, minute, window, len(n)))
        totals["recent"].append((end - np.minimum(before, end)).astype(np.float64))
    shares = {what: [one / np.maximum(n, 1) for one in ones] for what, ones in totals.items()}
    return np.stack([one for what in totals for one in (*totals[what], *shares[what])], axis=1)


def _densest(row: IntArray, minute: IntArray, window: int, n_rows: int) -> FloatArray:
    """Return the most ratings in ``window`` whole minutes, per row; ``minute`` ascends within a row."""
    out = np.zeros(n_rows)
    if len(row):
        # The fullest window begins at the minute of some rating.
        span = minute.max() - minute.min() + window + 1
        keys = row * span + (minute - minute.min())
        inside = np.searchsorted(keys, keys + window) - np.searchsorted(keys, keys)
        np.maximum.at(out, row, inside.astype(np.float64))
    return out


def _peers(rows: FlipRows, notes: PostNotes) -> FloatArray:
    row, peer = notes.peers(rows.note)
    cutoff = rows.cutoff_ms[row]
    there = notes.created_ms[peer] <= cutoff
    misleading = there & (notes.kind[peer] == PEER_MISLEADING)

    def happened(moment: IntArray) -> npt.NDArray[np.bool_]:
        return np.asarray((moment[peer] != UNKNOWN) & (moment[peer] <= cutoff))

    conditions = (
        there,
        misleading,
        there & (notes.kind[peer] == PEER_NON_MISLEADING),
        misleading & happened(notes.helpful_ms),
        misleading & happened(notes.stabilised_ms),
    )
    counts = [np.bincount(row[one], minlength=len(rows)) for one in conditions]
    return np.stack(counts, axis=1).astype(np.float64)
