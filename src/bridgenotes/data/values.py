"""From what stands in a column to typed values and the rows where that fails.

Takes what the CSV parser or a Parquet file gives: text, whole numbers, floats or booleans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import polars as pl

from bridgenotes.data.columns import DTYPES, NULL_SPELLINGS, Kind

if TYPE_CHECKING:
    from bridgenotes.data.columns import Column

_SECONDS: Final = (10**8, 10**11)
"""Times in this range are seconds of 1973 to 5138; as milliseconds they would be before 1973."""
_TOO_LATE: Final = 10**14
_EXACT_FLOAT: Final = 2**53
_RANGES: Final = {
    Kind.FLAG: (0, 1),
    Kind.NOTE_ID: (0, 2**63 - 1),
    Kind.TIME: (0, _TOO_LATE - 1),
}
_TEXTUAL: Final = (pl.String, pl.Categorical, pl.Enum)
_Mask: TypeAlias = "pl.Series | None"


class Checked(NamedTuple):
    """Typed values of a column, and which rows hold something else (None = none do)."""

    values: pl.Series
    bad: pl.Series | None


def check(raw: pl.Series, column: Column) -> Checked:
    """Return the values of a column as its kind asks, with missing ones supplied.

    Parameters
    ----------
    raw : polars.Series
        Text, category, integer, float or boolean; anything else is wrong everywhere.
    column : Column
        What is expected.

    Returns
    -------
    Checked
        ``values`` in `dtype_of` the column (ids that are categories stay such), null where
        ``bad``, which marks values that are not allowed or, for a column that may not be
        empty, missing.
    """
    values, bad = _typed(raw, column)
    if column.minus_one_is_null:
        values = _null_where(values, values == -1)
    if bad is not None:
        values = _null_where(values, bad)
    if values.null_count():
        if not column.nullable:
            bad = _either(bad, values.is_null())
        elif column.missing is not None:
            values = values.fill_null(column.missing)
    dtype = dtype_of(column)
    if values.dtype != dtype and not isinstance(values.dtype, pl.Categorical):
        values = values.cast(dtype)
    return Checked(values, bad)


def dtype_of(column: Column) -> pl.DataType:
    """Return the type the values of a column have after `check`."""
    return pl.Enum(column.words) if column.kind is Kind.WORD else DTYPES[column.kind]()


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


def _typed(raw: pl.Series, column: Column) -> tuple[pl.Series, _Mask]:
    """Return values, and which of them are not of the column's kind or not allowed."""
    if raw.dtype.is_nested() or raw.dtype.is_temporal() or raw.dtype == pl.Binary:
        nothing = pl.repeat(None, len(raw), dtype=dtype_of(column), eager=True)
        return nothing, pl.repeat(True, len(raw), dtype=pl.Boolean, eager=True)
    if column.kind in (Kind.CONTRIBUTOR, Kind.TEXT, Kind.UNUSED):
        # spellings of null among ids are looked for once, in the list of all ids
        return (raw if isinstance(raw.dtype, pl.Categorical) else _blank_to_null(raw.cast(pl.String))), None
    if column.kind is Kind.WORD:
        return _words(raw, column)
    if column.kind is Kind.NUMBER:
        return _numbers(raw)
    values, bad = _integers(raw, is_id=column.kind in (Kind.NOTE_ID, Kind.POST_ID))
    return values, _either(bad, _out_of_range(values, column))


def _either(one: _Mask, other: _Mask) -> _Mask:
    """Return where one or the other holds; None stands for nowhere."""
    if one is None or other is None:
        return other if one is None else one
    return one | other


def _where_any(mask: pl.Series) -> _Mask:
    """Return a mask without nulls, or None if it marks nothing."""
    mask = mask.fill_null(False)
    return mask if mask.any() else None


def _null_where(values: pl.Series, mask: pl.Series) -> pl.Series:
    """Return the values with null where the mask holds."""
    frame = pl.DataFrame([values.alias("values"), mask.alias("mask")])
    return (
        frame.select(pl.when(~pl.col("mask").fill_null(False)).then("values")).to_series().alias(values.name)
    )


def _blank_to_null(text: pl.Series) -> pl.Series:
    """Return the text with every null spelling made null."""
    is_blank = text.is_in(NULL_SPELLINGS)
    return _null_where(text, is_blank) if is_blank.any() else text


def _words(raw: pl.Series, column: Column) -> tuple[pl.Series, _Mask]:
    if raw.dtype == pl.Enum(column.words):
        return raw, None
    text = _blank_to_null(raw.cast(pl.String))
    if column.synonyms:
        text = text.replace(dict(column.synonyms))
    values = text.cast(pl.Enum(column.words), strict=False)
    return values, _where_any(values.is_null() & text.is_not_null())


def _numbers(raw: pl.Series) -> tuple[pl.Series, _Mask]:
    text = _blank_to_null(raw.cast(pl.String)) if isinstance(raw.dtype, _TEXTUAL) else raw
    values = text.cast(pl.Float64, strict=False)
    bad = _where_any((values.is_null() & text.is_not_null()) | values.is_infinite())
    return values.fill_nan(None), bad


def _integers(raw: pl.Series, *, is_id: bool) -> tuple[pl.Series, _Mask]:
    if raw.dtype.is_signed_integer():
        return raw, None
    if isinstance(raw.dtype, _TEXTUAL):
        text = _blank_to_null(raw.cast(pl.String))
        values = text.cast(pl.Int64, strict=False)
        if values.null_count() > text.null_count():
            # files written by pandas have 3.0 and 1.7e12; ids may not pass through a float
            whole = text.str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
            values = values.fill_null(whole)
            if not is_id:
                values = values.fill_null(_whole(text.cast(pl.Float64, strict=False)))
        return values, _where_any(values.is_null() & text.is_not_null())
    if raw.dtype.is_float():
        raw = raw.cast(pl.Float64).fill_nan(None)
        exact = _null_where(raw, raw.abs() > _EXACT_FLOAT) if is_id else raw
        values = _whole(exact)
    else:
        values = raw.cast(pl.Int64, strict=False)
    return values, _where_any(values.is_null() & raw.is_not_null())


def _whole(values: pl.Series) -> pl.Series:
    """Return floats as integers, null where they have a fraction or are too large."""
    return _null_where(values, values != values.round()).cast(pl.Int64, strict=False)


def _out_of_range(values: pl.Series, column: Column) -> _Mask:
    """Return which whole numbers a flag, id or time cannot be."""
    low, high = _RANGES.get(column.kind, (None, None))
    if low is None or not len(values):
        return None
    if column.kind is Kind.TIME and column.nullable:
        low = -1
    least, most = values.min(), values.max()
    if least is None or most is None:
        return None
    bad: _Mask = None
    # comparing row by row is rarely needed, and there are many flags
    if least < low or most > high:  # type: ignore[operator]
        bad = _where_any((values < low) | (values > high))
    if column.kind is Kind.TIME and least < _SECONDS[1]:  # type: ignore[operator]
        bad = _either(bad, _where_any((values >= _SECONDS[0]) & (values < _SECONDS[1])))
    return bad
