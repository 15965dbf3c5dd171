"""The diligence model against the reference: final scoring near-exact, prescoring within its noise."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import tag_bit
from bridgenotes.scoring import scope
from bridgenotes.scoring.coalesce import coalesce, in_both_detectors
from bridgenotes.scoring.index import IndexedRatings, index_ratings
from bridgenotes.scoring.mf.draws import Draws
from bridgenotes.scoring.note_statistics import spread
from bridgenotes.scoring.preprocess import Community, min_counts, prepare
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.reputation.final import StoredReputation, score_notes
from bridgenotes.scoring.reputation.model import DILIGENCE
from bridgenotes.scoring.reputation.rounds import prescore
from support.golden import CORE, Golden

pytestmark = pytest.mark.parity
PROFILE = load_profile("x-2026")
SCORER = PROFILE.scorer(CORE)
MIN_RATINGS_PER_NOTE = 5
TAGS = ("notHelpfulIncorrect", "notHelpfulIrrelevantSources", "notHelpfulSourcesMissingOrUnreliable")
EXACT_IN_FLOAT = 2**53


@dataclass(frozen=True)
class Case:
    golden: Golden
    community: Community
    rater: pl.DataFrame
    note: pl.DataFrame
    meta: dict[str, float]
    mu: tuple[float, float, float]

    def rater_column(self, name: str) -> np.ndarray:
        values = self.rater[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return spread(values, self.rater["rater"].to_numpy(), self.community.shape[1])

    def note_column(self, name: str) -> np.ndarray:
        values = self.note[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return spread(values, self.note["note"].to_numpy(), self.community.shape[0])

    def ratings(self, *, final: bool) -> IndexedRatings:
        """Core's final-round ratings of this phase, labelled."""
        table = in_both_detectors(self.golden.similarity()) if final else self.golden.similarity()
        ratings = coalesce(self.community.ratings, self.community, table, PROFILE.history.small_data_notes)
        member = scope.group_members(self.community.group, SCORER)
        visible = scope.visible_notes(self.community, self.golden.topics(), SCORER)
        seen = scope.ratings_in_scope(ratings, visible, member)
        note, rater = seen.note, seen.rater
        per_rater = 0 if final else SCORER.model.min_ratings_per_rater
        keep = min_counts(note, rater, per_rater, MIN_RATINGS_PER_NOTE)
        helpful = self.rater_column("aboveHelpfulnessThreshold") == 1
        if final:
            helpful &= ~np.isnan(self.rater_column("internalRaterIntercept"))
        kept = seen.where(keep & helpful[rater])
        mask = sum(tag_bit(tag) for tag in TAGS)
        level = np.where((kept.tags & np.uint32(mask)) != 0, 2, 0).astype(np.uint8)
        return index_ratings(kept, self.community.shape, level)


@pytest.fixture(scope="module", params=["S", "M"])
def case(request: pytest.FixtureRequest, reference_data: Path) -> Case:
    golden = Golden.load(reference_data, request.param)
    text = (golden.reference / "prescoring" / "prescoring_meta_output.json").read_text()
    meta = json.loads(text)[CORE]
    mu = meta["lowDiligenceGlobalIntercept"]
    return Case(
        golden=golden,
        community=prepare(golden.dataset, PROFILE.history),
        rater=golden.prescored_raters(),
        note=golden.prescored_notes(),
        meta=meta,
        mu=(mu["firstRound"], mu["secondRound"], mu["finalRound"]),
    )


def final_intercepts(case: Case, *, loses_note_starts: bool) -> np.ndarray:
    """Intercepts by note code; ``loses_note_starts`` as the reference's serial runs do (spec 08 section 2.3)."""
    data = case.ratings(final=True)
    notes, raters = data.notes.codes, data.raters.codes
    kept = np.ones(len(notes))
    if loses_note_starts:
        ids = case.golden.dataset.note_ids[notes]
        kept[(ids > EXACT_IN_FLOAT) & (ids.astype(np.float64).astype(np.int64) != ids)] = 0
    intercept, _ = score_notes(
        data.matrix,
        DILIGENCE,
        stored=StoredReputation(
            note_factor=kept * case.note_column("lowDiligenceNoteFactor1")[notes],
            note_intercept_round2=kept * case.note_column("lowDiligenceNoteInterceptRound2")[notes],
            rater_factor=case.rater_column("lowDiligenceRaterFactor1")[raters],
            rater_reputation=case.rater_column("lowDiligenceRaterReputation")[raters],
            rater_intercept=case.rater_column("lowDiligenceRaterIntercept")[raters],
            rater_intercept_round2=case.rater_column("lowDiligenceRaterInterceptRound2")[raters],
            global_intercepts=case.mu,
        ),
        ratings_per_note=case.meta["finalRoundNumRatings"] / case.meta["finalRoundNumNotes"],
        ratings_per_rater=case.meta["finalRoundNumRatings"] / case.meta["finalRoundNumUsers"],
    )
    return spread(intercept, notes, case.community.shape[0])


def reference_intercepts(case: Case) -> np.ndarray:
    column = case.golden.output("aux_note_info")["lowDiligenceIntercept"]
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def test_final_intercepts_equal_the_reference(case: Case) -> None:
    """The golden runs were serial: most notes lost their starting values."""
    ours, theirs = final_intercepts(case, loses_note_starts=True), reference_intercepts(case)
    scored = ~np.isnan(theirs)
    assert scored.sum() > 1000
    np.testing.assert_allclose(ours[scored], theirs[scored], rtol=0, atol=2e-4)
    assert np.abs(ours - theirs)[scored].mean() < 2e-6


def test_exact_starting_values_move_intercepts_a_little(case: Case) -> None:
    """What the reference would say in a parallel run, and what we say: the lookup by exact id."""
    ours, theirs = final_intercepts(case, loses_note_starts=False), reference_intercepts(case)
    scored = ~np.isnan(theirs)
    assert np.corrcoef(ours[scored], theirs[scored])[0, 1] > 0.99
    assert 0.02 < np.abs(ours - theirs)[scored].mean() < 0.05


def test_prescoring_from_the_reference_s_draws_gives_its_values(case: Case) -> None:
    data = case.ratings(final=False)
    size = data.matrix.n_ratings, data.matrix.n_notes, data.matrix.n_raters
    assert size == tuple(case.meta[f"finalRoundNum{of}"] for of in ("Ratings", "Notes", "Users"))
    draws = Draws(1)
    draws.uniform(data.matrix.n_raters + data.matrix.n_notes, 1.0)  # the factors of the second round
    fit = prescore(
        data.matrix,
        DILIGENCE,
        rater_factor=case.rater_column("internalRaterFactor1")[data.raters.codes],
        draws=draws,
    )
    theirs = case.note_column("lowDiligenceNoteIntercept")[data.notes.codes]
    assert not np.isnan(theirs).any()
    assert np.corrcoef(fit.note_intercept, theirs)[0, 1] > 0.9995
    assert np.abs(fit.note_intercept - theirs).mean() < 1e-2
    np.testing.assert_allclose(fit.global_intercepts, case.mu, atol=1e-2)
