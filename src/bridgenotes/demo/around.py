"""What people do around notes: engage, tell whether notes help, report, ask for review, leave; and staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import jwt
from django.conf import settings

from bridgenotes.base.public_ids import epoch_ms
from bridgenotes.contributors import services as contributors
from bridgenotes.data.vocabulary import CRH, MISLEADING
from bridgenotes.demo import accounts
from bridgenotes.domain.chance import generator
from bridgenotes.domain.moderation import Ground, Measure, ReportState
from bridgenotes.guardrails import services as guardrails
from bridgenotes.identity import handles
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.moderation import services as moderation
from bridgenotes.moderation.models import Report
from bridgenotes.moderation.services import Decision, Moderator, Reporter
from bridgenotes.notes.models import Note
from bridgenotes.notes.services import readers, reviewing
from bridgenotes.notifications.services import alerts, hosts
from bridgenotes.posts import authorship
from bridgenotes.runs import measures

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.demo.cast import Cast
    from bridgenotes.demo.story import Story
    from bridgenotes.notes.models import ReaderFeedback

DECIDED: Final = 3
"""Reports that the moderator decides at a time."""
LEVELS: Final = ("HELPFUL", "SOMEWHAT_HELPFUL", "NOT_HELPFUL")
SHARES: Final = (0.8, 0.13, 0.07)
"""How readers answer about notes that bridge."""


@dataclass(frozen=True)
class Complaint:
    """A report as people make it, and what the moderator decides.

    Attributes
    ----------
    kind : str
        Of the notes it is made about.
    ground : Ground
        The rule said to be broken.
    words : str
        Of the reporter.
    measures : frozenset of Measure
        None to dismiss.
    decision : str
        Words of the moderator.
    is_about_note : bool
        Or about the contributor.
    """

    kind: str
    ground: Ground
    words: str
    measures: frozenset[Measure]
    decision: str
    is_about_note: bool = True


COMPLAINTS: Final = (
    Complaint("spam", Ground.SPAM, "Advertising, the same words under several posts.",
              frozenset({Measure.TAKE_DOWN_NOTE, Measure.WARN}), "Advertising. Taken down; the author was told why."),
    Complaint("opinion", Ground.HARASSMENT, "Goes after the author instead of the claim.",
              frozenset({Measure.WARN}), "Borderline: a reminder of the rules."),
    Complaint("ordinary", Ground.OTHER, "I simply disagree with this note.",
              frozenset(), "The note is about the claim. Disagreeing is what ratings are for."),
    Complaint("spam", Ground.MANIPULATION, "Writes nothing but advertising, after a warning too.",
              frozenset({Measure.REMOVE_CONTRIBUTOR}), "Only advertising in weeks. Removed.", is_about_note=False),
)  # fmt: skip


class Bystanders:
    """Everything around the notes, at a moment of the story.

    Parameters
    ----------
    cast : Cast
        Everybody.
    story : Story
        What has happened.
    seed : int
        Decides who does what.
    """

    def __init__(self, cast: Cast, story: Story, *, seed: int) -> None:
        self._cast, self._story, self._seed = cast, story, seed
        self._chance = generator(seed, "demo bystanders")
        self._answered: set[int] = set()

    def react(self, *, now: datetime) -> None:
        """Let readers answer, the host report and be told, contributors be asked, and guardrails be measured."""
        for note in self._shown():
            if note.pk not in self._answered:
                self._answered.add(note.pk)
                self._answer(note, now)
                people = [f"u{self._chance.randrange(5_000)}" for _ in range(self._chance.randint(4, 15))]
                if note.post.host is not None:
                    hosts.record_engagement(note.post.host, note.post, people, now=now)
        hosts.withdraw(now=now)
        hosts.tell_hosts(now=now)
        alerts.ask_for_ratings(now=now, seed=f"demo {self._seed} {epoch_ms(now)}")
        guardrails.observe(measures.measures(now=now), now=now)

    def report(self, number: int, *, now: datetime) -> None:
        """Let somebody report a note, or a contributor."""
        said, kinds = COMPLAINTS[number % len(COMPLAINTS)], self._story.kinds()
        of_kind = [note for note, kind in kinds.items() if kind == said.kind]
        taking_part = Note.objects.filter(author__is_active=True).exclude(author__in=self._named())
        unreported = taking_part.filter(pk__in=of_kind, deleted_at__isnull=True, reports__isnull=True)
        found = unreported.select_related("author").order_by("-created_at").first()
        if found is not None and found.author.can_rate:
            reporter = Reporter(self._handle(f"reporter {number}"))
            about = found if said.is_about_note else None
            moderation.report(reporter, found.author, about, said.ground, said.words, now=now)

    def decide(self, *, now: datetime) -> None:
        """Let the moderator decide the oldest open reports."""
        account = self._cast.logins[accounts.MODERATOR.name]
        moderator = Moderator(
            account.pk, handles.handle(account, Purpose.REPORT), identity.contributor_for(account)
        )
        decisions = {said.ground: Decision(said.measures, said.decision) for said in COMPLAINTS}
        for found in Report.objects.filter(state=ReportState.OPEN).order_by("reported_at")[:DECIDED]:
            moderation.decide(found, decisions[Ground(found.ground)], moderator, now=now)

    def _named(self) -> list[Contributor]:
        """Return the contributors behind logins, whom nobody reports."""
        found = (identity.contributor_for(account) for account in self._cast.logins.values())
        return [contributor for contributor in found if contributor is not None]

    def review(self, *, now: datetime) -> None:
        """Let the author of a noted post prove it by the host's word, and ask for additional review."""
        notes = [note for note in self._shown() if note.post.author is not None]
        if not notes:
            return
        account = self._cast.logins[accounts.AUTHOR.name]
        claimant = handles.handle(account, Purpose.AUTHORSHIP)
        author = notes[0].post.author
        for note in (note for note in notes if note.post.author == author):
            claim = jwt.encode(
                {"iss": self._cast.host.name, "aud": settings.SITE.site_url, "sub": note.post.url,
                 "exp": int((now + timedelta(minutes=5)).timestamp())},
                self._cast.host_key, algorithm="EdDSA",
            )  # fmt: skip
            authorship.prove_by_claim(note.post, claimant, claim, now=now)
        reviewing.request_review(notes[0], is_post_author=True, now=now)

    def leave(self, number: int) -> None:
        """Let a contributor go."""
        contributors.leave(self._cast.people[number])

    def _shown(self) -> list[Note]:
        """Return the notes that show on posts, the newest first."""
        notes = Note.objects.filter(status=CRH, classification=MISLEADING, deleted_at__isnull=True)
        return list(notes.select_related("post__host", "post__author").order_by("-created_at"))

    def _answer(self, note: Note, now: datetime) -> list[ReaderFeedback]:
        given = self._chance.choices(LEVELS, SHARES, k=self._chance.randint(5, 22))
        return [
            readers.give_feedback(note, self._handle(f"{note.pk} {number}"), level, now=now)
            for number, level in enumerate(given)
        ]

    def _handle(self, word: str) -> str:
        """Return what stands for somebody without an account."""
        return f"{generator(self._seed, 'demo handle', word).getrandbits(256):064x}"
