"""The lookup ``among`` is there in every process, whatever it imports."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import django
django.setup()
from bridgenotes.insight.models import NoteExplanation
print(NoteExplanation.objects.filter(pk__among=[1, 2]).query is not None)
"""


def test_a_process_that_shows_no_pages_has_it(tmp_path) -> None:
    """The worker applies runs without importing what pages ask."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "bridgenotes.server.settings", "BRIDGENOTES_DATA_DIR": str(tmp_path),
    }  # fmt: skip
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )
    assert (found.stdout, found.returncode) == ("True\n", 0), found.stderr
