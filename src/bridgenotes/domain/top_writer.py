"""Who is a top writer, and what is missing to be one (TW-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgenotes.domain.config import TopWriterConfig
    from bridgenotes.domain.impacts import WritingImpact


@dataclass(frozen=True)
class TopWriterStanding:
    """How far somebody is.

    Attributes
    ----------
    is_top_writer : bool
        Both conditions hold now; can be lost any time.
    impact_missing : int
        Writing impact still needed.
    helpful_missing : int
        Further Helpful notes that would bring both conditions, if nothing else changes.
    """

    is_top_writer: bool
    impact_missing: int
    helpful_missing: int


def is_top_writer(writing: WritingImpact, config: TopWriterConfig) -> bool:
    """Return whether writing impact and its share of all notes are high enough (TW-1).

    The guide's share is of Helpful notes; the code's, used here and by the engine, is net.
    """
    share_is_enough = 100 * writing.total >= config.min_hit_rate_percent * max(writing.notes, 1)
    return writing.total >= config.min_writing_impact and share_is_enough


def top_writer_standing(writing: WritingImpact, config: TopWriterConfig) -> TopWriterStanding:
    """Return what separates an author from being a top writer."""
    percent = config.min_hit_rate_percent
    impact_missing = max(config.min_writing_impact - writing.total, 0)
    # One more Helpful note adds 1 to the impact and 1 to the notes: solve for the share.
    share_missing = max(-((100 * writing.total - percent * writing.notes) // (100 - percent)), 0)
    return TopWriterStanding(
        is_top_writer(writing, config), impact_missing, max(impact_missing, share_missing)
    )
