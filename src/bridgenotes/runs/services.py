"""Score: claim a run, give the engine the tables, apply what it says."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from bridgenotes.base.errors import Conflict, Invalid
from bridgenotes.base.public_ids import epoch_ms
from bridgenotes.data.errors import DataError
from bridgenotes.datarelease.export import export
from bridgenotes.guardrails import queries as guardrails
from bridgenotes.guardrails import services as alerts
from bridgenotes.runs import claims, folders, previous, queries, schedule
from bridgenotes.runs.apply.results import Results
from bridgenotes.runs.apply.whole import apply_results
from bridgenotes.runs.claims import LostRunError
from bridgenotes.runs.engine import EngineError, HeldBackError, Phase, run_phase
from bridgenotes.runs.folders import INPUT, PREVIOUS, folder_of
from bridgenotes.runs.models import Kind, Permit, ScoringRun, State, Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

log = structlog.get_logger(__name__)

COMMIT_TIME: Final = timedelta(minutes=1)
"""A rating may become visible so long after its time; the next run looks at these once more."""


def score_if_due(*, now: datetime) -> ScoringRun | None:
    """Run what the schedule asks for now, if no other worker scores.

    Returns
    -------
    ScoringRun or None
        The run with its outcome; None if nothing is due or another worker is at it.
    """
    claims.bury_dead(now=now)
    kind = schedule.due(queries.facts(), settings.SITE.scoring, now)
    return None if kind is None else score(kind, now=now)


def score(kind: Kind, *, now: datetime) -> ScoringRun | None:
    """Do a run of this kind to its end and return it; None while another worker scores.

    Whatever goes wrong ends the run with a message; nothing of it is applied then, and operators are told.
    """
    run = _claim(kind, now=now)
    if run is None:
        return None
    try:
        if kind == Kind.PRESCORING:
            _prescore(run, now=now)
        else:
            _score_notes(run, now=now)
    except LostRunError:
        log.warning("run lost", run=str(run.pk))
        run.refresh_from_db()
    except HeldBackError as held:
        _end_held(run, str(held), now=now)
    except (EngineError, DataError, OSError) as error:
        _end_failed(run, str(error), now=now)
    except Exception as error:  # the worker's loop: the row must tell, whatever it was
        _end_failed(run, f"unexpected {type(error).__name__}; the worker's log has more", now=now)
        raise
    else:
        folders.remove_all_but(queries.kept(settings.SITE.scoring.keep_runs))
    return run


@transaction.atomic
def permit(held: ScoringRun, *, actor: str, reason: str, now: datetime) -> Permit:
    """Let the next final scoring through the flip guard, once; on record.

    Raises
    ------
    Conflict
        If the run was not held back, or a permit for it was given.
    Invalid
        If no reason is given.
    """
    if not reason.strip():
        raise Invalid(
            "runs.no_reason", gettext("Say why."), fields={"reason": gettext("Say why, for the record.")}
        )
    held = ScoringRun.objects.select_for_update().get(pk=held.pk)
    if held.state != State.HELD:
        raise Conflict("runs.not_held", gettext("This run was not held back."))
    if Permit.objects.filter(held=held).exists():
        raise Conflict("runs.permitted", gettext("The next run after this one is permitted already."))
    return Permit.objects.create(held=held, actor=actor, reason=reason.strip(), given_at=now)


def _claim(kind: Kind, *, now: datetime) -> ScoringRun | None:
    pauses_new = not guardrails.effects().scores_new_notes
    facts: dict[str, Any] = {"rating_cutoff_at": now - COMMIT_TIME}
    given = None
    if kind == Kind.FINAL:
        given = queries.open_permit()
        last = queries.latest_with_files(Kind.FINAL)
        is_incremental = last is not None and last.leaves_out_new == pauses_new
        facts |= {
            "learned_by": queries.latest_with_files(Kind.PRESCORING),
            "previous": last if is_incremental else None,
            "leaves_out_new": pauses_new,
            "checks_flips": given is None,
        }
    run = claims.claim(kind, now=now, **facts)
    if run is not None and given is not None:
        Permit.objects.filter(pk=given.pk).update(used_by=run)
    return run


def _prescore(run: ScoringRun, *, now: datetime) -> None:
    """Learn about raters; the result is in the run's folder."""
    tables = _export(run)
    _phase(run, Step.PRESCORING, tables)
    claims.beat(run, Step.ENDED)
    claims.end(run, State.DONE, now=now)


