"""A community large enough to learn both confidence models from, made in a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from bridgenotes.data.dataset import (
    ENROLLMENT_SCHEMA,
    NOTES_SCHEMA,
    RATINGS_SCHEMA,
    REQUESTS_SCHEMA,
    STATUS_HISTORY_SCHEMA,
    Dataset,
)
from bridgenotes.data.vocabulary import CRH, MISLEADING, NMR, NOT_MISLEADING
from bridgenotes.scoring.confidence import RaterFactors
from bridgenotes.scoring.inputs import Inputs
from bridgenotes.scoring.preprocess import Community, prepare
from bridgenotes.scoring.profile import load_profile

PROFILE = load_profile("x-2026")
BEGIN_MS = 1_770_000_000_000
HOUR_MS = 3_600_000
NOW_MS = BEGIN_MS + 5_000 * HOUR_MS
N_RATERS = 60


@dataclass(frozen=True)
class World:
    """Notes in pairs on posts; notes that only one side likes lose their status.

    ``inputs`` has ratings as they are; the last tenth of the notes still waits.
    """

    community: Community
    factors: RaterFactors
    inputs: Inputs


def complete(columns: dict[str, object], schema: pl.Schema) -> pl.DataFrame:
    known = pl.DataFrame(columns)
    absent = [
        pl.lit(None).cast(dtype).alias(name) for name, dtype in schema.items() if name not in known.columns
    ]
    return known.with_columns(absent).select(schema.names()).cast(dict(schema))


def made_up(n_notes: int, *, ratings_per_note: int = 24, seed: int = 3, extra_people: int = 0) -> World:
    """``extra_people`` have ids that sort first, so that they shift everybody's code."""
    rng = np.random.default_rng(seed)
    note = np.arange(n_notes)
    created = BEGIN_MS + (note // 2) * 4 * HOUR_MS + note * 60_000
    post_ms = created - HOUR_MS - rng.integers(0, 50 * HOUR_MS, n_notes)
    post_id = np.repeat(((post_ms - 1_288_834_974_657) << 22)[::2], 2)[:n_notes]
    bridging = rng.random(n_notes) < 0.5
    factor = np.where(np.arange(N_RATERS) % 2 == 0, -0.6, 0.6) + rng.normal(0, 0.2, N_RATERS)
    raters = np.stack([rng.permutation(N_RATERS)[:ratings_per_note] for _ in note]) if n_notes else note
    rated, rater = np.repeat(note, ratings_per_note), raters.ravel().astype(np.int64)
    likes = np.where(bridging[rated], rng.random(len(rated)) < 0.85, factor[rater] > 0)
    level = np.where(rng.random(len(rated)) < 0.1, 1, np.where(likes, 2, 0))
    tags = np.where(level == 2, 1 << rng.integers(2, 9, len(rated)), 1 << rng.integers(9, 22, len(rated)))
    made = created[rated] + rng.integers(1, 20 * HOUR_MS, len(rated))
    helpful = CRH if n_notes else None
    settled = note < n_notes - n_notes // 10
    status = np.where(bridging, CRH, NMR).astype(object)
    stabilised = np.where(settled, created + 6 * HOUR_MS, created + 20 * HOUR_MS)
    dataset = Dataset(
        notes=complete(
            {"note": note, "author": extra_people + note % N_RATERS, "created_at_ms": created,
             "post_id": post_id, "classification": np.where(note % 5 == 1, NOT_MISLEADING, MISLEADING)},
            NOTES_SCHEMA,
        ),
        ratings=complete(
            {"note": rated, "rater": extra_people + rater, "created_at_ms": made, "level": level,
             "tags": tags, "has_level": np.ones(len(rated), bool),
             "is_population_sampled": np.zeros(len(rated), bool)},
            RATINGS_SCHEMA,
        ),
        status_history=complete(
            {"note": note, "author": extra_people + note % N_RATERS, "created_at_ms": created,
             "first_non_nmr_status_at_ms": pl.Series(stabilised + HOUR_MS).set(
                 pl.Series(~settled, dtype=pl.Boolean), None),
             "first_non_nmr_status": [helpful if s else None for s in settled],
             "current_status": pl.Series(status, dtype=pl.String),
             "current_status_at_ms": created + 30 * HOUR_MS,
             "locked_status": [one if s else None for one, s in zip(status, settled, strict=True)],
             "nmr_due_to_min_stable_crh_time_at_ms": np.where(settled, -1, NOW_MS - HOUR_MS),
             "first_nmr_due_to_min_stable_crh_time_at_ms": stabilised},
            STATUS_HISTORY_SCHEMA,
        ),
        enrollment=complete(
            {"contributor": extra_people + np.arange(N_RATERS), "modeling_group": np.ones(N_RATERS, int)},
            ENROLLMENT_SCHEMA,
        ),
        requests=pl.DataFrame(schema=REQUESTS_SCHEMA),
        note_ids=note + 1_000,
        contributor_ids=pl.Series(
            [f"A{k:03}" for k in range(extra_people)] + [f"C{k:03}" for k in range(N_RATERS)],
            dtype=pl.String,
        ),
    )  # fmt: skip
    community = prepare(dataset, PROFILE.history)
    known = np.concatenate([np.full(extra_people, np.nan), factor])
    factors = RaterFactors(known, known, known, {"Scams": known})
    topics = pl.DataFrame(
        {"note": note[::3].astype(np.int32), "topic": ["Scams"] * len(note[::3])},
        schema={"note": pl.Int32, "topic": pl.String},
    )
    return World(community, factors, Inputs(community, community.ratings, topics, NOW_MS, seed=1))
