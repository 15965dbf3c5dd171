"""Search: notes by words, language and status."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest  # noqa: TC002 (ninja reads the annotations)
from ninja import Query, Router, Schema

from bridgenotes.api.notes import NoteOut, reader
from bridgenotes.api.problems import FAILURES
from bridgenotes.data.vocabulary import STATUSES
from bridgenotes.posts.queries import LARGEST_ID
from bridgenotes.search.queries import Search, find

router = Router(tags=["search"])

Question = Annotated[str, Query(max_length=8192, description="Words; phrases in quotation marks.")]
Language = Annotated[str, Query(max_length=16, description="BCP 47.")]
Status = Annotated[str, Query(max_length=32, description=f"One of {', '.join(STATUSES)}.")]
Before = Annotated[
    int | None, Query(ge=0, le=LARGEST_ID, description="Continue after the note of this number.")
]


class SearchOut(Schema):
    """A stretch of notes, newest first; ``next_before`` continues it."""

    notes: list[NoteOut]
    next_before: str | None


@router.get("/search", response={200: SearchOut, **FAILURES}, operation_id="search")
def search(
    request: HttpRequest,  # noqa: ARG001 (ninja needs the name)
    q: Question = "",
    language: Language = "",
    status: Status = "",
    before: Before = None,
) -> SearchOut:
    """Return the notes that hold all words; without words, the newest notes of a language or status."""
    found = find(Search(q, language, status, before), reader())
    more = None if found.next_before is None else str(found.next_before)
    return SearchOut(notes=[NoteOut.of(view) for view in found.notes], next_before=more)
