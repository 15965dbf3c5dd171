"""Keep what a run found, in the run's transaction; write only what is new."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, F, IntegerField
from django.db.models.functions import Cast, Floor, Greatest, Least

from bridgenotes.data.vocabulary import HELPFULNESS_LEVELS
from bridgenotes.domain.viewpoints import CELLS, REACH, grouped, may_replace
from bridgenotes.insight.models import NoteDrawing, NoteExplanation, Overview
from bridgenotes.notes.models import Rating

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bridgenotes.insight.facts import Facts

AT_ONCE: Final = 1_000
LEVELS: Final = tuple(reversed(HELPFULNESS_LEVELS))
"""Helpful first, as drawings stack them."""


def news(found: Mapping[int, Facts]) -> dict[int, Any]:
    """Return the explanations, by note, that say something else than what is kept, as they are kept."""
    known = dict(NoteExplanation.objects.filter(pk__among=list(found)).values_list("note_id", "facts"))
    said = {note: _as_json(facts) for note, facts in found.items()}
    return {note: facts for note, facts in said.items() if known.get(note) != facts}


def keep_explanations(found: Mapping[int, Any], *, at: datetime) -> int:
    """Write explanations that say something new (`news`), of notes that exist; return how many."""
    new = [NoteExplanation(note_id=note, facts=facts, explained_at=at) for note, facts in found.items()]
    NoteExplanation.objects.bulk_create(
        new, batch_size=AT_ONCE, update_conflicts=True, update_fields=["facts", "explained_at"],
        unique_fields=["note"],
    )  # fmt: skip
    return len(new)


def draw(notes: Sequence[int], *, until: datetime, at: datetime) -> int:
    """Draw notes anew of which enough raters changed; return how many.

    Parameters
    ----------
    notes : sequence of int
        Numbers of notes.
    until : datetime
        Ratings given later were not scored and are left out.
    at : datetime
        Clock of the run.
    """
    before = dict(NoteDrawing.objects.filter(pk__in=list(notes)).values_list("note_id", "raters"))
    new = []
    for note, cells in _cells(notes, until).items():
        raters = sum(map(sum, cells))
        if may_replace(before.get(note, 0), raters):
            rows = [[group.first, group.last, *group.counts] for group in grouped(cells)]
            new.append(NoteDrawing(note_id=note, groups=rows, raters=raters, drawn_at=at))
    NoteDrawing.objects.bulk_create(
        new, batch_size=AT_ONCE, update_conflicts=True, update_fields=["groups", "raters", "drawn_at"],
        unique_fields=["note"],
    )  # fmt: skip
    return len(new)


def keep_overview(figures: dict[str, Any], *, at: datetime) -> None:
    """Replace the overview."""
    Overview.objects.update_or_create(only=True, defaults={"figures": figures, "made_at": at})


def _cells(notes: Sequence[int], until: datetime) -> dict[int, list[list[int]]]:
    """Return counts by cell and level of each note, over raters whose viewpoint is known; one query."""
    place = Floor((F("rater__rater_score__factor") + REACH) * (CELLS / (2 * REACH)))
    cell = Greatest(0, Least(CELLS - 1, Cast(place, IntegerField())))
    rows = (
        Rating.objects.filter(note__in=list(notes), deleted_at=None, created_at__lte=until)
        .filter(rater__rater_score__factor__isnull=False)
        .annotate(cell=cell)
        .values_list("note_id", "cell", "level")
        .annotate(n=Count("pk"))
        .order_by()
    )
    found: defaultdict[int, list[list[int]]] = defaultdict(lambda: [[0] * len(LEVELS) for _ in range(CELLS)])
    for note, where, level, n in rows:
        found[note][where][LEVELS.index(level)] += n
    return found


def _as_json(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return a value as it comes back from the database."""
    if isinstance(value, dict):
        return {key: _as_json(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(part) for part in value]
    return str(value) if isinstance(value, str) else value
