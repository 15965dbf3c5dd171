"""What was visible of a note at a moment."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.confidence.timeline import Timeline, expand
from bridgenotes.scoring.ratings import Ratings

RATINGS = st.lists(st.tuples(st.integers(0, 4), st.integers(-30, 30)), max_size=40)


@given(rated=RATINGS, asked=st.lists(st.tuples(st.integers(0, 4), st.integers(-99, 99)), max_size=20))
def test_seen_until(rated: list[tuple[int, int]], asked: list[tuple[int, int]]) -> None:
    ratings = pl.DataFrame(
        {
            "note": [n for n, _ in rated],
            "created_at_ms": [t for _, t in rated],
            "rater": range(len(rated)),
            "level": [0] * len(rated),
            "tags": [0] * len(rated),
        },
        schema={
            "note": pl.Int32,
            "created_at_ms": pl.Int64,
            "rater": pl.Int32,
            "level": pl.UInt8,
            "tags": pl.UInt32,
        },
    )
    timeline = Timeline.build(Ratings(ratings), 5)
    note = np.array([n for n, _ in asked], np.int32)
    moment = np.array([t for _, t in asked], np.int64)
    owner, position = expand(timeline.start[note], timeline.seen_until(note, moment))
    for k, (n, t) in enumerate(asked):
        wanted = {rater for rater, (m, when) in enumerate(rated) if m == n and when <= t}
        assert set(timeline.at(position[owner == k]).rater) == wanted
    odd = timeline.only(timeline.ratings.rater % 2 == 1)
    assert odd.n_ratings.tolist() == [
        sum(n == k and rater % 2 for rater, (n, _) in enumerate(rated)) for k in range(5)
    ]
