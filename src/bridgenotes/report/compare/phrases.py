"""The words and the order in which a comparison is shown, the same on the terminal and on the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bridgenotes.report.compare.columns import PARAMETERS
from bridgenotes.report.compare.rules import LISTS
from bridgenotes.report.compare.worst import META
from bridgenotes.report.words import day, listed, status_words

if TYPE_CHECKING:
    from bridgenotes.report.compare.agreement import Agreement
    from bridgenotes.report.compare.columns import ColumnAgreement
    from bridgenotes.report.compare.comparison import Comparison, Side
    from bridgenotes.report.compare.mirror import Mirror
    from bridgenotes.report.compare.rules import RuleFirings
    from bridgenotes.report.compare.worst import Firing

OTHER_SPECTRUM: Final = 0.9
"""Below this cosine a fit is not the same one turned round: it has found another spectrum."""
_FEW: Final = 10


def percent(share: float | None) -> str:
    """Return a share as a percentage that is 100 only if it is.

    Examples
    --------
    >>> percent(0.99999), percent(1.0), percent(None)
    ('99.99 %', '100 %', '-')
    """
    if share is None:
        return "-"
    return "100 %" if share == 1 else f"{min(100 * share, 99.99):.2f} %"


def number(value: float | None, digits: int) -> str:
    """Return a number, 0 only if it is; ``-`` if there is none.

    Examples
    --------
    >>> number(0.25, 4), number(0.0, 4), number(1e-9, 4), number(None, 4)
    ('0.2500', '0', '1.0e-09', '-')
    """
    if value is None:
        return "-"
    if value == 0:
        return "0"
    return f"{value:.1e}" if abs(value) < 0.5 * 10**-digits else f"{value:.{digits}f}"


def side_words(side: Side, *, folder: str | None = None) -> str:
    """Return what is known of a folder, called ``folder`` if given: a page for others names no private path."""
    known = [
        ("profile", side.profile),
        ("seed", side.seed),
        ("as of", day(side.now_ms)),
        ("bridgenotes", side.version),
    ]
    words = [f"{name} {value}" for name, value in known if value is not None]
    name = folder or side.folder
    return f"{name} ({', '.join(words)})" if words else name


def list_name(scorer: str) -> str:
    """Return how a rule list is called."""
    return "final rules" if scorer == META else scorer


def firing_words(firing: Firing) -> str:
    """Return a rule, and what it changed if that is known."""
    if firing.after is None:
        return firing.rule
    if firing.before == firing.after:
        return f"{firing.rule}: stays {status_words(firing.after)}"
    return f"{firing.rule}: {status_words(firing.before)} → {status_words(firing.after)}"


def different_rules(found: Comparison) -> list[tuple[str, RuleFirings]]:
    """Return the rules that fired on other notes, most differences first, with their scorer."""
    rows = [
        (
            "final rules"
            if one.whole.column == f"metaScorer{LISTS}"
            else one.whole.column.removesuffix(LISTS),
            rule,
        )
        for one in found.rules
        for rule in one.rules
        if rule.only_a or rule.only_b
    ]
    return sorted(rows, key=lambda row: -(row[1].only_a + row[1].only_b))


def word_agreements(found: Comparison) -> list[Agreement]:
    """Return what is compared word by word and says something: deciding rule, tags, statuses, enrollment."""
    statuses = found.statuses
    entries = [statuses.decided_by, *statuses.tags, *statuses.scorers, found.enrollment]
    return [one for one in entries if one is not None and one.n]


def disagreement_words(one: Agreement) -> str:
    """Return the most frequent disagreement, if there is one."""
    if not one.disagreements:
        return ""
    most = one.disagreements[0]
    first, second = ("none" if word is None else status_words(word) for word in (most.a, most.b))
    return f"{first} → {second}: {most.count:,}"


def is_main(column: str) -> bool:
    """Return whether a parameter is no bound and no baseline of another one."""
    return not re.search(r"NoteIntercept.", column)


def measured(found: Comparison, group: str) -> list[ColumnAgreement]:
    """Return the columns of a group of parameters that hold values, prescoring left out."""
    return [one for one in found.columns if one.group == group and not one.scorer and _has_values(one)]


def unequal_columns(found: Comparison) -> list[ColumnAgreement]:
    """Return all other columns that differ, the least equal first."""
    rows = [one for one in found.columns if one.equal < one.n and (one.group not in PARAMETERS or one.scorer)]
    return sorted(rows, key=lambda one: one.equal / one.n)


def mirror_words(found: Comparison) -> list[str]:
    """Return which fits are turned, and which cannot be compared by turning."""
    turned = [_fit_words(one) for one in found.mirrors if one.is_mirrored]
    other = [
        f"{_fit_words(one)} ({one.cosine:.2f})"
        for one in found.mirrors
        if one.cosine is not None and abs(one.cosine) < OTHER_SPECTRUM
    ]
    sentences = []
    if turned:
        sentences.append(
            f"Mirrored: {listed(turned)}. Both ends of a spectrum are alike, so B's factors of these fits are "
            "negated before they are compared."
        )
    if other:
        more = [f"{len(other) - _FEW} others"] if len(other) > _FEW else []
        sentences.append(
            f"Another spectrum, whichever way it is turned (cosine of the factors): {listed([*other[:_FEW], *more])}."
        )
    return sentences


def _fit_words(mirror: Mirror) -> str:
    return f"{mirror.fit} {mirror.part}".strip()


def _has_values(one: ColumnAgreement) -> bool:
    return bool(one.n_both or one.empty_only_a or one.empty_only_b)
