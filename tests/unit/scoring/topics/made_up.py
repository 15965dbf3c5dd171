"""Small communities of posts whose words give their topic away."""

from __future__ import annotations

import numpy as np
import polars as pl

TALK = {
    "UkraineConflict": ("ukraine", ["drone", "front", "oblast", "artillery"]),
    "GazaConflict": ("gaza", ["truce", "hostage", "convoy", "tunnel"]),
    "MessiRonaldo": ("ronaldo", ["goal", "penalty", "striker", "derby"]),
    "Scams": ("scam", ["wallet", "crypto", "giveaway", "refund"]),
    "InDimensionTwo": ("obc", ["quota", "caste", "exam", "merit"]),
}
SMALL_TALK = ["photo", "claim", "video", "source", "year", "people", "health", "tax"]


def notes_of(*summaries: str | None, posts: list[int] | None = None) -> pl.DataFrame:
    """Notes 0, 1, ... with these texts, each on its own post unless told."""
    n = len(summaries)
    return pl.DataFrame(
        {"note": range(n), "post_id": posts or range(100, 100 + n), "summary": summaries},
        schema={"note": pl.Int32, "post_id": pl.Int64, "summary": pl.String},
    )


def community(n_posts: int = 240, topics: tuple[str, ...] = tuple(TALK), seed: int = 5) -> pl.DataFrame:
    """One note on each post; half of the posts on a topic, of these three in four with its term."""
    rng = np.random.default_rng(seed)
    summaries = []
    for _ in range(n_posts):
        words = list(rng.choice(SMALL_TALK, 4))
        if rng.random() < 0.5:
            term, talk = TALK[topics[rng.integers(len(topics))]]
            words += [*rng.choice(talk, 3), *([term] if rng.random() < 0.75 else [])]
        summaries.append(" ".join(rng.permutation(words)))
    return notes_of(*summaries)
