"""The four output tables: columns, types and how our names become public ones (spec 01 A.13).

``output_columns.tsv`` beside this file declares the columns, one a line; the status
history has those of its input table. A public name becomes ours by one rule
(``coreNoteIntercept`` is ``core_note_intercept``), save for the names in `_OVERRIDES`.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.columns import Kind
from bridgenotes.data.errors import DataError
from bridgenotes.data.public import contributor_id_of, note_id_of
from bridgenotes.data.tables import ENROLLMENT, STATUS_HISTORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.data.dataset import Dataset

_TYPES: Final[Mapping[str, type[pl.DataType]]] = {
    "int": pl.Int64,
    "float": pl.Float64,
    "text": pl.String,
    "flag": pl.Int8,
    "bool": pl.Boolean,
}
_KIND_TYPES: Final = {Kind.NUMBER: "float", Kind.WORD: "text", Kind.TEXT: "text", Kind.CONTRIBUTOR: "text"}

_OVERRIDES: Final[Mapping[str, str]] = {
    **{
        column.name: column.field
        for column in ENROLLMENT.columns
        if column.field and column.kind is Kind.TIME
    },
    **{column.name: column.field for column in STATUS_HISTORY.columns if column.field},
    "raterParticipantId": "rater",
}
"""Public names that the tables we read have taught us to call otherwise."""


@dataclass(frozen=True)
class OutputColumn:
    """One column of an output table.

    Attributes
    ----------
    name : str
        Public name.
    field : str
        Our name.
    kind : str
        ``int``, ``float``, ``text``, ``flag`` (0 or 1) or ``bool``.
    doc : str
        One sentence for the documentation.
    """

    name: str
    field: str
    kind: str
    doc: str

    @property
    def dtype(self) -> type[pl.DataType]:
        """The polars type."""
        return _TYPES[self.kind]


def field_name(public: str) -> str:
    """Return our name of a public output column.

    Examples
    --------
    >>> field_name("coreNoteFactor1"), field_name("noteId")
    ('core_note_factor1', 'note')
    """
    return _OVERRIDES.get(public) or re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", public).lower()


def _load() -> dict[str, tuple[OutputColumn, ...]]:
    text = resources.files(__package__).joinpath("output_columns.tsv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    tables = {
        table: tuple(
            OutputColumn(row["column"], field_name(row["column"]), row["type"], row["doc"])
            for row in rows
            if row["table"] == table
        )
        for table in ("scored_notes", "aux_note_info", "helpfulness_scores")
    }
    history = tuple(
        OutputColumn(column.name, column.field or "", _KIND_TYPES.get(column.kind, "int"), column.doc)
        for column in STATUS_HISTORY.columns
    )
    return {
        "scored_notes": tables["scored_notes"],
        "aux_note_info": tables["aux_note_info"],
        "note_status_history": history,
        "helpfulness_scores": tables["helpfulness_scores"],
    }


OUTPUT_TABLES: Final[Mapping[str, tuple[OutputColumn, ...]]] = _load()
"""Columns in file order, by name of the output table."""


def output_schema(table: str) -> pl.Schema:
    """Return public names and types of an output table in file order."""
    return pl.Schema({column.name: column.dtype() for column in OUTPUT_TABLES[table]})


def to_public(frame: pl.DataFrame, table: str, dataset: Dataset | None = None) -> pl.DataFrame:
    """Return a result table under its public names, complete and in order.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns under our names, any order. ``note``, ``author`` and ``rater`` hold codes if
        ``dataset`` is given, else public ids. An Enum for a whole-number column gives its position.
    table : str
        ``scored_notes``, ``aux_note_info``, ``note_status_history`` or ``helpfulness_scores``.
    dataset : Dataset, optional
        Turns codes into public ids.

    Returns
    -------
    polars.DataFrame
        Schema `output_schema`; columns not in ``frame`` are null, and so is NaN.

    Raises
    ------
    DataError
        If ``frame`` has a column that is not of this table, or values of another type.
    """
    columns = OUTPUT_TABLES[table]
    if unknown := sorted(set(frame.columns) - {column.field for column in columns}):
        raise DataError(f"output table {table} has no column for {', '.join(unknown)}")
    return pl.DataFrame([_public_column(frame, column, dataset, table) for column in columns])


def _public_column(
    frame: pl.DataFrame, column: OutputColumn, dataset: Dataset | None, table: str
) -> pl.Series:
    """Return one public column."""
    if column.field not in frame.columns:
        return pl.repeat(None, len(frame), dtype=column.dtype, eager=True).alias(column.name)
    values = frame[column.field]
    if dataset is not None and column.field == "note":
        values = note_id_of(dataset, values)
    elif dataset is not None and column.field in ("author", "rater"):
        values = contributor_id_of(dataset, values)
    if values.dtype.is_float():
        values = values.fill_nan(None)
    elif column.kind == "int" and isinstance(values.dtype, pl.Enum):
        values = values.to_physical()
    try:
        return values.cast(column.dtype).alias(column.name)
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"output table {table}, column {column.name}: "
            f"{column.field} is {values.dtype}, expected {column.kind}"
        ) from error


def from_public(frame: pl.DataFrame, table: str, dataset: Dataset) -> pl.DataFrame:
    """Return an output table under our names, with codes for ids: the way back of `to_public`.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns under public names; other columns are left out.
    table : str
        As in `to_public`.
    dataset : Dataset
        Rows whose note or rater it does not know are left out; an unknown author is null.
    """
    keys = {column.field: column.name for column in OUTPUT_TABLES[table] if column.name in frame.columns}
    out = frame.select(pl.col(name).alias(ours) for ours, name in keys.items())
    for key, ids in (
        ("note", pl.Series(dataset.note_ids, dtype=pl.Int64)),
        ("author", dataset.contributor_ids),
        ("rater", dataset.contributor_ids),
    ):
        if key not in keys:
            continue
        codes = pl.DataFrame(
            [ids.alias(key), pl.int_range(len(ids), dtype=pl.Int32, eager=True).alias("code")]
        )
        out = out.join(codes, on=key, how="left", maintain_order="left")
        out = out.with_columns(pl.col("code").alias(key)).drop("code")
        if key != "author":
            out = out.drop_nulls(key)
    return out
