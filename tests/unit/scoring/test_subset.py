"""A part of a dataset under its own codes."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.handover import Handover
from bridgenotes.scoring.subset import NoteSubset
from support.tables import dataset

CHOSEN = st.lists(st.booleans(), max_size=12)


def whole(n: int):
    notes = [{"note": k, "author": k} for k in range(n)]
    ratings = [{"note": k % n, "rater": r, "created_at_ms": r} for k, r in enumerate(range(2 * n))]
    return dataset(notes=notes, ratings=ratings, history=notes[::2])


@given(CHOSEN)
def test_codes_and_new_codes_are_each_other_s_way_back(chosen: list[bool]) -> None:
    part = NoteSubset.of(pl.Series(chosen, dtype=pl.Boolean))
    assert part.codes.tolist() == [k for k, is_in in enumerate(chosen) if is_in]
    assert part.new_code[part.codes].tolist() == list(range(len(part.codes)))
    assert (part.new_code == -1).sum() == len(chosen) - len(part.codes)


@given(CHOSEN)
def test_a_part_keeps_rows_ids_and_contributors(chosen: list[bool]) -> None:
    data = whole(len(chosen))
    part = NoteSubset.of(pl.Series(chosen, dtype=pl.Boolean))
    cut = part.dataset(data)
    assert cut.note_ids.tolist() == data.note_ids[np.array(chosen, bool)].tolist()
    assert cut.contributor_ids.equals(data.contributor_ids)
    for name in ("notes", "ratings", "status_history"):
        before, after = getattr(data, name), getattr(cut, name)
        kept = before.filter(pl.Series(np.array(chosen, bool)[before["note"].to_numpy()], dtype=pl.Boolean))
        assert after.drop("note").equals(kept.drop("note"))
        assert (
            cut.note_ids[after["note"].to_numpy()].tolist() == data.note_ids[kept["note"].to_numpy()].tolist()
        )


def test_a_hand_over_loses_notes_not_raters() -> None:
    given_ = Handover(
        scorer="X",
        notes=pl.DataFrame({"note": [0, 2], "intercept": [0.1, 0.3]}, schema_overrides={"note": pl.Int32}),
        raters=pl.DataFrame({"rater": [5], "intercept": [0.2]}, schema_overrides={"rater": pl.Int32}),
        global_intercept=0.1,
        tag_thresholds=np.zeros(13),
        n_ratings=9,
        n_notes=3,
        n_raters=4,
        diligence_intercepts=None,
        diagnostics={},
    )
    cut = NoteSubset.of(pl.Series([False, False, True])).handover(given_)
    assert cut.notes.rows() == [(0, 0.3)]
    assert cut.raters.equals(given_.raters)
    assert (cut.n_ratings, cut.n_notes, cut.n_raters) == (9, 3, 4)
