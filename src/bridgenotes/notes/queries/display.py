"""Notes as pages show them: with status line, placement, and what the viewer did (ST)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from bridgenotes.base.errors import NotFound
from bridgenotes.base.prepared import Prepared
from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor
from bridgenotes.data.vocabulary import CRH, MISLEADING
from bridgenotes.domain import display
from bridgenotes.domain.display import ShownNote, StatusLine
from bridgenotes.notes.models import Note, Rating, StatusChange
from bridgenotes.notes.models.note import Removal
from bridgenotes.posts.queries import LARGEST_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import Model, QuerySet

    from bridgenotes.domain.display import Viewer
    from bridgenotes.domain.verdict import Reason
    from bridgenotes.posts.models import Post


MAY_SHOW: Final = Q(status=CRH, classification=MISLEADING, deleted_at__isnull=True)
"""Notes that `bridgenotes.domain.display.placement` may put on posts for readers; the rule has the last word."""
EVERYTHING: Final = ("author", "post", "post__author")
"""What belongs to a note that stands alone."""
MOST_CHANGES: Final = 50
"""Changes of a status that are told."""


@dataclass(frozen=True)
class Looker:
    """Who looks at notes.

    Attributes
    ----------
    viewer : Viewer
        What the rules of display need to know.
    contributor : Contributor or None
        None for readers.
    """

    viewer: Viewer
    contributor: Contributor | None = None


@dataclass(frozen=True)
class NoteView:
    """One note for one viewer.

    Attributes
    ----------
    note : Note
        With author, post and score.
    facts : ShownNote
        What the rules see.
    line : StatusLine
        Its words (ST-8).
    own_rating : Rating or None
        The viewer's.
    is_own : bool
        Whether the viewer wrote it.
    preview : str or None
        How it is previewed to the viewer, if at all (NYH-7).
    """

    note: Note
    facts: ShownNote
    line: StatusLine
    own_rating: Rating | None
    is_own: bool
    preview: str | None

    @property
    def can_be_rated(self) -> bool:
        """Whether to offer the rating form."""
        return not self.is_own and not self.facts.is_deleted

    @property
    def was_taken_down(self) -> bool:
        """Whether staff deleted it."""
        return self.note.removal == Removal.BY_STAFF


@dataclass(frozen=True)
class PostView:
    """A post with its notes for one viewer.

    Attributes
    ----------
    post : Post
        The post.
    card : NoteView or None
        The note that shows on the post (ST-3, ST-4).
    notes : tuple of NoteView
        The note list, in order (ST-9).
    prompt : Reason or None
        The contributors' invitation to rate (ST-6).
    """

    post: Post
    card: NoteView | None
    notes: tuple[NoteView, ...]
    prompt: Reason | None

    @property
    def preview(self) -> NoteView | None:
        """The one proposed note whose text is previewed beside the prompt: the most promising (NYH-7)."""
        order = (display.STABILISING, display.SAFEGUARDED, display.PROPOSED)
        open_ones = [
            view for view in self.notes if view.preview and view.can_be_rated and not view.own_rating
        ]
        if self.prompt is None or not open_ones:
            return None
        return min(open_ones, key=lambda view: order.index(view.preview or display.PROPOSED))


def with_facts(notes: QuerySet[Note], *beside: str) -> QuerySet[Note]:
    """Return notes with all that display needs, in one query.

    Parameters
    ----------
    notes : QuerySet
        Of notes.
    *beside : str
        What comes with a note beside its score; what the caller has already need not come again.
    """
    # Counted note by note from an index: a join would read and group all ratings of all notes of a page.
    counted = Rating.objects.filter(note=OuterRef("pk"), deleted_at__isnull=True).order_by().values("note")
    n_ratings = Coalesce(Subquery(counted.annotate(n=Count("*")).values("n")), 0)
    return notes.select_related("score", *(beside or EVERYTHING)).annotate(n_ratings=n_ratings)


def all_but(relation: str, model: type[Model], *names: str) -> list[str]:
    """Return the columns beside a note to leave in the database (``defer``), where a page needs a few by name."""
    columns = (field.name for field in model._meta.concrete_fields if not field.primary_key)  # noqa: SLF001 (public)
    return [f"{relation}__{name}" for name in columns if name not in names]


def shown_facts(note: Note) -> ShownNote:
    """Return a note as the rules of display see it."""
    n_ratings = getattr(note, "n_ratings", None)
    score = getattr(note, "score", None)
    return ShownNote(
        note_id=str(note.pk),
        status=note.status,
        classification=note.classification,
        created_at=note.created_at,
        is_deleted=note.is_deleted,
        intercept=score.intercept if score else None,
        n_ratings=note.ratings.filter(deleted_at=None).count() if n_ratings is None else n_ratings,
        is_stabilising=note.is_stabilising,
        is_safeguarded=note.is_safeguarded,
        is_experimental=display.is_experimental(note.decided_by, rules().display),
    )


BUT_ALIAS: Final = all_but("author", Contributor, "alias")
"""Columns of authors that cards do not show."""
_by_id = Prepared(lambda numbers: with_facts(Note.objects.filter(pk__among=numbers)))
_of_posts = Prepared(
    lambda numbers: with_facts(Note.objects.filter(post__among=numbers), "author").defer(*BUT_ALIAS)
)


_changes = Prepared(lambda number: StatusChange.objects.filter(note=number).order_by("-at")[:MOST_CHANGES])
_ratings = Prepared(
    lambda rater, among: Rating.objects.filter(rater=rater, note__among=among, deleted_at=None)
)


def note_by_id(note_id: int, *, read: Prepared[Note] = _by_id) -> Note:
    """Return a note, deleted ones included, with all that display needs.

    Parameters
    ----------
    note_id : int
        Its number.
    read : Prepared
        Reads notes by their numbers; another one brings more along.

    Raises
    ------
    NotFound
        If there is none of this number.
    """
    found = next(iter(read([note_id])), None) if 0 < note_id <= LARGEST_ID else None
    if found is None:
        raise NotFound("notes.unknown", gettext("There is no such note."))
    return found


def latest_changes(note_id: int) -> list[StatusChange]:
    """Return the latest changes of a note's status, newest first; the public table of statuses has all (ST-11)."""
    return _changes(note_id)


