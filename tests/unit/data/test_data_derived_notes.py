"""Notes derived from ratings alone (docs/decisions/0002)."""

from __future__ import annotations

from pathlib import Path

from bridgenotes.data.read import read_dataset

HEADER = "noteId\traterParticipantId\tcreatedAtMillis\thelpful\tnotHelpful\thelpfulnessLevel\n"


def test_a_note_whose_only_rating_says_nothing_still_has_a_time(tmp_path: Path) -> None:
    """A rating with neither form is left out, but its time is known."""
    rows = ["7\tA\t1700000000000\t1\t0\t", "8\tB\t1700000005000\t0\t0\t"]
    (tmp_path / "ratings-00000.tsv").write_text(HEADER + "\n".join(rows) + "\n")
    result = read_dataset([tmp_path], cache=False)
    assert result.dataset.ratings.height == 1
    assert result.dataset.notes["created_at_ms"].to_list() == [1_700_000_000_000, 1_700_000_005_000]
