"""Prescoring of one scorer: learn the raters (spec 03 C.5).

Fit everything, judge notes provisionally, see whose ratings agree with what the notes became,
fit again on those raters only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import CRH
from bridgenotes.scoring import scope
from bridgenotes.scoring.contributors.helpfulness import author_scores, helpfulness, rater_scores
from bridgenotes.scoring.errors import UnfitForFactorizationError
from bridgenotes.scoring.handover import Handover
from bridgenotes.scoring.harassment import Consensus, harassment_consensus, penalties
from bridgenotes.scoring.index import IndexedRatings, index_ratings
from bridgenotes.scoring.mf.cold import solve_cold
from bridgenotes.scoring.mf.objective import Parameters
from bridgenotes.scoring.mf.solver import Fit, data_error, solve
from bridgenotes.scoring.note_statistics import float32_columns, note_statistics, spread
from bridgenotes.scoring.preprocess import min_counts
from bridgenotes.scoring.rules.engine import CODE, NoteTable, labels_to_status, run_rules
from bridgenotes.scoring.rules.scorer import scorer_rules
from bridgenotes.scoring.tag_filter import incorrect_usage, tag_thresholds, tag_weights
from bridgenotes.scoring.valid_ratings import early_ratings, valid_ratings

if TYPE_CHECKING:
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.profile import Model, Scorer

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Round:
    """A fit by code: float64 arrays over all notes or contributors, NaN where there is none."""

    fit: Fit
    note_intercept: FloatArray
    note_factor: FloatArray
    rater_intercept: FloatArray
    rater_factor: FloatArray

    @classmethod
    def of(cls, fit: Fit, data: IndexedRatings) -> _Round:
        x, n, u = fit.parameters, len(data.notes.position), len(data.raters.position)
        return cls(
            fit=fit,
            note_intercept=spread(x.note_intercept, data.notes.codes, n),
            note_factor=spread(x.note_factor, data.notes.codes, n),
            rater_intercept=spread(x.rater_intercept, data.raters.codes, u),
            rater_factor=spread(x.rater_factor, data.raters.codes, u),
        )

    def start_for(self, data: IndexedRatings) -> Parameters:
        """Return these parameters for other data; what is absent starts at 0."""
        notes, raters = data.notes.codes, data.raters.codes
        return Parameters(
            note_intercept=np.nan_to_num(self.note_intercept[notes]),
            note_factor=np.nan_to_num(self.note_factor[notes]),
            rater_intercept=np.nan_to_num(self.rater_intercept[raters]),
            rater_factor=np.nan_to_num(self.rater_factor[raters]),
            global_intercept=self.fit.parameters.global_intercept,
        )

    def record(self) -> dict[str, float | int | str]:
        fit = self.fit
        return {
            "objective": fit.objective,
            "iterations": fit.iterations,
            "gradient_norm": fit.gradient_norm,
            "trainer": fit.trainer,
        }


def prescore(
    community: Community, ratings: pl.DataFrame, topics: pl.DataFrame, scorer: Scorer, now_ms: int
) -> Handover | None:
    """Learn rater parameters and helpfulness for one scorer.

    Parameters
    ----------
    community : Community
        Notes, history, groups.
    ratings : polars.DataFrame
        All ratings of the run after coalescing.
    topics : polars.DataFrame
        Columns note and topic, one row per note that has one.
    scorer : Scorer
        The description.
    now_ms : int
        Clock of the run.

    Returns
    -------
    Handover or None
        None when too few ratings remain to learn from.

    Raises
    ------
    UnfitForFactorizationError
        If the first fit's mean error exceeds the profile's limit on data of production size.
    """
    member = scope.group_members(community.group, scorer)
    visible = scope.visible_notes(community, topics, scorer)
    seen = scope.ratings_in_scope(ratings, visible, member)
    model = scorer.model
    keep = min_counts(
        seen["note"].to_numpy(),
        seen["rater"].to_numpy(),
        model.min_ratings_per_rater,
        model.min_raters_per_note,
    )
    training = seen.filter(pl.Series(keep))
    if training.is_empty():
        return None
    first = _first_fit(community, training, model)
    _check_error(first, training, community, model)
    status = _provisional_status(community, seen, first, scorer, now_ms)
    scores = _contributor_scores(community, seen, training, first, status, scorer)
    if scores is None:
        return None
    final = training.filter(pl.Series(_trusted(scores.table, community)[training["rater"].to_numpy()]))
    if final.is_empty():
        return None
    data = index_ratings(final, community.shape)
    second = _Round.of(solve(data.matrix, model.objective, first.start_for(data)).identified(), data)
    is_crh = (status == CODE[CRH]) & visible
    weights = tag_weights(seen, second.note_factor, second.rater_factor, scorer.tags)
    return Handover(
        scorer=scorer.name,
        notes=_note_table(second, scores.consensus),
        raters=_rater_table(first, second, scores.table, incorrect_usage(seen)),
        global_intercept=second.fit.parameters.global_intercept,
        tag_thresholds=tag_thresholds(weights, is_crh, scorer.tags),
        n_ratings=data.matrix.n_ratings,
        n_notes=data.matrix.n_notes,
        n_raters=data.matrix.n_raters,
        diagnostics={"first round": first.record(), "final round": second.record()},
    )


def _first_fit(community: Community, training: pl.DataFrame, model: Model) -> _Round:
    """Fit all training ratings, started from the stable group's ratings where there are any."""
    data = index_ratings(training, community.shape)
    stable = _stable_subset(community, training, model)
    if stable.is_empty():
        return _Round.of(solve_cold(data.matrix, model.objective), data)
    core = index_ratings(stable, community.shape)
    start = _Round.of(solve_cold(core.matrix, model.objective), core).start_for(data)
    return _Round.of(solve(data.matrix, model.objective, start).identified(), data)


