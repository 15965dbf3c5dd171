"""The notes of one run, made ready for scoring."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bridgenotes.scoring.preprocess import Community, complete_history, prepare
from bridgenotes.scoring.rescoring import Selection, Subset, all_notes, changed_notes
from bridgenotes.scoring.rules.meta import LOCKING_RULES
from bridgenotes.scoring.subset import NoteSubset

if TYPE_CHECKING:
    import polars as pl

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.previous import Previous
    from bridgenotes.scoring.profile import Profile


@dataclass(frozen=True)
class Selected:
    """The notes of a run; everything in it is by their own codes.

    Attributes
    ----------
    community : Community
        Notes that are looked at, their history and ratings; all contributors.
    selection : Selection
        Which of them are scored, that is get a row, and why.
    part : NoteSubset or None
        How codes of the whole dataset translate; None if every note is looked at.
    """

    community: Community
    selection: Selection
    part: NoteSubset | None

    def table(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows about notes looked at of a table by note code of the whole dataset."""
        return frame if self.part is None else self.part.table(frame)

    def handover(self, handover: Handover) -> Handover:
        """Return a hand-over about the notes looked at."""
        return handover if self.part is None else self.part.handover(handover)

    def with_changed(self, status: pl.Series) -> Selected:
        """Return the same with the notes scored, too, whose status is another than before.

        Their raters may be seen otherwise than in the previous run, although nobody rated them since.
        """
        changed = status.ne_missing(self.community.history["current_status"]) & ~self.selection.chosen
        subset = Subset("NOTES_CHANGED_BY_NEW_RATER_PARAMETERS", changed, MOST_CHANGED, MOST_CHANGED)
        return replace(self, selection=Selection((*self.selection.subsets, subset)))

    def of_scored(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows about scored notes of a table with column ``note``."""
        return frame.filter(self.selection.chosen.gather(frame["note"]))


MOST_CHANGED: Final = 0.3
"""Share of Helpful notes that may be won or lost by new parameters alone, as in a run over all notes."""


def select_notes(dataset: Dataset, profile: Profile, previous: Previous | None, now_ms: int) -> Selected:
    """Return the notes to score: all of them, or with previous outputs those that may have changed.

    Notes scored again are looked at together with all others, so that they get a full run's statuses, unless
    the profile says `Accidents.rescored_alone`.
    """
    if previous is None or not profile.accidents.rescored_alone:
        community = prepare(dataset, profile.history)
        if previous is None:
            selection = all_notes(community.history, now_ms)
        else:
            selection = changed_notes(community.history, dataset.ratings, previous, LOCKING_RULES, now_ms)
        return Selected(community, selection, None)
    history = complete_history(dataset)
    whole = changed_notes(history, dataset.ratings, previous, LOCKING_RULES, now_ms)
    part = NoteSubset.of(whole.chosen)
    community = prepare(part.dataset(dataset), profile.history)
    return Selected(community, whole.among(whole.chosen), part)
