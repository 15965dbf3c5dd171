"""Reporting, deciding reports, and the record of what staff did (RP). Nothing here sets a status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from bridgenotes.base.errors import Invalid
from bridgenotes.contributors import services as contributors
from bridgenotes.domain import moderation as domain
from bridgenotes.domain.moderation import Ground, Measure, ReportState
from bridgenotes.domain.verdict import Reason, Refused
from bridgenotes.moderation.audit import record
from bridgenotes.moderation.models import AuditAction, Report, StaffNotice
from bridgenotes.notes.services.writing import take_down

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.notes.models import Note

TEXT_LENGTH: Final = 2000


@dataclass(frozen=True)
class Reporter:
    """Who reports: a handle made for reports, and the contributor if they are one."""

    handle: str
    contributor: Contributor | None = None


@dataclass(frozen=True)
class Moderator:
    """Who decides.

    Attributes
    ----------
    account_id : UUID
        Kept in the audit log.
    handle : str
        Theirs as a reporter.
    contributor : Contributor or None
        Theirs as a contributor; nobody judges themselves (RP-3).
    """

    account_id: UUID
    handle: str
    contributor: Contributor | None = None


@dataclass(frozen=True)
class Decision:
    """What a moderator decides: measures, none to dismiss, and the words for the record."""

    measures: frozenset[Measure]
    words: str


@transaction.atomic
def report(
    reporter: Reporter, about: Contributor, note: Note | None, ground: str, text: str, *, now: datetime
) -> Report:
    """Record that somebody says a note or a contributor breaks the rules (RP-1, RP-2).

    Raises
    ------
    Invalid
        If the ground is none of the list or the text too long.
    Refused
        If one reports oneself or reports the same again.
    """
    fields = {}
    if ground not in set(Ground):
        fields["ground"] = gettext("Say which rule is broken.")
    if len(text) > TEXT_LENGTH:
        fields["text"] = gettext("Write at most {limit} characters.").format(limit=TEXT_LENGTH)
    if fields:
        raise Invalid("reports.invalid", " ".join(fields.values()), fields=fields)
    same = Report.objects.filter(contributor=about, note=note, reporter=reporter.handle)
    domain.may_report(
        str(reporter.contributor.pk if reporter.contributor else reporter.handle), str(about.pk),
        has_open_report=same.filter(state=ReportState.OPEN).exists(),
    ).require()  # fmt: skip
    try:
        with transaction.atomic():
            return Report.objects.create(
                contributor=about, note=note, ground=ground, text=text.strip(), reporter=reporter.handle,
                reported_at=now, note_text=note.summary if note else "",
            )  # fmt: skip
    except IntegrityError as error:  # the same report sent twice at once
        raise Refused((Reason("report.repeated"),)) from error


@transaction.atomic
def decide(found: Report, decision: Decision, moderator: Moderator, *, now: datetime) -> Report:
    """Decide a report, take the measures and write both into the audit log (RP-3).

    Raises
    ------
    Refused
        If it is decided already, the moderator is involved, or a measure does not fit.
    Invalid
        If the decision has no words.
    """
    found = (
        Report.objects.select_for_update(of=("self",)).select_related("contributor", "note").get(pk=found.pk)
    )
    me = str(moderator.contributor.pk) if moderator.contributor else moderator.handle
    facts = domain.Report(
        state=ReportState(found.state), ground=Ground(found.ground),
        reporter=me if found.reporter == moderator.handle else found.reporter,
        about_contributor=str(found.contributor_id),
        about_note=str(found.note_id) if found.note_id else None,
    )  # fmt: skip
    domain.may_decide(facts, me, decision.measures).require()
    if not decision.words.strip():
        sentence = gettext("Give the reason for the record.")
        raise Invalid("reports.no_words", sentence, fields={"decision": sentence})
    about = f"note {found.note_id}" if found.note_id else f"contributor {found.contributor}"
    for measure in sorted(decision.measures):
        MEASURES[measure](found, now)
    for action in sorted(map(str, decision.measures)) or [AuditAction.DISMISS.value]:
        record(moderator.account_id, action, about, now=now, report=str(found.pk), ground=found.ground)
    found.state = domain.decided_state(decision.measures)
    found.measures, found.decision = sorted(decision.measures), decision.words.strip()
    found.decided_at = now
    found.save(update_fields=["state", "measures", "decision", "decided_at"])
    return found


def _warn(found: Report, now: datetime) -> None:
    _tell(found, "told.note_broke_rules" if found.note_id else "told.conduct_broke_rules", now)


def _take_down(found: Report, now: datetime) -> None:
    assert found.note is not None  # FITTING: the measure needs a note
    if not found.note.is_deleted:  # its author may have been faster
        take_down(found.note, now=now)
    _tell(found, "told.note_taken_down", now)


def _remove(found: Report, now: datetime) -> None:
    contributors.remove(found.contributor, now=now)
    _tell(found, "told.removed", now)


MEASURES: Final[dict[Measure, Callable[[Report, datetime], None]]] = {
    Measure.WARN: _warn,
    Measure.TAKE_DOWN_NOTE: _take_down,
    Measure.REMOVE_CONTRIBUTOR: _remove,
}


def _tell(found: Report, code: str, now: datetime) -> None:
    params = {"ground": found.ground}
    StaffNotice.objects.create(contributor=found.contributor, code=code, params=params, due_at=now)
