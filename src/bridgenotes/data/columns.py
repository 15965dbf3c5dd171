"""What a declared column is: its names, its kind of value and what stands in for none.

Reader, checker, writer and the page docs/data-format.md all work from `Column`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(Enum):
    """The kinds of value; the text is how the documentation and messages call them."""

    NOTE_ID = "note id (whole number)"
    POST_ID = "post id (whole number, -1 = not available)"
    CONTRIBUTOR = "contributor id (text)"
    TIME = "time in epoch milliseconds"
    INTEGER = "whole number"
    NUMBER = "number"
    FLAG = "flag (0 or 1)"
    WORD = "one of a list of words"
    TEXT = "text"
    UNUSED = "not read"


NULL_SPELLINGS: Final = (
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    "N/A",
    "NA",
    "NULL",
    "NaN",
    "None",
    "n/a",
    "nan",
    "null",
)
"""Fields that mean "no value", as in pandas (spec 01 A.2)."""

DTYPES: Final[Mapping[Kind, type[pl.DataType]]] = {
    Kind.NOTE_ID: pl.Int64,
    Kind.POST_ID: pl.Int64,
    Kind.CONTRIBUTOR: pl.String,
    Kind.TIME: pl.Int64,
    Kind.INTEGER: pl.Int64,
    Kind.NUMBER: pl.Float64,
    Kind.FLAG: pl.Int8,
    Kind.WORD: pl.String,
    Kind.TEXT: pl.String,
    Kind.UNUSED: pl.String,
}


@dataclass(frozen=True)
class Column:
    """One public column.

    Attributes
    ----------
    name : str
        Name in the files we write, and the first one looked for.
    kind : Kind
        What its values are.
    doc : str
        One sentence for the documentation.
    field : str or None
        Our name for it; None when it is not read.
    aliases : tuple of str
        Other header names of published files.
    words : tuple of str
        Allowed values of a `Kind.WORD`.
    synonyms : tuple of (str, str)
        Accepted spellings and the word each stands for.
    required : bool
        The file must have the column.
    nullable : bool
        A row may leave it empty.
    missing : int or str or None
        What is supplied for an absent column or an empty field of a nullable one.
    minus_one_is_null : bool
        -1 means "no value" (the 2022 status history writes so); elsewhere it has its own meaning.
    written : int or str or None
        What we write when our tables do not hold the column.
    era : str
        When the column was published.
    """

    name: str
    kind: Kind
    doc: str
    field: str | None = None
    aliases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, str], ...] = ()
    required: bool = False
    nullable: bool = True
    missing: int | str | None = None
    minus_one_is_null: bool = False
    written: int | str | None = None
    era: str = "all"

    @property
    def names(self) -> tuple[str, ...]:
        """Every accepted header name."""
        return (self.name, *self.aliases)

    @property
    def expected(self) -> str:
        """Return the end of the sentence "'x' is not ..."."""
        if self.kind is Kind.WORD:
            return "one of " + ", ".join(self.words)
        return "0 or 1" if self.kind is Kind.FLAG else f"a {self.kind.value}"


@dataclass(frozen=True)
class Table:
    """One public table.

    Attributes
    ----------
    name : str
        Stem of its files, and name of its folder.
    attribute : str
        Its name in `Dataset`.
    columns : tuple of Column
        In the order in which we write them.
    either : tuple of str
        Columns of which the file must have at least one.
    doc : str
        One sentence for the documentation.
    """

    name: str
    attribute: str
    columns: tuple[Column, ...]
    doc: str
    either: tuple[str, ...] = ()

    @property
    def read_columns(self) -> tuple[Column, ...]:
        """Columns that the engine uses."""
        return tuple(column for column in self.columns if column.field is not None)

    def column(self, field: str) -> Column:
        """Return the column with our name ``field``.

        Raises
        ------
        KeyError
            If there is none.
        """
        for column in self.columns:
            if column.field == field:
                return column
        raise KeyError(f"table {self.name} has no field {field}")
