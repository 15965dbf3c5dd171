"""What other models found out about the data before scorers run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from bridgenotes.scoring.coalesce import no_similarity

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
    """

    similarity: pl.DataFrame = field(default_factory=no_similarity)
    topics: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TOPICS_SCHEMA))
