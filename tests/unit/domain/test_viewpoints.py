"""Counts along the range of viewpoints: groups, never a person."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.domain.viewpoints import (
    CELLS,
    LEAST,
    REACH,
    cell_of,
    counted,
    edge_of,
    grouped,
    may_replace,
)

RATINGS = st.lists(st.tuples(st.floats(-3, 3), st.integers(0, 2)), max_size=80)


def groups_of(ratings):
    placed = [(cell_of(factor), level) for factor, level in ratings]
    return grouped(counted(placed, cells=CELLS, kinds=3))


@given(RATINGS)
def test_every_group_is_large_or_there_is_none_and_counts_add_up(ratings) -> None:
    groups = groups_of(ratings)
    assert all(group.total >= LEAST for group in groups)
    assert bool(groups) == (len(ratings) >= LEAST)
    if groups:
        for kind in range(3):
            assert sum(group.counts[kind] for group in groups) == sum(k == kind for _, k in ratings)
        assert (groups[0].first, groups[-1].last) == (0, CELLS - 1)
        assert all(left.last + 1 == right.first for left, right in pairwise(groups))


@given(RATINGS, st.randoms(use_true_random=False))
def test_the_order_of_ratings_does_not_matter(ratings, chance: random.Random) -> None:
    shuffled = list(ratings)
    chance.shuffle(shuffled)
    assert groups_of(shuffled) == groups_of(ratings)


@given(st.lists(st.integers(0, 12), max_size=60), st.integers(1, 9))
def test_any_histogram_can_be_grouped(counts, least) -> None:
    groups = grouped([(count,) for count in counts], least)
    assert all(group.total >= least for group in groups)
    assert sum(group.total for group in groups) in {0, sum(counts)}


@given(st.floats(-3, 3, allow_nan=False))
def test_a_viewpoint_is_in_its_cell(factor) -> None:
    cell = cell_of(factor)
    inside = min(max(factor, -REACH), REACH)
    assert edge_of(cell) - 1e-9 <= inside <= edge_of(cell + 1) + 1e-9


@given(st.lists(st.integers(0, 300), max_size=40))
def test_drawings_that_follow_each_other_differ_by_a_group(sizes) -> None:
    drawn = [0]
    for size in sizes:
        if may_replace(drawn[-1], size):
            drawn.append(size)
    assert all(abs(after - before) >= LEAST for before, after in pairwise(drawn))
