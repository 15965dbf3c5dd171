"""What other models find out about the data before scorers run: similar raters, topics, flips."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from bridgenotes.scoring.coalesce import no_similarity

FLIPS_SCHEMA: Final = pl.Schema(
    {"note": pl.Int32(), "is_predicted_stable": pl.Boolean(), "pflip_proba": pl.Float64()}
)
TOPICS_SCHEMA: Final = pl.Schema({"note": pl.Int32(), "topic": pl.String()})


@dataclass(frozen=True)
class Side:
    """Side tables of a run; empty ones mean that nothing is known.

    Attributes
    ----------
    similarity : polars.DataFrame
        Raters that act as one (`coalesce.SIMILARITY_SCHEMA`).
    topics : polars.DataFrame
        `TOPICS_SCHEMA`, one row per note that has a topic.
    flips : polars.DataFrame
        `FLIPS_SCHEMA`: whether a note is predicted to keep a Helpful status.
    """

    similarity: pl.DataFrame = field(default_factory=no_similarity)
    topics: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TOPICS_SCHEMA))
    flips: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FLIPS_SCHEMA))
