"""Where the files of runs are: ``runs/<id>/{input,previous,prescoring,final,contributor}`` in the data folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from bridgenotes.runs.models import ScoringRun

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

INPUT: Final = "input"
PREVIOUS: Final = "previous"


def root() -> Path:
    """Return the folder of all runs."""
    return Path(settings.SITE.data_dir) / "runs"


def folder_of(run: ScoringRun | UUID) -> Path:
    """Return the folder of a run."""
    return root() / str(run.pk if isinstance(run, ScoringRun) else run)


def remove_all_but(kept: Collection[ScoringRun]) -> None:
    """Remove the files of runs that nothing needs any more, and the input tables of those kept."""
    names = {str(run.pk) for run in kept}
    for folder in root().iterdir() if root().is_dir() else ():
        if folder.name not in names:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        for part in (INPUT, PREVIOUS):
            shutil.rmtree(folder / part, ignore_errors=True)
    ScoringRun.objects.filter(files_kept=True).exclude(state="running").exclude(
        pk__in=[run.pk for run in kept]
    ).update(files_kept=False)
