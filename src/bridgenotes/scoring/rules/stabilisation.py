"""A note waits before it is shown for the first time (spec 05 section 9.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import CRH, NEEDS_YOUR_HELP, NMR
from bridgenotes.scoring.rules.engine import CODE, Decision, LabelArray, NoteTable, Rule, labels_to_status

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Profile, Stabilisation

LEFT: Final = -1.0
"""Written as the time of a note that left stabilisation."""


def _stabilise(notes: NoteTable, label: LabelArray, profile: Profile) -> Decision:
    before = labels_to_status(label)
    waits = profile.stabilisation
    if waits is None:
        nobody = np.zeros(len(notes), np.bool_)
        return Decision(
            nobody, CODE[NMR], _columns(np.full(len(notes), np.nan), pl.Series([None] * len(notes)))
        )
    was_shown = notes.labels("current_status") == CODE[CRH]
    new, emitted = _wait(notes, label, waits)
    helped = was_shown & (label == CODE[NEEDS_YOUR_HELP])
    new = np.where(was_shown, np.where(helped, CODE[CRH], label), new).astype(np.int8)
    return Decision(new != label, new, _columns(np.where(was_shown, np.nan, emitted), before))


def _columns(emitted: npt.NDArray[np.float64], before: pl.Series) -> dict[str, pl.Series]:
    return {
        "stabilisation_at_ms": pl.Series(emitted).fill_nan(None).cast(pl.Int64),
        "pre_stabilization_rating_status": before,
    }


def _wait(
    notes: NoteTable, label: LabelArray, waits: Stabilisation
) -> tuple[LabelArray, npt.NDArray[np.float64]]:
    """Return labels and emitted times of notes that were not shown before."""
    now = notes["now_ms"].astype(np.float64)
    since = notes["nmr_due_to_min_stable_crh_time_at_ms"].astype(np.float64)
    waiting, age = since > 0, now - since
    helpful, needs = label == CODE[CRH], label == CODE[NEEDS_YOUR_HELP]
    held = _is_held(notes) & (age >= waits.required_ms) & (age <= waits.longest_ms)
    too_young = waiting & ((age < waits.required_ms) | held)
    new, emitted = label.copy(), np.full(len(label), np.nan)
    # helpful notes: the first time begins the wait; then they stay in it, or leave it and are shown
    new[helpful & (~waiting | too_young)] = CODE[NMR]
    emitted[helpful & ~waiting] = now[helpful & ~waiting]
    emitted[helpful & too_young] = since[helpful & too_young]
    emitted[helpful & waiting & ~too_young] = LEFT
    # notes that a safeguard holds back wait too, for longer, and never leave as helpful
    new[needs] = CODE[NMR]
    emitted[needs & np.isnan(since)] = now[needs & np.isnan(since)]
    emitted[needs & ~np.isnan(since)] = since[needs & ~np.isnan(since)]
    emitted[needs & waiting & (age > waits.longest_held_back_ms)] = LEFT
    # all others leave it
    emitted[~helpful & ~needs & waiting] = LEFT
    return new, emitted


def _is_held(notes: NoteTable) -> npt.NDArray[np.bool_]:
    """Return notes that wait to the end: unsure topic, helpful before, or predicted to lose the status."""
    unsure = notes["has_topic"] & ~notes["topic_note_confident"]
    was_helpful = notes.labels("first_non_nmr_status") == CODE[CRH]
    held: npt.NDArray[np.bool_] = unsure | was_helpful | ~notes["is_predicted_stable"]
    return held


STABILISATION_RULE: Final = Rule(
    "NMR_DUE_TO_MIN_STABLE_CRH_TIME",
    "NmrDueToMinStableCrhTime",
    "1.0",
    _stabilise,
    "It qualifies, and waits at least half an hour before it is shown, longer while a safeguard does not hold.",
    needs=("CORE_MODEL",),
)
