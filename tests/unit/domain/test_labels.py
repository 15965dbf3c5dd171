"""Whatever a page may show has a name for people."""

from __future__ import annotations

from bridgenotes.data.vocabulary import (
    CLASSIFICATIONS,
    ENROLLMENT_STATES,
    HELPFULNESS_LEVELS,
    STATUSES,
    TAGS,
)
from bridgenotes.domain.config import GuardrailConfig
from bridgenotes.domain.labels import LABELS
from bridgenotes.domain.moderation import Ground, Measure
from bridgenotes.domain.note_form import REASONS
from bridgenotes.domain.notifications import Frequency
from bridgenotes.domain.phones import LINE_TYPES


def test_every_public_name_has_a_label_and_no_label_is_idle() -> None:
    reasons = {reason for reasons in REASONS.values() for reason in reasons}
    shown = {*STATUSES, *CLASSIFICATIONS, *HELPFULNESS_LEVELS, *TAGS, *ENROLLMENT_STATES, *Frequency, *Ground}
    shown |= {*Measure, "carrier.", *(f"line_type.{name}" for name in LINE_TYPES.values())}
    shown |= {f"measure.{name}" for name in GuardrailConfig().thresholds}
    assert set(LABELS) == shown | reasons
