"""Where predicted Helpful looks: notes after their first N ratings, or as they are now (spec 10.6.3, 10.6.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.data.vocabulary import CRH
from bridgenotes.scoring import vectors
from bridgenotes.scoring.confidence.timeline import Timeline

if TYPE_CHECKING:
    from bridgenotes.scoring.confidence.factors import RaterFactors
    from bridgenotes.scoring.confidence.settings import PredictedHelpfulSettings
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.ratings import Ratings

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class View:
    """Ratings that count: of raters in the groups; and those of them whose rater Core scored.

    Attributes
    ----------
    every, scored : Timeline
        Ratings by note and time.
    """

    every: Timeline
    scored: Timeline

    @classmethod
    def build(
        cls,
        ratings: Ratings,
        community: Community,
        factors: RaterFactors,
        settings: PredictedHelpfulSettings,
    ) -> View:
        """Sort the ratings that count; people who are not enrolled have no group."""
        if community.dataset.enrollment.height:
            member = np.isin(community.group, settings.rater_groups)
            ratings = ratings.where(vectors.take(member, ratings.rater))
        every = Timeline.build(ratings, community.shape[0])
        return cls(every, every.only(vectors.take(~np.isnan(factors.core), every.ratings.rater)))


@dataclass(frozen=True)
class HelpfulRows:
    """Notes looked at, each with its first ratings.

    Attributes
    ----------
    note : numpy.ndarray, int32, shape (n_rows,)
        Note codes.
    n_ratings : numpy.ndarray, int64, shape (n_rows,)
        The number N the row stands for.
    every_end, scored_end : numpy.ndarray, int64, shape (n_rows,)
        Where the ratings seen end, in either timeline.
    moment_ms : numpy.ndarray, int64, shape (n_rows,)
        Before which other notes of the author count.
    is_helpful : numpy.ndarray, bool, shape (n_rows,)
        Whether the note is Helpful in the status history.
    """

    note: npt.NDArray[np.int32]
    n_ratings: IntArray
    every_end: IntArray
    scored_end: IntArray
    moment_ms: IntArray
    is_helpful: BoolArray

    def __len__(self) -> int:
        return len(self.note)

    def take(self, rows: npt.NDArray[np.intp] | slice) -> HelpfulRows:
        """Return the given rows."""
        return HelpfulRows(
            self.note[rows],
            self.n_ratings[rows],
            self.every_end[rows],
            self.scored_end[rows],
            self.moment_ms[rows],
            self.is_helpful[rows],
        )


def training_rows(community: Community, view: View, settings: PredictedHelpfulSettings) -> HelpfulRows:
    """Return every young enough note that was not deleted once per number of ratings it has reached.

    Notes that were Helpful before they had so many are left out, and so are numbers that too few
    notes reached.
    """
    history = community.history
    is_known = history["classification"].is_not_null().to_numpy()  # the notes table has it
    young = np.flatnonzero(is_known & (history["created_at_ms"].to_numpy() > settings.learned_after_ms))
    was_helpful = (history["first_non_nmr_status"] == CRH).fill_null(value=False).to_numpy()
    since = history["first_non_nmr_status_at_ms"].fill_null(np.iinfo(np.int64).max).to_numpy()
    start, n_ratings = view.every.start, view.every.n_ratings
    notes, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for n in settings.cascade:
        reached = young[n_ratings[young] >= n]
        nth_ms = view.every.at(start[reached] + n - 1).created_at_ms
        reached = reached[~was_helpful[reached] | (since[reached] >= nth_ms)]
        if len(reached) >= settings.min_rows:
            notes.append(reached)
            counts.append(np.full(len(reached), n, np.int64))
    note = np.concatenate(notes).astype(np.int32)
    n_seen = np.concatenate(counts)
    end = start[note] + n_seen
    nth_ms = view.every.at(end - 1).created_at_ms
    is_helpful = (history["current_status"] == CRH).fill_null(value=False).to_numpy()[note]
    return HelpfulRows(note, n_seen, end, view.scored.seen_until(note, nth_ms), nth_ms, is_helpful)


def current_rows(community: Community, view: View, settings: PredictedHelpfulSettings) -> HelpfulRows:
    """Return the notes to predict, with all their ratings.

    Notes
    -----
    Other notes of an author count up to the newest status in the history given: of the notes scored
    in this run, no matter which (spec 10.6.4).
    """
    n_ratings = view.every.n_ratings
    eligible = (n_ratings >= settings.min_ratings) & (n_ratings <= settings.max_ratings)
    note = np.flatnonzero(eligible).astype(np.int32)
    newest = community.history["current_status_at_ms"].max()
    moment = np.full(len(note), newest if isinstance(newest, int) else np.iinfo(np.int64).max, np.int64)
    ends = view.every.start[note + 1], view.scored.start[note + 1]
    return HelpfulRows(note, n_ratings[note], *ends, moment, np.zeros(len(note), np.bool_))
