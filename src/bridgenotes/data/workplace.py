"""Where the ratings wait on disk while they are read: in the cache to be, or in a folder that goes again."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridgenotes.data.errors import WriteError
from bridgenotes.data.spool import BYTES_PER_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgenotes.data.cache import Cache, Draft
    from bridgenotes.data.files import Found, InputFile

_TEXT_PER_ROW: Final = 160
_UNPACKED: Final = {"gz": 6, "zst": 7, "zip": 6, "parquet": 10}
"""How much larger text is than its packed file, at most; what is asked for is only to be roughly right."""


@dataclass(frozen=True)
class Workplace:
    """A folder for columns.

    Attributes
    ----------
    columns : Path
        The folder.
    draft : Draft or None
        The cache it belongs to, if the columns may stay.
    trouble : str or None
        Why they may not, although that was asked for.
    """

    columns: Path
    draft: Draft | None = None
    trouble: str | None = None


@contextmanager
def workplace(found: Found, store: Cache | None) -> Iterator[Workplace]:
    """Open a folder for the columns of the ratings; what was not kept is removed at the end, but what is mapped stays.

    Raises
    ------
    WriteError
        If there is no folder with room. Also in place of an `OSError` inside the ``with`` block.
    """
    needed = sum(_expected_bytes(file) for file in found.of("ratings"))
    draft, trouble = _draft(store, needed)
    if draft is not None:
        try:
            yield Workplace(draft.columns, draft)
        except OSError as error:
            raise _refusal(draft.columns, error) from error
        finally:
            draft.discard()
        return
    try:
        with tempfile.TemporaryDirectory(prefix="bridgenotes-") as name:
            _refuse_too_little_room(Path(name), needed)
            yield Workplace(Path(name), trouble=trouble)
    except OSError as error:
        raise _refusal(Path(tempfile.gettempdir()), error) from error


def _draft(store: Cache | None, needed: int) -> tuple[Draft | None, str | None]:
    """Return a place in the cache, or why there is none."""
    if store is None:
        return None, None
    try:
        _refuse_too_little_room(store.folder.parent, needed)
        return store.draft(), None
    except OSError as error:
        return None, store.trouble(error)


def _expected_bytes(file: InputFile) -> int:
    """Return about what the ratings of a file take."""
    packing = "parquet" if file.format == "parquet" else file.packing
    return file.path.stat().st_size * _UNPACKED.get(packing or "", 1) * BYTES_PER_ROW // _TEXT_PER_ROW


def _refuse_too_little_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        said = f"the ratings may take {needed / 1e9:.1f} GB there, and {free / 1e9:.1f} GB are free"
        raise OSError(None, said)


def _refusal(folder: Path, error: OSError) -> WriteError:
    return WriteError(
        folder,
        f"{error.strerror or error}. Ratings wait there while they are read, {BYTES_PER_ROW} bytes each. Free some "
        "space, or read without a cache (--no-cache) and name a folder on another disk in TMPDIR",
    )
