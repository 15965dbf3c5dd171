"""The engine, run once for each input: equal tables, options and code give equal results.

The first time a phase is asked for something it really runs (`support.engine_here`); later the files it wrote are
copied, also in other test processes and on the other database. So every test sees real results and they are
paid for once. A change anywhere in the engine begins anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import bridgenotes
from bridgenotes.runs.engine import HeldBackError, Phase
from support.engine_here import score_here


class KeptEngine:
    """Stands in for `bridgenotes.runs.engine.run_phase`; ``runs`` counts what really ran."""

    def __init__(self, folder: Path) -> None:
        self.base = folder
        self.folder = folder / _code()
        for other in folder.iterdir():
            if other != self.folder:  # of an engine that is no more
                shutil.rmtree(other, ignore_errors=True)
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
        self.runs += 1
        draft = kept.with_name(f"{kept.name}-{uuid4().hex}")
        draft.mkdir(parents=True)
        try:
            summary = score_here(phase, beat)
        except HeldBackError as held:
            (draft / "held.txt").write_text(str(held))
            _put(draft, kept)
            raise
        shutil.copytree(phase.out, draft / "out")
        (draft / "summary.json").write_text(json.dumps(summary))
        _put(draft, kept)

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


def _put(draft: Path, kept: Path) -> None:
    """Move a whole result to its place; another process may have been faster with the same."""
    try:
        draft.rename(kept)
    except OSError:
        shutil.rmtree(draft)


def _code() -> str:
    """Return a digest of everything the engine is made of."""
    digest = hashlib.sha256()
    package = Path(bridgenotes.__file__).parent
    for part in ("scoring", "data", "cli"):
        for path in sorted((package / part).rglob("*")):
            if path.suffix in {".py", ".toml"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _add_folder(digest: hashlib._Hash, folder: Path) -> None:
    tables = [*folder.glob("*.tsv"), *folder.glob("*.parquet"), *folder.glob("*.json"), *folder.glob("*.npz")]
    for path in sorted(tables):
        if path.name == "run.json":
            continue  # tells durations
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
