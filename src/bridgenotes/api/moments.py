"""Times that requests name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def in_utc(moment: datetime) -> datetime:
    """Return a time in UTC: databases know fewer zones than ISO 8601 can write.

    Raises
    ------
    ValueError
        If it lies before year 1 or after year 9999 there.
    """
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("this time is out of range") from error


Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""A time with its zone, read as UTC."""
