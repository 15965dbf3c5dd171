"""Flip prediction and predicted Helpful, fed with the reference's own prescoring."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from bridgenotes.scoring.coalesce import coalesce
from bridgenotes.scoring.confidence import (
    FlipModel,
    FlipSettings,
    PredictedHelpfulModel,
    PredictedHelpfulSettings,
    RaterFactors,
    above_times,
    flip_notes,
    flip_ratings,
    learn_flips,
    learn_predicted_helpful,
    predict_flips,
    predict_helpful,
    previous_above,
    suppress_after_rules,
    suppress_at_end,
)
from bridgenotes.scoring.confidence.flip_features import SHARE_TAGS
from bridgenotes.scoring.confidence.flip_sets import SETS
from bridgenotes.scoring.confidence.helpful import judge
from bridgenotes.scoring.confidence.helpful_features import helpful_features
from bridgenotes.scoring.confidence.helpful_rows import View, training_rows
from bridgenotes.scoring.confidence.settings import FLIP_SCORERS
from bridgenotes.scoring.inputs import Inputs
from bridgenotes.scoring.preprocess import Community, prepare
from bridgenotes.scoring.profile import load_profile
from support.golden import Golden

pytestmark = pytest.mark.parity
PROFILE = load_profile("x-2026")
SMALL = PROFILE.history.small_data_notes
ABOVE = "above_pcrh_threshold_at_ms"
HELPFUL = PredictedHelpfulSettings()
SEEDS = ("s1", "s2")


@dataclass(frozen=True)
class World:
    """One community and one seed of the reference."""

    golden: Golden
    community: Community

    @cached_property
    def factors(self) -> RaterFactors:
        path = self.golden.reference / "prescoring" / "prescoring_meta_output.json"
        topics = [name for name in json.loads(path.read_text()) if name.startswith("MFTopicScorer_")]
        handovers = {name: self.golden.handover(name) for name in (*FLIP_SCORERS, *topics)}
        return RaterFactors.gather(handovers, self.community.shape[1])

    @cached_property
    def prescoring(self) -> Inputs:
        ratings = coalesce(self.community.ratings, self.community, self.golden.similarity(), SMALL)
        seed = int(self.golden.seed[1:])
        return Inputs(self.community, ratings, self.golden.topics(), self.golden.now_ms, seed)

    @cached_property
    def flip_model(self) -> FlipModel:
        inputs = self.prescoring
        model, _ = learn_flips(self.community, inputs.ratings, self.factors, seed=inputs.seed)
        assert model is not None
        return FlipModel.from_bytes(model.to_bytes())

    @cached_property
    def flips(self) -> pl.DataFrame:
        note = flip_notes(self.community, self.golden.now_ms)
        ratings = flip_ratings(self.community, self.golden.similarity(), note, SMALL)
        return predict_flips(self.flip_model, self.community, ratings, self.factors, note)

    @cached_property
    def helpful_model(self) -> PredictedHelpfulModel:
        model, _ = learn_predicted_helpful(self.prescoring, self.factors)
        assert model is not None
        return PredictedHelpfulModel.from_bytes(model.to_bytes())

    @cached_property
    def before(self) -> pl.DataFrame:
        return previous_above([self.community.history])

    @cached_property
    def helpful(self) -> pl.DataFrame:
        inputs = Inputs(self.community, self.community.ratings, self.golden.topics(), self.golden.now_ms)
        return predict_helpful(self.helpful_model, inputs, self.factors, self.before)

    def output(self, table: str, *columns: str | pl.Expr) -> pl.DataFrame:
        found = self.golden.output(table)
        return found.select(self.golden.note_codes(found["noteId"]), *columns).sort("note")

    def summary(self, model: str) -> dict[str, Any]:
        path = self.golden.reference / "prescoring" / f"{model}_summary.json"
        return json.loads(path.read_text())


@pytest.fixture(scope="module", params=["S", pytest.param("M", marks=pytest.mark.slow)])
def worlds(request: pytest.FixtureRequest, reference_data: Path) -> dict[str, World]:
    golden = Golden.load(reference_data, request.param)
    community = prepare(golden.dataset, PROFILE.history)
    return {seed: World(golden.with_seed(seed), community) for seed in SEEDS}


def words(column: str) -> pl.Expr:
    """Booleans, whether the output is text or not."""
    return pl.col(column).cast(pl.String).str.to_lowercase() == "true"


def agreement(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> dict[str, float]:
    """Correlations: of the reference's seeds, of ours with the same seed, and with the other one."""
    s1, s2 = SEEDS
    pairs = {
        "seeds": [(theirs[s1], theirs[s2])],
        "same": [(ours[seed], theirs[seed]) for seed in SEEDS],
        "other": [(ours[s1], theirs[s2]), (ours[s2], theirs[s1])],
    }
    return {name: min(np.corrcoef(a, b)[0, 1] for a, b in found) for name, found in pairs.items()}


