"""Flip prediction from the user's side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import CRH, NMR
from bridgenotes.scoring.confidence import (
    ConfidenceModelError,
    FlipModel,
    FlipSettings,
    PredictedHelpfulModel,
    flip_notes,
    flip_ratings,
    learn_flips,
    predict_flips,
)
from bridgenotes.scoring.preprocess import prepare
from bridgenotes.scoring.side import FLIPS_SCHEMA
from support.tables import NOW_MS, dataset
from unit.scoring.confidence import made_up as world_of
from unit.scoring.confidence.made_up import PROFILE, World, made_up


@pytest.fixture(scope="module")
def world() -> World:
    return made_up(400)


@pytest.fixture(scope="module")
def model(world: World) -> FlipModel:
    found, remarks = learn(world)
    assert remarks == []
    assert found is not None
    return found


def learn(world: World) -> tuple[FlipModel | None, list[str]]:
    return learn_flips(world.community, world.community.ratings, world.factors, seed=1)


def predict(model: FlipModel, world: World, settings: FlipSettings | None = None) -> pl.DataFrame:
    note = flip_notes(world.community, world_of.NOW_MS)
    ratings = flip_ratings(world.community, no_similarity(), note, 200)
    return predict_flips(model, world.community, ratings, world.factors, note, settings)


def no_similarity() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"rater": pl.Int32, "post_selection_value": pl.Int64, "quasi_clique_value": pl.Int64}
    )


def test_one_sided_notes_are_predicted_to_flip(world: World, model: FlipModel) -> None:
    found = predict(model, world)
    assert found.schema == FLIPS_SCHEMA
    bridges = world.community.history["current_status"].gather(found["note"]) == CRH
    assert found.height == 40
    likely = found["pflip_proba"].to_numpy()
    assert likely[~bridges.to_numpy()].mean() > likely[bridges.to_numpy()].mean() + 0.1
    score = np.log(likely / (1 - likely))
    np.testing.assert_array_equal(found["is_predicted_stable"].to_numpy(), score <= model.threshold)


def test_a_stored_model_predicts_the_same(world: World, model: FlipModel) -> None:
    assert predict(FlipModel.from_bytes(model.to_bytes()), world).equals(predict(model, world))


def test_learning_twice_gives_the_same_bytes(world: World, model: FlipModel) -> None:
    again, _ = learn(world)
    assert again is not None
    assert again.to_bytes() == model.to_bytes()


def test_codes_of_people_may_change_between_phases(world: World, model: FlipModel) -> None:
    """More people, whose ids sort first: all codes shift, the model's public ids do not."""
    shifted = made_up(400, extra_people=7)
    assert predict(model, shifted).equals(predict(model, world))
    first, tokens = world.community.dataset.contributor_ids[0], model.token_weight
    told = replace(model, bag=np.array([0]), said=np.array([0]), contributor_id=(first,),
                   token_weight=np.array([3.0]))  # fmt: skip
    assert len(tokens) == len(model.bag)
    assert predict(told, shifted).equals(predict(told, world))
    assert not predict(told, world).equals(predict(model, world))


def test_order_of_ratings_does_not_matter(world: World, model: FlipModel) -> None:
    order = np.random.default_rng(0).permutation(len(world.community.ratings))
    found, _ = learn_flips(world.community, world.community.ratings.take(order), world.factors, seed=1)
    assert found is not None
    assert found.threshold == pytest.approx(model.threshold)
    np.testing.assert_allclose(found.product_weight, model.product_weight, atol=1e-9)


def test_posts_are_judged_in_batches(world: World, model: FlipModel) -> None:
    """Only the newest rating of a batch is shared, which no weight of this model may look at."""
    small = replace(FlipSettings(), posts_per_batch=3)
    one, other = predict(model, world), predict(model, world, small)
    assert one["note"].equals(other["note"])
    assert np.corrcoef(one["pflip_proba"], other["pflip_proba"])[0, 1] > 0.9


@pytest.mark.parametrize("n_notes", [0, 1, 10, 199])
def test_too_little_to_learn_from(n_notes: int) -> None:
    found, remarks = learn(made_up(n_notes, ratings_per_note=3))
    assert found is None
    (remark,) = remarks
    assert remark.startswith("no flip prediction: ")


def test_a_bad_time_costs_the_model_not_the_run(world: World) -> None:
    column = "first_nmr_due_to_min_stable_crh_time_at_ms"
    history = world.community.history.with_columns(pl.lit(-5, pl.Int64).alias(column))
    found, remarks = learn(replace(world, community=replace(world.community, history=history)))
    assert found is None
    assert "timestampMillisOfFirstNmrDueToMinStableCrhTime" in remarks[0]


def test_notes_with_targets_on_their_post_are_predicted() -> None:
    hour = 3_600_000
    notes = [{"note": k, "post_id": post} for k, post in enumerate([5, 5, 6, 7, 8, -1])]
    history = [
        {"note": 0, "nmr_due_to_min_stable_crh_time_at_ms": NOW_MS - hour, "current_status": NMR},
        {"note": 2, "current_status": CRH, "latest_non_nmr_status_at_ms": NOW_MS - 24 * hour},
        {"note": 3, "current_status": CRH, "first_non_nmr_status_at_ms": NOW_MS - 24 * hour - 1},
        {"note": 4, "current_status": NMR, "first_non_nmr_status_at_ms": NOW_MS - hour,
         "nmr_due_to_min_stable_crh_time_at_ms": -1},
        {"note": 5, "nmr_due_to_min_stable_crh_time_at_ms": NOW_MS},
    ]  # fmt: skip
    community = prepare(dataset(notes=notes, history=history), PROFILE.history)
    assert flip_notes(community, NOW_MS).tolist() == [0, 1, 2]


def test_nothing_to_predict(world: World, model: FlipModel) -> None:
    nobody = np.zeros(0, np.int32)
    found = predict_flips(model, world.community, world.community.ratings, world.factors, nobody)
    assert found.equals(pl.DataFrame(schema=FLIPS_SCHEMA))


def test_notes_without_ratings_are_predicted(world: World, model: FlipModel) -> None:
    note = np.array([0, 1], np.int32)
    nothing = world.community.ratings.take(np.empty(0, np.uint32))
    found = predict_flips(model, world.community, nothing, world.factors, note)
    assert found["pflip_proba"].is_finite().all()


def test_many_notes_are_coalesced_few_are_not(world: World) -> None:
    alike = pl.DataFrame(
        {"rater": [0, 1], "post_selection_value": [1, 1], "quasi_clique_value": [1, 1]},
        schema={"rater": pl.Int32, "post_selection_value": pl.Int64, "quasi_clique_value": pl.Int64},
    )
    note = flip_notes(world.community, world_of.NOW_MS)
    few, many = (flip_ratings(world.community, alike, note, least) for least in (200, 1))
    assert len(many) < len(few)


@pytest.mark.parametrize("data", [b"", b"no archive", "other"])
def test_other_bytes_are_refused(data: bytes | str, model: FlipModel) -> None:
    stored = model.to_bytes() if isinstance(data, str) else data
    with pytest.raises(ConfidenceModelError, match="these bytes hold"):
        PredictedHelpfulModel.from_bytes(stored)
