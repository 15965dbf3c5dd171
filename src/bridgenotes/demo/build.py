"""Build the demo community in the site's database; never beside real people."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.core.management import call_command

from bridgenotes.accounts.models import Account
from bridgenotes.base.errors import Conflict
from bridgenotes.contributors.models import Contributor
from bridgenotes.data.vocabulary import CRH, CRNH
from bridgenotes.demo import accounts
from bridgenotes.demo.around import Bystanders
from bridgenotes.demo.cast import make_cast
from bridgenotes.demo.plan import SIZES, make_plan
from bridgenotes.demo.story import Story
from bridgenotes.identity import services as identity
from bridgenotes.notes.models import Note, Rating
from bridgenotes.posts.models import Post
from bridgenotes.runs import folders, operators
from bridgenotes.runs.models import Kind, State
from bridgenotes.runs.services import score

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bridgenotes.demo.cast import Cast
    from bridgenotes.runs.models import ScoringRun

LEARN_AND_SCORE: Final = (Kind.PRESCORING, Kind.FINAL)
SCORE: Final = (Kind.FINAL,)
STALE_AFTER: Final = timedelta(hours=18)


@dataclass(frozen=True)
class Moment:
    """When the site scores.

    A note that becomes Helpful waits half an hour to an hour first, so scorings come in pairs.

    Attributes
    ----------
    before_end : timedelta
        How long before the end of the story.
    kinds : tuple of Kind
        What runs.
    """

    before_end: timedelta
    kinds: tuple[Kind, ...]


LAST: Final = (
    Moment(timedelta(hours=6), LEARN_AND_SCORE),
    Moment(timedelta(minutes=1), SCORE),
)
MOMENTS: Final = {
    "full": (
        Moment(timedelta(days=12), LEARN_AND_SCORE),
        Moment(timedelta(days=12, hours=-2), SCORE),
        Moment(timedelta(days=4), SCORE),
        Moment(timedelta(days=4, hours=-2), SCORE),
        *LAST,
    ),
    "tiny": LAST,
}
"""By size."""


@dataclass(frozen=True)
class Built:
    """What there is now."""

    posts: int
    notes: int
    helpful: int
    not_helpful: int
    ratings: int
    contributors: int
    ended_at: datetime

    def is_stale(self, now: datetime) -> bool:
        """Return whether nothing is new any more: then no note needs help."""
        return now - self.ended_at > STALE_AFTER


def build(
    *,
    size: str,
    seed: int,
    now: datetime,
    force: bool = False,
    say: Callable[[str], None] = lambda _text: None,
) -> Built:
    """Make the demo unless it is there; return what there is.

    Parameters
    ----------
    size : str
        A key of `bridgenotes.demo.plan.SIZES`.
    seed : int
        Equal seeds and times give equal people, texts and behaviour. Keys and public numbers stay random,
        as on every site.
    now : datetime
        The end of the story: the present, if somebody shall use the site afterwards.
    force : bool
        Begin anew.
    say : callable
        Told what happens, one line at a time.

    Raises
    ------
    Conflict
        If somebody else uses the database, or the engine fails.
    """
    if is_built() and not force:
        return found()
    require_own_database()
    clear()
    plan = make_plan(SIZES[size], seed=seed, now=now)
    say("people sign up and are admitted")
    cast = make_cast(plan, seed=seed)
    story = Story(plan, cast, seed=seed)
    bystanders = Bystanders(cast, story, seed=seed)
    for number, moment in enumerate(MOMENTS[size]):
        at = now - moment.before_end
        story.play(at)
        say(f"{at:%d %B, %H:%M}: {len(story.posts)} posts, {len(story.notes)} notes; scoring")
        for kind in moment.kinds:
            _score(kind, cast, now=at)
        bystanders.react(now=at)
        for more in range(3):
            bystanders.report(3 * number + more, now=at)
        if number % 2:
            bystanders.decide(now=at)
    _close(cast, bystanders, now=now)
    return found()


def require_own_database() -> None:
    """Do nothing if the database is empty or holds a demo.

    Raises
    ------
    Conflict
        If it holds accounts or contributions of anybody else.
    """
    others = Account.objects.exclude(email__endswith=f"@{accounts.DOMAIN}").count()
    is_used = not Account.objects.exists() and (Post.objects.exists() or Contributor.objects.exists())
    if others or is_used:
        what = (
            f"accounts that are not the demo's ({others})"
            if others
            else "posts or contributors of a real site"
        )
        raise Conflict(
            "demo.not_alone",
            f"This database holds {what}, so no demo is made here. Name another folder in BRIDGENOTES_DATA_DIR "
            "or another database in BRIDGENOTES_DATABASE_URL.",
        )


def is_built() -> bool:
    """Return whether a whole demo is there: its operator signs up last."""
    return Account.objects.filter(email=accounts.OPERATOR.email).exists()


def clear() -> None:
    """Remove what an earlier or an interrupted demo left."""
    if Account.objects.exists() or Post.objects.exists():
        call_command("flush", interactive=False, verbosity=0)
    shutil.rmtree(folders.root(), ignore_errors=True)


def found() -> Built:
    """Return what there is."""
    return Built(
        posts=Post.objects.count(),
        notes=Note.objects.count(),
        helpful=Note.objects.filter(status=CRH).count(),
        not_helpful=Note.objects.filter(status=CRNH).count(),
        ratings=Rating.objects.count(),
        contributors=Contributor.objects.exclude(alias="").count(),
        ended_at=Account.objects.get(email=accounts.OPERATOR.email).joined_at + accounts.AGE,
    )


def _score(kind: Kind, cast: Cast, *, now: datetime) -> ScoringRun:
    """Score; let a run through that the guard against many changes at once holds back."""
    run = score(kind, now=now)
    if run is not None and run.state == State.HELD:
        moderator = cast.logins[accounts.MODERATOR.name]
        operators.permit(
            run.pk, actor=moderator.pk, reason="The site is young; many first statuses.", now=now
        )
        run = score(kind, now=now)
    if run is None or run.state != State.DONE:
        said = run.message if run else "another worker scores"
        raise Conflict("demo.engine", f"The demo could not be scored: {said}")
    return run


def _close(cast: Cast, bystanders: Bystanders, *, now: datetime) -> None:
    """Let the last day end: somebody is admitted, others wait, one leaves; the operator comes last."""
    accounts.apply(accounts.NEWCOMER, now=now - timedelta(days=2))
    identity.draw(now=now - timedelta(days=2), seed="demo second draw")
    for number in range(6):
        accounts.sign_up_waiting(number, now=now - timedelta(hours=30 - 4 * number))
    bystanders.review(now=now - timedelta(minutes=30))
    bystanders.leave(len(cast.people) // 2)
    accounts.sign_up(accounts.OPERATOR, now=now, is_staff=True, is_superuser=True)
