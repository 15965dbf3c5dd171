"""A post's author asks for more eyes on the note shown on it (AR-1 to AR-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgenotes.domain.display import ON_POST, ShownNote, Viewer, placement
from bridgenotes.domain.verdict import Reason, Verdict, verdict

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.domain.config import ReviewConfig


def may_request_review(
    note: ShownNote,
    last_requested_at: datetime | None,
    config: ReviewConfig,
    now: datetime,
    *,
    is_post_author: bool,
) -> Verdict:
    """Return whether somebody may ask for additional review of a note (AR-1).

    Parameters
    ----------
    note : ShownNote
        Must show on the post; other notes of the post are unaffected (AR-4).
    last_requested_at : datetime or None
        When review of this note was last asked for.
    config : ReviewConfig
        When it may be repeated.
    now : datetime
        The clock.
    is_post_author : bool
        Whether authorship of the post is proven.
    """
    is_shown = placement(note, Viewer(is_contributor=False)) == ON_POST
    again_at = None if last_requested_at is None else last_requested_at + config.repeat_after
    return verdict(
        [
            None if is_post_author else Reason("review.not_author"),
            None if is_shown else Reason("review.not_shown"),
            Reason("review.repeated", {"at": again_at}, again_at) if again_at and now < again_at else None,
        ]
    )


def is_pending(requested_at: datetime | None, note: ShownNote, config: ReviewConfig, now: datetime) -> bool:
    """Return whether the note is still offered to contributors for review (AR-2, AR-3).

    It ends with its time or when the note no longer shows; nothing else follows from it, the
    ratings decide.
    """
    is_shown = placement(note, Viewer(is_contributor=False)) == ON_POST
    return is_shown and requested_at is not None and requested_at <= now < requested_at + config.pending_for
