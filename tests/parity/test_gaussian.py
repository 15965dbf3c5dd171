"""Gaussian final passes fed with the reference's own prescoring give the reference's numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bridgenotes.scoring import scope
from bridgenotes.scoring.coalesce import coalesce, in_both_detectors
from bridgenotes.scoring.gaussian.final_pass import gaussian_pass, note_authors
from bridgenotes.scoring.gaussian.settings import GAUSSIAN, GAUSSIAN_TOPIC, GaussianSettings
from bridgenotes.scoring.handover import Handover
from bridgenotes.scoring.preprocess import Community, most_active, prepare
from bridgenotes.scoring.profile import Scorer, load_profile
from bridgenotes.scoring.ratings import Ratings
from support.golden import CORE, Golden

pytestmark = pytest.mark.parity
PROFILE = load_profile("x-2026")
TOPIC = "InDimensionTwo"

PASSES = {
    "": lambda ratings: np.ones(len(ratings), np.bool_),
    "NoHighVol": lambda ratings: ~ratings.is_high_volume,
    "NoCorrelated": lambda ratings: ~ratings.is_correlated,
    "PopulationSampled": lambda ratings: ratings.is_population_sampled,
}


@dataclass(frozen=True)
class Case:
    """One scorer: what it sees, borrows and writes."""

    prefix: str
    scope: Scorer
    borrows: str
    settings: GaussianSettings = GAUSSIAN
    topic: str | None = None


def scorer(groups: tuple[int, ...] | None, share: float | None, **changes: bool) -> Scorer:
    return replace(PROFILE.scorer(CORE), rater_groups=groups, capture_share=share, **changes)


COVERAGE = (1, 2, 3, 6, 8, 9, 10, 11, 13, 14, 19, 25)
CASES = [
    Case("gaussian", scorer(COVERAGE, 0.5), CORE),
    Case("gaussianCoreWithTopics", scorer(COVERAGE, 0.5, excludes_topics=False), CORE),
    Case(
        "group",
        scorer((15,), 0.8, excludes_topics=False, include_unassigned=False),
        "MFGroupScorer_15",
    ),
    Case(
        "topic",
        scorer(None, None, excludes_topics=False),
        f"MFTopicScorer_{TOPIC}",
        GAUSSIAN_TOPIC,
        topic=TOPIC,
    ),
]


@dataclass(frozen=True)
class World:
    golden: Golden
    community: Community
    ratings: Ratings
    topics: pl.DataFrame


@pytest.fixture(scope="module", params=["S", "M"])
def world(request: pytest.FixtureRequest, reference_data: Path) -> World:
    golden = Golden.load(reference_data, request.param)
    community = prepare(golden.dataset, PROFILE.history)
    ratings = coalesce(community.ratings, community, in_both_detectors(golden.similarity()), 200)
    busy = most_active(ratings, community.shape[1], PROFILE.high_volume, PROFILE.history.small_data_notes)
    return World(golden, community, replace(ratings, high_volume=busy), golden.topics())


def handover(golden: Golden, name: str) -> Handover:
    """As `Golden.handover`, but null stays NaN in the meta output (scorers without global intercept)."""
    if name == CORE:
        return golden.handover(name)
    path = golden.reference / "prescoring" / "prescoring_meta_output.json"
    meta = json.loads(path.read_text())[name]
    columns = {"internalRaterIntercept": "intercept", "internalRaterFactor1": "factor"}
    raters = golden.prescored_raters(name).select(
        "rater",
        *(pl.col(old).cast(pl.Float32).alias(new) for old, new in columns.items()),
        pl.col("aboveHelpfulnessThreshold").cast(pl.Boolean).alias("above_helpfulness_threshold"),
    )
    columns = {"internalNoteIntercept": "intercept", "internalNoteFactor1": "factor"}
    notes = golden.prescored_notes(name).select(
        "note", *(pl.col(old).cast(pl.Float32).alias(new) for old, new in columns.items())
    )
    mu = meta["globalIntercept"]
    sizes = (meta[f"finalRoundNum{what}"] for what in ("Ratings", "Notes", "Users"))
    return Handover(name, notes, raters, float("nan") if mu is None else mu, np.zeros(13), *sizes, None, {})


def run(world: World, case: Case) -> dict[str, np.ndarray]:
    """Each output column of one scorer by note code."""
    community, n_notes = world.community, world.community.shape[0]
    borrowed = handover(world.golden, case.borrows)
    member = scope.group_members(community.group, case.scope)
    visible = scope.visible_notes(community, world.topics, case.scope)
    if case.topic is not None:
        visible[:] = False
        visible[world.topics.filter(pl.col("topic") == case.topic)["note"].to_numpy()] = True
    seen = scope.ratings_in_scope(world.ratings, visible, member)
    captured = scope.captured_notes(world.ratings, member, n_notes, case.scope.capture_share)
    found = {}
    for name, condition in PASSES.items():
        per_note = case.settings.population_sampled_ratings_per_note if name == "PopulationSampled" else None
        result = gaussian_pass(
            seen.where(condition(seen)),
            note_authors(community.history),
            borrowed,
            case.settings,
            community.shape,
            ratings_per_note=per_note,
        )
        nothing = np.full(n_notes, np.nan)
        intercept = nothing if result is None else result.intercept
        found[f"NoteIntercept{name}"] = np.where(visible & captured, intercept, np.nan)
        if name == "":
            assert result is not None
            found["NoteFactor1"] = np.where(visible & captured, result.factor, np.nan)
    return found


def reference(table: pl.DataFrame, case: Case, column: str) -> np.ndarray:
    """The reference's column, cut to the scorer where its family shares the column."""
    mine = pl.lit(value=True)
    if case.prefix == "group":
        mine = pl.col("modelingGroup") == 15
    if case.topic is not None:
        mine = pl.col("noteTopic").cast(pl.String) == case.topic
    value = pl.col(f"{case.prefix}{column}").cast(pl.Float64)
    return table.select(pl.when(mine).then(value).fill_null(float("nan")).alias("value"))["value"].to_numpy()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.prefix)
def test_every_pass(world: World, case: Case) -> None:
    """Scores agree to float32 rounding; factors as closely as Adam's stopping allows."""
    table = world.golden.output("scored_notes")
    for column, ours in run(world, case).items():
        if column.endswith("PopulationSampled") and not case.prefix.startswith("gaussian"):
            continue  # the families do not output it
        theirs = reference(table, case, column)
        assert np.isfinite(theirs).any()
        tolerance = 1e-3 if column == "NoteFactor1" else 1e-6
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance, err_msg=case.prefix + column)
