"""Reports and what may follow; statuses never do (RP-1 to RP-5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bridgenotes.domain.verdict import Reason, Verdict, verdict
from bridgenotes.domain.writing_ability import REMOVED

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.domain.writing_ability import Ability


class ReportState(StrEnum):
    """How far a report is."""

    OPEN = "open"
    DISMISSED = "dismissed"
    UPHELD = "upheld"


class Ground(StrEnum):
    """Why something is reported: which rule it is said to break."""

    HARASSMENT = "harassment"
    HATE = "hate"
    VIOLENCE = "violence"
    PRIVATE_INFORMATION = "private_information"
    SPAM = "spam"
    ILLEGAL = "illegal"
    MANIPULATION = "manipulation"
    OTHER = "other"


class Measure(StrEnum):
    """What staff may do about a rule broken; none sets a status (RP-3)."""

    WARN = "warn"
    TAKE_DOWN_NOTE = "take_down_note"
    REMOVE_CONTRIBUTOR = "remove_contributor"


@dataclass(frozen=True)
class Report:
    """A report of a note or of a contributor.

    Attributes
    ----------
    state : ReportState
        How far it is.
    ground : Ground
        The rule said to be broken.
    reporter : str
        Opaque; anyone, contributor or not (RP-2).
    about_contributor : str
        Whose note or conduct it is.
    about_note : str or None
        The note, if one is reported.
    """

    state: ReportState
    ground: Ground
    reporter: str
    about_contributor: str
    about_note: str | None = None


FITTING: Final = {
    True: frozenset(Measure),
    False: frozenset({Measure.WARN, Measure.REMOVE_CONTRIBUTOR}),
}
"""Measures for a report with and without a note."""


def may_report(reporter: str, about_contributor: str, *, has_open_report: bool) -> Verdict:
    """Return whether somebody may report a note or a contributor: anyone but oneself, once at a time (RP-2)."""
    return verdict(
        [
            Reason("report.own") if reporter == about_contributor else None,
            Reason("report.repeated") if has_open_report else None,
        ]
    )


def may_decide(report: Report, moderator_contributor: str | None, measures: frozenset[Measure]) -> Verdict:
    """Return whether a moderator may decide a report with these measures; none dismisses it (RP-3).

    Parameters
    ----------
    report : Report
        The report.
    moderator_contributor : str or None
        The moderator as a contributor, if they are one: nobody judges themselves or their report.
    measures : frozenset of Measure
        What shall follow.
    """
    is_involved = moderator_contributor is not None and moderator_contributor in {
        report.reporter,
        report.about_contributor,
    }
    unfitting = sorted(measures - FITTING[report.about_note is not None])
    return verdict(
        [
            None if report.state is ReportState.OPEN else Reason("report.already_decided"),
            Reason("report.involved") if is_involved else None,
            *(Reason("report.measure_unfit", {"measure": measure}) for measure in unfitting),
        ]
    )


def decided_state(measures: frozenset[Measure]) -> ReportState:
    """Return what a report becomes by a decision."""
    return ReportState.UPHELD if measures else ReportState.DISMISSED


def removed(ability: Ability, now: datetime) -> Ability:
    """Return the ability of somebody removed: no transition ever leads out of it (RP-4)."""
    return replace(ability, state=REMOVED, last_locked_at=now)
