"""What the site can count of its guardrails by itself (GR-1); accuracy and informativeness are entered by staff."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Avg, Case, Count, Exists, F, FloatField, OuterRef, Q, Value, When

from bridgenotes.data.vocabulary import CRH, HELPFULNESS_LEVELS
from bridgenotes.domain.guardrails import Measure
from bridgenotes.notes.models import Note, ReaderFeedback, StatusChange
from bridgenotes.notes.models.note import Removal

if TYPE_CHECKING:
    from datetime import datetime

MONTH: Final = timedelta(days=30)
WEEK: Final = timedelta(days=7)


def measures(*, now: datetime) -> tuple[Measure, ...]:
    """Return the measures of this moment."""
    return (helpfulness(now), rule_violations(now), status_flips(now))


def helpfulness(now: datetime) -> Measure:
    """Return how helpful readers find notes on posts, 0 to 1, over a week's answers (RF-12)."""
    worth = Case(
        *(When(level=level, then=Value(position / 2)) for position, level in enumerate(HELPFULNESS_LEVELS)),
        output_field=FloatField(),
    )
    answers = ReaderFeedback.objects.filter(given_on__gte=(now - WEEK).date())
    found = answers.aggregate(value=Avg(worth), samples=Count("pk"))
    return Measure("helpfulness", found["value"] or 0.0, found["samples"])


def rule_violations(now: datetime) -> Measure:
    """Return the share of a month's Helpful notes that staff took down."""
    became = StatusChange.objects.filter(note=OuterRef("pk"), status=CRH, at__gt=now - MONTH)
    found = Note.objects.filter(Exists(became)).aggregate(
        bad=Count("pk", filter=Q(removal=Removal.BY_STAFF)), samples=Count("pk")
    )
    return Measure("rule_violations", _share(found["bad"], found["samples"]), found["samples"])


def status_flips(now: datetime) -> Measure:
    """Return the share of a week's newly Helpful notes that lost the status again."""
    later = StatusChange.objects.filter(note=OuterRef("note"), before=CRH, at__gt=OuterRef("at"))
    became = StatusChange.objects.filter(status=CRH, at__gt=now - WEEK).annotate(was_lost=Exists(later))
    found = became.aggregate(
        lost=Count(F("note"), distinct=True, filter=Q(was_lost=True)), samples=Count("note", distinct=True)
    )
    return Measure("status_flips", _share(found["lost"], found["samples"]), found["samples"])


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
