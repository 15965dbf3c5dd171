"""From parsed tables to a `Dataset`: coding, duplicates, unknown notes, derived notes.

Sources: spec 01 A.3 (ids), A.4 (ratings), A.5 (notes), A.6 step 3 (agreement of notes and history).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.coding import note_codes, repeated_rows
from bridgenotes.data.dataset import (
    ENROLLMENT_SCHEMA,
    NOTES_SCHEMA,
    REQUESTS_SCHEMA,
    STATUS_HISTORY_SCHEMA,
    Dataset,
)
from bridgenotes.data.errors import Problem
from bridgenotes.data.rated import Coding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bridgenotes.data.coding import People
    from bridgenotes.data.errors import ProblemLog
    from bridgenotes.data.raw import RawTable
    from bridgenotes.data.spool import Spool

_SNOWFLAKE_EPOCH_MS: Final = 1_288_834_974_657
_SNOWFLAKE_SHIFT: Final = 22
_OLDEST_AT_FIRST_RATING_MS: Final = 90 * 86_400_000


@dataclass
class Assembly:
    """Puts the tables together, logging problems and noting what was dropped."""

    tables: Mapping[str, RawTable]
    ratings: Spool
    people: People
    log: ProblemLog
    rows_at_once: int
    warnings: list[str] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)

    def run(self) -> Dataset:
        """Return the dataset; with problems in the log it is not to be used."""
        notes, history = self.tables["notes"], self.tables["noteStatusHistory"]
        is_derived = not (notes.is_given or history.is_given)
        note_ids = self.ratings.note_ids() if is_derived else _distinct_notes(notes, history)
        note_table = self._one_per_key("notes", "note", note_ids)
        history_table = self._one_per_key("noteStatusHistory", "note", note_ids)
        self._compare_with_history(note_table, history_table, note_ids)
        coding = Coding(
            self.ratings, self.people, note_ids, self.log, self._drop, self.rows_at_once, asks_when=is_derived
        )
        rating_table = coding.run()
        enrollment = self._one_per_key("userEnrollment", "contributor", note_ids)
        if is_derived:
            note_table = self._derive_notes(coding.first_ms, note_ids)
        return Dataset(
            notes=_fit(note_table, NOTES_SCHEMA),
            ratings=rating_table,
            status_history=_fit(history_table, STATUS_HISTORY_SCHEMA),
            enrollment=_fit(enrollment, ENROLLMENT_SCHEMA),
            requests=_fit(self.tables["noteRequests"].frame, REQUESTS_SCHEMA),
            note_ids=note_ids,
            contributor_ids=self.people.ids,
        )

    def _one_per_key(self, name: str, key: str, note_ids: NDArray[np.int64]) -> pl.DataFrame:
        """Return a coded table with one row per key, sorted; differing rows of one key are a problem.

        Column ``row`` keeps the place in reading order, for messages.
        """
        raw = self.tables[name]
        self._check_people(raw, "contributor")
        coded = raw.frame.drop_nulls(key) if raw.frame[key].null_count() else raw.frame
        kept_rows = np.flatnonzero(raw.frame[key].is_not_null().to_numpy())
        coded = self._coded(coded, note_ids).with_columns(pl.Series("row", kept_rows, dtype=pl.Int64))
        public = "noteId" if key == "note" else "participantId"
        again = repeated_rows(coded[key].cast(pl.Int64).fill_null(-1).to_numpy())
        if len(again):
            values = [column for column in coded.columns if column != "row"]
            before = len(coded)
            coded = coded.unique(values, keep="first", maintain_order=True)
            self._drop(f"{name} rows", "exact duplicates", before - len(coded))
            for group in coded.filter(pl.col(key).is_duplicated()).partition_by(key, maintain_order=True):
                first, second = group["row"][0], group["row"][1]
                code = int(group[key][0])
                value = str(note_ids[code]) if key == "note" else str(self.people.ids[code])
                self._duplicate(raw, (first, second), public, value)
        raw.frame = raw.frame.clear()  # the text of notes need not be there twice
        return coded if coded[key].is_sorted() else coded.sort(key)

    def _check_people(self, raw: RawTable, column: str) -> None:
        """Log fields of an obligatory contributor column that spell "no value" as a word."""
        if column not in raw.frame.columns or not self.people.rank.null_count():
            return
        given = raw.frame[column]
        for row in (given.is_not_null() & self.people.codes(given).is_null()).arg_true():
            file, line, unit = raw.origins.of(row)
            said = "is missing; expected a contributor id (text)"
            self.log.add(Problem(file, line, "participantId", str(given[row]), said, unit))

    def _coded(self, frame: pl.DataFrame, note_ids: NDArray[np.int64]) -> pl.DataFrame:
        """Replace ids by codes."""
        columns = []
        for column in frame.get_columns():
            if isinstance(column.dtype, pl.Categorical):
                columns.append(self.people.codes(column))
            elif column.name == "note":
                columns.append(note_codes(column, note_ids)[0])
            else:
                columns.append(column)
        return pl.DataFrame(columns)

    def _duplicate(self, raw: RawTable, rows: tuple[int, int], column: str, value: str) -> None:
        """Log two rows with one key and different values."""
        file, line, unit = raw.origins.of(rows[1])
        said = f"stands already in {raw.origins.place(rows[0])} with other values; keep one of the two rows"
        self.log.add(Problem(file, line, column, value, said, unit))

    def _drop(self, what: str, why: str, count: int) -> None:
        if count:
            self.dropped[f"{what}: {why}"] = count
            self.warnings.append(f"{count} {what} left out: {why}")

    def _compare_with_history(
        self, notes: pl.DataFrame, history: pl.DataFrame, note_ids: NDArray[np.int64]
    ) -> None:
        """Log notes whose creation time or author differ in the status history (spec 01 A.6 step 3)."""
        told = ["note", "created_at_ms", "author", "row"]
        mine, theirs = (table.select(told).unique("note") for table in (notes, history))
        both = mine.join(theirs, on="note", how="inner", suffix="_history")
        raw_notes, raw_history = self.tables["notes"], self.tables["noteStatusHistory"]
        for column, public in (("created_at_ms", "createdAtMillis"), ("author", "noteAuthorParticipantId")):
            differing = both.filter(pl.col(column) != pl.col(f"{column}_history")).sort("row")
            for row in differing.iter_rows(named=True):
                here, there = row[column], row[f"{column}_history"]
                if column == "author":
                    here, there = self.people.ids[here], self.people.ids[there]
                file, line, unit = raw_notes.origins.of(row["row"])
                said = (
                    f"differs from {there!r} in {raw_history.origins.place(row['row_history'])} "
                    f"for note {note_ids[row['note']]}; both tables must agree"
                )
                self.log.add(Problem(file, line, public, str(here), said, unit))

    def _derive_notes(self, first: NDArray[np.int64], note_ids: NDArray[np.int64]) -> pl.DataFrame:
        """Return rows for the rated notes, first rated when ``first`` says: there is neither notes nor history."""
        encoded = (note_ids >> _SNOWFLAKE_SHIFT) + _SNOWFLAKE_EPOCH_MS
        is_believable = (encoded <= first) & (first - encoded <= _OLDEST_AT_FIRST_RATING_MS)
        created = np.where(is_believable, encoded, first)
        self.warnings.append(
            f"no notes and no noteStatusHistory: {len(note_ids)} notes derived from the ratings "
            f"({int(is_believable.sum())} creation times from the note id, the others from the first "
            "rating); authors and classifications are unknown"
        )
        n_notes = len(note_ids)
        return pl.DataFrame(
            {
                "note": np.arange(n_notes, dtype=np.int32),
                "author": pl.repeat(None, n_notes, dtype=pl.Int32, eager=True),
                "created_at_ms": created,
                "post_id": np.full(n_notes, -1),
                "classification": pl.repeat(None, n_notes, dtype=pl.String, eager=True),
                "summary": pl.repeat(None, n_notes, dtype=pl.String, eager=True),
                **{
                    flag: np.zeros(n_notes, np.bool_)
                    for flag in ("is_media_note", "is_collaborative_note", "trustworthy_sources")
                },
            }
        )


def _distinct_notes(*tables: RawTable) -> NDArray[np.int64]:
    """Return the ids of all notes of some tables, ascending."""
    # Polars sorts; NumPy's own looks millions of integers up in a hash table, at a microsecond each.
    return pl.concat([table.frame["note"].drop_nulls() for table in tables]).unique().sort().to_numpy()


def _fit(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return the columns of the schema in its types; values were checked before."""
    return frame.select([pl.col(name).cast(dtype, strict=False) for name, dtype in schema.items()])
