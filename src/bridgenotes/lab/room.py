"""Whether the disk has room for a community, said before it is half full."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from bridgenotes.lab.errors import SimulationError

if TYPE_CHECKING:
    from pathlib import Path

    from bridgenotes.data.write import Packing
    from bridgenotes.lab.spec import CommunitySpec

_RATING, _NOTE, _RATER = 196, 640, 180
"""Bytes of text for each, with all tables and the truth; measured at 5 million ratings, packing at 200 million."""
_PACKED: Final = {"zst": 0.31, "gz": 0.36}


def expected_bytes(spec: CommunitySpec, packing: Packing | None) -> int:
    """Return about how much a community takes on disk."""
    text = _RATING * spec.ratings + _NOTE * spec.notes + _RATER * spec.raters
    return int(text * _PACKED.get(packing or "", 1.0))


def refuse_too_little_room(spec: CommunitySpec, folder: Path, packing: Packing | None) -> None:
    """Raise an error if the disk of a folder, which exists, has no room for a community.

    Raises
    ------
    SimulationError
        Says how much is needed and what takes less.
    """
    needed, free = expected_bytes(spec, packing), shutil.disk_usage(folder).free
    if needed <= free:
        return
    advice = "fewer ratings"
    if packing != "zst":
        advice += f", or --packing zst, which takes {expected_bytes(spec, 'zst') / 1e9:.1f} GB"
    raise SimulationError(
        f"{spec.ratings:,} ratings take about {needed / 1e9:.1f} GB; the disk of {folder} has "
        f"{free / 1e9:.1f} GB free. Name a folder on another disk, or ask for {advice}"
    )
