"""The writing form: two sets of questions, one text (WF-4 to WF-8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridgenotes.data.vocabulary import CLASSIFICATIONS, MISLEADING, NOT_MISLEADING
from bridgenotes.domain import note_text
from bridgenotes.domain.verdict import Reason, Verdict, verdict

if TYPE_CHECKING:
    from bridgenotes.domain.config import NoteConfig

MISLEADING_REASONS: Final = (
    "misleadingFactualError",
    "misleadingManipulatedMedia",
    "misleadingOutdatedInformation",
    "misleadingMissingImportantContext",
    "misleadingUnverifiedClaimAsFact",
    "misleadingSatire",
    "misleadingOther",
)
NOT_MISLEADING_REASONS: Final = (
    "notMisleadingFactuallyCorrect",
    "notMisleadingOutdatedButNotWhenWritten",
    "notMisleadingClearlySatire",
    "notMisleadingPersonalOpinion",
    "notMisleadingOther",
)
REASONS: Final = {MISLEADING: MISLEADING_REASONS, NOT_MISLEADING: NOT_MISLEADING_REASONS}
"""The answers to "why", in the order of the form, by classification."""


@dataclass(frozen=True)
class NoteForm:
    """What an author submits.

    Attributes
    ----------
    classification : str or None
        One of the public classifications; None if not answered.
    reasons : frozenset of str
        Public names of the reasons ticked.
    trustworthy_sources : bool or None
        Whether the author calls the sources trustworthy; None if not answered.
    text : str
        As typed.
    """

    classification: str | None
    reasons: frozenset[str]
    trustworthy_sources: bool | None
    text: str


def check_note(form: NoteForm, config: NoteConfig) -> Verdict:
    """Return whether the form can be submitted; everything missing at once (WF-4 to WF-8).

    Sources are advice unless the configuration demands them.
    """
    text = note_text.cleaned(form.text)
    sources = _sources(text)
    questions = [_classification(form), *_reasons(form, config), _trustworthy(form)]
    demanded, advised = (sources, None) if config.requires_source else (None, sources)
    return verdict([*questions, _empty(text), _too_long(text, config), demanded], [advised])


def _classification(form: NoteForm) -> Reason | None:
    return None if form.classification in CLASSIFICATIONS else Reason("note.classification_missing")


def _reasons(form: NoteForm, config: NoteConfig) -> list[Reason]:
    if form.classification not in CLASSIFICATIONS:
        return []
    wrong = sorted(form.reasons - set(REASONS[form.classification]))
    found = [Reason("note.reason_not_offered", {"reason": reason}) for reason in wrong]
    is_misleading = form.classification == MISLEADING
    least = config.min_misleading_reasons if is_misleading else config.min_not_misleading_reasons
    if len(form.reasons) - len(wrong) < least:
        found.append(Reason("note.reasons_missing", {"least": least}))
    return found


def _trustworthy(form: NoteForm) -> Reason | None:
    return Reason("note.sources_unanswered") if form.trustworthy_sources is None else None


def _empty(text: str) -> Reason | None:
    return None if text else Reason("note.text_missing")


def _too_long(text: str, config: NoteConfig) -> Reason | None:
    length = note_text.length(text, config)
    if length <= config.max_length:
        return None
    over = length - config.max_length
    return Reason("note.too_long", {"length": length, "limit": config.max_length, "over": over})


def _sources(text: str) -> Reason | None:
    return None if note_text.links(text) else Reason("note.source_missing")
