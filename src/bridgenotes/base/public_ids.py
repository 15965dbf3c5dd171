"""Public numbers of notes and posts: 63 bits that sort by time, as X's note ids do.

The upper bits are milliseconds since X's epoch, the lower 22 are random, so numbers of two processes
do not meet and one cannot be guessed from its neighbour. The scoring engine reads the time out of the number of
a note of which nothing else is known.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH_MS: Final = 1_288_834_974_657
RANDOM_BITS: Final = 22


def public_id(now: datetime) -> int:
    """Return a new number for something made at ``now``; positive until the year 2080."""
    elapsed_ms = epoch_ms(now) - EPOCH_MS
    return elapsed_ms << RANDOM_BITS | secrets.randbits(RANDOM_BITS)


def epoch_ms(moment: datetime) -> int:
    """Return a time as whole milliseconds since 1970, as the public tables write it."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
