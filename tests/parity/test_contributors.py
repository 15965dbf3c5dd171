"""Contributor scoring fed with the reference's notes and raters gives the reference's contributors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl
import pytest

from bridgenotes.data.dataset import STATUS_HISTORY_SCHEMA
from bridgenotes.data.outputs import OUTPUT_TABLES, field_name, to_public
from bridgenotes.scoring.contributors.assembly import score_contributors
from bridgenotes.scoring.preprocess import prepare
from bridgenotes.scoring.profile import load_profile
from support.golden import CORE, Golden

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parity
PROFILE = load_profile("x-2026")

FROM_MODELS = ("Intercept", "Factor1", "Reputation", "modeling")
SCORES = ("crhCrnhRatioDifference", "meanNoteScore", "raterAgreeRatio", "aboveHelpfulnessThreshold")
OWN = tuple(
    column.name
    for column in OUTPUT_TABLES["helpfulness_scores"]
    if column.name not in SCORES and not any(part in column.name for part in FROM_MODELS)
)
"""The columns that contributor scoring computes itself."""


@dataclass(frozen=True)
class Comparison:
    golden: Golden

    @cached_property
    def expected(self) -> pl.DataFrame:
        return self.golden.output("helpfulness_scores")

    @cached_property
    def ours(self) -> pl.DataFrame:
        golden = self.golden
        community = prepare(golden.dataset, PROFILE.history)
        table = score_contributors(
            golden.dataset,
            community.ratings,
            self.history(),
            self.note_results(),
            self.rater_models(),
            PROFILE,
            golden.now_ms,
        )
        return to_public(table, "helpfulness_scores", golden.dataset).sort("raterParticipantId")

    def history(self) -> pl.DataFrame:
        table = self.golden.output("note_status_history")
        table = table.rename({name: field_name(name) for name in table.columns if name != "noteId"})
        author = self.contributors(table["author"])
        coded = table.with_columns(self.golden.note_codes(table["noteId"]), author.alias("author"))
        return coded.select(pl.col(name).cast(dtype) for name, dtype in STATUS_HISTORY_SCHEMA.items())

    def note_results(self) -> pl.DataFrame:
        notes, aux = self.golden.output("scored_notes"), self.golden.output("aux_note_info")
        return pl.DataFrame(
            [
                self.golden.note_codes(notes["noteId"]),
                notes["coreNoteIntercept"].cast(pl.Float32).alias("core_note_intercept"),
                notes["numRatings"].cast(pl.Int64).alias("num_ratings"),
                aux["numRatingsLast28"].cast(pl.Int64).alias("num_ratings_last28"),
            ]
        )

    def rater_models(self) -> pl.DataFrame:
        """Everybody prescoring knows, with Core's view of them."""
        names = pl.read_parquet(
            self.golden.reference / "prescoring" / "prescoring_rater_model_output.parquet"
        )["raterParticipantId"].unique()
        core = self.golden.handover(CORE).raters.select(
            "rater",
            "crh_crnh_ratio_difference",
            "mean_note_score",
            "rater_agree_ratio",
            "above_helpfulness_threshold",
            pl.col("intercept").alias("core_rater_intercept"),
            pl.col("factor").alias("core_rater_factor1"),
            pl.col("first_round_intercept").alias("core_first_round_rater_intercept"),
            pl.col("first_round_factor").alias("core_first_round_rater_factor1"),
        )
        return pl.DataFrame([self.contributors(names).alias("rater")]).join(core, on="rater", how="left")

    def contributors(self, names: pl.Series) -> pl.Series:
        ids = self.golden.dataset.contributor_ids
        return names.replace_strict(ids, pl.Series(range(len(ids)), dtype=pl.Int32), default=None)

    def differing(self, column: str) -> pl.DataFrame:
        ours, theirs = self.ours[column], self.expected[column].cast(self.ours[column].dtype)
        if not (self.golden.reference / "helpfulness_scores.parquet").exists() and ours.dtype == pl.String:
            ours, theirs = ours.replace("", None), theirs.replace("", None)  # text files know no empty string
        unequal = ours.ne_missing(theirs)
        return pl.DataFrame(
            {"rater": self.ours["raterParticipantId"], "ours": ours, "theirs": theirs}
        ).filter(unequal)


@pytest.fixture(scope="module", params=["S-s1", "S-s2", "M-s1", "M-s2"])
def comparison(request: pytest.FixtureRequest, reference_data: Path) -> Comparison:
    return Comparison(Golden.load(reference_data, *request.param.split("-")))


def test_the_same_people_have_a_row(comparison: Comparison) -> None:
    assert comparison.ours["raterParticipantId"].equals(comparison.expected["raterParticipantId"])


@pytest.mark.parametrize("column", OWN)
def test_own_columns_agree_for_everybody(comparison: Comparison, column: str) -> None:
    differing = comparison.differing(column)
    assert differing.is_empty(), f"{len(differing)} of {len(comparison.ours)}: {differing.head(5).rows()}"


@pytest.mark.parametrize("column", SCORES)
def test_core_scores_are_handed_through(comparison: Comparison, column: str) -> None:
    assert comparison.differing(column).is_empty()
