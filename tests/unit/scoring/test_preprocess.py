"""What scorers see: history, scope, flags, minimum counts (spec 01 A.4 to A.8)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.data.vocabulary import CRH, NOT_MISLEADING
from bridgenotes.scoring import batches as batches_module
from bridgenotes.scoring.errors import ScoringError
from bridgenotes.scoring.preprocess import (
    NO_GROUP,
    UNASSIGNED,
    complete_history,
    min_counts,
    modeling_groups,
    most_active,
    prepare,
    with_high_volume,
)
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.ratings import Ratings
from support.tables import DAY_MS, NOW_MS, dataset

PROFILE = load_profile("x-2026")


def test_history_holds_new_old_and_deleted_notes() -> None:
    data = dataset(
        notes=[{"note": 0, "author": 5}, {"note": 1}],
        history=[{"note": 1, "current_status": CRH}, {"note": 2, "author": 7}],
    )
    history = complete_history(data)
    assert history["note"].to_list() == [0, 1, 2]
    assert history["author"].to_list() == [5, 90, 7]
    assert history["current_status"].to_list() == [None, CRH, None]
    assert history["classification"].is_null().to_list() == [False, False, True]


def test_a_note_in_no_table_is_an_error() -> None:
    with pytest.raises(ScoringError, match="1 notes are in neither"):
        complete_history(dataset(notes=[{"note": 0}], n_notes=2))


OCTOBER_2022 = 1_664_755_200_000


@pytest.mark.parametrize(
    ("note", "stays"),
    [
        ({"note": 0}, True),
        ({"note": 0, "classification": NOT_MISLEADING, "created_at_ms": OCTOBER_2022 + 1}, True),
        ({"note": 0, "classification": NOT_MISLEADING, "created_at_ms": OCTOBER_2022}, False),
    ],
)
def test_ratings_stay_by_what_they_rate(note: dict[str, object], stays: bool) -> None:
    data = dataset(notes=[note], ratings=[{"note": 0, "rater": 1}])
    assert (len(prepare(data, PROFILE.history).ratings) == 1) is stays


def test_ratings_of_deleted_notes_stay() -> None:
    data = dataset(history=[{"note": 0}], ratings=[{"note": 0, "rater": 1}])
    assert len(prepare(data, PROFILE.history).ratings) == 1


def test_groups_tell_unassigned_from_groupless() -> None:
    data = dataset(
        notes=[{"note": 0}],
        enrollment=[{"contributor": 0, "modeling_group": 13}, {"contributor": 2}],
        n_contributors=3,
    )
    assert modeling_groups(data).tolist() == [13, UNASSIGNED, NO_GROUP]


def _busy(n_notes: int) -> np.ndarray:
    """One rater rates everything, 999 others one note each; who is flagged?"""
    rows = [{"note": k, "rater": 0, "created_at_ms": NOW_MS} for k in range(n_notes)]
    rows += [{"note": k % n_notes, "rater": 1 + k, "created_at_ms": NOW_MS - 8 * DAY_MS} for k in range(999)]
    data = dataset(notes=[{"note": k} for k in range(n_notes)], ratings=rows, n_contributors=1000)
    settings, small = PROFILE.high_volume, PROFILE.history.small_data_notes
    return np.flatnonzero(most_active(Ratings(data.ratings), data.n_contributors, settings, small))


def test_the_busiest_rater_is_high_volume() -> None:
    assert _busy(200).tolist() == [0]


def test_small_data_has_no_high_volume_raters() -> None:
    assert _busy(199).tolist() == []


def test_batches_change_neither_flags_nor_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    rows = [
        {"note": int(note), "rater": int(rater), "created_at_ms": NOW_MS - int(age)}
        for note, rater, age in zip(
            rng.integers(0, 250, 900),
            rng.zipf(1.3, 900) % 120,
            rng.integers(0, 40 * DAY_MS, 900),
            strict=True,
        )
    ]
    data = dataset(notes=[{"note": k} for k in range(250)], ratings=rows, n_contributors=120)
    ratings = Ratings(data.ratings).where(rng.random(900) < 0.9)
    alike = rng.random(120) < 0.2
    alike[1] = True  # the most active one
    ratings = replace(ratings, correlated=alike)
    settings, small = PROFILE.high_volume, PROFILE.history.small_data_notes
    whole = with_high_volume(ratings, 120, settings, small)
    assert whole.high_volume is not None
    assert 0 < whole.high_volume.sum() < 10
    kind = whole.is_high_volume * 2 + whole.is_correlated
    assert (np.diff(kind) >= 0).all()
    assert set(kind) == {0, 1, 3}
    monkeypatch.setattr(batches_module, "AT_A_TIME", 64)
    apart = with_high_volume(ratings, 120, settings, small)
    assert apart.high_volume is not None
    assert apart.high_volume.tolist() == whole.high_volume.tolist()
    assert apart.numbers.tolist() == whole.numbers.tolist()
    of_kind = [[int(row) for row in whole.numbers[kind == k]] for k in range(4)]
    assert all(rows == sorted(rows) for rows in of_kind)  # those of a kind as they stood


@pytest.mark.requirement("RF-13", "DV-2")
def test_minimum_counts_are_applied_once_in_order() -> None:
    note = np.array([0] * 5 + [1] * 5 + [2], np.int32)
    rater = np.array([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0], np.int32)
    assert min_counts(note, rater, 2, 5).tolist() == [True] * 10 + [False]
    assert not min_counts(note, rater, 3, 5).any()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=80, unique=True))
def test_after_the_filter_notes_have_enough_raters(pairs: list[tuple[int, int]]) -> None:
    note, rater = (np.array([p[k] for p in pairs], np.int32) for k in (0, 1))
    keep = min_counts(note, rater, 2, 3)
    counts = np.bincount(note[keep], minlength=10)
    assert ((counts == 0) | (counts >= 3)).all()
