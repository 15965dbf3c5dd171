"""The community page: figures of the latest run as drawings and tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, pgettext

from bridgenotes.domain.viewpoints import edge_of
from bridgenotes.insight.overview import WAITS
from bridgenotes.web.drawing import Box, columns, marks, skyline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.insight.overview import Day, Figures, Funnel, NoteMap, Waiting

KINDS: Final = ("helpful", "needs_more_ratings", "not_helpful")
"""Classes of statuses, in the order of `insight.overview.STATUSES`."""
WIDTH: Final = 600
HILL: Final = 110
MAP: Final = 320
LOWEST: Final = -0.6
HIGHEST: Final = 0.8
"""Intercepts at the edges of the map; what lies beyond is drawn at the edge."""
DAILY: Final = 42
"""Days of activity that are drawn one by one; more are drawn by week."""


@dataclass(frozen=True)
class Hills:
    """How many raters hold which viewpoint: a path, and the same as (from, to, raters)."""

    path: str
    rows: tuple[tuple[float, float, int], ...]
    raters: int


@dataclass(frozen=True)
class Map:
    """Notes by factor and intercept: a path per status, the line of Helpful, and a table."""

    paths: tuple[tuple[str, str], ...]
    line: float
    helpful_from: float
    rows: tuple[tuple[str, tuple[int, int, int]], ...]
    drawn: int
    notes: int


@dataclass(frozen=True)
class Bar:
    """A row with its bars, in percent of the longest."""

    text: str
    number: int
    boxes: tuple[Box, ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Series:
    """One kind of activity over time."""

    kind: str
    title: str
    total: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Activity:
    """What happened per day or week; a number of None stands for one to four."""

    is_weekly: bool
    series: tuple[Series, ...]
    rows: tuple[tuple[str, int, int | None, int], ...]


@dataclass(frozen=True)
class Community:
    """The page."""

    hills: Hills
    map: Map
    funnel: tuple[Bar, ...]
    waiting: tuple[Bar, ...]
    median: str
    activity: Activity


def community(figures: Figures) -> Community:
    """Return the page of the figures that a run kept."""
    landscape = figures["landscape"]
    rows = tuple(
        (edge_of(first, landscape["cells"]), edge_of(last + 1, landscape["cells"]), raters)
        for first, last, raters in landscape["groups"]
    )
    spans = [(_share(begin), _share(end), raters) for begin, end, raters in rows]
    return Community(
        hills=Hills(skyline(spans, width=WIDTH, height=HILL), rows, landscape["raters"]),
        map=_map(figures["map"]),
        funnel=_funnel(figures["funnel"]),
        waiting=_waiting(figures["waiting"]),
        median=_hours(figures["waiting"]["median"]),
        activity=_activity(figures["days"]),
    )


def _share(factor: float) -> float:
    """Return a viewpoint as a share of the width."""
    return min(max((factor + 1) / 2, 0.0), 1.0)


def _height(intercept: float) -> float:
    within = min(max(intercept, LOWEST), HIGHEST)
    return MAP * (HIGHEST - within) / (HIGHEST - LOWEST)


def _map(kept: NoteMap) -> Map:
    points = [(factor, intercept, int(status)) for factor, intercept, status in kept["points"]]
    # Notes without a status are drawn first, so that the rarer ones stay in sight.
    paths = tuple(
        (
            KINDS[status],
            marks([(WIDTH * _share(f), _height(i)) for f, i, s in points if s == status], KINDS[status]),
        )
        for status in (1, 2, 0)
    )
    bar = kept["helpful_from"]
    bands = (
        (gettext("At or above the line"), bar, HIGHEST + 9),
        (gettext("Between 0 and the line"), 0.0, bar),
        (gettext("Below 0"), LOWEST - 9, 0.0),
    )
    rows = tuple((text, _counts(points, low, high)) for text, low, high in bands)
    return Map(paths, round(_height(bar), 1), bar, rows, len(points), kept["notes"])


def _counts(points: Sequence[tuple[float, float, int]], low: float, high: float) -> tuple[int, int, int]:
    found = [status for _, intercept, status in points if low <= intercept < high]
    return found.count(0), found.count(1), found.count(2)


def _funnel(kept: Funnel) -> tuple[Bar, ...]:
    least = kept["least"]
    stages = (
        (pgettext("notes", "Proposed"), kept["proposed"], "plain"),
        (gettext("Rated at least once"), kept["rated"], "plain"),
        (
            ngettext("Rated at least {n} time", "Rated at least {n} times", least).format(n=least),
            kept["enough"],
            "plain",
        ),
        (gettext("Liked across viewpoints"), kept["liked"], "plain"),
        (gettext("Helpful"), kept["helpful"], "helpful"),
        (gettext("Not Helpful"), kept["not_helpful"], "not_helpful"),
    )
    top = max((number for _, number, _ in stages), default=0) or 1
    return tuple(
        Bar(text, number, (Box(0, 0, round(100 * number / top, 2), 10, kind),))
        for text, number, kind in stages
    )


def _waiting(kept: Waiting) -> tuple[Bar, ...]:
    pairs = list(zip(kept["helpful"], kept["not_helpful"], strict=True))
    top = max(map(sum, pairs), default=0) or 1
    bars = []
    for text, (helpful, not_helpful) in zip(_waits(), pairs, strict=True):
        first, second = 100 * helpful / top, 100 * not_helpful / top
        boxes = (
            Box(0, 0, round(first, 2), 10, "helpful"),
            Box(round(first, 2), 0, round(second, 2), 10, "not_helpful"),
        )
        bars.append(Bar(text, helpful + not_helpful, boxes, (helpful, not_helpful)))
    return tuple(bars)


def _waits() -> list[str]:
    return [
        *(gettext("up to {time}").format(time=_hours(hours)) for hours in WAITS),
        gettext("longer than {time}").format(time=_hours(WAITS[-1])),
    ]


def _hours(hours: float | None) -> str:
    """Return a duration as people say it; empty for none."""
    if hours is None:
        return ""
    if hours < 48:
        n = max(round(hours), 1)
        return ngettext("{n} hour", "{n} hours", n).format(n=n)
    n = round(hours / 24)
    return ngettext("{n} day", "{n} days", n).format(n=n)


def _activity(days: Sequence[Day]) -> Activity:
    is_weekly = len(days) > DAILY
    rows = _by_week(days) if is_weekly else [_row(day["day"], [day]) for day in days]
    kinds = (
        ("plain", gettext("Notes written")),
        ("people", gettext("Ratings given")),
        ("helpful", gettext("Became Helpful")),
    )
    series = tuple(
        Series(kind, title, sum(values), tuple(columns(values, width=WIDTH, height=80)))
        for k, (kind, title) in enumerate(kinds, 1)
        for values in [[int(row[k] or 0) for row in rows]]
    )
    return Activity(is_weekly, series, tuple(reversed(rows)))


def _by_week(days: Sequence[Day]) -> list[tuple[str, int, int | None, int]]:
    """Return the days by week, each beginning on a Monday."""
    weeks: dict[date, list[Day]] = {}
    for day in days:
        at = date.fromisoformat(day["day"])
        weeks.setdefault(at - timedelta(days=at.weekday()), []).append(day)
    return [_row(monday.isoformat(), week) for monday, week in weeks.items()]


def _row(day: str, days: Sequence[Day]) -> tuple[str, int, int | None, int]:
    ratings = [one["ratings"] for one in days]
    known = sum(number or 0 for number in ratings)
    return (
        date_format(date.fromisoformat(day), "DATE_FORMAT"),
        sum(one["notes"] for one in days),
        None if None in ratings and not known else known,
        sum(one["helpful"] for one in days),
    )
