"""Final scoring of one scorer: raters frozen, notes refitted on fresh ratings (spec 03 C.7 to C.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import NOT_HELPFUL_TAGS
from bridgenotes.scoring import scope, vectors
from bridgenotes.scoring.batches import count_by_note, flags
from bridgenotes.scoring.note_statistics import NoteCounts, float32_columns, side_counts, side_statistics
from bridgenotes.scoring.passes import Pass, Passes
from bridgenotes.scoring.rules.engine import NoteTable, added_effects, run_rules
from bridgenotes.scoring.rules.scorer import scorer_rules
from bridgenotes.scoring.rules.trace import joined_traces, trace
from bridgenotes.scoring.shelf import IN_MEMORY, collected, note_blocks, together
from bridgenotes.scoring.tag_filter import near_votes, tag_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.inputs import Inputs
    from bridgenotes.scoring.profile import Scorer
    from bridgenotes.scoring.ratings import Ratings
    from bridgenotes.scoring.shelf import Shelf, Table
    from bridgenotes.scoring.tag_filter import NearVotes, TagWeights

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ScorerResult:
    """What one scorer says.

    Attributes
    ----------
    scorer : str
        Its name.
    blocks : tuple of Table
        One table per block of note codes (`shelf.note_blocks`). By ``note``, what the rules read (intercept,
        factor, counts, baselines, tag weights …), ``status``, ``active_rules``, ``captured``: whether the
        scorer may speak about it. Only notes it may speak about; of Core all notes, as evidence on those that
        no scorer judges.
    effects : polars.DataFrame
        How many notes each rule decided on and changed.
    trace : polars.DataFrame or None
        Which rule decided on which note, where that is recorded.
    record : dict
        Objective, iterations and gradient norm of the main note-only fit.
    """

    scorer: str
    blocks: tuple[Table, ...]
    effects: pl.DataFrame
    trace: pl.DataFrame | None
    record: dict[str, float | int | str]

    @property
    def table(self) -> pl.DataFrame:
        """All blocks."""
        return collected(together(self.blocks))


EVIDENCE_ON_ALL: Final = "core"
"""Prefix of the scorer whose evidence on every note is kept."""
SAMPLED: Final = "population_sampled"
"""The pass over ratings of people drawn at random."""


def score(
    inputs: Inputs, scorer: Scorer, handover: Handover, *, traces: bool = False, shelf: Shelf = IN_MEMORY
) -> ScorerResult | None:
    """Score every note with one scorer.

    Parameters
    ----------
    inputs : Inputs
        Ratings with ``is_high_volume``.
    handover : Handover
        The scorer's prescoring, or that of the scorer it borrows from.
    traces : bool
        Whether to record which rule decided on which note.
    shelf : Shelf
        Where the tables about notes wait.

    Returns
    -------
    ScorerResult or None
        None when no rating by a known, helpful rater remains.
    """
    community = inputs.community
    ratings = inputs.ratings
    visible, seen = scope.scope_of(community, ratings, inputs.topics, scorer)
    passes = Passes(community, scorer, handover, inputs.seed, inputs.accidents.second_fit_free)
    main = passes.run(seen, is_main=True)
    if main is None:
        return None
    evidence = Evidence.gather(passes, seen, main, inputs.now_ms)
    member = scope.group_members(community.group, scorer)
    captured = visible & scope.captured_notes(ratings, member, community.shape[0], scorer.capture_share)
    confident = _confident(scorer, ratings, handover, main, community.shape)
    rules = scorer_rules(scorer.final_rules)
    blocks, verdicts = [], []
    for block in note_blocks(community.shape[0]):
        table = evidence.frame(block)
        verdict = run_rules(rules, NoteTable(table), scorer)
        judged = table.with_columns(
            verdict.status().alias("status"),
            verdict.active_rules().alias("active_rules"),
            pl.Series("captured", captured[block]),
            pl.Series("noteId", community.dataset.note_ids[block], dtype=pl.Int64),
            *([] if confident is None else [pl.Series("is_confident", confident[block])]),
            evidence.final_round_ratings(block),
            *(column.alias(name) for name, column in verdict.columns.items()),
        )
        speaks = judged if scorer.prefix == EVIDENCE_ON_ALL else judged.filter("captured")
        blocks.append(shelf.keep(speaks))
        of_block = trace({scorer.name: verdict}, judged={scorer.name: captured[block]}) if traces else None
        verdicts.append((verdict.effects(), of_block, block))
    return ScorerResult(
        scorer=scorer.name,
        blocks=tuple(blocks),
        effects=added_effects([effects for effects, *_ in verdicts]),
        trace=joined_traces([(t, block) for _, t, block in verdicts if t is not None]) if traces else None,
        record=main.fit.record(),
    )


def _baselines(passes: Passes, seen: Ratings) -> list[tuple[str, FloatArray]]:
    """Return intercepts without high-volume raters, without correlated raters, and of sampled ratings only."""
    scorer = passes.scorer
    subsets: dict[str, Callable[[Ratings], BoolArray]] = {
        "no_high_volume": lambda part: ~part.is_high_volume,
        "no_correlated": lambda part: ~part.is_correlated,
        SAMPLED: lambda part: part.is_population_sampled,
    }
    found = []
    for name in scorer.baselines:
        per_note = scorer.model.population_sampled_ratings_per_note if name == SAMPLED else None
        result = passes.run(seen.where(flags(seen, subsets[name])), per_note)
        nothing = np.full(passes.community.shape[0], np.nan)
        found.append((f"intercept_{name}", nothing if result is None else result.intercept))
    return found


def _confident(
    scorer: Scorer, ratings: Ratings, handover: Handover, main: Pass, shape: tuple[int, int]
) -> BoolArray | None:
    """Return whether a topic scorer has enough raters on both sides (spec 03 C.10 step 3)."""
    if scorer.confident_ratings is None:
        return None
    factor = np.where(main.used_rater, handover.rater_values("factor", shape[1]), np.nan)
    confident = ~np.isnan(main.intercept)
    for side in (factor < 0, factor >= 0):
        confident &= _count_by(ratings, side, shape[0]) > scorer.confident_ratings
    return confident


def _count_by(ratings: Ratings, rater: BoolArray, n_notes: int) -> npt.NDArray[np.int64]:
    """Count the ratings per note by some raters."""
    return count_by_note(ratings, n_notes, lambda part: vectors.take(rater, part.rater))


@dataclass(frozen=True)
class Evidence:
    """Everything the rules read, as arrays by note code, until it is asked for as a table (spec 05 section 4.4).

    Attributes
    ----------
    history : polars.DataFrame
        Completed status history.
    counts, sides, weights, votes
        What raters in scope said.
    parameters : list of (str, numpy.ndarray)
        What the passes fitted.
    thresholds : numpy.ndarray, float64, shape (13,)
        Of the tag filter.
    by_known : numpy.ndarray, int64, shape (n_notes,)
        Ratings by raters that prescoring knows.
    """

    history: pl.DataFrame
    counts: NoteCounts
    sides: npt.NDArray[np.int32]
    weights: TagWeights
    votes: NearVotes
    parameters: list[tuple[str, FloatArray]]
    thresholds: FloatArray
    by_known: npt.NDArray[np.int64]

    @classmethod
    def gather(cls, passes: Passes, seen: Ratings, main: Pass, now_ms: int) -> Evidence:
        """Run the passes beside the main one, and count."""
        community, scorer, handover = passes.community, passes.scorer, passes.handover
        n_notes, n_contributors = community.shape
        parameters = [("intercept", main.intercept), ("factor", main.factor), *_baselines(passes, seen)]
        if main.bounds is not None:
            parameters += [("intercept_min", main.bounds[0]), ("intercept_max", main.bounds[1])]
        if main.diligence is not None:
            parameters.append(("low_diligence_intercept", main.diligence))
        limits = scorer.thresholds
        line = limits.crnh_intercept + limits.crnh_factor_multiplier * np.abs(main.factor)
        in_fit = np.where(main.used_rater, handover.rater_values("factor", n_contributors), np.nan)
        usage = handover.rater_values("incorrect_tag_ratings_made_by_rater", n_contributors)
        with np.errstate(invalid="ignore"):
            incorrect_share = usage / handover.rater_values("total_ratings_made_by_rater", n_contributors)
        return cls(
            community.history,
            NoteCounts.of(seen, n_notes, now_ms),
            side_counts(seen, in_fit, n_notes),
            tag_weights(seen, main.factor, in_fit, scorer.tags),
            near_votes(seen, main.factor, in_fit, incorrect_share, scorer.tags),
            [*parameters, ("crnh_line", line)],
            handover.tag_thresholds,
            _count_by(seen, handover.knows(n_contributors), n_notes),
        )

    def frame(self, block: slice) -> pl.DataFrame:
        """Return what the rules read of a block of notes, one row per note code."""
        weights = self.weights.of(block)
        ratio = weights.ratio
        aggregates = pl.DataFrame(
            [pl.Series("rating_weight", weights.rating_weight)]
            + [pl.Series(f"{t}Adjusted", weights.adjusted[:, k]) for k, t in enumerate(NOT_HELPFUL_TAGS)]
            + [pl.Series(f"{t}AdjustedRatio", ratio[:, k]) for k, t in enumerate(NOT_HELPFUL_TAGS)]
        ).with_columns(pl.when(pl.Series(weights.has_row)).then(pl.all()))
        parts = [
            self.counts.frame(self.history, block),
            side_statistics(self.sides[block]),
            aggregates,
            self.votes.frame(block),
        ]
        return pl.concat(parts, how="horizontal").with_columns(
            *float32_columns([(name, values[block]) for name, values in self.parameters]),
            *(
                pl.lit(np.float32(self.thresholds[k]), dtype=pl.Float32).alias(f"{t}Threshold")
                for k, t in enumerate(NOT_HELPFUL_TAGS)
            ),
        )

    def final_round_ratings(self, block: slice) -> pl.Expr:
        """Return the number of ratings by known raters, null for none."""
        rounds = pl.Series("num_final_round_ratings", self.by_known[block])
        return pl.when(rounds > 0).then(rounds.cast(pl.Float64)).alias("num_final_round_ratings")
