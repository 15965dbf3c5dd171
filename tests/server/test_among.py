"""The lookup ``among`` is there in every process, whatever it imports."""

from __future__ import annotations

from support.fresh_process import said_in_fresh_process

PROGRAM = """
import django
django.setup()
from bridgenotes.insight.models import NoteExplanation
print(NoteExplanation.objects.filter(pk__among=[1, 2]).query is not None)
"""


def test_a_process_that_shows_no_pages_has_it(tmp_path) -> None:
    """The worker applies runs without importing what pages ask."""
    assert said_in_fresh_process(PROGRAM, tmp_path) == "True\n"
