"""The community from above, counted once for each run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import polars as pl
from django.db.models import Count
from django.db.models.functions import TruncDate

from bridgenotes.data.vocabulary import CRH, CRNH
from bridgenotes.domain.viewpoints import FINE_CELLS, LEAST, cell_of, counted, grouped, may_replace
from bridgenotes.insight import services as insight
from bridgenotes.insight.models import Overview
from bridgenotes.insight.overview import MOST_DAYS, MOST_LANGUAGES, MOST_POINTS, STATUSES, WAITS
from bridgenotes.notes.models import Note, RaterScore, Rating, StatusChange
from bridgenotes.report.run import public_prefix
from bridgenotes.runs.apply.explanations import CORE, profile_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from bridgenotes.insight.overview import Day, Figures, Funnel, Landscape, NoteMap, Waiting
    from bridgenotes.runs.apply.results import Results
    from bridgenotes.scoring.profile import Profile, Scorer

HISTORY: Final = ("createdAtMillis", "firstNonNMRStatus", "timestampMillisOfFirstNonNMRStatus")
CELLS_BY_SIZE: Final = ((200, 10), (1_000, 20))
"""Cells of the landscape of a community of fewer raters than this; a larger one has `FINE_CELLS`."""
HOUR_MS: Final = 3_600_000
SEEN_AGAIN: Final = timedelta(days=2)
"""Days before the latest overview that are counted once more, for what was changed or came late."""


def apply_overview(results: Results, *, at: datetime) -> None:
    """Replace the overview by that of a run; viewpoints of raters must be written already.

    Parameters
    ----------
    results : Results
        What the engine wrote.
    at : datetime
        Clock of the run.
    """
    former = Overview.objects.first()
    before = cast("Figures", former.figures) if former else None
    notes = results.judged_notes()
    limits = _core(profile_of(results.notes)).thresholds
    figures: Figures = {
        "landscape": _landscape(before["landscape"] if before else None),
        "map": _map(notes, limits.crh),
        "funnel": _funnel(notes, limits.min_ratings, limits.crh),
        "waiting": _waiting(results.columns("note_status_history", *HISTORY)),
        "days": _days(before["days"] if before else [], at),
        "languages": _languages(),
    }
    insight.keep_overview(dict(figures), at=at)


def _landscape(before: Landscape | None) -> Landscape:
    """Return how many raters hold which viewpoint; the former answer until enough of them changed."""
    factors = [
        factor
        for factor in RaterScore.objects.values_list("factor", flat=True).iterator(chunk_size=10_000)
        if factor is not None
    ]
    if before is not None and not may_replace(before["raters"], len(factors)):
        return before
    cells = next((cells for most, cells in CELLS_BY_SIZE if len(factors) < most), FINE_CELLS)
    places = [(cell_of(factor, cells), 0) for factor in factors]
    groups = grouped(counted(places, cells=cells, kinds=1))
    return {
        "groups": [[group.first, group.last, group.total] for group in groups],
        "raters": len(factors),
        "cells": cells,
    }


def _map(notes: pl.DataFrame, helpful_from: float) -> NoteMap:
    """Return notes by factor and intercept; a note that few rated would tell their viewpoint."""
    placed = notes.filter(
        (pl.col("ratings") >= LEAST) & pl.col("intercept").is_not_null() & pl.col("factor").is_not_null()
    ).sort("noteId")
    chosen = np.unique(np.linspace(0, placed.height - 1, min(placed.height, MOST_POINTS)).astype(np.int64))
    drawn = placed[chosen] if placed.height else placed
    points = [
        [round(factor, 3), round(intercept, 3), STATUSES.index(status)]
        for factor, intercept, status in drawn.select("factor", "intercept", "status").iter_rows()
        if status in STATUSES
    ]
    return {"points": points, "notes": placed.height, "helpful_from": helpful_from}


def _funnel(notes: pl.DataFrame, least: int, helpful_from: float) -> Funnel:
    def count(condition: pl.Expr) -> int:
        return notes.filter(condition).height

    enough = pl.col("ratings") >= least
    return {
        "proposed": notes.height,
        "rated": count(pl.col("ratings") > 0),
        "enough": count(enough),
        "least": least,
        "liked": count(enough & (pl.col("intercept") >= helpful_from)),
        "helpful": count(pl.col("status") == CRH),
        "not_helpful": count(pl.col("status") == CRNH),
    }


def _waiting(history: pl.DataFrame) -> Waiting:
    """Return how long notes waited for their first status."""
    first = pl.col("timestampMillisOfFirstNonNMRStatus")
    waited = history.filter(first > 0).select(
        status="firstNonNMRStatus", hours=(first - pl.col("createdAtMillis")) / HOUR_MS
    )
    edges = [-np.inf, *WAITS, np.inf]
    counts = {
        status: np.histogram(waited.filter(pl.col("status") == status)["hours"].to_numpy(), edges)[0].tolist()
        for status in (CRH, CRNH)
    }
    median = waited["hours"].median()
    return {
        "helpful": counts[CRH],
        "not_helpful": counts[CRNH],
        "median": round(float(median), 1) if isinstance(median, (int, float)) else None,
    }


def _days(before: list[Day], at: datetime) -> list[Day]:
    """Return the activity of each day up to the run; days long past are taken from the former overview."""
    today = at.astimezone(UTC).date()
    first = today - timedelta(days=MOST_DAYS - 1)
    kept = {day["day"]: day for day in before if day["day"] >= first.isoformat()}
    since = max(date.fromisoformat(max(kept)) - SEEN_AGAIN, first) if kept else first
    notes = _per_day(Note.objects.all(), "created_at", since)
    ratings = _per_day(Rating.objects.filter(deleted_at=None), "created_at", since)
    helpful = _per_day(StatusChange.objects.filter(status=CRH), "at", since)
    for ordinal in range(since.toordinal(), today.toordinal() + 1):
        day = date.fromordinal(ordinal)
        rated = ratings.get(day, 0)
        kept[day.isoformat()] = {
            "day": day.isoformat(),
            "notes": notes.get(day, 0),
            "ratings": rated if rated == 0 or rated >= LEAST else None,
            "helpful": helpful.get(day, 0),
        }
    found = [kept[day] for day in sorted(kept)]
    begun = next((k for k, day in enumerate(found) if day["notes"] or day["ratings"] != 0), len(found))
    return found[begun:]


def _languages() -> list[str]:
    """Return the languages of notes, the most written first."""
    written = Note.objects.filter(deleted_at=None).exclude(language="").values_list("language")
    return [code for code, _ in written.annotate(n=Count("pk")).order_by("-n", "language")[:MOST_LANGUAGES]]


def _core(profile: Profile) -> Scorer:
    """Return the scorer whose limits pages name: Core, or the first of a profile without it."""
    named = (scorer for scorer in profile.scorers if public_prefix(scorer) == CORE)
    return next(named, profile.scorers[0])


def _per_day(rows: QuerySet[Any], field: str, since: date) -> dict[date, int]:
    """Return how many rows each day has, UTC; one query."""
    counts = (
        rows.filter(**{f"{field}__gte": _midnight(since)})
        .annotate(day=TruncDate(field, tzinfo=UTC))
        .values_list("day")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return dict(counts)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
