"""What an interrupted run has learned, kept for the next one.

A whole run keeps its hand-over in ``OUT/prescoring``. Until the run has ended, ``unfinished.json``
beside it tells from which files, with which profile, clock, seed and code it was learned; a next
run that has all of these in common goes on from there. Later phases may begin from it too.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridgenotes.data.atomic import AtomicFolder
from bridgenotes.data.errors import DataError
from bridgenotes.scoring.handover_files import read_prescored, write_prescored
from bridgenotes.scoring.shelf import IN_MEMORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.phases.context import Context
    from bridgenotes.scoring.phases.prescoring import Prescored
    from bridgenotes.scoring.profile import Profile
    from bridgenotes.scoring.shelf import Shelf

FOLDER: Final = "prescoring"
UNFINISHED: Final = "unfinished.json"


@dataclass(frozen=True)
class Resumable:
    """The hand-over folder of a whole run.

    Attributes
    ----------
    folder : Path
    key : str
        Digest of everything that prescoring depends on.
    """

    folder: Path
    key: str

    @classmethod
    def of(cls, out: Path, files: Sequence[Path], profile: Profile, context: Context) -> Resumable:
        """Return the place for a run over ``files``."""
        digest = hashlib.sha256()
        for path in files:
            state = path.stat()
            digest.update(f"{path.resolve()} {state.st_size} {state.st_mtime_ns}\n".encode())
        digest.update(repr(asdict(profile)).encode())
        digest.update(f"{context.now_ms} {context.seed}\n".encode())
        for package in ("bridgenotes.data", "bridgenotes.scoring"):
            for source in sorted(Path(str(resources.files(package))).rglob("*.py")):
                digest.update(source.read_bytes())
        return cls(out / FOLDER, digest.hexdigest())

    def load(self, dataset: Dataset, shelf: Shelf = IN_MEMORY) -> Prescored | None:
        """Return what an interrupted run like this one has learned, or None."""
        try:
            about = json.loads((self.folder / UNFINISHED).read_bytes())
            if about["key"] != self.key:
                return None
            prescored = read_prescored(self.folder, dataset, shelf)
        except (OSError, ValueError, KeyError, TypeError, DataError):
            return None  # whatever cannot be read counts as absent
        return prescored.with_remarks(tuple(about["remarks"]))

    def save(self, prescored: Prescored, dataset: Dataset) -> None:
        """Keep the hand-over of a run that has not ended.

        Raises
        ------
        WriteError
            If the disk does not take it.
        """
        self.finish()  # a mark of another run must not vouch for what is written now
        with AtomicFolder(self.folder) as folder:
            write_prescored(folder, prescored, dataset)
            about = {"key": self.key, "remarks": prescored.remarks}
            folder.open(UNFINISHED).write(json.dumps(about).encode())

    def finish(self) -> None:
        """Take the mark away: nobody goes on from here again."""
        (self.folder / UNFINISHED).unlink(missing_ok=True)
