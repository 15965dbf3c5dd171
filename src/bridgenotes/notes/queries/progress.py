"""How far a contributor has come with rating, in exact numbers (PP-3, WA-1, WA-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from bridgenotes.domain.needs_your_help import OPEN_STATUSES
from bridgenotes.notes.models import Rating
from bridgenotes.notes.policies import standing_of

if TYPE_CHECKING:
    from bridgenotes.contributors.models import Contributor
    from bridgenotes.domain.verdict import Reason


@dataclass(frozen=True)
class Progress:
    """Where a rater stands.

    Attributes
    ----------
    given : int
        Ratings that stand.
    awaiting : int
        Of them those on notes that have no status yet; they may still count.
    standing : Reason
        What is told about the right to write.
    impact, target : int
        Rating impact, and the one that unlocks writing.
    can_write : bool
        Whether writing is unlocked.
    """

    given: int
    awaiting: int
    standing: Reason
    impact: int
    target: int
    can_write: bool

    @property
    def shown_impact(self) -> int:
        """Impact within 0 and the target, for a bar; the number beside it is the true one."""
        return min(max(self.impact, 0), self.target)

    @property
    def missing(self) -> int:
        """Rating impact that is missing until writing is unlocked."""
        return self.target - self.impact


def ratings_given(contributor: Contributor) -> int:
    """Return how many ratings of a contributor stand."""
    return Rating.objects.filter(rater=contributor, deleted_at__isnull=True).count()


def progress_of(contributor: Contributor) -> Progress:
    """Return where a contributor stands, as of the latest scoring run; two queries."""
    counts = Rating.objects.filter(rater=contributor, deleted_at__isnull=True).aggregate(
        given=Count("pk"), awaiting=Count("pk", filter=Q(note__status__in=OPEN_STATUSES))
    )
    return Progress(
        **counts,
        standing=standing_of(contributor),
        impact=contributor.impact.rating.total,
        target=contributor.earn_in_target,
        can_write=contributor.can_write,
    )
