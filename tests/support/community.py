"""A small community in the database: two camps that disagree, and notes of four kinds.

Ids and times follow from the seed, so the engine gets the same input every time and its answer can be kept for
the session (`support.kept_engine`).
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridgenotes.base.public_ids import EPOCH_MS, RANDOM_BITS, epoch_ms
from bridgenotes.contributors.models import Contributor, Enrollment, Impact
from bridgenotes.data.vocabulary import MISLEADING, NMR, tag_bit
from bridgenotes.notes.models import Note, Rating
from bridgenotes.posts.models import Host, Post, PostAuthor

BRIDGING, LEFT, RIGHT, BAD = "bridging", "left", "right", "bad"
GOOD_TAGS = tag_bit("helpfulGoodSources") | tag_bit("helpfulClear")
BAD_TAGS = tag_bit("notHelpfulIncorrect") | tag_bit("notHelpfulOpinionSpeculation")


@dataclass
class Community:
    """What was made.

    ``notes`` holds the notes by kind, ``camps`` the raters of the left and the right, ``authors`` who wrote.
    """

    host: Host
    authors: list[Contributor]
    camps: tuple[list[Contributor], list[Contributor]]
    notes: dict[str, list[Note]] = field(default_factory=dict)

    @property
    def raters(self) -> list[Contributor]:
        """Everybody who rates."""
        return [*self.camps[0], *self.camps[1]]


def make_community(now: datetime, *, raters: int = 40, notes: int = 40, seed: int = 5) -> Community:
    """Make contributors, posts, notes of the last two days and their ratings; nothing has a status yet."""
    chance = random.Random(seed)
    host = Host.objects.create(
        name="Square", token_hash=f"{seed:064x}", created_at=now, sites=["square.example"]
    )
    people = _people(chance, now, raters + 8)
    authors, others = people[:8], people[8:]
    for author in authors:
        author.enrollment_state = Enrollment.EARNED_IN
        author.save(update_fields=["enrollment_state"])
    community = Community(host, authors, (others[: raters // 2], others[raters // 2 :]))
    ratings = []
    for number in range(notes):
        kind = (BRIDGING, LEFT, RIGHT, BAD)[number % 4]
        written = now - timedelta(hours=20) + timedelta(minutes=10 * number)
        note = _note(chance, host, authors[number % 8], written, number)
        community.notes.setdefault(kind, []).append(note)
        ratings += _ratings(chance, community, kind, note)
    Rating.objects.bulk_create(ratings)
    return community


def _people(chance: random.Random, now: datetime, number: int) -> list[Contributor]:
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    people = [
        Contributor(
            id=uuid.UUID(int=chance.getrandbits(128), version=4),
            enrolled_on=month.date(),
            state_changed_at=month,
        )
        for _ in range(number)
    ]
    for index, person in enumerate(people):
        person.take_alias(f"Quiet Number {index}")
    Contributor.objects.bulk_create(people)
    Impact.objects.bulk_create([Impact(contributor=person) for person in people])
    return people


def _note(chance: random.Random, host: Host, author: Contributor, at: datetime, number: int) -> Note:
    writer = PostAuthor.objects.create(
        id=uuid.UUID(int=chance.getrandbits(128), version=4), host=host, external_id=f"user{number}"
    )
    post = Post.objects.create(
        id=_number(chance, at - timedelta(hours=1)), identity=f"square.example/{number}",
        url=f"https://square.example/{number}", site="square.example", added_at=at, host=host, author=writer,
        text=f"Claim {number}", published_at=at - timedelta(hours=1), last_noted_at=at,
    )  # fmt: skip
    return Note.objects.create(
        id=_number(chance, at), post=post, author=author, classification=MISLEADING,
        reasons=["misleadingFactualError"], trustworthy_sources=True, created_at=at, status=NMR,
        summary=f"What claim {number} leaves out: https://facts.example/{number}",
    )  # fmt: skip


def _ratings(chance: random.Random, community: Community, kind: str, note: Note) -> list[Rating]:
    found = []
    for side, camp in enumerate(community.camps):
        likes = {BRIDGING: 0.95, LEFT: (0.95, 0.05)[side], RIGHT: (0.05, 0.95)[side], BAD: 0.04}[kind]
        for rater in camp:
            is_helpful = chance.random() < likes
            found.append(
                Rating(
                    id=uuid.UUID(int=chance.getrandbits(128), version=4),
                    note=note,
                    rater=rater,
                    level="HELPFUL" if is_helpful else "NOT_HELPFUL",
                    tags=GOOD_TAGS if is_helpful else BAD_TAGS,
                    rated_on_id=note.post_id,
                    created_at=note.created_at + timedelta(minutes=chance.uniform(5, 300)),
                )
            )
    return found


def _number(chance: random.Random, at: datetime) -> int:
    return (epoch_ms(at) - EPOCH_MS) << RANDOM_BITS | chance.getrandbits(RANDOM_BITS)