def notes_by_id(numbers: Sequence[int]) -> list[Note]:
    """Return notes with all that display needs, in no order; unknown ones are left out."""
    return _by_id(list(numbers))


def note_views(notes: Sequence[Note], looker: Looker) -> list[NoteView]:
    """Return notes for one viewer, with at most one query more."""
    me = looker.contributor
    rated = _ratings_by(me, notes) if me else {}
    return [_view(note, looker, rated.get(note.pk)) for note in notes]


def post_views(posts: Sequence[Post], looker: Looker) -> list[PostView]:
    """Return posts with their notes for one viewer; two queries however many posts."""
    known = {post.pk: post for post in posts}
    notes = _of_posts(list(known))
    for note in notes:
        note.post = known[note.post_id]
    by_post: dict[int, list[NoteView]] = {number: [] for number in known}
    for view in note_views(notes, looker):
        by_post[view.note.post_id].append(view)
    return [_post_view(post, by_post[post.pk], looker.viewer) for post in posts]


def _post_view(post: Post, views: Iterable[NoteView], viewer: Viewer) -> PostView:
    by_id = {view.facts.note_id: view for view in views}
    facts = [view.facts for view in by_id.values()]
    shown = display.shown_on_post(facts, viewer)
    return PostView(
        post=post,
        card=by_id[shown[0].note_id] if shown else None,
        notes=tuple(by_id[note.note_id] for note in display.note_list(facts, viewer)),
        prompt=display.prompt(facts, viewer),
    )


def _view(note: Note, looker: Looker, own_rating: Rating | None) -> NoteView:
    facts, config = shown_facts(note), rules().display
    # The reasons shown are those the scoring run counted, so that page and public data agree.
    line = replace(display.status_line(facts, {}, config), tags=tuple(note.status_tags))
    me = looker.contributor
    return NoteView(
        note=note,
        facts=facts,
        line=line,
        own_rating=own_rating,
        is_own=me is not None and note.author_id == me.pk,
        preview=display.preview_kind(facts, looker.viewer, config),
    )


def _ratings_by(contributor: Contributor, notes: Sequence[Note]) -> dict[int, Rating]:
    return {rating.note_id: rating for rating in _ratings(contributor.pk, [note.pk for note in notes])}
