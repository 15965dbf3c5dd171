"""The ratings that flip prediction sees: of the note itself and of other notes on its post (spec 10.2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.data.vocabulary import CRH, MISLEADING, NOT_MISLEADING
from bridgenotes.scoring.confidence.flip_rows import STABILISED
from bridgenotes.scoring.confidence.timeline import expand

if TYPE_CHECKING:
    import polars as pl

    from bridgenotes.scoring.confidence.flip_rows import FlipRows
    from bridgenotes.scoring.confidence.timeline import Timeline
    from bridgenotes.scoring.preprocess import Community

IntArray = npt.NDArray[np.int64]

SETS: Final = ("LOCAL", "PEER_MISLEADING", "PEER_NON_MISLEADING")
"""The note's own ratings; those of misleading and of not misleading notes on the same post."""
LOCAL, PEER_MISLEADING, PEER_NON_MISLEADING = range(3)
UNKNOWN: Final = np.iinfo(np.int64).max
"""Time of what never happened."""


@dataclass(frozen=True)
class PostNotes:
    """Notes by post, and what the features need to know about a note; arrays by note code.

    Attributes
    ----------
    order, post_start, post : numpy.ndarray, int64
        Notes of the p-th post are ``order[post_start[p]:post_start[p + 1]]``; ``post`` is the
        position of a note's post, -1 if it has none.
    created_ms, post_created_ms, stabilised_ms, helpful_ms : numpy.ndarray, int64
        When note and post were made, when the note first stabilised, and became Helpful as its
        first status; `UNKNOWN` if it did not.
    author : numpy.ndarray, int64
        Contributor code, -1 if unknown.
    kind : numpy.ndarray, int8
        `PEER_MISLEADING`, `PEER_NON_MISLEADING` or -1.
    """

    order: IntArray
    post_start: IntArray
    post: IntArray
    created_ms: IntArray
    post_created_ms: IntArray
    stabilised_ms: IntArray
    helpful_ms: IntArray
    author: IntArray
    kind: npt.NDArray[np.int8]

    @classmethod
    def build(cls, community: Community, post_created_ms: IntArray) -> PostNotes:
        """Index the notes table.

        Parameters
        ----------
        community : Community
            Notes and status history.
        post_created_ms : numpy.ndarray, int64, shape (n_notes,)
            By note code.
        """
        history = community.history
        post_id = post_ids(community)
        posts, post = np.unique(post_id, return_inverse=True)
        post = np.where(post_id > 0, post, -1)
        order = np.argsort(post, kind="stable")
        classification = history["classification"]
        kind = np.full(len(post), -1, np.int8)
        kind[(classification == MISLEADING).fill_null(value=False).to_numpy()] = PEER_MISLEADING
        kind[(classification == NOT_MISLEADING).fill_null(value=False).to_numpy()] = PEER_NON_MISLEADING
        first_helpful = (history["first_non_nmr_status"] == CRH).fill_null(value=False).to_numpy()
        return cls(
            order=order,
            post_start=np.searchsorted(post[order], np.arange(len(posts) + 1)),
            post=post,
            created_ms=history["created_at_ms"].to_numpy(),
            post_created_ms=post_created_ms,
            stabilised_ms=_times(history, STABILISED),
            helpful_ms=np.where(first_helpful, _times(history, "first_non_nmr_status_at_ms"), UNKNOWN),
            author=history["author"].fill_null(-1).to_numpy().astype(np.int64),
            kind=kind,
        )

    def peers(self, note: npt.NDArray[np.int32]) -> tuple[IntArray, IntArray]:
        """Return (row, peer): the other notes on the post of each note in ``note``."""
        post = self.post[note]
        start = np.where(post >= 0, self.post_start[post], 0)
        end = np.where(post >= 0, self.post_start[post + 1], 0)
        row, position = expand(start, end)
        peer = self.order[position]
        others = peer != note[row]
        return row[others], peer[others]


@dataclass(frozen=True)
class RatingSets:
    """Every rating a row sees, and in which of its three sets.

    Attributes
    ----------
    n_rows : int
        Number of rows.
    set : numpy.ndarray, int64, shape (n_seen,)
        ``3 * row + set``.
    rating : numpy.ndarray, int64, shape (n_seen,)
        Position in the timeline; one occurs once per row that sees it.
    """

    n_rows: int
    set: IntArray
    rating: IntArray

    @classmethod
    def collect(cls, rows: FlipRows, notes: PostNotes, timeline: Timeline) -> RatingSets:
        """Gather what each row sees at its moment."""
        row, peer = notes.peers(rows.note)
        rated = notes.kind[peer] >= 0
        row, peer = row[rated], peer[rated]
        note = np.concatenate([rows.note, peer])
        owner = np.concatenate([np.arange(len(rows)), row])
        kind = np.concatenate([np.full(len(rows), LOCAL), notes.kind[peer]])
        end = timeline.seen_until(note, rows.cutoff_ms[owner])
        part, rating = expand(timeline.start[note], end)
        return cls(len(rows), (owner * len(SETS) + kind)[part], rating)


def post_ids(community: Community) -> IntArray:
    """Return the post of each note code, -1 where the note or its post is unknown."""
    notes = community.dataset.notes
    out = np.full(community.shape[0], -1, np.int64)
    out[notes["note"].to_numpy()] = notes["post_id"].fill_null(-1).to_numpy()
    return out


def _times(history: pl.DataFrame, column: str) -> IntArray:
    return history[column].fill_null(UNKNOWN).to_numpy()
