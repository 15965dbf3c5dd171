"""Columns of the database as columns of a public table, without a Python object for each time and id.

Times and ids leave the database as text, and polars makes numbers and participant ids of whole columns. Rows come
in portions, so that memory does not grow with the site.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from django.db.models import F, TextField
from django.db.models.functions import Cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.db.models import QuerySet

Field = tuple[str, pl.DataType | type[pl.DataType]]
"""Path of a field, and the dtype of its column."""
PORTION: Final = 20_000
"""Rows held in memory at once."""
FETCH: Final = 5_000
"""Rows per answer of the database."""
_TIME: Final = "%Y-%m-%d %H:%M:%S%.f"
_UTC: Final = "+00"  # how PostgreSQL ends a time; SQLite ends it nowhere, and both keep UTC


def frames(
    rows: QuerySet[Any, Any], columns: Mapping[str, Field],
    *, times: Sequence[str] = (), people: Sequence[str] = (), texts: Sequence[str] = (),
) -> Iterator[pl.DataFrame]:  # fmt: skip
    """Yield rows as frames, in their order, read from the database as they are needed.

    Parameters
    ----------
    rows : QuerySet
        What to read, ordered.
    columns : mapping
        Name of a public column to field path and dtype, of fields that need no conversion.
    times, people, texts : sequence of str
        Public columns of ``columns`` whose fields are times (read as milliseconds since 1970, rounded down),
        contributors (read as participant ids), and anything else that is to be read as the database's text.

    Yields
    ------
    polars.DataFrame
        Up to `PORTION` rows, never none.
    """
    as_text = {*times, *people, *texts}
    named = {
        f"c{place}": Cast(F(path), TextField()) if name in as_text else F(path)
        for place, (name, (path, _)) in enumerate(columns.items())
    }
    dtypes = {name: pl.String if name in as_text else dtype for name, (_, dtype) in columns.items()}
    found = rows.annotate(**named).values_list(*named)
    stream = found.iterator(chunk_size=FETCH)
    while portion := list(islice(stream, PORTION)):
        values = zip(*portion, strict=True)
        frame = pl.DataFrame(
            [
                pl.Series(name, column, dtype=dtypes[name])
                for name, column in zip(columns, values, strict=True)
            ]
        )
        yield frame.with_columns(
            *(epoch_ms(pl.col(name)) for name in times), *(participant(pl.col(name)) for name in people)
        )


def epoch_ms(time: pl.Expr) -> pl.Expr:
    """Return a time's text as whole milliseconds since 1970 (Int64), rounded down."""
    return time.str.strip_suffix(_UTC).str.to_datetime(_TIME, time_unit="us").dt.epoch("ms")


def participant(contributor: pl.Expr) -> pl.Expr:
    """Return an id's text, with or without hyphens, as the public participant id."""
    return contributor.str.replace_all("-", "", literal=True).str.to_uppercase()