def _stable_subset(community: Community, training: pl.DataFrame, model: Model) -> pl.DataFrame:
    """Return the stable group's ratings on notes that are mostly the group's (spec 03 C.5 step 2)."""
    if model.stable_group is None:
        return training.clear()
    group = community.group[training["rater"].to_numpy()]
    note = training["note"].to_numpy()
    enrolled, inside = group != -1, group == model.stable_group
    total = np.bincount(note[enrolled], minlength=community.shape[0])
    own = np.bincount(note[inside], minlength=community.shape[0])
    share = own / np.maximum(total, 1)
    fits = (share >= model.stable_group_share) & (total >= model.min_raters_per_note)
    return training.filter(pl.Series(inside & fits[note]))


def _check_error(first: _Round, training: pl.DataFrame, community: Community, model: Model) -> None:
    if training["note"].n_unique() < model.min_notes_for_error_check:
        return
    error = data_error(index_ratings(training, community.shape).matrix, first.fit.parameters)
    if error > model.max_first_error:
        raise UnfitForFactorizationError(
            f"the first fit leaves a mean squared error of {error:.3f}, above {model.max_first_error}: these "
            "ratings do not look like ratings of notes; check the helpfulness levels of the input"
        )


def _provisional_status(
    community: Community, seen: pl.DataFrame, first: _Round, scorer: Scorer, now_ms: int
) -> npt.NDArray[np.int8]:
    """Return status codes by the prescoring rule list (spec 05 section 7.1)."""
    table = note_statistics(seen, community.history, now_ms).with_columns(
        float32_columns([("intercept", first.note_intercept), ("factor", first.note_factor)])
    )
    return run_rules(scorer_rules(scorer.prescoring_rules), NoteTable(table), scorer).label


@dataclass(frozen=True)
class _Scores:
    table: pl.DataFrame
    consensus: Consensus | None


def _contributor_scores(
    community: Community,
    seen: pl.DataFrame,
    training: pl.DataFrame,
    first: _Round,
    status: npt.NDArray[np.int8],
    scorer: Scorer,
) -> _Scores | None:
    """Return everybody's helpfulness, judged twice: before and after the harassment penalty."""
    statuses = community.history.select("note", "author").with_columns(
        labels_to_status(status).alias("status"),
        *float32_columns([("intercept", first.note_intercept)]),
    )
    settings = scorer.helpfulness
    valid = valid_ratings(early_ratings(seen, community.history, settings), statuses.select("note", "status"))
    if valid.is_empty():
        return None
    authors, raters = author_scores(statuses, settings), rater_scores(valid)
    table = helpfulness(authors, raters, None, settings)
    if settings.keeps_unjudged:
        table = _with_unjudged(table, training)
    if scorer.harassment is None:
        return _Scores(table, None)
    trusted = training.filter(pl.Series(_trusted(table, community)[training["rater"].to_numpy()]))
    consensus = harassment_consensus(
        trusted, first.note_factor, first.rater_factor, scorer.harassment, scorer.model
    )
    if consensus is None:
        return _Scores(table, None)
    costs = penalties(training, consensus, scorer.harassment)
    return _Scores(helpfulness(authors, raters, costs, settings), consensus)


def _trusted(scores: pl.DataFrame, community: Community) -> npt.NDArray[np.bool_]:
    """Return whose ratings may train the second round, bool, shape (n_contributors,)."""
    trusted = np.zeros(community.shape[1], np.bool_)
    trusted[scores.filter("above_helpfulness_threshold")["rater"].to_numpy()] = True
    return trusted


def _with_unjudged(scores: pl.DataFrame, training: pl.DataFrame) -> pl.DataFrame:
    """Count raters with neither a valid rating nor a scored note as helpful (docs/decisions/0004)."""
    everybody = training.select(pl.col("rater").unique().sort())
    unjudged = pl.col("rater_agree_ratio").is_null() & pl.col("mean_note_score").is_null()
    return (
        everybody.join(scores, on="rater", how="full", coalesce=True)
        .sort("rater")
        .with_columns(
            above_helpfulness_threshold=unjudged
            | pl.col("above_helpfulness_threshold").fill_null(value=False)
        )
    )


def _note_table(second: _Round, consensus: Consensus | None) -> pl.DataFrame:
    nothing = np.full(len(second.note_intercept), np.nan)
    columns = float32_columns(
        [
            ("intercept", second.note_intercept),
            ("factor", second.note_factor),
            ("harassment_intercept", consensus.intercept if consensus else nothing),
            ("harassment_factor", consensus.factor if consensus else nothing),
        ]
    )
    notes = pl.Series("note", np.arange(len(nothing), dtype=np.int32))
    return pl.DataFrame([notes, *columns]).drop_nulls("intercept")


def _rater_table(first: _Round, second: _Round, scores: pl.DataFrame, usage: pl.DataFrame) -> pl.DataFrame:
    """Return raters of the second fit and everybody with a helpfulness row (spec 03 C.6)."""
    raters = pl.Series("rater", np.arange(len(second.rater_intercept), dtype=np.int32))
    columns = float32_columns(
        [
            ("intercept", second.rater_intercept),
            ("factor", second.rater_factor),
            ("first_round_intercept", first.rater_intercept),
            ("first_round_factor", first.rater_factor),
        ]
    )
    has_scores = raters.is_in(scores["rater"].implode())
    return (
        pl.DataFrame([raters, *columns])
        .filter(pl.col("intercept").is_not_null() | has_scores)
        .join(scores, on="rater", how="left", maintain_order="left")
        .join(usage, on="rater", how="left", maintain_order="left")
    )
