"""Behaviour of the reference that the specification calls accidental, each with a switch.

Profile ``x-2026`` copies them, because X's statuses are made with them. To see what one of them
changes, switch it off: ``bridgenotes score --set accidents.NAME=false``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.scoring.shelf import collected

if TYPE_CHECKING:
    from bridgenotes.scoring.handover import Handover


@dataclass(frozen=True)
class Accidents:
    """Which accidents happen.

    Attributes
    ----------
    only_found_twice : bool
        Final scoring counts raters that act alike once only if both detectors found them;
        prescoring, if either did (spec 02 B.6).
    idle_members_stay : bool
        A quasi-clique may keep members that took none of its actions (spec 02 B.4.3).
    tag_limits_of_first_fit : bool
        Limits of the tag filter come from notes that are Helpful by the first fit, weighted by
        the second (spec 03 C.5 step 12).
    second_fit_free : bool
        In final scoring the second fit of a normalised loss moves raters too (spec 00 section 4).
    note_starts_lost : bool
        Diligence and reputation models find the starting values of few notes, because ids
        above 2**53 are looked up as floating-point numbers: a serial run's accident (spec 08 section 2.3).
    rescored_alone : bool
        A run with previous outputs scores notes as if there were no others: filters weigh and fits
        stop by them alone (spec 06 section 4). Faster; off in ``x-2026``, see docs/decisions/0018.
    volume_among_rescored : bool
        Such a run also counts a rater's volume among rescored notes only.
    """

    only_found_twice: bool = True
    idle_members_stay: bool = True
    tag_limits_of_first_fit: bool = True
    second_fit_free: bool = True
    note_starts_lost: bool = True
    rescored_alone: bool = False
    volume_among_rescored: bool = True


_STARTS: Final = ("low_diligence_factor", "low_diligence_intercept_round2")


def findable(note_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which ids survive being a float64, bool, shape (n_notes,)."""
    same: npt.NDArray[np.bool_] = note_ids.astype(np.float64).astype(np.int64) == note_ids
    return same


def without_lost_starts(handover: Handover, note_ids: npt.NDArray[np.int64], *, factor: bool) -> Handover:
    """Return a hand-over whose notes start at 0 where their id is not found.

    Parameters
    ----------
    note_ids : numpy.ndarray, int64, shape (n_notes,)
        Public ids by note code.
    factor : bool
        Whether the note factor is such a starting value, too: so in the reputation scorer.
    """
    notes = collected(handover.notes)
    found = pl.Series(findable(note_ids)[notes["note"].to_numpy()])
    names = [name for name in (*_STARTS, *(("factor",) if factor else ())) if name in notes.columns]
    zero = pl.lit(0.0, pl.Float32)
    return replace(
        handover,
        notes=notes.with_columns(
            pl.when(found).then(pl.col(name)).otherwise(zero).alias(name) for name in names
        ),
    )
