"""From ratings as read to coded ones: of known notes, no two alike, each with a level (spec 01 A.4).

All of it chunk by chunk along the columns on disk; a row to be left out is marked in place and goes at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bridgenotes.data.coding import note_codes
from bridgenotes.data.errors import Problem
from bridgenotes.data.raw import MISSING, NO_LEVEL
from bridgenotes.data.repeated import Repeated

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from bridgenotes.data.coding import People
    from bridgenotes.data.errors import ProblemLog
    from bridgenotes.data.mapped import Columns
    from bridgenotes.data.spool import Spool

NEVER_MS = np.iinfo(np.int64).max


@dataclass
class Coding:
    """Codes the ratings of a spool.

    Attributes
    ----------
    spool : Spool
        The ratings; they are changed in place.
    people : People
        Codes of contributors.
    note_ids : numpy.ndarray, int64, shape (n_notes,)
        The known notes, ascending.
    log : ProblemLog
        Receives repeated ratings that differ and raters that are none.
    drop : callable
        Told what is left out, why and how many.
    rows_at_once : int
        Rows whose pairs of note and rater may be in memory together.
    asks_when : bool
        Fill ``first_ms``.
    first_ms : numpy.ndarray, int64, shape (n_notes,)
        When each note was rated first, `NEVER_MS` if never; ratings that are left out count.
    """

    spool: Spool
    people: People
    note_ids: npt.NDArray[np.int64]
    log: ProblemLog
    drop: Callable[[str, str, int], None]
    rows_at_once: int
    asks_when: bool = False
    first_ms: npt.NDArray[np.int64] = field(init=False)

    def run(self) -> pl.DataFrame:
        """Return the coded ratings in reading order."""
        self.first_ms = np.full(len(self.note_ids), NEVER_MS)
        self._per_note = np.zeros(len(self.note_ids), np.int64)
        self._code_notes()
        self._code_raters()
        repeated = Repeated(self.spool, self._per_note, self.rows_at_once)
        n_same, pairs = repeated.leave_out()
        self.drop("ratings", "exact duplicates", n_same)
        for first, second in pairs.rows:
            self._report(first, second)
        self.log.count += pairs.unlisted
        self._close_up()
        return self.spool.table()

    def _code_notes(self) -> None:
        """Look up notes; a note that is neither in notes nor in history is marked."""
        created = self.spool.columns()["created_at_ms"]
        n_unknown, first_unknown = 0, None

        def code(rows: slice, ids: npt.NDArray[np.int64]) -> pl.Series:
            nonlocal n_unknown, first_unknown
            codes, is_known = note_codes(pl.Series("note", ids), self.note_ids)
            known = codes.to_numpy()[is_known]
            self._per_note += np.bincount(known, minlength=len(self.note_ids))
            if self.asks_when:
                np.minimum.at(self.first_ms, known, created[rows][is_known])
            if not is_known.all():
                n_unknown += len(ids) - int(np.count_nonzero(is_known))
                if first_unknown is None:
                    place = int(np.argmin(is_known))
                    first_unknown = rows.start + place, int(ids[place])
                codes = pl.Series("note", np.where(is_known, codes.to_numpy(), np.int32(MISSING)))
            return codes

        self.spool.code_notes(code)
        if first_unknown is not None:
            row, note = first_unknown
            where = f"{note}, {self.spool.origins.place(row)}"
            self.drop(
                "ratings", f"their note is in neither notes nor noteStatusHistory (first: {where})", n_unknown
            )

    def _code_raters(self) -> None:
        """Replace categories by codes; one that spells "no value" is a problem."""
        column = self.spool.columns()["rater"]
        spells_nothing = self.people.rank.null_count() > 0
        # one more at the end, for categories that are missing: -1
        code_of = np.append(self.people.rank.fill_null(MISSING).to_numpy(), np.int32(MISSING))
        for rows in self.spool.chunks():
            categories = column[rows]
            codes = code_of[categories]
            if spells_nothing:
                for place in np.flatnonzero((codes == MISSING) & (categories != MISSING)):
                    self._report_nobody(rows.start + int(place), int(categories[place]))
            column[rows] = codes

    def _report_nobody(self, row: int, category: int) -> None:
        file, line, unit = self.spool.origins.of(row)
        said = "is missing; expected a contributor id (text)"
        spelling = str(self.people.spellings[category])
        self.log.add(Problem(file, line, "raterParticipantId", spelling, said, unit))

    def _report(self, first: int, second: int) -> None:
        """Log two ratings of one note by one rater with different values."""
        columns, origins = self.spool.columns(), self.spool.origins
        rater = int(columns["rater"][first])
        who = "?" if rater == MISSING else self.people.ids[rater]
        note = self.note_ids[columns["note"][first]]
        file, line, unit = origins.of(second)
        said = f"stands already in {origins.place(first)} with other values; keep one of the two rows"
        column = "noteId and raterParticipantId"
        self.log.add(Problem(file, line, column, f"{note}, {who}", said, unit))

    def _close_up(self) -> None:
        """Leave out the marked rows and those without a level."""
        columns = self.spool.columns()
        n_marked = n_empty = 0
        for rows in self.spool.chunks():
            is_marked = columns["note"][rows] == MISSING
            n_marked += int(np.count_nonzero(is_marked))
            n_empty += int(np.count_nonzero(~is_marked & (columns["level"][rows] == NO_LEVEL)))
        del columns
        self.drop("ratings", "neither form is filled in", n_empty)
        if n_marked + n_empty:
            self.spool.keep(_is_whole)


def _is_whole(columns: Columns) -> npt.NDArray[np.bool_]:
    is_whole: npt.NDArray[np.bool_] = (columns["note"] != MISSING) & (columns["level"] != NO_LEVEL)
    return is_whole
