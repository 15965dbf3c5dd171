"""Which notes show where, for whom, in what order and with what words (ST, WF-13, GR-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridgenotes.data.vocabulary import (
    CRH,
    CRNH,
    HELPFUL_TAG_PRIORITY,
    HELPFUL_TAGS,
    MISLEADING,
    NEEDS_YOUR_HELP,
    NMR,
    NOT_HELPFUL_TAG_PRIORITY,
    NOT_HELPFUL_TAGS,
)
from bridgenotes.domain.chance import generator
from bridgenotes.domain.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from bridgenotes.domain.config import DisplayConfig

ON_POST: Final = "on_post"
"""A card on the post, for everyone."""
CONTRIBUTORS_ONLY: Final = "contributors_only"
"""In the post's note list; on the post only behind the contributors' prompt."""
NOWHERE: Final = "nowhere"

STABILISING: Final = "stabilising"
SAFEGUARDED: Final = "safeguarded"
PROPOSED: Final = "proposed"


@dataclass(frozen=True)
class ShownNote:
    """What display needs to know of a note.

    Attributes
    ----------
    note_id : str
        The note.
    status : str
        Public status.
    classification : str
        Public classification.
    created_at : datetime
        When it was written.
    is_deleted : bool
        By its author, or taken down for breaking rules.
    intercept : float or None
        Helpfulness score of the model that decided; None before a model did.
    n_ratings : int
        Ratings so far.
    is_experimental : bool
        Decided by a model under trial (ST-15).
    is_stabilising : bool
        Qualifies for Helpful and waits (ST-13).
    is_safeguarded : bool
        Would qualify but for rater balance, high-volume or independence rules (ST-14).
    """

    note_id: str
    status: str
    classification: str
    created_at: datetime
    is_deleted: bool = False
    intercept: float | None = None
    n_ratings: int = 0
    is_stabilising: bool = False
    is_safeguarded: bool = False
    is_experimental: bool = False


@dataclass(frozen=True)
class Viewer:
    """Who looks, and which remedy holds for readers now (GR-3).

    Attributes
    ----------
    is_contributor : bool
        Whom no remedy concerns.
    display_is_paused : bool
        Readers see no notes on posts.
    least_intercept : float or None
        Readers see only notes with at least this score; None: the status alone decides.
    sees_experiments : bool
        Whether the reader is in the share that sees notes of models under trial (ST-15).
    """

    is_contributor: bool
    display_is_paused: bool = False
    least_intercept: float | None = None
    sees_experiments: bool = True

    def is_kept_from(self, note: ShownNote) -> bool:
        """Say whether a remedy or an experiment keeps a Helpful note from this viewer."""
        if self.is_contributor:
            return False
        is_too_low = self.least_intercept is not None and (
            note.intercept is None or note.intercept < self.least_intercept
        )
        return self.display_is_paused or is_too_low or (note.is_experimental and not self.sees_experiments)


def is_experimental(decided_by: str, config: DisplayConfig) -> bool:
    """Return whether a note's status is of a model under trial (ST-15).

    Parameters
    ----------
    decided_by : str
        The deciding rule's public name with its version, ``GaussianModel (v1.0)``.
    config : DisplayConfig
        Which models are on trial.
    """
    return decided_by.partition(" ")[0] in config.experimental_models


def sees_experiments(reader: str | None, config: DisplayConfig) -> bool:
    """Return whether a reader is in the share that sees notes of models under trial (ST-15).

    Parameters
    ----------
    reader : str or None
        Anything that stays the same for the reader; None for somebody unknown, who sees them only
        when everybody does.
    config : DisplayConfig
        The share.
    """
    if reader is None:
        return config.experimental_share >= 1
    return generator("experiment", reader).random() < config.experimental_share


def placement(note: ShownNote, viewer: Viewer) -> str:
    """Return where a viewer meets a note.

    Notes
    -----
    Deleted: nowhere (ST-16). Helpful and "misleading": on the post for everyone (ST-3),
    for contributors alone while a remedy keeps it from readers (GR-3). Everything else, "not
    misleading" with any status too (WF-13), is for contributors. Note pages stay readable by
    anyone (TL-7); this is about posts.
    """
    if note.is_deleted:
        return NOWHERE
    if note.status == CRH and note.classification == MISLEADING:
        return NOWHERE if viewer.is_kept_from(note) else ON_POST
    return CONTRIBUTORS_ONLY if viewer.is_contributor else NOWHERE


def shown_on_post(notes: Iterable[ShownNote], viewer: Viewer) -> tuple[ShownNote, ...]:
    """Return the notes on the post, best first; with several Helpful ones the first is the card (ST-3)."""
    shown = [note for note in notes if placement(note, viewer) == ON_POST]
    return tuple(sorted(shown, key=_by_score))


def preview_kind(note: ShownNote, viewer: Viewer, config: DisplayConfig) -> str | None:
    """Return how a note is previewed to gather ratings; None where it is not (ST-13, ST-14, NYH-7).

    Returns
    -------
    str or None
        ``stabilising``, ``safeguarded`` (a distinct look) or ``proposed``; contributors only.
    """
    is_open = note.status in {NMR, NEEDS_YOUR_HELP}
    if placement(note, viewer) != CONTRIBUTORS_ONLY or not is_open:
        return None
    if note.is_stabilising and config.previews_stabilising:
        return STABILISING
    if (note.is_safeguarded or note.status == NEEDS_YOUR_HELP) and config.previews_safeguarded:
        return SAFEGUARDED
    return PROPOSED


def prompt(notes: Sequence[ShownNote], viewer: Viewer) -> Reason | None:
    """Return the contributors' invitation to rate on a post without a shown note (ST-6).

    None for readers, where a Helpful note shows, and where every note is Not Helpful.
    """
    proposed = [
        n for n in notes if placement(n, viewer) == CONTRIBUTORS_ONLY and n.status in {NMR, NEEDS_YOUR_HELP}
    ]
    if not viewer.is_contributor or not proposed or shown_on_post(notes, viewer):
        return None
    return Reason("display.rate_proposed", {"n": len(proposed)})


def note_list(notes: Iterable[ShownNote], viewer: Viewer) -> tuple[ShownNote, ...]:
    """Return a post's note list: Helpful by score, proposed newest first, Not Helpful by score (ST-9).

    The order of the three groups is ours. The list is for everyone who opens it (TL-7), without
    deleted notes and without Helpful ones that a remedy keeps from readers.
    """
    listed = [n for n in notes if not n.is_deleted and not (n.status == CRH and viewer.is_kept_from(n))]
    helpful = sorted((n for n in listed if n.status == CRH), key=_by_score)
    rejected = sorted((n for n in listed if n.status == CRNH), key=_by_score)
    proposed = sorted((n for n in listed if n.status not in {CRH, CRNH}), key=_newest_first)
    return (*helpful, *proposed, *rejected)


def _by_score(note: ShownNote) -> tuple[float, float, str]:
    score = float("-inf") if note.intercept is None else note.intercept
    return (-score, -note.created_at.timestamp(), note.note_id)


def _newest_first(note: ShownNote) -> tuple[float, str]:
    return (-note.created_at.timestamp(), note.note_id)


STATUS_LABEL: Final = "display."
"""How the codes of statuses begin."""
KINDS: Final = {CRH: "helpful", CRNH: "not_helpful"}


@dataclass(frozen=True)
class StatusLine:
    """The words over a note (ST-8).

    Attributes
    ----------
    label : Reason
        Its status.
    visibility : Reason
        Whether the post shows it.
    tags : tuple of str
        The two most used reasons of the status's direction; empty while undecided.
    outlook : Reason or None
        What an undecided note still needs.
    """

    label: Reason
    visibility: Reason
    tags: tuple[str, ...]
    outlook: Reason | None

    @property
    def kind(self) -> str:
        """What became of it in one word: ``helpful``, ``not_helpful`` or ``needs_more_ratings``."""
        return self.label.code.removeprefix(STATUS_LABEL)


def status_label(kind: str) -> Reason:
    """Return the words of a `StatusLine.kind`."""
    return Reason(STATUS_LABEL + kind)


def status_line(note: ShownNote, tag_raters: Mapping[str, int], config: DisplayConfig) -> StatusLine:
    """Return the words over a note (ST-1, ST-8).

    Parameters
    ----------
    note : ShownNote
        The note.
    tag_raters : mapping
        From a tag's public name to how many raters used it.
    config : DisplayConfig
        How many tags, how many raters.
    """
    is_shown = placement(note, Viewer(is_contributor=False)) == ON_POST
    return StatusLine(
        label=status_label(KINDS.get(note.status, "needs_more_ratings")),
        visibility=Reason("display.shown" if is_shown else "display.not_shown"),
        tags=explanation_tags(note.status, tag_raters, config),
        outlook=outlook(note, config),
    )


def explanation_tags(status: str, tag_raters: Mapping[str, int], config: DisplayConfig) -> tuple[str, ...]:
    """Return the most used reasons of the status's direction, most used first (ST-8).

    Returns
    -------
    tuple of str
        Exactly two, or none: without two reasons by two raters each a note has no status, and
        the engine makes it need more ratings. Among equally used ones the published priority
        decides.
    """
    sides = {CRH: (HELPFUL_TAGS, HELPFUL_TAG_PRIORITY), CRNH: (NOT_HELPFUL_TAGS, NOT_HELPFUL_TAG_PRIORITY)}
    if status not in sides:
        return ()
    tags, priorities = sides[status]
    ranked = sorted(
        ((-tag_raters.get(tag, 0), -priority, tag) for tag, priority in zip(tags, priorities, strict=True))
    )
    used = [tag for count, _, tag in ranked if -count >= config.min_tag_raters]
    return tuple(used[: config.explanation_tags]) if len(used) >= config.explanation_tags else ()


def outlook(note: ShownNote, config: DisplayConfig) -> Reason | None:
    """Return what an undecided note needs (ST-1, ST-13, ST-14); None when decided or deleted."""
    if note.is_deleted or note.status in {CRH, CRNH}:
        return None
    if note.n_ratings < config.min_ratings:
        missing = config.min_ratings - note.n_ratings
        return Reason("display.needs_ratings", {"n": missing, "least": config.min_ratings})
    if note.is_stabilising:
        return Reason("display.stabilising")
    if note.is_safeguarded or note.status == NEEDS_YOUR_HELP:
        return Reason("display.safeguarded")
    return Reason("display.needs_agreement")
