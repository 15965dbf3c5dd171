"""The notes of one run, made ready for scoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """The notes that are scored; everything in it is by their own codes.

    Attributes
    ----------
    community : Community
        Their history and ratings; all contributors.
    selection : Selection
        Why each is scored.
    part : NoteSubset or None
        How codes of the whole dataset translate; None if every note is scored.
    """

    community: Community
    selection: Selection
    part: NoteSubset | None

    def table(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows about selected notes of a table by note code of the whole dataset."""
        return frame if self.part is None else self.part.table(frame)

    def handover(self, handover: Handover) -> Handover:
        """Return a hand-over about the selected notes."""
        return handover if self.part is None else self.part.handover(handover)


def select_notes(dataset: Dataset, profile: Profile, previous: Previous | None, now_ms: int) -> Selected:
    """Return the notes to score: all of them, or with previous outputs those that may have changed."""
    if previous is None:
        community = prepare(dataset, profile.history)
        return Selected(community, all_notes(community.history, now_ms), None)
    history = complete_history(dataset)
    whole = changed_notes(history, dataset.ratings, previous, LOCKING_RULES, now_ms)
    chosen = whole.chosen
    part = NoteSubset.of(chosen)
    subsets = tuple(Subset(s.name, s.members.filter(chosen), s.max_new, s.max_lost) for s in whole.subsets)
    return Selected(prepare(part.dataset(dataset), profile.history), Selection(subsets), part)
