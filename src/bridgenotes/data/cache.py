"""Coded tables of an earlier read, kept beside the input.

One folder per (files, options) under ``.bridgenotes-cache``: the ratings as one mapped file per column,
the other tables as Parquet, and ``about.json``. Whatever cannot be read back exactly counts as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.atomic import is_abandoned
from bridgenotes.data.dataset import RATINGS_SCHEMA, Dataset
from bridgenotes.data.mapped import map_columns

if TYPE_CHECKING:
    from pathlib import Path

    from bridgenotes.data.files import Found

FOLDER: Final = ".bridgenotes-cache"
VERSION: Final = 3
"""To be raised whenever the coded tables or their meaning change."""
_KEPT: Final = 4
_SAMPLE: Final = 64 << 10
_TABLES: Final = ("notes", "status_history", "enrollment", "requests")
_RATINGS: Final = "ratings"


@dataclass(frozen=True)
class Cached:
    """What an earlier read gave."""

    dataset: Dataset
    warnings: list[str]
    dropped: dict[str, int]


@dataclass(frozen=True)
class Cache:
    """The place of one read's tables.

    Attributes
    ----------
    folder : Path
        ``.bridgenotes-cache`` beside the first file.
    key : str
        Digest of the format version, the options and, for each file, its path, size, time
        of change and first and last bytes.
    """

    folder: Path
    key: str

    @classmethod
    def of(cls, found: Found, *, text: bool) -> Cache:
        """Return the place for these files and options.

        Raises
        ------
        OSError
            If a file cannot be read.
        """
        digest = hashlib.sha256(f"{VERSION} {text} {pl.__version__}".encode())
        base = found.files[0].path.parent
        for file in found.files:
            status = file.path.stat()
            place = os.path.relpath(file.path, base)
            digest.update(f"\n{place}\t{status.st_size}\t{status.st_mtime_ns}\t".encode())
            with file.path.open("rb") as source:
                digest.update(source.read(_SAMPLE))
                source.seek(max(0, status.st_size - _SAMPLE))
                digest.update(source.read(_SAMPLE))
        return cls(base / FOLDER, digest.hexdigest()[:32])

    def load(self) -> Cached | None:
        """Return the tables of an earlier read, or None if there are none that are sound."""
        place = self.folder / self.key
        try:
            about = json.loads((place / "about.json").read_text("utf-8"))
            frames = {name: pl.read_parquet(place / f"{name}.parquet", glob=False) for name in _TABLES}
            note_ids = pl.read_parquet(place / "note_ids.parquet", glob=False)["note"].to_numpy()
            people = pl.read_parquet(place / "contributor_ids.parquet", glob=False)["contributor"]
            frames[_RATINGS] = map_columns(place / _RATINGS, RATINGS_SCHEMA)
            dataset = Dataset(**frames, note_ids=note_ids, contributor_ids=people)
            if {name: len(frame) for name, frame in frames.items()} != about["rows"]:
                return None
            return Cached(dataset, list(about["warnings"]), dict(about["dropped"]))
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
            return None

    def draft(self) -> Draft:
        """Return a place for tables that are to be kept.

        Raises
        ------
        OSError
            If nothing can be written there.
        """
        for stale in self.folder.glob(".*.tmp"):
            if is_abandoned(stale):
                shutil.rmtree(stale, ignore_errors=True)
        temporary = self.folder / f".{self.key}.{os.getpid()}-{secrets.token_hex(4)}.tmp"
        (temporary / _RATINGS).mkdir(parents=True)
        return Draft(self, temporary)

    def trouble(self, error: Exception) -> str:
        """Return the sentence that nothing is kept, and why."""
        return f"no cache kept in {self.folder} ({getattr(error, 'strerror', None) or error})"

    def forget_old(self) -> None:
        """Keep only the newest few reads."""
        kept = sorted(
            (path for path in self.folder.iterdir() if not path.name.startswith(".")),
            key=lambda path: path.stat().st_mtime_ns,
            reverse=True,
        )
        for old in kept[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)


@dataclass(frozen=True)
class Draft:
    """Tables on their way into the cache.

    Attributes
    ----------
    cache : Cache
        Where they go.
    folder : Path
        Where they are until they are whole.
    """

    cache: Cache
    folder: Path

    @property
    def columns(self) -> Path:
        """The folder for the columns of the ratings, which are written by who reads them."""
        return self.folder / _RATINGS

    def keep(self, dataset: Dataset, warnings: list[str], dropped: dict[str, int]) -> str | None:
        """Add the other tables and put all in place; return None, or why that was not possible."""
        temporary, place = self.folder, self.cache.folder / self.cache.key
        try:
            for name in _TABLES:
                getattr(dataset, name).write_parquet(temporary / f"{name}.parquet", compression="lz4")
            notes = pl.DataFrame({"note": np.ascontiguousarray(dataset.note_ids)})
            notes.write_parquet(temporary / "note_ids.parquet", compression="lz4")
            people = dataset.contributor_ids.alias("contributor").to_frame()
            people.write_parquet(temporary / "contributor_ids.parquet", compression="lz4")
            rows = {name: len(getattr(dataset, name)) for name in (*_TABLES, _RATINGS)}
            about = {"version": VERSION, "rows": rows, "warnings": warnings, "dropped": dropped}
            (temporary / "about.json").write_text(json.dumps(about, indent=1), "utf-8")
            shutil.rmtree(place, ignore_errors=True)
            temporary.rename(place)
            self.cache.forget_old()
        except (OSError, pl.exceptions.PolarsError) as error:
            return self.cache.trouble(error)
        return None

    def discard(self) -> None:
        """Remove what was not kept; arrays that are mapped stay."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # others may keep something there
            self.cache.folder.rmdir()
