"""The remedy in force and what it changes; what measures say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from django.db.models import OuterRef, Subquery

from bridgenotes.base.kept import kept
from bridgenotes.base.rules import rules
from bridgenotes.domain import guardrails
from bridgenotes.domain.display import Viewer, sees_experiments
from bridgenotes.domain.guardrails import Effects, Finding, Guard, Measure, Remedy
from bridgenotes.guardrails.models import Observation, OperatorAlert, RemedyChange

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from bridgenotes.domain.verdict import Reason

BEGINNING: Final = datetime(2021, 1, 1, tzinfo=UTC)
"""A site on which nothing ever happened operates normally since then."""


def guard() -> Guard:
    """Return the remedy in force."""
    last = RemedyChange.objects.order_by("-pk").first()
    if last is None:
        return Guard(Remedy.NORMAL, BEGINNING)
    return Guard(Remedy(last.remedy), last.since, tuple(last.because))


def effects() -> Effects:
    """Return what the remedy in force changes: display to readers, scoring of new notes, the threshold."""
    return guardrails.effects(guard(), rules().guardrails)


def viewer(*, is_contributor: bool, reader: str | None = None) -> Viewer:
    """Return somebody who looks at notes on posts, under the remedy in force a few seconds ago (GR-3).

    Parameters
    ----------
    is_contributor : bool
        Whom no remedy concerns.
    reader : str or None
        What stays the same for a reader, to be in or out of an experiment (ST-15); None: unknown.
    """
    now, config = kept("effects of the remedy", effects), rules()
    least = config.needs_your_help.helpful_intercept + now.extra_intercept if now.extra_intercept else None
    return Viewer(
        is_contributor,
        display_is_paused=not now.shows_to_readers,
        least_intercept=least,
        sees_experiments=sees_experiments(reader, config.display),
    )


def public_state() -> Reason:
    """Return the sentence of the public status page (GR-4)."""
    return guardrails.public_state(guard())


def observations() -> QuerySet[Observation]:
    """Return the latest observation of every measure."""
    latest = Observation.objects.filter(measure=OuterRef("measure")).order_by("-at", "-pk").values("pk")[:1]
    return Observation.objects.filter(pk=Subquery(latest)).order_by("measure")


def findings() -> tuple[Finding, ...]:
    """Return what the latest observations say today; of measures that are no longer configured, nothing."""
    config = rules().guardrails
    seen = (Measure(o.measure, o.value, o.samples) for o in observations())
    return tuple(guardrails.judge(measure, config) for measure in seen if measure.name in config.thresholds)


def changes() -> QuerySet[RemedyChange]:
    """Return the record of remedies, newest first."""
    return RemedyChange.objects.order_by("-pk")


def alerts() -> QuerySet[OperatorAlert]:
    """Return what operators were told, newest first."""
    return OperatorAlert.objects.order_by("-at", "-pk")
