"""A whole run from the public tables alone, compared with the reference's runs of several seeds."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zstandard

from bridgenotes.data.read import read_dataset
from bridgenotes.scoring.phases.context import Context
from bridgenotes.scoring.pipeline import score_dataset
from bridgenotes.scoring.profile import load_profile
from support.golden import Golden

pytestmark = pytest.mark.parity

FAMILIES = (
    "core", "coreWithTopics", "expansion", "expansionPlus", "coverage", "group", "multiGroup", "topic",
    "gaussian", "gaussianCoreWithTopics",
)  # fmt: skip
Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Agreement:
    """How far two runs agree, in percent, and how far their intercepts lie apart."""

    shares: dict[str, float]
    distances: dict[str, float]


@dataclass(frozen=True)
class Whole:
    """Our run with one seed, and how it and the seeds of the reference agree."""

    size: str
    effects: pl.DataFrame
    with_own_seed: Agreement
    with_others: list[Agreement]
    of_seeds: list[Agreement]


def share(ours: pl.Series, theirs: pl.Series) -> float:
    truth = {"1": "true", "1.0": "true", "0": "false", "0.0": "false"}
    a, b = (s.cast(pl.String).replace("", None).replace(truth) for s in (ours, theirs))
    return 100 * float(a.eq_missing(b).mean())


def agreement(one: Tables, other: Tables, locked: pl.Series) -> Agreement:
    notes = one["scored_notes"].join(other["scored_notes"], on="noteId", suffix="_b")
    aux = one["aux_note_info"].join(other["aux_note_info"], on="noteId", suffix="_b")
    people = one["helpfulness_scores"].join(other["helpfulness_scores"], on="raterParticipantId", suffix="_b")
    open_notes = notes.filter(~pl.col("noteId").is_in(locked.implode()))
    shares = {
        "final status": share(notes["finalRatingStatus"], notes["finalRatingStatus_b"]),
        "final status, not locked": share(open_notes["finalRatingStatus"], open_notes["finalRatingStatus_b"]),
        "decided by": share(notes["decidedBy"], notes["decidedBy_b"]),
        "before stabilisation": share(
            aux["preStabilizationRatingStatus"], aux["preStabilizationRatingStatus_b"]
        ),
        "helpful bit": share(people["aboveHelpfulnessThreshold"], people["aboveHelpfulnessThreshold_b"]),
        "enrollment state": share(
            people["enrollmentState"].cast(pl.Float64), people["enrollmentState_b"].cast(pl.Float64)
        ),
    }
    distances = {}
    for family in FAMILIES:
        name = f"{family}NoteIntercept"
        pair = notes.select(pl.col(name, f"{name}_b").cast(pl.Float64)).drop_nulls().to_numpy()
        distances[family] = float(np.abs(pair[:, 0] - pair[:, 1]).mean())
    return Agreement(shares, distances)


def locked_at_input(folder: Path) -> pl.Series:
    packed = (folder / "input" / "noteStatusHistory-00000.tsv.zst").read_bytes()
    text = zstandard.ZstdDecompressor().stream_reader(packed).read()
    history = pl.read_csv(io.BytesIO(text), separator="\t", infer_schema_length=None)
    return history.filter(pl.col("lockedStatus").is_not_null())["noteId"]


@pytest.fixture(scope="module", params=[("S", 1), ("S", 2), ("M", 1)], ids=lambda p: f"{p[0]} seed {p[1]}")
def whole(request: pytest.FixtureRequest, reference_data: Path) -> Whole:
    size, seed = request.param
    folder = reference_data / "golden" / size
    now_ms = int(json.loads((folder / "input" / "gen_meta.json").read_text())["now"])
    dataset = read_dataset([folder / "input"], text=True, cache=False).dataset
    run = score_dataset(dataset, load_profile("x-2026"), Context(now_ms, seed))
    tables = run.tables
    seeds = {
        name: {table: Golden(folder, name, dataset, now_ms).output(table) for table in tables}
        for name in ("s1", "s2")
    }
    locked = locked_at_input(folder)
    return Whole(
        size=size,
        effects=run.notes.effects["meta"],
        with_own_seed=agreement(tables, seeds[f"s{seed}"], locked),
        with_others=[agreement(tables, t, locked) for name, t in seeds.items() if name != f"s{seed}"],
        of_seeds=[agreement(a, b, locked) for a, b in combinations(seeds.values(), 2)],
    )


@pytest.mark.parametrize(
    ("figure", "least"),
    [
        ("final status", 99.9),
        ("final status, not locked", 99.7),
        ("decided by", 99.3),
        ("before stabilisation", 99.3),
        ("helpful bit", 99.9),
        ("enrollment state", 99.9),
    ],
)
def test_with_the_reference_s_seed_a_run_gives_its_results(whole: Whole, figure: str, least: float) -> None:
    assert whole.with_own_seed.shares[figure] >= least


@pytest.mark.parametrize("family", FAMILIES)
def test_intercepts_lie_nearer_than_those_of_another_seed(whole: Whole, family: str) -> None:
    ours, theirs = whole.with_own_seed.distances[family], max(a.distances[family] for a in whole.of_seeds)
    assert ours < 0.75 * theirs
    assert ours < 0.01


def test_other_seeds_are_no_farther_than_they_are_from_each_other(whole: Whole) -> None:
    """But for what our run differs from its own seed: no distance is longer than a way round."""
    for other in whole.with_others:
        for figure, found in other.shares.items():
            detour = 100 - whole.with_own_seed.shares[figure]
            assert found >= min(a.shares[figure] for a in whole.of_seeds) - detour, figure
        for family, distance in other.distances.items():
            detour = whole.with_own_seed.distances[family]
            assert distance <= max(a.distances[family] for a in whole.of_seeds) + detour + 1e-9, family


def changed(effects: pl.DataFrame) -> set[str]:
    return set(effects.filter(pl.col("changed") > 0)["rule"].str.split(" ").list.first())


def test_every_model_changes_a_status(whole: Whole) -> None:
    """On M; of two groups of a few dozen raters no note happens to lie between the limits."""
    if whole.size != "M":
        return
    assert set(whole.effects["rule"].str.split(" ").list.first()) - changed(whole.effects) == {
        "GroupModel04",
        "GroupModel07",
    }


@pytest.mark.slow
def test_the_two_remaining_groups_decide_where_they_have_other_members(reference_data: Path) -> None:
    """Their raters change names with those of two groups of the same kind that decide on M."""
    golden = Golden.load(reference_data, "M")
    swapped = {4: 5, 5: 4, 7: 12, 12: 7}
    enrollment = golden.dataset.enrollment.with_columns(pl.col("modeling_group").replace(swapped))
    wanted = (
        "MFCoreScorer",
        "MFExpansionScorer",
        "MFExpansionPlusScorer",
        "MFGroupScorer_4",
        "MFGroupScorer_7",
    )
    profile = load_profile("x-2026", ("predicts_flips=false", "predicts_helpful=false"))
    profile = replace(profile, scorers=tuple(profile.scorer(name) for name in wanted))
    run = score_dataset(replace(golden.dataset, enrollment=enrollment), profile, Context(golden.now_ms))
    assert {"GroupModel04", "GroupModel07"} <= changed(run.notes.effects["meta"])
