"""Option values that need understanding: a time, an amount of memory."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import Final

from bridgenotes.cli.failures import UsageError

MEMORY_SHARE: Final = 0.6


def parse_time(text: str | None, option: str) -> int | None:
    """Return epoch milliseconds from digits or an ISO 8601 time (UTC unless it says otherwise).

    Raises
    ------
    UsageError
        If the text is neither; names the option.
    """
    if text is None:
        return None
    if re.fullmatch(r"\d+", text):
        value = int(text)
        if value < 10**11:
            raise UsageError(
                f"{option} {text}: this looks like seconds; give milliseconds since 1970 or an ISO 8601 time"
            )
        return value
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} {text!r}: give milliseconds since 1970 or an ISO 8601 time such as 2026-07-17T00:00:00Z"
        ) from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def memory_budget(text: str | None) -> int:
    """Return the budget in bytes: ``4GB``, ``800MB``, or 60 % of this machine's memory."""
    if text is None:
        return int(MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMGT]?)i?B?", text, re.IGNORECASE)
    if match is None:
        raise UsageError(f"--memory {text!r}: give a number and a unit, e.g. 800MB or 4GB")
    power = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}[match[2].lower()]
    return int(float(match[1]) * 1000**power)
