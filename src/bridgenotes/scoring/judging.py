"""Judging notes provisionally and contributors by them (spec 03 C.5 steps 5 to 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.scoring import vectors
from bridgenotes.scoring.batches import flags
from bridgenotes.scoring.contributors.helpfulness import author_scores, helpfulness, rater_scores
from bridgenotes.scoring.harassment import Consensus, harassment_consensus, penalties
from bridgenotes.scoring.note_statistics import float32_columns
from bridgenotes.scoring.rules.engine import NoteTable, labels_to_status, run_rules
from bridgenotes.scoring.rules.scorer import scorer_rules
from bridgenotes.scoring.shelf import note_blocks
from bridgenotes.scoring.valid_ratings import early_ratings, valid_counts

if TYPE_CHECKING:
    from bridgenotes.scoring.note_statistics import NoteCounts
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.profile import Scorer
    from bridgenotes.scoring.ratings import Ratings
    from bridgenotes.scoring.rounds import Round

LabelArray = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Judged:
    """Whose ratings count.

    Attributes
    ----------
    table : polars.DataFrame
        The result of `helpfulness`, penalties included.
    consensus : Consensus or None
        Which notes are abusive, where that could be learned.
    """

    table: pl.DataFrame
    consensus: Consensus | None

    def trusted(self, n_contributors: int) -> npt.NDArray[np.bool_]:
        """Return whose ratings may train the second round, bool, shape (n_contributors,)."""
        return _above(self.table, n_contributors)


def provisional_status(community: Community, counts: NoteCounts, first: Round, scorer: Scorer) -> LabelArray:
    """Return status codes by the prescoring rule list (spec 05 section 7.1); ``counts`` are of ratings in scope."""
    rules, label = scorer_rules(scorer.prescoring_rules), np.empty(community.shape[0], np.int8)
    for block in note_blocks(len(label)):
        parameters = [("intercept", first.note_intercept[block]), ("factor", first.note_factor[block])]
        table = counts.frame(community.history, block).with_columns(float32_columns(parameters))
        label[block] = run_rules(rules, NoteTable(table), scorer).label
    return label


def judge_contributors(
    community: Community,
    seen: Ratings,
    training: Ratings,
    first: Round,
    status: LabelArray,
    scorer: Scorer,
) -> Judged | None:
    """Return everybody's helpfulness, judged twice: before and after the harassment penalty.

    Parameters
    ----------
    seen, training : Ratings
        Ratings in scope, and those of the first round.
    status : numpy.ndarray, int8, shape (n_notes,)
        Provisional status codes.

    Returns
    -------
    Judged or None
        None without a single valid rating.
    """
    statuses = community.history.select("note", "author").with_columns(
        labels_to_status(status).alias("status"),
        *float32_columns([("intercept", first.note_intercept)]),
    )
    settings = scorer.helpfulness
    early = early_ratings(seen, community.history, settings)
    valid = valid_counts(early, statuses.select("note", "status"))
    if valid.is_empty():
        return None
    authors, raters = author_scores(statuses, settings), rater_scores(valid)
    table = helpfulness(authors, raters, None, settings)
    if settings.keeps_unjudged:
        table = _with_unjudged(table, training)
    if scorer.harassment is None:
        return Judged(table, None)
    above = _above(table, community.shape[1])
    consensus = harassment_consensus(
        training.where(flags(training, lambda part: vectors.take(above, part.rater))),
        first.note_factor,
        first.rater_factor,
        scorer.harassment,
        scorer.model,
    )
    if consensus is None:
        return Judged(table, None)
    costs = penalties(training, consensus, scorer.harassment)
    return Judged(helpfulness(authors, raters, costs, settings), consensus)


def _above(table: pl.DataFrame, n_contributors: int) -> npt.NDArray[np.bool_]:
    above = np.zeros(n_contributors, np.bool_)
    above[table.filter("above_helpfulness_threshold")["rater"].to_numpy()] = True
    return above


def _with_unjudged(scores: pl.DataFrame, training: Ratings) -> pl.DataFrame:
    """Count raters with neither a valid rating nor a scored note as helpful (docs/decisions/0004)."""
    everybody = pl.DataFrame({"rater": vectors.distinct(training.rater)})
    unjudged = pl.col("rater_agree_ratio").is_null() & pl.col("mean_note_score").is_null()
    return (
        everybody.join(scores, on="rater", how="full", coalesce=True)
        .sort("rater")
        .with_columns(
            above_helpfulness_threshold=unjudged
            | pl.col("above_helpfulness_threshold").fill_null(value=False)
        )
    )
