"""Predicted Helpful from the user's side, and its features against the libraries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring.confidence import (
    PredictedHelpfulModel,
    PredictedHelpfulSettings,
    RaterFactors,
    learn_predicted_helpful,
    predict_helpful,
    previous_above,
)
from bridgenotes.scoring.confidence.boosting import Trees, boost, split
from bridgenotes.scoring.confidence.helpful import PREDICTIONS_SCHEMA, judge, thresholds
from bridgenotes.scoring.confidence.helpful_features import (
    feature_names,
    helpful_features,
    shape_of_groups,
)
from bridgenotes.scoring.confidence.helpful_rows import View, current_rows, training_rows
from bridgenotes.scoring.confidence.settings import DAY_MS, Boosting
from bridgenotes.scoring.preprocess import prepare
from support.tables import NOW_MS, dataset
from unit.scoring.confidence.made_up import PROFILE, World, made_up

SETTINGS = PredictedHelpfulSettings()
NOTHING_BEFORE = previous_above([])


@pytest.fixture(scope="module")
def world() -> World:
    return made_up(400)


@pytest.fixture(scope="module")
def model(world: World) -> PredictedHelpfulModel:
    found, remarks = learn_predicted_helpful(world.inputs, world.factors)
    assert remarks == []
    assert found is not None
    return found


def test_bridging_notes_are_predicted_helpful(world: World, model: PredictedHelpfulModel) -> None:
    found = predict_helpful(model, world.inputs, world.factors, NOTHING_BEFORE)
    assert found.schema == PREDICTIONS_SCHEMA
    bridges = (world.community.history["current_status"].gather(found["note"]) == CRH).to_numpy()
    assert found.height == 400
    assert (found["pcrh_final_pred"].to_numpy() == bridges).mean() > 0.9
    assert found["pcrh_exit_n"].unique().to_list() == [24]


def test_a_stored_model_predicts_the_same(world: World, model: PredictedHelpfulModel) -> None:
    stored = PredictedHelpfulModel.from_bytes(model.to_bytes())
    one, other = (predict_helpful(m, world.inputs, world.factors, NOTHING_BEFORE) for m in (stored, model))
    assert one.equals(other)


def test_learning_twice_gives_the_same_bytes(world: World, model: PredictedHelpfulModel) -> None:
    again, _ = learn_predicted_helpful(world.inputs, world.factors)
    assert again is not None
    assert again.to_bytes() == model.to_bytes()


@pytest.mark.parametrize("n_notes", [0, 1, 10, 49, 199])
def test_too_little_to_learn_from(n_notes: int) -> None:
    few = made_up(n_notes, ratings_per_note=24 if n_notes < 50 else 3)
    found, remarks = learn_predicted_helpful(few.inputs, few.factors)
    assert found is None
    (remark,) = remarks
    assert remark.startswith("no predicted Helpful: fewer than 50 notes")
    assert predict_helpful(found, few.inputs, few.factors, NOTHING_BEFORE).equals(
        pl.DataFrame(schema=PREDICTIONS_SCHEMA)
    )


@pytest.mark.parametrize(
    ("n_helpful", "is_learned"), [(0, False), (1, False), (2, True), (58, True), (59, False)]
)
def test_a_single_note_of_a_kind_teaches_nothing(n_helpful: int, is_learned: bool) -> None:
    world = made_up(60, ratings_per_note=8)  # few enough that each note is learned from once
    status = pl.when(pl.col("note") < n_helpful).then(pl.lit(CRH)).otherwise(pl.lit(NMR))
    history = world.community.history.with_columns(
        status.alias("current_status"), pl.lit(None, pl.String).alias("first_non_nmr_status")
    )
    community = replace(world.community, history=history)
    found, remarks = learn_predicted_helpful(replace(world.inputs, community=community), world.factors)
    assert (found is not None) == is_learned, remarks
    assert is_learned or "at least 2 must be" in remarks[0]


def rows_of(n_notes: int, **history: object) -> list[int]:
    """For which numbers of ratings notes with twelve each are learned from; unrated notes have history."""
    data = dataset(
        notes=[{"note": k} for k in range(n_notes)],
        ratings=[{"note": k, "rater": r, "created_at_ms": NOW_MS + r}
                 for k in range(n_notes) for r in range(12)],
        history=[{"note": k, **history} for k in range(n_notes)],
    )  # fmt: skip
    community = prepare(data, PROFILE.history)
    nobody = np.full(100, np.nan)
    view = View.build(community.ratings, community, RaterFactors(nobody, nobody, nobody, {}), SETTINGS)
    return np.unique(training_rows(community, view, SETTINGS).n_ratings).tolist()


def test_fifty_notes_per_number_of_ratings_are_needed() -> None:
    assert rows_of(50) == [8, 10]
    assert rows_of(49) == []


def test_notes_helpful_before_are_not_learned_from() -> None:
    tenth = NOW_MS + 9
    helpful = {"first_non_nmr_status": CRH, "first_non_nmr_status_at_ms": tenth}
    assert rows_of(50, **helpful) == [8, 10]
    assert rows_of(50, **(helpful | {"first_non_nmr_status_at_ms": tenth - 1})) == [8]
    assert rows_of(50, **(helpful | {"first_non_nmr_status": CRNH})) == [8, 10]


@pytest.mark.parametrize(
    ("n_ratings", "threshold"),
    [
        (8, 0.77),
        (9, 0.77),
        (12, 0.78),
        (13, 0.76),
        (25, 0.74),
        (26, 0.70),
        (40, 0.70),
        (51, 0.67),
        (100, 0.67),
    ],
)
def test_thresholds(n_ratings: int, threshold: float) -> None:
    assert thresholds(np.array([n_ratings]), SETTINGS).tolist() == [threshold]


def test_who_is_eligible() -> None:
    ratings = [{"note": k, "rater": r} for k, n in enumerate([7, 8, 100, 101]) for r in range(n)]
    data = dataset(
        notes=[{"note": k} for k in range(4)],
        ratings=ratings,
        n_contributors=101,
        enrollment=[{"contributor": r, "modeling_group": 13} for r in range(101)],
    )
    community = prepare(data, PROFILE.history)
    nobody = np.full(101, np.nan)
    view = View.build(community.ratings, community, RaterFactors(nobody, nobody, nobody, {}), SETTINGS)
    assert current_rows(community, view, SETTINGS).note.tolist() == [1, 2]


def test_raters_outside_the_groups_do_not_count(world: World) -> None:
    everyone = world.community.dataset.enrollment
    outside = everyone.with_columns(modeling_group=pl.lit(4, pl.Int32))
    data = world.community.dataset
    for enrollment, n_kept in ((outside, 0), (everyone.head(30), 30), (everyone.clear(), 60)):
        tables = {name: getattr(data, name) for name in data.__dataclass_fields__}
        community = prepare(type(data)(**(tables | {"enrollment": enrollment})), PROFILE.history)
        view = View.build(community.ratings, community, world.factors, SETTINGS)
        assert len(np.unique(view.every.ratings.rater)) == n_kept


@pytest.mark.parametrize(
    ("before", "probability", "above", "revoked"),
    [(1, 0.5, True, False), (1, 0.499, False, True), (None, 0.5, False, False), (None, 0.77, True, False),
     (-1, 0.5, False, False), (-9, 0.76, False, False)],
)  # fmt: skip
def test_what_was_above_stays_longer(
    before: int | None, probability: float, above: bool, revoked: bool
) -> None:
    previous = pl.DataFrame(
        {"note": [3], "previous_ms": [before]}, schema={"note": pl.Int32, "previous_ms": pl.Int64}
    )
    found = judge(np.array([3], np.int32), np.array([9]), np.array([probability]), previous, SETTINGS)
    assert found["pcrh_final_pred"].to_list() == [above]
    assert found["pcrh_revoked"].to_list() == [revoked]
    assert found["pcrh_revoke_n"].to_list() == [9 if revoked else None]


@given(
    values=st.lists(st.tuples(st.integers(0, 3), st.integers(-20, 20)), max_size=40),
)
def test_shape_of_groups(values: list[tuple[int, int]]) -> None:
    group = np.array([g for g, _ in values], np.int64)
    value = np.array([v / 10 for _, v in values])
    found = shape_of_groups(value, group, 4)
    for k in range(4):
        mine = value[group == k]
        if not len(mine):
            assert not found[k].any()
            continue
        quantiles = np.quantile(mine, [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
        spread = mine.std(ddof=1) if len(mine) > 1 else 0
        usable = len(mine) > 2 and np.ptp(mine) > 0
        skewness = stats.skew(mine, bias=False) if usable else 0
        expected = [mine.mean(), spread, len(mine), *quantiles, quantiles[4] - quantiles[2], skewness]
        np.testing.assert_allclose(found[k], expected, atol=1e-9)


def test_author_record_counts_other_notes_within_the_window() -> None:
    notes = [{"note": k, "author": 5} for k in range(6)] + [{"note": 6, "author": 6}]
    ago = [0, 1, 14, 15, 90, 91, 1]
    status = [CRH, CRH, CRH, CRNH, CRH, CRH, CRH]
    history = [
        {"note": k, "author": 5 + (k == 6), "current_status": status[k],
         "current_status_at_ms": NOW_MS - days * DAY_MS}
        for k, days in enumerate(ago)
    ]  # fmt: skip
    ratings = [{"note": 1, "rater": r} for r in range(8)]
    people = [{"contributor": r, "modeling_group": 1} for r in range(8)]
    community = prepare(
        dataset(notes=notes, history=history, ratings=ratings, enrollment=people), PROFILE.history
    )
    nobody = np.full(100, np.nan)
    factors = RaterFactors(nobody, nobody, nobody, {})
    view = View.build(community.ratings, community, factors, SETTINGS)
    rows = current_rows(community, view, SETTINGS)
    topics = pl.DataFrame(schema={"note": pl.Int32, "topic": pl.String})
    values = np.vstack([*helpful_features(rows, view, community.history, factors, topics, SETTINGS)])
    record = dict(zip(feature_names(SETTINGS)[-7:], values[0, -7:], strict=True))
    # Seen from the newest note: itself is too new, the row's own note is not another one.
    assert record == {
        "pcrh_author_crh_14d": 1, "pcrh_author_crnh_14d": 0, "pcrh_author_nmr_14d": 0,
        "pcrh_author_crh_90d": 2, "pcrh_author_crnh_90d": 1, "pcrh_author_nmr_90d": 0, "N": 8,
    }  # fmt: skip


@pytest.mark.parametrize(("n_rows", "share"), [(600, 0.4), (601, 0.1), (97, 0.5), (40, 0.02)])
def test_rows_are_split_as_the_library_splits_them(n_rows: int, share: float) -> None:
    """The library's own split, stratified; with few rows, remainders tie and one is drawn."""
    outcome = np.arange(n_rows) < max(2, share * n_rows)
    drawn = np.random.RandomState(5).randint(np.iinfo(np.uint32).max, dtype="u8")
    expected = train_test_split(np.arange(n_rows), test_size=0.1, stratify=outcome, random_state=drawn)
    for mine, theirs in zip(split(outcome, Boosting(), seed=5), expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("n_rows", [60, 1000, 3000])
def test_trees_are_the_librarys(n_rows: int) -> None:
    """Few values and many (3,000 distinct ones in 255 bins), constant columns, leaves of fewest rows.

    Where two columns cut a node alike, the library's choice is a matter of rounding; not in this data.
    """
    rng = np.random.default_rng(2)
    values = rng.normal(size=(n_rows, 6))
    values[:, :2] = values[:, :2].round(1)
    values[:, 2] = np.maximum(values[:, 2], 0.5)
    values[:, 3] = 7  # constant columns are never compared
    outcome = values[:, 0] * values[:, 4] + rng.normal(0, 0.3, n_rows) > 0.2
    settings = Boosting(max_trees=60)
    rows, late = split(outcome, settings, seed=5)
    trees = boost([values[rows]], outcome[rows], settings, validation=([values[late]], outcome[late]))
    library = HistGradientBoostingClassifier(
        max_iter=60, max_depth=5, learning_rate=0.07, random_state=5, early_stopping=True
    ).fit(values, outcome)
    fresh = rng.normal(size=(500, 6))
    assert len(trees.roots) == library.n_iter_
    np.testing.assert_allclose(trees.probabilities(fresh), library.predict_proba(fresh)[:, 1], atol=1e-9)


def test_trees_stop_where_they_no_longer_help() -> None:
    rng = np.random.default_rng(2)
    values, outcome = rng.normal(size=(400, 2)), rng.random(400) < 0.5
    settings = Boosting(patience=3)
    rows, late = slice(0, 300), slice(300, None)
    trees = boost([values[rows]], outcome[rows], settings, validation=([values[late]], outcome[late]))
    assert 3 <= len(trees.roots) < 50


def test_columns_that_cut_alike_do_not_compete() -> None:
    """A copy of a column changes nothing: sums are exact, so the two tie and the first is taken."""
    rng = np.random.default_rng(2)
    values = rng.normal(size=(2000, 3)).round(2)
    outcome = values.sum(axis=1) + rng.normal(0, 0.5, 2000) > 0
    doubled = np.hstack([values, np.exp(values)])
    once, twice = (
        boost([x[:1800]], outcome[:1800], Boosting(), validation=([x[1800:]], outcome[1800:]))
        for x in (values, doubled)
    )
    np.testing.assert_array_equal(once.feature, twice.feature)
    np.testing.assert_array_equal(once.leaf, twice.leaf)


@pytest.mark.parametrize("size", [1, 7, 450])
def test_trees_do_not_depend_on_how_rows_are_cut_into_blocks(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgenotes.scoring.confidence.boosting.ROWS_FOR_BINS", 300)
    rng = np.random.default_rng(4)
    values = rng.normal(size=(600, 4))
    outcome = values.sum(axis=1) + rng.normal(0, 0.5, 600) > 0

    def trees(size: int) -> Trees:
        cut = [
            [part[k : k + size] for k in range(0, len(part), size)] for part in (values[:500], values[500:])
        ]
        return boost(cut[0], outcome[:500], Boosting(max_trees=9), validation=(cut[1], outcome[500:]))

    whole, pieces = trees(600), trees(size)
    np.testing.assert_array_equal(whole.threshold, pieces.threshold)
    np.testing.assert_array_equal(whole.leaf, pieces.leaf)
    assert len(whole.roots) == len(pieces.roots)


def test_trees_do_not_depend_on_who_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histograms in parts, by two threads, and none at all of them apart."""
    rng = np.random.default_rng(4)
    values = rng.normal(size=(3_000, 4))
    outcome = values.sum(axis=1) + rng.normal(0, 0.5, 3_000) > 0

    def trees() -> Trees:
        settings = Boosting(max_trees=9)
        return boost([values[:2700]], outcome[:2700], settings, validation=([values[2700:]], outcome[2700:]))

    alone = trees()
    monkeypatch.setattr("bridgenotes.scoring.confidence.tree_kernels.ROWS_TO_SHARE", 100)
    monkeypatch.setattr("bridgenotes.scoring.confidence.tree_kernels.histogram_parts._large", 100)
    monkeypatch.setattr("numba.get_num_threads", lambda: 2)
    shared = trees()
    np.testing.assert_array_equal(alone.feature, shared.feature)
    np.testing.assert_array_equal(alone.threshold, shared.threshold)
    np.testing.assert_array_equal(alone.leaf, shared.leaf)


def test_batches_of_rows_give_the_same_features(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    community = world.community
    view = View.build(community.ratings, community, world.factors, SETTINGS)
    rows = training_rows(community, view, SETTINGS)

    def features() -> np.ndarray:
        blocks = helpful_features(rows, view, community.history, world.factors, world.inputs.topics, SETTINGS)
        return np.vstack([*blocks])

    whole = features()
    monkeypatch.setattr("bridgenotes.scoring.confidence.helpful_features.RATINGS_AT_ONCE", 50)
    np.testing.assert_array_equal(features(), whole)
