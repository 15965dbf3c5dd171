"""Which ratings and notes a scorer sees (spec 03 C.3) and which notes it may speak about (C.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.scoring import vectors
from bridgenotes.scoring.batches import count_by_note, flags
from bridgenotes.scoring.preprocess import UNASSIGNED

if TYPE_CHECKING:
    from bridgenotes.scoring.inputs import Inputs
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.profile import Scorer
    from bridgenotes.scoring.ratings import Ratings

BoolArray = npt.NDArray[np.bool_]


def group_members(group: npt.NDArray[np.int32], scorer: Scorer) -> BoolArray:
    """Return which contributors count as the scorer's own, bool, shape (n_contributors,)."""
    if scorer.rater_groups is None:
        return np.ones(len(group), np.bool_)
    member = np.isin(group, np.array(scorer.rater_groups, np.int32))
    return member | (group == UNASSIGNED) if scorer.include_unassigned else member


def scope_of(
    community: Community, ratings: Ratings, topics: pl.DataFrame, scorer: Scorer
) -> tuple[BoolArray, Ratings]:
    """Return the notes a scorer sees, bool, shape (n_notes,), and its ratings, in order.

    Parameters
    ----------
    ratings : Ratings
        All ratings of the run.
    topics : polars.DataFrame
        Columns note and topic.
    """
    visible = visible_notes(community, topics, scorer)
    member = group_members(community.group, scorer)
    if scorer.is_strict:
        at_hand = (
            ratings
            if visible.all()
            else ratings.where(flags(ratings, lambda part: vectors.take(visible, part.note)))
        )
        mostly_own = captured_notes(at_hand, member, community.shape[0], scorer.capture_share)
        return visible, ratings_in_scope(ratings, visible & mostly_own, member)
    return visible, ratings_in_scope(ratings, visible, member)


def visible_notes(community: Community, topics: pl.DataFrame, scorer: Scorer) -> BoolArray:
    """Return which notes are in the scorer's scope, bool, shape (n_notes,)."""
    if scorer.topic is not None:
        visible = np.zeros(community.shape[0], np.bool_)
        visible[topics.filter(pl.col("topic") == scorer.topic)["note"].to_numpy()] = True
        return visible
    visible = np.ones(community.shape[0], np.bool_)
    if scorer.excludes_topics:
        visible[topics["note"].to_numpy()] = False
    return visible


def ratings_in_scope(ratings: Ratings, visible: BoolArray, member: BoolArray) -> Ratings:
    """Keep the ratings by the scorer's raters on the scorer's notes, in order."""
    if visible.all() and member.all():
        return ratings
    return ratings.where(
        flags(ratings, lambda part: vectors.take(visible, part.note) & vectors.take(member, part.rater))
    )


def captured_notes(ratings: Ratings, member: BoolArray, n_notes: int, share: float | None) -> BoolArray:
    """Return which notes have enough of their ratings from the scorer's raters (spec 03 C.10 step 1).

    Parameters
    ----------
    ratings : Ratings
        All ratings of the run, not only those in scope.
    member : numpy.ndarray, bool, shape (n_contributors,)
        The scorer's raters.
    n_notes : int
        Number of note codes.
    share : float or None
        The capture share; None captures every note, also unrated ones.
    """
    if share is None:
        return np.ones(n_notes, np.bool_)
    total = count_by_note(ratings, n_notes, lambda part: np.ones(len(part), np.bool_))
    own = count_by_note(ratings, n_notes, lambda part: vectors.take(member, part.rater))
    captured: BoolArray = (total > 0) & (own / np.maximum(total, 1) >= share)
    return captured


BYTES_PER_RATING: Final = 25
BYTES_PER_NOTE: Final = 450
"""What a scorer takes while it runs: lists of rows, a matrix in both orders; counts per note."""


def weight(inputs: Inputs, scorer: Scorer) -> float:
    """Return about how many bytes a scorer takes while it runs: `graph.Step.weight`."""
    community = inputs.community
    visible = visible_notes(community, inputs.topics, scorer)
    on_notes = int(inputs.per_note[visible].sum())
    by_members = int(inputs.per_rater[group_members(community.group, scorer)].sum())
    return BYTES_PER_RATING * min(on_notes, by_members) + BYTES_PER_NOTE * community.shape[0]
