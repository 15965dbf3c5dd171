"""Where ``now`` comes from: the only module of the platform that reads a clock.

Services take ``now`` as an argument; views, routers, jobs and commands ask `now` here and pass it on.
The clock is a setting (``CLOCK``, a callable), so that a test lives through months in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from pathlib import Path


def now() -> datetime:
    """Return the present moment of the site, an aware time in UTC."""
    moment: datetime = settings.CLOCK()
    return moment.astimezone(UTC)


def system_clock() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


@lru_cache(maxsize=4)
def _read(path: Path, changed_ns: int, inode: int) -> datetime:  # noqa: ARG001 (another file is another time)
    return datetime.fromisoformat(path.read_text().strip())


@dataclass(frozen=True)
class FileClock:
    """A clock that stands in a file, so that several processes travel together (tests and demos).

    Attributes
    ----------
    path : Path
        A file holding one time in ISO 8601 with its offset.
    """

    path: Path

    def __call__(self) -> datetime:
        """Return the time written in the file."""
        state = self.path.stat()
        return _read(self.path, state.st_mtime_ns, state.st_ino)

    def set(self, moment: datetime) -> None:
        """Write ``moment`` whole, never in part."""
        draft = self.path.with_suffix(".new")
        draft.write_text(moment.isoformat())
        draft.replace(self.path)


@dataclass
class SteppedClock:
    """A clock that moves only when told; for tests within one process."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 7, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self.moment

    def set(self, moment: datetime) -> None:
        """Jump to ``moment``."""
        self.moment = moment

    def advance(self, **units: float) -> datetime:
        """Move on, e.g. ``advance(days=3, hours=1)``, and return the new moment."""
        self.moment += timedelta(**units)
        return self.moment
