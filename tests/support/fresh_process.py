"""A process of its own, in which nothing has been imported yet by other tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def said_in_fresh_process(program: str, data_dir: Path) -> str:
    """Return what a program prints that sets Django up with the site's own settings; fails if it does."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "bridgenotes.server.settings", "BRIDGENOTES_DATA_DIR": str(data_dir),
    }  # fmt: skip
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    return found.stdout
