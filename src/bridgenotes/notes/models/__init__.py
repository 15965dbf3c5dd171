"""Rows of notes, by what they are about."""

from __future__ import annotations

from bridgenotes.notes.models.asking import HiddenAuthor, NoteRequest, Requester, ReviewRequest
from bridgenotes.notes.models.note import Note
from bridgenotes.notes.models.rating import Rating, ReaderFeedback, SampledAlert
from bridgenotes.notes.models.scores import NoteScore, RaterScore
from bridgenotes.notes.models.status import NoteStatus, StatusChange

__all__ = [
    "HiddenAuthor", "Note", "NoteRequest", "NoteScore", "NoteStatus", "RaterScore", "Rating",
    "ReaderFeedback", "Requester", "ReviewRequest", "SampledAlert", "StatusChange",
]  # fmt: skip
