"""Impacts, viewpoints and the right to write of contributors (IM-1 to IM-6, WA-1 to WA-6, TW-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import polars as pl

from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor, Impact
from bridgenotes.data.vocabulary import ENROLLMENT_STATES
from bridgenotes.domain.writing_ability import (
    API_STATES,
    REMOVED,
    Ability,
    OwnNote,
    Record,
    news,
    recent_decided,
)
from bridgenotes.notes.models import Note, RaterScore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgenotes.domain.verdict import Reason
    from bridgenotes.runs.apply.results import Results

AT_ONCE: Final = 1_000
IMPACT: Final = {
    "notes_helpful": "notesCurrentlyRatedHelpful",
    "notes_not_helpful": "notesCurrentlyRatedNotHelpful",
    "notes_awaiting": "notesAwaitingMoreRatings",
    "helped_helpful": "successfulRatingHelpfulCount",
    "helped_not_helpful": "successfulRatingNotHelpfulCount",
    "against_helpful": "unsuccessfulRatingHelpfulCount",
    "against_not_helpful": "unsuccessfulRatingNotHelpfulCount",
}
"""Output column of each part of an impact. The unsuccessful counters name what the note became."""
RATER_MODELS: Final = ("core", "coreWithTopics", "expansion", "expansionPlus", "group", "multiGroup")
STATE: Final = (
    "enrollment_state",
    "earn_in_target",
    "state_changed_at",
    "last_earned_out_at",
    "times_earned_out",
)
NEVER_EARNED_OUT_MS: Final = 1


@dataclass(frozen=True)
class AbilityNews:
    """A contributor's right to write changed, and what to tell them (NO-4)."""

    contributor: Contributor
    reason: Reason


def apply_people(results: Results, *, now: datetime) -> list[AbilityNews]:
    """Write what a run says of contributors; return whom to tell of a changed right to write.

    Impacts are those of the run, counted from scratch; who is not in its table has none. Who was removed or
    changed state by staff since the run began keeps that (RP-4).
    """
    told: list[AbilityNews] = []
    seen: list[UUID] = []
    for part in results.contributors().iter_slices(AT_ONCE):
        rows = {
            UUID(hex=row["raterParticipantId"]): row for row in _with_viewpoint(part).iter_rows(named=True)
        }
        people = Contributor.objects.select_for_update().order_by("pk").in_bulk(list(rows))
        seen.extend(people)
        _write_impacts(people, rows, now)
        _write_viewpoints(people, rows)
        told.extend(_write_states(people, rows, results.now_ms))
    zero = dict.fromkeys(IMPACT, 0) | {"updated_at": now}
    Impact.objects.exclude(contributor__in=seen).update(**zero)
    return told


def _with_viewpoint(people: pl.DataFrame) -> pl.DataFrame:
    """Add intercept and factor of the first model that knows the rater."""
    names = [name for name in RATER_MODELS if f"{name}RaterFactor1" in people.columns]
    return people.with_columns(
        pl.coalesce(*(pl.col(f"{name}RaterIntercept") for name in names), pl.lit(None)).alias("intercept"),
        pl.coalesce(*(pl.col(f"{name}RaterFactor1") for name in names), pl.lit(None)).alias("factor"),
    )


def _write_impacts(people: Iterable[UUID], rows: dict[UUID, dict[str, Any]], now: datetime) -> None:
    Impact.objects.bulk_create(
        [
            Impact(
                contributor_id=person,
                updated_at=now,
                **{field: rows[person][column] or 0 for field, column in IMPACT.items()},
            )
            for person in people
        ],
        update_conflicts=True,
        update_fields=[*IMPACT, "updated_at"],
        unique_fields=["contributor"],
    )


def _write_viewpoints(people: Iterable[UUID], rows: dict[UUID, dict[str, Any]]) -> None:
    RaterScore.objects.bulk_create(
        [
            RaterScore(
                contributor_id=person, intercept=rows[person]["intercept"], factor=rows[person]["factor"]
            )
            for person in people
        ],
        update_conflicts=True,
        update_fields=["intercept", "factor"],
        unique_fields=["contributor"],
    )


def _write_states(
    people: dict[UUID, Contributor], rows: dict[UUID, dict[str, Any]], now_ms: int
) -> list[AbilityNews]:
    """Write states as the engine has them; return what is new for whom."""
    before = {person: _ability(contributor) for person, contributor in people.items()}
    moved = [person for person, contributor in people.items() if _enroll(contributor, rows[person], now_ms)]
    Contributor.objects.bulk_update([people[person] for person in moved], STATE, batch_size=200)
    changed = [p for p in moved if before[p].state != people[p].enrollment_state]
    notes = _notes_of(changed)
    told = []
    for person in changed:
        reason = _news(before[person], people[person], rows[person], notes.get(person, []))
        if reason is not None:
            told.append(AbilityNews(people[person], reason))
    return told


def _enroll(contributor: Contributor, row: dict[str, Any], now_ms: int) -> bool:
    """Set the enrollment as the engine has it; return whether anything is new."""
    barred = contributor.enrollment_state in {REMOVED, *API_STATES}
    changed_since = contributor.state_changed_at > _moment(now_ms)
    if barred or changed_since or row["successfulRatingNeededToEarnIn"] is None:
        return False
    was = [getattr(contributor, name) for name in STATE]
    state = ENROLLMENT_STATES[row["enrollmentState"]]
    if state != contributor.enrollment_state:
        contributor.enrollment_state = state
        contributor.state_changed_at = _moment(now_ms)
    contributor.earn_in_target = row["successfulRatingNeededToEarnIn"]
    contributor.times_earned_out = row["numberOfTimesEarnedOut"] or 0
    last = row["timestampOfLastEarnOut"]
    contributor.last_earned_out_at = None if last in {None, NEVER_EARNED_OUT_MS} else _moment(last)
    return was != [getattr(contributor, name) for name in STATE]


def _news(before: Ability, after: Contributor, row: dict[str, Any], notes: list[OwnNote]) -> Reason | None:
    """Return what to tell a contributor about the right to write (NO-4)."""
    config, impact = rules().ability, Impact(**{field: row[column] or 0 for field, column in IMPACT.items()})
    now = _ability(after)
    record = Record(impact.rating.total, impact.writing, recent_decided(notes, before, config))
    return news(before, now, record, config)


def _notes_of(people: list[UUID]) -> dict[UUID, list[OwnNote]]:
    """Return the notes of some authors, deleted ones included."""
    found: dict[UUID, list[OwnNote]] = {}
    rows = Note.objects.filter(author__in=people).values_list("author_id", "pk", "created_at", "status")
    for author, number, created, status in rows:
        found.setdefault(author, []).append(OwnNote(number, created, status))
    return found


def _ability(contributor: Contributor) -> Ability:
    return Ability(
        contributor.enrollment_state,
        contributor.earn_in_target,
        contributor.times_earned_out,
        contributor.last_earned_out_at,
    )


def _moment(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)