def test_flip_limits(worlds: dict[str, World]) -> None:
    """Quantiles of the very rows the reference learned from.

    The two rows of a note are sorted in an order that depends on its machine, and so a few of them
    land on another side of its split.
    """
    for world in worlds.values():
        theirs = world.summary("pflip")["columnThresholds"]
        limits = world.flip_model.limits
        names = [f"{name}_{tag}" for name in SETS for tag in SHARE_TAGS]
        windows = FlipSettings().windows_min
        for what in ("FIRST", "BURST", "RECENT"):
            names += [f"{what}_{m}_{how}" for how in ("TOTAL", "RATIO") for m in windows]
        values = np.concatenate([limits.shares, limits.arrivals])
        expected = np.array([theirs[name] for name in names])
        assert np.isclose(values, expected, rtol=1e-6).mean() > 0.85
        np.testing.assert_allclose(values, expected, rtol=0.35, atol=0.05)
        peers = ("NOTES", "MISLEADING_NOTES", "NON_MISLEADING_NOTES", "CRH_NOTES", "STABILIZATION_NOTES")
        expected = np.array([theirs[f"TOTAL_PEER_{name}"] for name in peers])
        np.testing.assert_allclose(limits.peers, expected, rtol=1e-6)
        assert limits.latency == pytest.approx(theirs["NOTE_WRITING_LATENCY"], rel=1e-9)


def test_flip_probabilities(worlds: dict[str, World]) -> None:
    ours, theirs = {}, {}
    for seed, world in worlds.items():
        reference = world.output("scored_notes", "pflipProba").drop_nulls()
        assert reference["note"].to_list() == world.flips["note"].to_list()
        ours[seed] = world.flips["pflip_proba"].to_numpy()
        theirs[seed] = reference["pflipProba"].cast(pl.Float64).to_numpy()
        line = world.summary("pflip")["predictionThreshold"]
        assert world.flip_model.threshold == pytest.approx(line, abs=0.05)
        stable = theirs[seed] <= 1 / (1 + np.exp(-line))
        assert (world.flips["is_predicted_stable"].to_numpy() == stable).mean() > 0.97
    found = agreement(ours, theirs)
    assert found["same"] > max(0.99, found["seeds"])
    assert found["other"] > found["seeds"] - 0.02


def test_predicted_helpful_features(worlds: dict[str, World]) -> None:
    """Every column that the reference learned from, to the rounding of its float32."""
    for world in worlds.values():
        inputs, summary = world.prescoring, world.summary("pcrh")
        view = View.build(inputs.ratings, world.community, world.factors, HELPFUL)
        rows = training_rows(world.community, view, HELPFUL)
        blocks = helpful_features(rows, view, world.community.history, world.factors, inputs.topics, HELPFUL)
        values = np.vstack([*blocks])
        assert list(world.helpful_model.features) == summary["featureCols"]
        spread = values.std(axis=0)
        np.testing.assert_allclose(values.mean(axis=0), summary["scaler_mean"], rtol=0, atol=1e-6)
        np.testing.assert_allclose(
            np.where(spread == 0, 1, spread), summary["scaler_scale"], rtol=0, atol=1e-6
        )


def test_predicted_helpful_probabilities(worlds: dict[str, World]) -> None:
    ours, theirs = {}, {}
    for seed, world in worlds.items():
        columns = ("pcrhExitN", "pcrhExitProba", "pcrhFinalPred", "pcrhRevoked")
        reference = world.output("aux_note_info", *columns).drop_nulls("pcrhExitN")
        assert reference["note"].to_list() == world.helpful["note"].to_list()
        counts = reference["pcrhExitN"].cast(pl.Float64).to_list()
        assert counts == world.helpful["pcrh_exit_n"].to_list()
        ours[seed] = world.helpful["pcrh_exit_proba"].to_numpy()
        theirs[seed] = reference["pcrhExitProba"].cast(pl.Float64).to_numpy()
        above = reference.select(words("pcrhFinalPred")).to_series()
        assert (above == world.helpful["pcrh_final_pred"]).mean() > 0.985
    found = agreement(ours, theirs)
    assert found["same"] > max(0.94, found["seeds"])
    assert found["other"] > found["seeds"] - 0.02


def test_times_given_the_references_probabilities(worlds: dict[str, World]) -> None:
    """Thresholds, revocation, times and both suppressions are exact."""
    for world in worlds.values():
        columns = ("pcrhExitN", "pcrhExitProba", "pcrhFinalPred", "pcrhRevoked", "pcrhRevokeN")
        reference = world.output("aux_note_info", *columns).drop_nulls("pcrhExitN")
        judged = judge(
            reference["note"].to_numpy(),
            reference["pcrhExitN"].cast(pl.Int64).to_numpy(),
            reference["pcrhExitProba"].cast(pl.Float64).to_numpy(),
            world.before,
            HELPFUL,
        )
        assert (
            judged["pcrh_final_pred"].to_list()
            == reference.select(words("pcrhFinalPred")).to_series().to_list()
        )
        assert (
            judged["pcrh_revoked"].to_list() == reference.select(words("pcrhRevoked")).to_series().to_list()
        )
        assert judged["pcrh_revoke_n"].to_list() == reference["pcrhRevokeN"].cast(pl.Float64).to_list()
        times = above_times(judged, world.before, world.golden.now_ms)
        scored = world.output(
            "scored_notes",
            pl.col("decidedBy").cast(pl.String).alias("decided_by"),
            pl.col("coreRatingStatus").cast(pl.String).alias("core_rating_status"),
            pl.col("abovePcrhThresholdTime").cast(pl.Float64).cast(pl.Int64).alias("expected"),
        )
        notes = scored.join(world.community.history.select("note", "classification"), on="note").join(
            times, on="note", how="left", maintain_order="left"
        )
        assert notes["expected"].count() > 40
        ended = suppress_at_end(suppress_after_rules(notes), world.before, world.golden.now_ms)
        assert ended[ABOVE].to_list() == ended["expected"].to_list()
