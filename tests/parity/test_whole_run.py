"""A whole run from the public tables alone, compared with the reference's runs of several seeds."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
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
    tables = score_dataset(dataset, load_profile("x-2026"), Context(now_ms, seed)).tables
    seeds = {
        name: {table: Golden(folder, name, dataset, now_ms).output(table) for table in tables}
        for name in ("s1", "s2")
    }
    locked = locked_at_input(folder)
    return Whole(
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
