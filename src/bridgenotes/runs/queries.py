"""What is known of runs, and what waits for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from bridgenotes.notes.models import Note, NoteStatus, Rating
from bridgenotes.runs.folders import folder_of
from bridgenotes.runs.models import Kind, Permit, ScoringRun, State
from bridgenotes.runs.schedule import Facts

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet


def latest(kind: Kind) -> ScoringRun | None:
    """Return the last run of a kind that ended well."""
    return (
        ScoringRun.objects.filter(kind=kind, state=State.DONE)
        .order_by("-started_at", "-heartbeat_at")
        .first()
    )


def latest_with_files(kind: Kind) -> ScoringRun | None:
    """Return the last run of a kind that ended well, if its files are still there."""
    run = latest(kind)
    return run if run is not None and (folder_of(run) / kind.value / "run.json").is_file() else None


def kept(number: int) -> list[ScoringRun]:
    """Return the latest runs of each kind, as many as an operator wants to keep."""
    return [
        run
        for kind in Kind
        for run in ScoringRun.objects.filter(kind=kind, state=State.DONE).order_by(
            "-started_at", "-heartbeat_at"
        )[:number]
    ]


def open_permit() -> Permit | None:
    """Return an operator's permit that no run has used yet; one that failed has not."""
    unused = Q(used_by__isnull=True) | Q(used_by__state__in=(State.FAILED, State.ABANDONED))
    return Permit.objects.filter(unused).order_by("-given_at").first()


def changed_notes(since: datetime) -> set[int]:
    """Return the notes of which the public tables lost or changed rows after a moment.

    New ratings tell by their time; what was edited or deleted does not.
    """
    edited = Rating.objects.filter(Q(edited_at__gt=since) | Q(deleted_at__gt=since))
    deleted = Note.objects.filter(deleted_at__gt=since)
    return set(edited.values_list("note_id", flat=True)) | set(deleted.values_list("pk", flat=True))


def facts() -> Facts:
    """Return what decides about the next run."""
    final = latest(Kind.FINAL)
    prescoring = latest_with_files(Kind.PRESCORING)
    failures, failed_at = _failures()
    since = final.rating_cutoff_at if final else None
    new_ratings = Rating.objects.filter(created_at__gt=since).count() if since else Rating.objects.count()
    return Facts(
        prescored_at=prescoring.started_at if prescoring else None,
        scored_at=final.started_at if final else None,
        new_ratings=new_ratings,
        has_changes=bool(new_ratings) or since is None or _has_changes(since),
        failures=failures,
        failed_at=failed_at,
    )


def recent(number: int = 100) -> QuerySet[ScoringRun]:
    """Return the latest runs, newest first."""
    return ScoringRun.objects.select_related("permit", "used_permit").order_by(
        "-started_at", "-heartbeat_at"
    )[:number]


def _has_changes(since: datetime) -> bool:
    return (
        Note.objects.filter(Q(created_at__gt=since) | Q(deleted_at__gt=since)).exists()
        or Rating.objects.filter(Q(edited_at__gt=since) | Q(deleted_at__gt=since)).exists()
        or NoteStatus.objects.filter(nmr_due_to_min_stable_crh_time_at_ms__gt=0).exists()
    )


def _failures() -> tuple[int, datetime | None]:
    """Return how many runs failed since the last good one, and when the last of them began."""
    good = ScoringRun.objects.filter(state=State.DONE).order_by("-started_at", "-heartbeat_at").first()
    failed = ScoringRun.objects.filter(state__in=(State.FAILED, State.HELD, State.ABANDONED))
    if good is not None:
        failed = failed.filter(started_at__gt=good.started_at)
    last = failed.order_by("-started_at", "-heartbeat_at").first()
    return failed.count(), last.started_at if last else None
