"""The engine, run once per session for each input: equal tables and options give equal results.

The first time a phase is asked for something it really runs, in its own process; later the files it wrote are
copied. So every test sees real results and pays for them once.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from bridgenotes.runs.engine import HeldBackError, Phase, run_phase


class KeptEngine:
    """Stands in for `bridgenotes.runs.engine.run_phase`; ``runs`` counts what really ran."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = 0

    def __call__(self, phase: Phase, beat: Callable[[], None]) -> dict[str, object]:
        """Run a phase, or copy what it wrote for the same input."""
        kept = self.folder / self._key(phase)
        if (kept / "held.txt").is_file():
            raise HeldBackError((kept / "held.txt").read_text())
        if not (kept / "summary.json").is_file():
            self._run(phase, beat, kept)
        shutil.copytree(kept / "out", phase.out, dirs_exist_ok=True)
        beat()
        return json.loads((kept / "summary.json").read_text())

    def _run(self, phase: Phase, beat: Callable[[], None], kept: Path) -> None:
        kept.mkdir(parents=True, exist_ok=True)
        self.runs += 1
        try:
            summary = run_phase(phase, beat)
        except HeldBackError as held:
            (kept / "held.txt").write_text(str(held))
            raise
        shutil.copytree(phase.out, kept / "out", dirs_exist_ok=True)
        (kept / "summary.json").write_text(json.dumps(summary))

    def _key(self, phase: Phase) -> str:
        """Return a digest of what the phase reads and is told; folders count by their content."""
        digest = hashlib.sha256(f"{phase.name} {phase.now_ms}".encode())
        _add_folder(digest, phase.tables)
        for option in phase.options:
            if Path(option).is_dir():
                _add_folder(digest, Path(option))
            else:
                digest.update(option.encode())
        return digest.hexdigest()


def _add_folder(digest: hashlib._Hash, folder: Path) -> None:
    tables = [*folder.glob("*.tsv"), *folder.glob("*.parquet"), *folder.glob("*.json"), *folder.glob("*.npz")]
    for path in sorted(tables):
        if path.name == "run.json":
            continue  # tells durations
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