def _score_notes(run: ScoringRun, *, now: datetime) -> None:
    """Score notes, then contributors, then apply both."""
    if run.learned_by is None:
        raise EngineError("final scoring needs a prescoring whose files are there; the next run makes one")
    tables = _export(run)
    learned = ("--from", str(folder_of(run.learned_by) / Kind.PRESCORING.value))
    checks = "--check-flips" if run.checks_flips else "--no-check-flips"
    notes = _phase(run, Step.FINAL, tables, *learned, checks, *_previous(run))
    people = _phase(run, Step.CONTRIBUTOR, tables, *learned, "--from", str(notes))
    claims.beat(run, Step.APPLY)
    apply_results(Results(notes, people, epoch_ms(run.started_at)), run, now=now)


def _previous(run: ScoringRun) -> tuple[str, ...]:
    """Return the options that make a run incremental."""
    if run.previous is None:
        return ()
    since = run.previous.rating_cutoff_at
    scored = folder_of(run.previous) / Kind.FINAL.value
    known = previous.without(queries.changed_notes(since), scored, folder_of(run) / PREVIOUS)
    return ("--previous", str(known), "--rating-cutoff", str(epoch_ms(since)))


def _export(run: ScoringRun) -> Path:
    claims.beat(run, Step.EXPORT)
    out = folder_of(run) / INPUT
    with _timed(run, Step.EXPORT):
        rows = export(out, decided_notes_only=run.leaves_out_new, watch=partial(claims.beat, run))
    run.figures["rows"] = rows
    return out


def _phase(run: ScoringRun, step: Step, tables: Path, *options: str) -> Path:
    """Run a phase of the engine and return its folder."""
    claims.beat(run, step)
    out = folder_of(run) / step.value
    with _timed(run, step):
        summary = run_phase(
            Phase(step.value, tables, out, epoch_ms(run.started_at), options), partial(claims.beat, run)
        )
    run.figures.setdefault("peak_bytes", {})[step.value] = summary.get("peak_bytes")
    if "statuses" in summary:
        run.figures["statuses"] = summary["statuses"]
    return out


@contextmanager
def _timed(run: ScoringRun, step: Step) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        run.figures.setdefault("seconds", {})[step.value] = round(time.monotonic() - begun, 3)


def _end_held(run: ScoringRun, message: str, *, now: datetime) -> None:
    """Record that the flip guard held a run back, and tell operators once per series."""
    before = (
        ScoringRun.objects.filter(kind=Kind.FINAL)
        .exclude(pk=run.pk)
        .order_by("-started_at", "-heartbeat_at")
        .first()
    )
    claims.end(run, State.HELD, now=now, message=message)
    log.error("run held back", run=str(run.pk))
    if before is None or before.state != State.HELD:
        address = f"{settings.SITE.site_url}/staff/runs"
        alerts.alert(
            f"held:{run.pk}", "A scoring run was held back", f"{message}\n\nLook at {address}.", now=now
        )


def _end_failed(run: ScoringRun, message: str, *, now: datetime) -> None:
    """Record a failure, and tell operators when it is the second in a row."""
    claims.end(run, State.FAILED, now=now, message=message)
    log.error("run failed", run=str(run.pk), message=message)
    if queries.facts().failures == 2:
        alerts.alert(f"failed:{run.pk}", "Scoring fails", message, now=now)
