"""Writing and rating impact: what counts, and how it adds up (IM-1 to IM-6, PP-2, PP-3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridgenotes.data.vocabulary import CRH, CRNH
from bridgenotes.domain.rating_form import HELPFUL_LEVEL, SOMEWHAT_LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bridgenotes.domain.config import ImpactConfig


@dataclass(frozen=True)
class WritingImpact:
    """How an author's notes did, deleted ones included (IM-1, IM-6).

    Attributes
    ----------
    helpful, not_helpful, awaiting : int
        Notes by their present status.
    """

    helpful: int = 0
    not_helpful: int = 0
    awaiting: int = 0

    @property
    def total(self) -> int:
        """The score: helpful minus not helpful; may be negative (PP-3)."""
        return self.helpful - self.not_helpful

    @property
    def notes(self) -> int:
        """All notes."""
        return self.helpful + self.not_helpful + self.awaiting


def writing_impact(statuses: Iterable[str]) -> WritingImpact:
    """Return the impact of notes with these public statuses; other statuses await (IM-1)."""
    counts = Counter(status if status in {CRH, CRNH} else None for status in statuses)
    return WritingImpact(counts[CRH], counts[CRNH], counts[None])


@dataclass(frozen=True)
class NoteOutcome:
    """What became of a note.

    Attributes
    ----------
    created_at : datetime
        When it was written.
    status : str
        Its present public status.
    decided_at : datetime or None
        When it last became Helpful or Not Helpful or switched between the two; spells of
        needing more ratings do not count.
    """

    created_at: datetime
    status: str
    decided_at: datetime | None


@dataclass(frozen=True)
class RatedNote:
    """One rating and its note.

    Attributes
    ----------
    level : str
        A public helpfulness level.
    rated_at : datetime
        When.
    note : NoteOutcome
        The note.
    position : int
        How many ratings of the note were made before; matters on notes of the first era only.
    """

    level: str
    rated_at: datetime
    note: NoteOutcome
    position: int = 0


HELPED_HELPFUL: Final = "helped_helpful"
HELPED_NOT_HELPFUL: Final = "helped_not_helpful"
AGAINST_HELPFUL: Final = "against_helpful"
AGAINST_NOT_HELPFUL: Final = "against_not_helpful"


@dataclass(frozen=True)
class RatingImpact:
    """How a rater's valid ratings compare with what notes became (IM-2, PP-2).

    Attributes
    ----------
    helped_helpful : int
        Rated helpful, became Helpful.
    helped_not_helpful : int
        Rated not helpful, became Not Helpful.
    against_helpful : int
        Rated not helpful, became Helpful.
    against_not_helpful : int
        Rated helpful, became Not Helpful: costs twice.
    """

    helped_helpful: int = 0
    helped_not_helpful: int = 0
    against_helpful: int = 0
    against_not_helpful: int = 0

    @property
    def cost_of_not_helpful(self) -> int:
        """What ratings of notes that became Not Helpful cost: two for each."""
        return 2 * self.against_not_helpful

    @property
    def total(self) -> int:
        """The score; may be negative (IM-3, IM-8; spec 04 D.8)."""
        helped = self.helped_helpful + self.helped_not_helpful
        return helped - self.against_helpful - self.cost_of_not_helpful


def is_early(rating: RatedNote, config: ImpactConfig) -> bool:
    """Return whether a rating came soon enough and before the note's latest decision (IM-4).

    Notes
    -----
    Notes of the first era have no decision time: their first ratings count instead.
    """
    note = rating.note
    if rating.rated_at - note.created_at >= config.valid_within:
        return False
    if note.created_at < config.first_ratings_before:
        return rating.position < config.first_ratings
    return note.decided_at is None or rating.rated_at < note.decided_at


def rating_class(rating: RatedNote, config: ImpactConfig) -> str | None:
    """Return which field of `RatingImpact` a rating adds to; None if it is not valid (IM-4).

    "Somewhat" takes no side and never counts.
    """
    if (
        rating.note.status not in {CRH, CRNH}
        or rating.level == SOMEWHAT_LEVEL
        or not is_early(rating, config)
    ):
        return None
    if rating.level == HELPFUL_LEVEL:
        return HELPED_HELPFUL if rating.note.status == CRH else AGAINST_NOT_HELPFUL
    return HELPED_NOT_HELPFUL if rating.note.status == CRNH else AGAINST_HELPFUL


def rating_impact(ratings: Iterable[RatedNote], config: ImpactConfig) -> RatingImpact:
    """Return the impact of a rater's ratings, those of deleted notes included (IM-2, IM-6)."""
    found = Counter(rating_class(rating, config) for rating in ratings)
    return RatingImpact(
        helped_helpful=found[HELPED_HELPFUL],
        helped_not_helpful=found[HELPED_NOT_HELPFUL],
        against_helpful=found[AGAINST_HELPFUL],
        against_not_helpful=found[AGAINST_NOT_HELPFUL],
    )
