"""Suspect pairs merged into groups that act as one (spec 02 B.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from bridgenotes.scoring.similarity.notes import Int32Array


def components(pairs: Int32Array) -> pl.DataFrame:
    """Return which connected component of the suspect pairs each contributor is in.

    Parameters
    ----------
    pairs : numpy.ndarray, int32, shape (n_pairs, 2)
        Contributor codes; repeated pairs and either order are fine.

    Returns
    -------
    polars.DataFrame
        rater (int32, unique, ascending), post_selection_value (int64, from 1 on; the
        component of the smallest rater is 1).
    """
    members, ends = np.unique(pairs, return_inverse=True)
    left, right = ends.reshape(-1, 2).T
    size = len(members)
    value = np.zeros(size, np.int64)
    if size:
        graph = coo_array((np.ones(len(left), np.bool_), (left, right)), shape=(size, size))
        value += connected_components(graph, directed=False)[1]
    return pl.DataFrame({"rater": members.astype(np.int32), "post_selection_value": value + 1})
