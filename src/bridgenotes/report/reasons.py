"""Why a rule decided on a note, in a sentence with the note's own numbers."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from bridgenotes.report.words import listed, tag_words
from bridgenotes.scoring.rules.meta import META_RULES
from bridgenotes.scoring.rules.scorer import SCORER_RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.scoring.rules.engine import Rule

RULES_BY_NAME: Final = {rule.display_name: rule for rule in (*SCORER_RULES.values(), *META_RULES.values())}
"""Every rule of this version, by its public name."""


class _Number(float):
    """A note's number in a rule's sentence: one digit more than the limit, so that ties show."""

    def __format__(self, spec: str) -> str:
        return format(float(self), ".3f" if spec == ".2f" else spec)


def reason(rule: Rule | None, note: Mapping[str, Any], limits: object) -> str:
    """Return why a rule decided.

    Parameters
    ----------
    rule : Rule or None
        The rule; None if this version does not know it.
    note : mapping
        What the rule read of the note, under our names; what is missing is written as nan.
    limits : object
        The thresholds it read.
    """
    if rule is None:
        return "A rule of another version decided."
    values: dict[str, Any] = defaultdict(lambda: _Number(math.nan))
    for name, value in note.items():
        if value is not None:
            values[name] = _Number(value) if isinstance(value, (int, float)) else value
    tags = note.get("active_filter_tags")
    values["active_filter_tags"] = listed([tag_words(tag) for tag in (tags or "").split(",") if tag])
    return rule.reason.format(note=values, limits=limits)
