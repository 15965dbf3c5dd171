"""Models as bytes: plain arrays in a zip archive, nothing in them is ever executed."""

from __future__ import annotations

import io
import json
import zlib
from typing import TYPE_CHECKING, Any, Final
from zipfile import BadZipFile

import numpy as np

from bridgenotes.scoring.errors import ScoringError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

_UNREADABLE: Final = (BadZipFile, zlib.error, EOFError, KeyError, OSError, TypeError, ValueError)
"""What NumPy, zip or JSON raise for bytes that are no model."""


class ConfidenceModelError(ScoringError):
    """Bytes that hold no such model, or one of another version."""


def pack(kind: str, form: int, about: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return an ``.npz`` archive.

    Parameters
    ----------
    kind, form : str, int
        What is stored, and the version of its layout.
    about : mapping
        What JSON can hold.
    arrays : mapping of str to numpy.ndarray
        Numbers only.
    """
    archive = io.BytesIO()
    header = json.dumps({"kind": kind, "form": form, "about": dict(about)}).encode()
    np.savez_compressed(archive, allow_pickle=False, header=np.frombuffer(header, np.uint8), **arrays)
    return archive.getvalue()


def unpack(
    data: bytes, kind: str, form: int, names: Iterable[str]
) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Return (about, arrays) that `pack` stored.

    Raises
    ------
    ConfidenceModelError
        If ``data`` is something else, lacks an array of ``names``, or has another form.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            header = json.loads(archive["header"].tobytes())
            found = (header["kind"], header["form"])
            about = dict(header["about"])
            arrays = {name: archive[name] for name in names} if found == (kind, form) else {}
    except _UNREADABLE as error:
        raise ConfidenceModelError(f"these bytes hold no {kind} model: {error}") from error
    if found != (kind, form):
        raise ConfidenceModelError(
            f"these bytes hold a {found[0]} model of form {found[1]}, not {kind} of form {form}; "
            "run prescoring again"
        )
    return about, arrays
