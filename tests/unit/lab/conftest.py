"""Made-up communities to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import pytest

from bridgenotes.lab.simulate import Summary, simulate
from bridgenotes.lab.spec import CommunitySpec, community

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Made:
    """A community on disk."""

    spec: CommunitySpec
    summary: Summary
    folder: Path

    def table(self, name: str) -> pl.DataFrame:
        file = self.folder / f"{name}-00000.tsv"
        return pl.read_csv(file, separator="\t", quote_char=None, infer_schema_length=None)

    def truth(self, of: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / f"truth-{of}.parquet")


def make(ratings: int, seed: int, folder: Path) -> Made:
    spec = community(ratings, seed)
    return Made(spec, simulate(spec, out=folder), folder)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The usual community of 60,000 ratings."""
    return make(60_000, 7, tmp_path_factory.mktemp("lab") / "town")
