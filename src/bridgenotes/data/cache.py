"""Coded tables of an earlier read, kept beside the input.

One folder per (files, options) under ``.bridgenotes-cache``: the ratings as one mapped file per column,
the other tables as Parquet, and ``about.json``. Whatever cannot be read back exactly counts as absent.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.dataset import RATINGS_SCHEMA, Dataset
from bridgenotes.data.mapped import map_columns, write_columns

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
            frames[_RATINGS] = self.ratings()
            dataset = Dataset(**frames, note_ids=note_ids, contributor_ids=people)
            if {name: len(frame) for name, frame in frames.items()} != about["rows"]:
                return None
            return Cached(dataset, list(about["warnings"]), dict(about["dropped"]))
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
            return None

    def ratings(self) -> pl.DataFrame:
        """Return the ratings kept, mapped into memory.

        Raises
        ------
        OSError, ValueError
            If they are not there, or damaged.
        """
        return map_columns(self.folder / self.key / _RATINGS, RATINGS_SCHEMA)

    def save(self, dataset: Dataset, warnings: list[str], dropped: dict[str, int]) -> str | None:
        """Keep the tables; return None, or why that was not possible."""
        place = self.folder / self.key
        temporary = self.folder / f".{self.key}.{secrets.token_hex(4)}.tmp"
        try:
            temporary.mkdir(parents=True)
            for name in _TABLES:
                getattr(dataset, name).write_parquet(temporary / f"{name}.parquet", compression="lz4")
            write_columns(dataset.ratings, temporary / _RATINGS)
            notes = pl.DataFrame({"note": np.ascontiguousarray(dataset.note_ids)})
            notes.write_parquet(temporary / "note_ids.parquet", compression="lz4")
            people = dataset.contributor_ids.alias("contributor").to_frame()
            people.write_parquet(temporary / "contributor_ids.parquet", compression="lz4")
            rows = {name: len(getattr(dataset, name)) for name in (*_TABLES, _RATINGS)}
            about = {"version": VERSION, "rows": rows, "warnings": warnings, "dropped": dropped}
            (temporary / "about.json").write_text(json.dumps(about, indent=1), "utf-8")
            shutil.rmtree(place, ignore_errors=True)
            temporary.rename(place)
            self._forget_old()
        except (OSError, pl.exceptions.PolarsError) as error:
            shutil.rmtree(temporary, ignore_errors=True)
            return f"no cache kept in {self.folder} ({getattr(error, 'strerror', None) or error})"
        return None

    def _forget_old(self) -> None:
        """Keep only the newest few reads."""
        kept = sorted(
            (path for path in self.folder.iterdir() if not path.name.startswith(".")),
            key=lambda path: path.stat().st_mtime_ns,
            reverse=True,
        )
        for old in kept[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
