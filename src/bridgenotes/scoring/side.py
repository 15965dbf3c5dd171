"""Tables that models beside the scorers make: topics of notes, predicted flips."""

from __future__ import annotations

from typing import Final

import polars as pl

FLIPS_SCHEMA: Final = pl.Schema(
    {"note": pl.Int32(), "is_predicted_stable": pl.Boolean(), "pflip_proba": pl.Float64()}
)
"""Whether a note is predicted to keep a Helpful status, and the probability that it loses it."""
TOPICS_SCHEMA: Final = pl.Schema({"note": pl.Int32(), "topic": pl.String()})
"""One row per note that has a topic."""
