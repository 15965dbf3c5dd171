"""From what stands in a column to typed values and the rows where that fails.

Takes what the CSV parser or a Parquet file gives: text, whole numbers, floats or booleans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from bridgenotes.data.columns import DTYPES, NULL_SPELLINGS, Kind

if TYPE_CHECKING:
    from bridgenotes.data.columns import Column

_SECONDS: Final = (10**8, 10**11)
"""Times in this range are seconds of 1973 to 5138; as milliseconds they would be before 1973."""
_TOO_LATE: Final = 10**14
_EXACT_FLOAT: Final = 2**53


class Checked(NamedTuple):
    """Typed values of a column, and which rows hold something else (None = none do)."""

    values: pl.Series
    bad: pl.Series | None


def check(raw: pl.Series, column: Column) -> Checked:
    """Return the values of a column as its kind asks, with missing ones supplied.

    Parameters
    ----------
    raw : polars.Series
        String, Categorical, integer, float or boolean.
    column : Column
        What is expected.

    Returns
    -------
    Checked
        ``bad`` marks rows whose value is not allowed or, for a column that may not be
        empty, missing.
    """
    if column.kind in (Kind.CONTRIBUTOR, Kind.TEXT, Kind.WORD, Kind.UNUSED):
        values, bad = _words(raw, column)
    elif column.kind is Kind.NUMBER:
        values, bad = _numbers(raw)
    else:
        values, bad = _integers(raw, is_id=column.kind in (Kind.NOTE_ID, Kind.POST_ID))
        bad |= _out_of_range(values, column)
    if bad.any():
        values = _null_where(values, bad)
    if column.minus_one_is_null:
        values = _null_where(values, values == -1)
    if values.null_count():
        if not column.nullable:
            bad |= values.is_null()
        elif column.missing is not None:
            values = values.fill_null(column.missing)
    return Checked(values, bad if bad.any() else None)


def says(value: str | None, column: Column) -> str:
    """Return the end of the sentence that begins with the bad value."""
    if value is None or value in NULL_SPELLINGS:
        return f"is missing; expected {column.expected}"
    if column.kind is Kind.TIME:
        number = int(value) if value.lstrip("-").isdecimal() else None
        if number is not None and _SECONDS[0] <= number < _SECONDS[1]:
            return "looks like seconds; expected epoch milliseconds (multiply by 1000)"
        if number is not None and number < 0:
            return "is negative; expected a time in epoch milliseconds"
        if number is not None and number >= _TOO_LATE:
            return "is too late; expected epoch milliseconds, perhaps these are microseconds"
    return f"is not {column.expected}"


def _null_where(values: pl.Series, mask: pl.Series) -> pl.Series:
    frame = pl.DataFrame([values.alias("values"), mask.alias("mask")])
    return (
        frame.select(pl.when(~pl.col("mask").fill_null(False)).then("values")).to_series().alias(values.name)
    )


def _none(length: int) -> pl.Series:
    return pl.repeat(False, length, dtype=pl.Boolean, eager=True)


def _blank_to_null(text: pl.Series) -> pl.Series:
    """Return the text with every null spelling made null."""
    is_blank = text.is_in(NULL_SPELLINGS)
    return _null_where(text, is_blank) if is_blank.any() else text


def _words(raw: pl.Series, column: Column) -> tuple[pl.Series, pl.Series]:
    if isinstance(raw.dtype, pl.Categorical) and column.kind is Kind.CONTRIBUTOR:
        return raw, _none(len(raw))  # spellings of null are looked for once, in the list of ids
    if raw.dtype.is_nested() or raw.dtype == pl.Binary:
        return pl.Series(raw.name, [None] * len(raw), dtype=pl.String), ~_none(len(raw))
    text = _blank_to_null(raw.cast(pl.String))
    bad = _none(len(raw))
    if column.kind is Kind.WORD:
        if column.synonyms:
            text = text.replace(dict(column.synonyms))
        bad = ~text.is_in(column.words)
        bad = bad.fill_null(False)
    return text, bad


def _numbers(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    if raw.dtype == pl.String:
        text = _blank_to_null(raw)
        values = text.cast(pl.Float64, strict=False)
        bad = values.is_null() & text.is_not_null()
    elif raw.dtype.is_numeric() or raw.dtype in (pl.Boolean, pl.Null):
        values, bad = raw.cast(pl.Float64), _none(len(raw))
    else:
        return pl.Series(raw.name, [None] * len(raw), dtype=pl.Float64), ~_none(len(raw))
    bad |= values.is_infinite().fill_null(False)
    return values.fill_nan(None), bad


def _integers(raw: pl.Series, *, is_id: bool) -> tuple[pl.Series, pl.Series]:
    if raw.dtype == pl.String:
        text = _blank_to_null(raw)
        values = text.cast(pl.Int64, strict=False)
        if values.null_count() > text.null_count():
            # files written by pandas have 3.0 and 1.7e12; ids may not pass through a float
            whole = text.str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
            values = values.fill_null(whole)
            if not is_id:
                values = values.fill_null(_whole(text.cast(pl.Float64, strict=False)))
        return values, values.is_null() & text.is_not_null()
    if raw.dtype.is_integer() or raw.dtype in (pl.Boolean, pl.Null):
        values = raw.cast(pl.Int64, strict=False)
    elif raw.dtype.is_float():
        raw = raw.cast(pl.Float64).fill_nan(None)
        values = _whole(raw)
        if is_id:
            values = _whole(_null_where(raw, raw.abs() > _EXACT_FLOAT))
    else:
        return pl.Series(raw.name, [None] * len(raw), dtype=pl.Int64), ~_none(len(raw))
    return values, values.is_null() & raw.is_not_null()


def _whole(values: pl.Series) -> pl.Series:
    """Return floats as integers, null where they have a fraction or are too large."""
    integral = pl.when(pl.col("v") == pl.col("v").round()).then("v")
    return values.to_frame("v").select(integral.cast(pl.Int64, strict=False)).to_series()


def _out_of_range(values: pl.Series, column: Column) -> pl.Series:
    if column.kind is Kind.FLAG:
        bad = (values < 0) | (values > 1)
    elif column.kind is Kind.NOTE_ID:
        bad = values < 0
    elif column.kind is Kind.TIME:
        low = 0 if not column.nullable else -1
        bad = (values < low) | ((values >= _SECONDS[0]) & (values < _SECONDS[1])) | (values >= _TOO_LATE)
    else:
        return _none(len(values))
    return bad.fill_null(False)


def dtype_of(column: Column) -> type[pl.DataType]:
    """Return the type the values of a column have after `check`."""
    return pl.Int64 if column.kind is Kind.FLAG else DTYPES[column.kind]
