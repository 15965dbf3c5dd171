"""The reference against itself: `compare` finds the spread between its seeds that is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgenotes.report.compare.comparison import compare_folders

pytestmark = pytest.mark.parity


def test_seeds_of_the_reference_differ_as_known(reference_data: Path) -> None:
    golden = reference_data / "golden" / "S"
    one, two, three = (golden / "reference" / seed for seed in ("s1", "s2", "s3"))
    found = compare_folders(one, two, status_history=golden / "input")
    assert round(100 * found.status_agreement, 2) == 99.44
    assert found.statuses.unlocked is not None
    assert (found.statuses.unlocked.n, round(100 * found.statuses.unlocked.share, 1)) == (649, 97.7)
    assert all(tag.share == 1 for tag in found.statuses.tags)
    core = next(column for column in found.columns if column.column == "coreNoteIntercept")
    assert (round(core.correlation, 3), round(core.mean_difference, 3)) == (0.992, 0.017)
    assert {one.fit for one in found.mirrors if one.is_mirrored} >= {"expansionPlus"}
    plus = next(column for column in found.columns if column.column == "expansionPlusRaterFactor1")
    assert plus.correlation > 0.99
    few = compare_folders(one, three)  # without status history and notes' details
    assert [overlap.table for overlap in few.overlaps] == ["scored_notes", "helpfulness_scores"]
