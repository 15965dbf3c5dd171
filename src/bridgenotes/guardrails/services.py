"""Take measures, trip the breaker, choose a remedy, tell operators."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext

from bridgenotes.base.errors import Invalid
from bridgenotes.base.rules import rules
from bridgenotes.domain import guardrails
from bridgenotes.domain.guardrails import Alarm, Finding, Guard, Measure, Remedy
from bridgenotes.domain.texts import sentence
from bridgenotes.guardrails import queries
from bridgenotes.guardrails.models import Observation, OperatorAlert, RemedyChange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

RETRY_AFTER: Final = timedelta(minutes=5)
MAX_ATTEMPTS: Final = 10


@transaction.atomic
def observe(measures: Iterable[Measure], *, now: datetime, actor: str = "") -> Guard:
    """Record measures, tell operators of alarms, and pause display where a breaker trips (GR-1, GR-2).

    Raises
    ------
    Invalid
        If a measure has no thresholds in the rules.
    """
    config, before = rules().guardrails, _locked_guard()
    earlier = queries.findings()
    known = {finding.measure for finding in earlier}
    was = {finding.measure.name: finding.alarm for finding in earlier}
    found = []
    for measure in measures:
        if measure.name not in config.thresholds:
            raise Invalid(
                "guardrails.unknown_measure", gettext("There is no measure {name}.").format(name=measure.name)
            )
        finding = guardrails.judge(measure, config)
        found.append(finding)
        if measure in known:
            continue  # nothing new
        _record(finding, now=now, actor=actor)
        if finding.alarm > was.get(measure.name, Alarm.NONE) and finding.reason is not None:
            subject = f"{measure.name} is beyond its {finding.alarm.name.lower()}"
            alert(
                f"{measure.name}:{finding.alarm}:{round(now.timestamp())}",
                subject,
                sentence(finding.reason),
                now=now,
            )
    after = guardrails.after_measuring(before, found, now)
    if after != before:
        _put_in_force(after, actor="", reason="A circuit breaker tripped.")
    return after


@transaction.atomic
def choose(remedy: Remedy, *, actor: str, reason: str, now: datetime) -> Guard:
    """Put the remedy an operator chose in force, or end one (GR-3).

    Parameters
    ----------
    remedy : Remedy
        The smallest that suffices; ``NORMAL`` resumes service.
    actor : str
        Id of the operator's account, for the record.
    reason : str
        In the operator's words, for the record; required.

    Raises
    ------
    Refused
        If measures do not allow a weaker remedy yet.
    Invalid
        If no reason is given.
    """
    if not reason.strip():
        raise Invalid(
            "guardrails.no_reason",
            gettext("Say why."),
            fields={"reason": gettext("Say why, for the record.")},
        )
    before = _locked_guard()
    after = guardrails.choose(before, remedy, queries.findings(), now)
    if after != before:
        _put_in_force(after, actor=actor, reason=reason.strip())
    return after


def alert(key: str, subject: str, text: str, *, now: datetime) -> None:
    """Tell operators something, once per key."""
    OperatorAlert.objects.get_or_create(
        key=key, defaults={"subject": subject, "text": text, "at": now, "due_at": now}
    )


def send_alerts(send: Callable[[str, str], bool], *, now: datetime) -> int:
    """Hand alerts that are due to ``send`` (subject, text); return how many went out.

    ``send`` returns whether there was anybody to tell. One that fails is tried again later.
    """
    sent = 0
    for waiting in OperatorAlert.objects.filter(
        done_at__isnull=True, due_at__lte=now, attempts__lt=MAX_ATTEMPTS
    ).order_by("pk"):
        taken = OperatorAlert.objects.filter(pk=waiting.pk, attempts=waiting.attempts, done_at__isnull=True)
        if not taken.update(attempts=waiting.attempts + 1, due_at=now + RETRY_AFTER):
            continue  # another worker has it
        if send(waiting.subject, waiting.text):
            OperatorAlert.objects.filter(pk=waiting.pk).update(done_at=now)
            sent += 1
    return sent


def _locked_guard() -> Guard:
    """Return the remedy in force; who changes it meanwhile waits."""
    RemedyChange.objects.select_for_update().order_by("-pk").first()
    return queries.guard()


def _put_in_force(guard: Guard, *, actor: str, reason: str) -> None:
    RemedyChange.objects.create(
        remedy=guard.remedy, since=guard.since, because=list(guard.because), actor=actor, reason=reason
    )


def _record(finding: Finding, *, now: datetime, actor: str) -> None:
    Observation.objects.create(
        measure=finding.measure.name,
        value=finding.measure.value,
        samples=finding.measure.samples,
        alarm=finding.alarm,
        at=now,
        actor=actor,
    )
