"""How often the API takes something from one account; the quotas of the rules come on top."""

from __future__ import annotations

from typing import Final

from ninja.throttling import AuthRateThrottle, BaseThrottle


class WriteThrottle(AuthRateThrottle):
    """Counts what changes something, apart from reading."""

    scope = "writes"


WRITES: Final[list[BaseThrottle]] = [WriteThrottle("60/m"), AuthRateThrottle("600/m")]
"""For every operation by which people write, rate, ask or report."""
