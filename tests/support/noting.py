"""Posts, notes and ratings for tests of the platform, made through the same services as real ones."""

from __future__ import annotations

import itertools

from bridgenotes.base.clock import SteppedClock
from bridgenotes.contributors.models import Contributor, Enrollment, Impact
from bridgenotes.data.vocabulary import CRH, MISLEADING, NOT_MISLEADING
from bridgenotes.domain.note_form import NoteForm
from bridgenotes.domain.rating_form import RatingForm
from bridgenotes.identity import services as identity
from bridgenotes.notes.models import Note, NoteScore, RaterScore, Rating, StatusChange
from bridgenotes.notes.services import rating, writing
from bridgenotes.posts import services as posts
from bridgenotes.posts.models import Host, Post
from bridgenotes.posts.services import PostFields
from support.platform import People

REASONS = {MISLEADING: "misleadingFactualError", NOT_MISLEADING: "notMisleadingFactuallyCorrect"}


def form(
    text: str = "The source says otherwise: https://source.example.org/a", kind: str = MISLEADING
) -> NoteForm:
    """Return a complete writing form."""
    return NoteForm(kind, frozenset({REASONS[kind]}), trustworthy_sources=True, text=text)


class Noting:
    """Makes posts, writers and notes; `decide` stands in for a scoring run."""

    def __init__(self, clock: SteppedClock, people: People) -> None:
        self.clock, self.people = clock, people
        self._count = itertools.count(1)
        self._host: tuple[Host, str] | None = None

    def address(self) -> str:
        """Return the address of a new post."""
        return f"https://social.example.org/p/{next(self._count)}"

    def post(self, **fields: object) -> Post:
        """Return a new post: pasted, or supplied by a host if anything is told about it."""
        if not fields:
            return posts.add_pasted(self.address(), now=self.clock())
        return posts.supply(self.host()[0], self.address(), PostFields(**fields), now=self.clock())[0]

    def host(self) -> tuple[Host, str]:
        """Return the host of example.org and its token."""
        if self._host is None:
            self._host = posts.add_host("Social", ["example.org"], now=self.clock())
        return self._host

    def writer(self, helpful: int = 0, not_helpful: int = 0, awaiting: int = 0) -> Contributor:
        """Return a contributor who may write, with this writing impact."""
        contributor = self.people.contributor(Enrollment.EARNED_IN)
        self.impact(
            contributor, notes_helpful=helpful, notes_not_helpful=not_helpful, notes_awaiting=awaiting
        )
        return contributor

    def writer_account(self):
        """Return the account of a contributor who may write."""
        account = self.people.contributor_account()
        Contributor.objects.filter(pk=identity.contributor_for(account).pk).update(
            enrollment_state=Enrollment.EARNED_IN
        )
        return account

    def impact(self, contributor: Contributor, **counts: int) -> None:
        """Set what the latest scoring run counted."""
        Impact.objects.filter(contributor=contributor).update(**counts)
        contributor.impact.refresh_from_db()

    def note(
        self,
        author: Contributor | None = None,
        post: Post | None = None,
        *,
        kind: str = MISLEADING,
        text: str = "",
    ) -> Note:
        """Return a new note."""
        submitted = form(text, kind) if text else form(kind=kind)
        return writing.write_note(author or self.writer(), post or self.post(), submitted, now=self.clock())

    def rate(
        self, note: Note, level: str = "HELPFUL", rater: Contributor | None = None, tags: tuple[str, ...] = ()
    ) -> Rating:
        """Return a new rating."""
        return rating.rate_note(
            rater or self.people.contributor(), note, RatingForm(level, frozenset(tags)), now=self.clock()
        )

    def decide(
        self,
        note: Note,
        status: str = CRH,
        *,
        tags: tuple[str, ...] = (),
        intercept: float = 0.45,
        by: str = "CoreModel (v1.1)",
    ) -> Note:
        """Give a note a status, as scoring runs do."""
        StatusChange.objects.create(
            note=note, at=self.clock(), before=note.status, status=status, decided_by=by
        )
        note.status, note.status_tags, note.decided_by = status, list(tags), by
        note.save(update_fields=["status", "status_tags", "decided_by"])
        NoteScore.objects.update_or_create(note=note, defaults={"intercept": intercept, "factor": 0.0})
        return note

    def helpful_note(self, post: Post | None = None, **details: object) -> Note:
        """Return a note that shows on its post."""
        return self.decide(self.note(post=post, **details))

    def side(self, contributor: Contributor, factor: float) -> None:
        """Give a contributor a viewpoint, as scoring runs do."""
        RaterScore.objects.update_or_create(contributor=contributor, defaults={"factor": factor})
