"""Made-up notes and posts for the style guide: built in memory, stored nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor, Enrollment, Impact
from bridgenotes.data.vocabulary import CRH, CRNH, MISLEADING, NMR, NOT_MISLEADING
from bridgenotes.domain import display
from bridgenotes.domain.display import ShownNote
from bridgenotes.notes.models import Note, Rating
from bridgenotes.notes.models.note import Removal
from bridgenotes.notes.queries.display import NoteView, PostView
from bridgenotes.posts.models import Host, Post, PostAuthor

if TYPE_CHECKING:
    from datetime import datetime

ALIASES: Final = ("Patient Amber Heron", "Quiet Cobalt Wren", "Kind Meadow Lark", "Brisk Harbour Tern")


class Samples:
    """Examples of what components show, at a time.

    Parameters
    ----------
    now : datetime
        The examples are as many hours and days old as a real page's.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._host = Host(name="Social")
        self._count = 0

    def contributor(self, alias: str = ALIASES[0]) -> Contributor:
        """Return somebody who may rate and write."""
        return Contributor(alias=alias, is_active=True, enrollment_state=Enrollment.EARNED_IN)

    def impact(self) -> Impact:
        """Return what somebody's notes and ratings did."""
        return Impact(
            notes_helpful=12, notes_not_helpful=1, notes_awaiting=4, helped_helpful=1240,
            helped_not_helpful=310, against_helpful=45, against_not_helpful=12, updated_at=self._now,
        )  # fmt: skip

    def post(self) -> Post:
        """Return a post of which its host tells everything."""
        self._count += 1
        return Post(
            id=self._count, url="https://social.example.org/posts/1042", site="social.example.org",
            added_at=self._now, author=PostAuthor(host=self._host, external_id="1", name="Avery Stone"),
            text=_("The new bridge cost three times what was promised. Nobody is held to account!"),
            published_at=self._now - timedelta(hours=5), view_count=128_400, like_count=2310, repost_count=412,
            counted_at=self._now,
        )  # fmt: skip

    def bare_post(self) -> Post:
        """Return a post of which only its address is known."""
        self._count += 1
        return Post(
            id=self._count,
            url="https://news.example.net/2026/bridge",
            site="news.example.net",
            added_at=self._now,
        )

    def note(self, status: str = NMR, **details: Any) -> NoteView:  # noqa: ANN401 (fields of several classes)
        """Return a note as a contributor sees it.

        Parameters
        ----------
        status : str
            Its public status.
        **details
            ``n_ratings``, ``preview``, ``tags``, ``kind``, ``is_deleted``, ``rated`` (a level), ``alias``.
        """
        self._count += 1
        is_deleted = details.get("is_deleted", False)
        kind = details.get("kind", MISLEADING)
        reason = "misleadingFactualError" if kind == MISLEADING else "notMisleadingFactuallyCorrect"
        summary = _(
            "The council approved 40 million in 2019; the audited cost is 52 million, almost a third more. "
            "The audit names the price of steel as the main cause: https://audit.example.org/bridge"
        )
        note = Note(
            id=self._count, post=self.post(), author=self.contributor(details.get("alias", ALIASES[1])),
            classification=kind, reasons=[reason], trustworthy_sources=True, summary="" if is_deleted else summary,
            created_at=self._now - timedelta(hours=3 * self._count), status=status,
            status_tags=list(details.get("tags", ())), removal=Removal.BY_AUTHOR if is_deleted else Removal.NONE,
            deleted_at=self._now if is_deleted else None,
        )  # fmt: skip
        preview = details.get("preview")
        facts = ShownNote(
            note_id=str(note.pk), status=status, classification=kind, created_at=note.created_at,
            is_deleted=is_deleted, n_ratings=details.get("n_ratings", 34),
            is_stabilising=preview == display.STABILISING, is_safeguarded=preview == display.SAFEGUARDED,
        )  # fmt: skip
        line = display.status_line(facts, dict.fromkeys(note.status_tags, 9), rules().display)
        rated = details.get("rated")
        return NoteView(
            note=note,
            facts=facts,
            line=line,
            own_rating=Rating(note=note, level=rated, rated_on=note.post) if rated else None,
            is_own=False,
            preview=preview,
        )

    def helpful_note(self) -> NoteView:
        """Return a note that shows on its post."""
        return self.note(CRH, tags=("helpfulGoodSources", "helpfulClear"), n_ratings=1234)

    def notes(self) -> list[NoteView]:
        """Return notes in every state."""
        return [
            self.helpful_note(),
            self.note(n_ratings=2, alias=ALIASES[2]),
            self.note(preview=display.STABILISING, rated="HELPFUL", alias=ALIASES[3]),
            self.note(preview=display.SAFEGUARDED),
            self.note(
                CRNH, tags=("notHelpfulSourcesMissingOrUnreliable", "notHelpfulOpinionSpeculation"),
                kind=NOT_MISLEADING, alias=ALIASES[2],
            ),
            self.note(is_deleted=True),
        ]  # fmt: skip

    def noted_post(self) -> PostView:
        """Return a post that shows a note."""
        card = self.helpful_note()
        return PostView(post=self.post(), card=card, notes=(card, self.note()), prompt=None)

    def requested(self) -> dict[str, Any]:
        """Return what people who ask for a note say."""
        asked = _("What did the council approve, and when?")
        return {"total": 12, "suggestions": [asked], "sources": ["https://audit.example.org/bridge"]}

    def open_post(self) -> PostView:
        """Return a post whose notes wait for ratings."""
        proposed = self.note(preview=display.PROPOSED, n_ratings=3)
        viewer = display.Viewer(is_contributor=True)
        return PostView(
            post=self.post(), card=None, notes=(proposed,), prompt=display.prompt([proposed.facts], viewer)
        )
