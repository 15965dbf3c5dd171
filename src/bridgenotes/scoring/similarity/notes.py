"""What similarity needs to know about notes, by note code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import MISLEADING

if TYPE_CHECKING:
    from bridgenotes.data.dataset import Dataset

BoolArray = npt.NDArray[np.bool_]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

NOWHERE: Final = -1
"""Author, place or post of a note that has none."""


@dataclass(frozen=True)
class NoteFacts:
    """Facts of the notes table as arrays over note codes; deleted notes are not present.

    Attributes
    ----------
    is_present, is_misleading : numpy.ndarray, bool, shape (n_notes,)
        Whether the notes table has the note; whether it calls its post misleading.
    author : numpy.ndarray, int32, shape (n_notes,)
        Contributor code or `NOWHERE`.
    created_at_ms : numpy.ndarray, int64, shape (n_notes,)
        0 for deleted notes.
    place : numpy.ndarray, int32, shape (n_notes,)
        Position of the note when notes are ordered by post, so that notes of a post are
        neighbours; `NOWHERE` for deleted notes and those whose post is not available.
    post_of_place : numpy.ndarray, int32, shape (n_places,)
        Dense post numbers, ascending.
    """

    is_present: BoolArray
    is_misleading: BoolArray
    author: Int32Array
    created_at_ms: Int64Array
    place: Int32Array
    post_of_place: Int32Array

    @classmethod
    def of(cls, dataset: Dataset) -> NoteFacts:
        """Return the facts of a dataset's notes."""
        notes, size = dataset.notes, dataset.n_notes
        code = notes["note"].to_numpy()
        is_present, is_misleading = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        is_present[code] = True
        is_misleading[code] = (notes["classification"] == MISLEADING).fill_null(value=False).to_numpy()
        author, created = np.full(size, NOWHERE, np.int32), np.zeros(size, np.int64)
        author[code] = notes["author"].fill_null(NOWHERE).to_numpy()
        created[code] = notes["created_at_ms"].to_numpy()
        placed = notes.select("note", "post_id").filter(pl.col("post_id") != -1).sort("post_id", "note")
        place = np.full(size, NOWHERE, np.int32)
        place[placed["note"].to_numpy()] = np.arange(placed.height, dtype=np.int32)
        _, post_of_place = np.unique(placed["post_id"].to_numpy(), return_inverse=True)
        return cls(is_present, is_misleading, author, created, place, post_of_place.astype(np.int32))
