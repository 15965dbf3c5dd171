"""The kept form of an explanation: small, and without words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NotRequired, TypedDict

from bridgenotes.domain.viewpoints import LEAST
from bridgenotes.report.sentences import Packed, packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgenotes.report.checks import Check
    from bridgenotes.report.explain import Findings

KeptCheck = tuple[str, bool | None, Packed | None, Packed]
"""Beginning of the code of its name, whether it is met, its value, what is needed."""
NAME: Final = ".name"

SAID_OF_FEW: Final = frozenset({"RATINGS", "CLASSIFICATION"})
"""Checks that say nothing about a single rater."""


class Facts(TypedDict):
    """Why a note has its status.

    ``head`` is the reason, ``missing`` what it lacks to be Helpful, ``scope`` why its scorer does not judge it,
    ``lock`` the status without the lock if that is another one; ``rules`` are names of the rules that
    decided, in order.
    """

    head: Packed
    missing: list[Packed]
    checks: list[KeptCheck]
    rules: list[str]
    scope: NotRequired[Packed]
    locked: NotRequired[bool]
    otherwise: NotRequired[str | None]


def facts_of(findings: Findings, scored: Mapping[str, Any], active_rules: str | None) -> Facts:
    """Return what is kept of one note's explanation.

    Of a note with fewer than five ratings nothing is kept that a model computed: it could tell the side of
    the one who rated.

    Parameters
    ----------
    findings : Findings
        What the rules found.
    scored : mapping
        The note's row of scored_notes.
    active_rules : str or None
        Rules of the scorer that explains it, by public name.
    """
    is_few = (scored.get("numRatings") or 0) < LEAST
    checks, gaps = findings.checks, frozenset[str]()
    if is_few:
        checks = tuple(check for check in findings.checks if check.id in SAID_OF_FEW)
        gaps = frozenset(c.gap for c in findings.checks if c.id not in SAID_OF_FEW and c.gap)
    kept: Facts = {
        "head": packed(findings.headline),
        "missing": [packed(sentence) for sentence in findings.missing if sentence not in gaps],
        "checks": [_kept(check) for check in checks],
        "rules": [] if is_few else list(_rules(active_rules, scored.get("metaScorerActiveRules"))),
    }
    if findings.scope is not None:
        kept["scope"] = packed(findings.scope)
    if findings.lock is not None:
        kept["locked"] = True
        kept["otherwise"] = scored.get("unlockedRatingStatus") if findings.lock.otherwise else None
    return kept


def _kept(check: Check) -> KeptCheck:
    value = None if check.value is None else packed(check.value)
    return (check.name.code.removesuffix(NAME), check.met, value, packed(check.needed))


def _rules(*lists: str | None) -> Iterable[str]:
    """Yield the names of rules without their versions."""
    for names in lists:
        yield from (name.split(" ", maxsplit=1)[0] for name in (names or "").split(",") if name)
