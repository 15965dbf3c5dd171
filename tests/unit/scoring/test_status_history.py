"""What a run writes into the status history (spec 01 A.12)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from bridgenotes.data.dataset import STATUS_HISTORY_SCHEMA
from bridgenotes.data.vocabulary import CRH, CRNH, FIRM_REJECT, NMR, Status
from bridgenotes.scoring.preprocess import complete_history
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.rules.meta import LOCKING_RULES
from bridgenotes.scoring.status_history import update_history
from support.tables import DAY_MS, NOW_MS, dataset

PROFILE = load_profile("x-2026")
CORE = "CoreModel (v1.1)"
OLD = NOW_MS - 15 * DAY_MS


def after(
    status: str, *, decided_by: str = CORE, profile: Any = PROFILE, core: str | None = None, **before: Any
) -> dict:
    """The history row of one note after a run that gave it ``status``."""
    history = complete_history(dataset(history=[{"note": 0, **before}]))
    results = pl.DataFrame(
        {"final_rating_status": [status], "decided_by": [decided_by], "core_rating_status": [core or status]},
        schema_overrides={"final_rating_status": Status, "core_rating_status": Status},
    )
    table = update_history(history, results, profile.history, LOCKING_RULES, NOW_MS)
    assert table.schema == STATUS_HISTORY_SCHEMA
    return table.row(0, named=True)


def test_a_new_note_records_a_change_even_to_nmr() -> None:
    row = after(NMR)
    assert row["most_recent_status_change_at_ms"] == NOW_MS
    assert row["current_status"] == NMR
    assert row["first_non_nmr_status"] is None


def test_an_unchanged_status_was_never_changed() -> None:
    assert after(NMR, current_status=NMR)["most_recent_status_change_at_ms"] == -1
    assert (
        after(NMR, current_status=NMR, most_recent_status_change_at_ms=5)["most_recent_status_change_at_ms"]
        == 5
    )


def test_first_status_and_flips_are_recorded() -> None:
    first = after(CRH)
    assert (first["first_non_nmr_status"], first["first_non_nmr_status_at_ms"]) == (CRH, NOW_MS)
    assert (first["most_recent_non_nmr_status"], first["latest_non_nmr_status_at_ms"]) == (CRH, NOW_MS)
    known = {
        "first_non_nmr_status": CRH, "first_non_nmr_status_at_ms": 1,
        "most_recent_non_nmr_status": CRH, "latest_non_nmr_status_at_ms": 1,
    }  # fmt: skip
    again = after(CRH, current_status=NMR, **known)
    assert again["latest_non_nmr_status_at_ms"] == 1
    flipped = after(CRNH, current_status=CRH, **known)
    assert (flipped["first_non_nmr_status_at_ms"], flipped["latest_non_nmr_status_at_ms"]) == (1, NOW_MS)
    assert flipped["most_recent_non_nmr_status"] == CRNH


def test_notes_from_before_the_tombstones_record_no_first_status() -> None:
    assert after(CRH, created_at_ms=PROFILE.history.tombstones_since_ms - 1)["first_non_nmr_status"] is None


def test_a_decided_note_locks_after_two_weeks() -> None:
    row = after(CRH, created_at_ms=OLD)
    assert (row["locked_status"], row["status_lock_at_ms"]) == (CRH, NOW_MS)
    assert row["nmr_due_to_min_stable_crh_time_at_ms"] == -1


@pytest.mark.parametrize(
    "change",
    [
        {"created_at_ms": NOW_MS - 14 * DAY_MS},
        {"created_at_ms": OLD, "decided_by": "ScoringDriftGuard (v1.0)"},
        {"created_at_ms": OLD, "profile": load_profile("birdwatch-2022")},
    ],
)
def test_it_does_not_lock_too_early_or_by_the_wrong_rule(change: dict[str, Any]) -> None:
    assert after(CRH, **change)["locked_status"] is None


def test_a_lock_is_for_good() -> None:
    row = after(NMR, created_at_ms=OLD, locked_status=CRH, status_lock_at_ms=3)
    assert (row["locked_status"], row["status_lock_at_ms"]) == (CRH, 3)


def test_a_scorers_own_word_is_kept() -> None:
    row = after(NMR, core=FIRM_REJECT)
    assert (row["current_core_status"], row["current_status"]) == (FIRM_REJECT, NMR)
    assert row["current_expansion_status"] is None
