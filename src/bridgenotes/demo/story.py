"""The weeks of the demo, lived through the site's own services with the time of the story.

What people type goes through the services one by one: posts, notes, requests. Ratings are too many for that;
they are written at once, after the same rules: complete forms, nobody's own note, none that is deleted, by those
who may rate at the time, with the source that alerts give them.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction

from bridgenotes.base.errors import NotAllowed
from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor
from bridgenotes.data.vocabulary import tag_bit
from bridgenotes.demo import accounts
from bridgenotes.domain.chance import generator
from bridgenotes.domain.rating_form import check_rating, may_rate, rating_source
from bridgenotes.domain.verdict import Refused
from bridgenotes.identity import handles
from bridgenotes.notes.models import Note, Rating, SampledAlert
from bridgenotes.notes.services import requesting, writing
from bridgenotes.notes.services.requesting import RequestForm
from bridgenotes.posts import services as posts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bridgenotes.demo.cast import Cast
    from bridgenotes.demo.plan import Plan, PlannedNote, PlannedPost, PlannedRating, PlannedRequest
    from bridgenotes.domain.rating_form import RatingForm
    from bridgenotes.posts.models import Post

    Planned = PlannedPost | PlannedRequest | PlannedNote

AT_ONCE: Final = 1_000
TAKEN_BACK_AFTER: Final = timedelta(hours=9)
"""When authors delete the notes they come to regret."""


class Story:
    """Plays a plan up to any moment, each part once.

    Attributes
    ----------
    posts, notes : dict
        What came to be, by the plan's numbers.
    left_out : int
        Notes and requests that the rules did not allow at their time.
    """

    def __init__(self, plan: Plan, cast: Cast, *, seed: int) -> None:
        self._plan, self._cast, self._seed = plan, cast, seed
        self._chance = generator(seed, "demo story")
        self._until = plan.begins
        self.posts: dict[int, Post] = {}
        self.notes: dict[int, Note] = {}
        self.left_out = 0

    @transaction.atomic
    def play(self, until: datetime) -> None:
        """Let everything happen that happens before a moment."""
        plan = self._plan
        parts: tuple[tuple[Sequence[Planned], Callable[[int], None]], ...] = (
            (plan.posts, self._appear),
            (plan.requests, self._request),
            (plan.notes, self._write),
        )
        happenings = [
            (planned.at, order, number, verb)
            for order, (part, verb) in enumerate(parts)
            for number, planned in enumerate(part)
            if self._until <= planned.at < until
        ]
        for _at, _order, number, verb in sorted(happenings, key=lambda happening: happening[:3]):
            try:
                verb(number)
            except (Refused, NotAllowed):  # somebody's day is full, or they may not write any more
                self.left_out += 1
        self._rate([rating for rating in plan.ratings if self._until <= rating.at < until])
        self._take_back(until)
        self._until = until

    def kinds(self) -> dict[int, str]:
        """Return the kind of every note there is, by its public number."""
        return {note.pk: self._plan.notes[number].kind for number, note in self.notes.items()}

    def _appear(self, number: int) -> None:
        planned = self._plan.posts[number]
        if planned.fields is None:
            self.posts[number] = posts.add_pasted(planned.address, now=planned.at)
        else:
            self.posts[number], _ = posts.supply(
                self._cast.host, planned.address, planned.fields, now=planned.at
            )

    def _request(self, number: int) -> None:
        planned = self._plan.requests[number]
        form = RequestForm(source=planned.source, suggestion=planned.suggestion)
        handle = self._handle(planned.asker)
        requesting.request_note(
            handle, self.posts[planned.post], form, now=planned.at, has_verified_phone=True
        )

    def _handle(self, asker: int) -> str:
        """Return what stands for somebody who asks; the first one is the demo's reader."""
        if asker == 0:
            return handles.asker(self._cast.logins[accounts.READER.name]).handle
        return sha256(f"demo asker {self._seed} {asker}".encode()).hexdigest()

    def _write(self, number: int) -> None:
        planned = self._plan.notes[number]
        author = self._cast.people[planned.author]
        self.notes[number] = writing.write_note(
            author, self.posts[planned.post], planned.form, now=planned.at
        )

    def _take_back(self, until: datetime) -> None:
        for number, note in self.notes.items():
            at = self._gone_at(number)
            if at is not None and self._until <= at < until:
                note.refresh_from_db()
                if not note.is_deleted:
                    writing.delete_note(self._cast.people[self._plan.notes[number].author], note, now=at)

    def _gone_at(self, number: int) -> datetime | None:
        """Return when an author deletes a note."""
        planned = self._plan.notes[number]
        return planned.at + TAKEN_BACK_AFTER if planned.is_taken_back else None

    def _rate(self, planned: list[PlannedRating]) -> None:
        """Write ratings, those that the rules allow."""
        numbers = [note.pk for note in self.notes.values()]
        deleted = set(Note.objects.filter(deleted_at__isnull=False).values_list("pk", flat=True))
        people = Contributor.objects.in_bulk([person.pk for person in self._cast.people])
        asked = {
            (note, person): drawn_at
            for note, person, drawn_at in SampledAlert.objects.filter(note__in=numbers).values_list(
                "note_id", "contributor_id", "drawn_at"
            )
        }
        config, rows = rules().ratings, []
        for rating in planned:
            note, rater = self.notes.get(rating.note), people[self._cast.people[rating.rater].pk]
            gone_at = self._gone_at(rating.note)
            if note is None or note.pk in deleted or (gone_at is not None and rating.at >= gone_at):
                continue
            if not may_rate(str(rater.pk), str(note.author_id), is_enrolled=rater.can_rate).allowed:
                continue
            rows.append(
                Rating(
                    id=UUID(int=self._chance.getrandbits(128), version=4), note=note, rater=rater,
                    level=rating.form.level, tags=_mask(rating.form), rated_on_id=note.post_id,
                    source=rating_source(asked.get((note.pk, rater.pk)), rating.at, config), created_at=rating.at,
                )
            )  # fmt: skip
        Rating.objects.bulk_create(rows, batch_size=AT_ONCE)


@cache
def _mask(form: RatingForm) -> int:
    """Return the reasons of a complete form as they are stored."""
    check_rating(form, rules().ratings).require()
    return sum(tag_bit(tag) for tag in form.tags)
