"""What the section "Why this status?" says of a note: everything in it was kept by the run that scored it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.domain.labels import LABELS
from bridgenotes.domain.viewpoints import LEAST
from bridgenotes.insight import queries
from bridgenotes.insight.facts import NAME
from bridgenotes.web.drawing import areas, stacked_columns, strip
from bridgenotes.web.packed_words import rule_in_words, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bridgenotes.insight.facts import Facts, KeptCheck
    from bridgenotes.insight.models import NoteDrawing
    from bridgenotes.notes.models import Note, StatusChange

LEVELS: Final = ("helpful", "somewhat", "not_helpful")
KINDS: Final = {CRH: "helpful", CRNH: "not_helpful", NMR: "needs_more_ratings"}
"""Class of a status in a drawing."""
WIDTH: Final = 600
HEIGHT: Final = 200
FIRST_GAPS: Final = 3
"""What is missing beyond these is in the table of checks."""


class CheckRow(NamedTuple):
    """One thing a Helpful note needs; ``met`` is None if it cannot be told."""

    name: str
    value: str
    needed: str
    met: bool | None


class RaterGroup(NamedTuple):
    """Raters of neighbouring viewpoints, their answers in percent, and how many find the note helpful in words."""

    raters: str
    helpful: int
    somewhat: int
    not_helpful: int
    said: str


@dataclass(frozen=True)
class Spread:
    """How raters along the range of viewpoints rated a note; ``areas`` are paths by level."""

    groups: tuple[RaterGroup, ...]
    areas: dict[str, str]
    raters: int
    drawn_at: datetime


class Moment(NamedTuple):
    """A point in a note's history; ``kind`` is the class of what it was from then on."""

    at: datetime
    text: str
    rule: str
    kind: str


@dataclass(frozen=True)
class Why:
    """Why a note has its status."""

    headline: str
    model: str
    missing: tuple[str, ...]
    remarks: tuple[str, ...]
    checks: tuple[CheckRow, ...]
    rules: tuple[str, ...]
    spread: Spread | None
    history: tuple[Moment, ...]
    strip: dict[str, str]
    explained_at: datetime | None
    least: int = LEAST


def why(note: Note, changes: Sequence[StatusChange], n_ratings: int, *, now: datetime) -> Why:
    """Return why a note has its status.

    Parameters
    ----------
    note : Note
        Of `bridgenotes.insight.queries.explained_note`.
    changes : sequence of StatusChange
        Of its status, oldest first.
    n_ratings : int
        How many it has at this moment.
    now : datetime
        When it is looked at.
    """
    found = queries.explanation_of(note)
    drawing = queries.drawing_of(note)
    history = _history(note, changes)
    facts: Facts | None = found[0] if found else None
    return Why(
        headline=words(facts["head"]) if facts else _before_scoring(n_ratings),
        model=rule_in_words(note.decided_by) if note.decided_by else "",
        missing=tuple(_missing(facts)) if facts else (),
        remarks=tuple(_remarks(facts)) if facts else (),
        checks=tuple(_check(kept) for kept in facts["checks"]) if facts else (),
        rules=tuple(dict.fromkeys(map(rule_in_words, facts["rules"]))) if facts else (),
        spread=_spread(drawing) if drawing and drawing.groups else None,
        history=history,
        strip=areas(
            strip([(m.at.timestamp(), m.kind) for m in history], now.timestamp(), width=WIDTH, height=10)
        ),
        explained_at=found[1] if found else None,
    )


def _before_scoring(n_ratings: int) -> str:
    return gettext("The next scoring looks at it.") if n_ratings else words(["head.unrated"])


def _check(kept: KeptCheck) -> CheckRow:
    code, met, value, needed = kept
    shown = words(value) if value else gettext("not known")
    return CheckRow(words([code + NAME]), shown, words(needed), met)


def _missing(facts: Facts) -> list[str]:
    """Return the first things a note lacks; that a lock keeps it as it is, a remark says already."""
    gaps = [kept for kept in facts["missing"] if kept[0] != "missing.locked"]
    return [said for said in map(words, gaps[:FIRST_GAPS]) if said]


def _remarks(facts: Facts) -> list[str]:
    found = [words(facts["scope"])] if "scope" in facts else []
    if facts.get("locked"):
        found.append(gettext("Two weeks after it was written its status was locked: it stays as it is."))
        if otherwise := facts.get("otherwise"):
            text = gettext("Without the lock it would be: {status}.")
            found.append(text.format(status=gettext(LABELS[otherwise])))
    return found


def _spread(drawing: NoteDrawing) -> Spread:
    counts = [group[2:] for group in drawing.groups]
    boxes = stacked_columns(counts, LEVELS, width=WIDTH, height=HEIGHT, gap=4)
    return Spread(tuple(map(_group, counts)), areas(boxes), drawing.raters, drawing.drawn_at)


def _group(counts: Sequence[int]) -> RaterGroup:
    total = sum(counts)
    helpful, somewhat, not_helpful = (round(100 * count / total) for count in counts)
    raters = intcomma(total)
    said = gettext("%(share)s%% of %(n)s find it helpful.") % {"share": helpful, "n": raters}
    return RaterGroup(raters, helpful, somewhat, not_helpful, said)


def _history(note: Note, changes: Sequence[StatusChange]) -> tuple[Moment, ...]:
    first = Moment(note.created_at, gettext("Proposed"), "", KINDS[NMR])
    return (
        first,
        *(
            Moment(
                change.at,
                gettext(LABELS[change.status]),
                rule_in_words(change.decided_by) if change.decided_by else "",
                KINDS.get(change.status, KINDS[NMR]),
            )
            for change in changes
        ),
    )
