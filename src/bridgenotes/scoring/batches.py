"""Ratings in batches: what is worked out per rating on the way to a count per note exists for a million at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring import kernels
from bridgenotes.scoring.vectors import still

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgenotes.scoring.ratings import Ratings

BoolArray = npt.NDArray[np.bool_]
Int64Array = npt.NDArray[np.int64]

AT_A_TIME: Final = 1 << 20


def batches(ratings: Ratings) -> Iterator[Ratings]:
    """Yield the ratings in order, some at a time."""
    for first in range(0, len(ratings), AT_A_TIME):
        if ratings.rows is None:
            yield replace(ratings, table=ratings.table.slice(first, AT_A_TIME))
        else:
            yield replace(ratings, rows=ratings.rows[first : first + AT_A_TIME])


def flags(ratings: Ratings, of: Callable[[Ratings], BoolArray]) -> BoolArray:
    """Return what ``of`` says of each rating, bool, shape (n_ratings,)."""
    out = np.empty(len(ratings), np.bool_)
    done = 0
    for part in batches(ratings):
        out[done : done + len(part)] = of(part)
        done += len(part)
    return out


def count_by_note(ratings: Ratings, n_notes: int, of: Callable[[Ratings], BoolArray]) -> Int64Array:
    """Return the number of ratings of each note for which ``of`` holds, int64, shape (n_notes,)."""
    out = np.zeros(n_notes, np.int64)
    for part in batches(ratings):
        kernels.add_counts(part.note, still(of(part)), out)
    return out
