"""What will happen in the demo: who, what and when, decided before anything is written.

How people think, what they rate and how is the laboratory's (`bridgenotes.lab`): two camps and a continuum
between them. Here its notes get posts with words, and people ask for notes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from bridgenotes.base.public_ids import epoch_ms
from bridgenotes.data.vocabulary import MISLEADING, NOT_MISLEADING, TAGS
from bridgenotes.demo.words import COMMON, Teller
from bridgenotes.domain.chance import generator
from bridgenotes.domain.note_form import NoteForm
from bridgenotes.domain.rating_form import RatingForm
from bridgenotes.lab.chance import Stage
from bridgenotes.lab.chance import generator as lab_generator
from bridgenotes.lab.notes import write_notes, write_posts
from bridgenotes.lab.population import populate
from bridgenotes.lab.ratings import Ballot, batches
from bridgenotes.lab.spec import CommunitySpec
from bridgenotes.lab.tags import TagLottery
from bridgenotes.posts.services import PostFields

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    import numpy.typing as npt

    from bridgenotes.demo.words import Claim
    from bridgenotes.lab.notes import Notes
    from bridgenotes.lab.population import Population

KINDS: Final = ("bridging", "left", "right", "poor", "spam", "opinion", "ordinary")
"""Of `bridgenotes.lab.notes.KINDS`, by the names of the texts."""
DEFENCE: Final = "defence"
USUAL_REASONS: Final = {
    MISLEADING: (
        "misleadingFactualError", "misleadingMissingImportantContext", "misleadingUnverifiedClaimAsFact",
    ),
    NOT_MISLEADING: ("notMisleadingFactuallyCorrect", "notMisleadingOther"),
}  # fmt: skip
SUGGESTIONS: Final = (
    "Where is this from?", "I saw the same claim years ago.", "Who counted this, and how?",
    "My sister works there and says otherwise.", "Please check the date.", "Is there an official source?",
    "The local paper tells it differently.", "Everybody at work shares it, I have doubts.",
    "Could somebody who knows the matter look at this?", "The same text is in several accounts.",
)  # fmt: skip
MASTERED: Final = "en"
MASTERPIECES: Final = 14
"""Notes by the one writer whom most raters value: some ten of them make a top writer."""
AUTHORS: Final = 70
"""Authors of posts at the host."""
BETTER: Final = (0.25, 0.1, 0.1, 0.15, 0.0, 0.1, 0.15)
"""How much better notes of each kind are than the laboratory's: a small site that goes well."""
BEYOND: Final = timedelta(hours=5)
"""How much longer the plan is than the story, so that it ends in the middle of things."""
PASTED: Final = 0.06
"""Share of the posts that are pasted."""
TOLD: Final = 0.5
"""Share of the requests that say something."""
ASKED: Final = 0.3
"""Share of the noted posts that somebody asked for, and of the requests that name a source."""
ASKERS: Final = 36
"""People who ask for notes; the first one is the demo's reader."""


@dataclass(frozen=True)
class Size:
    """How much happens.

    Attributes
    ----------
    people, notes, ratings, days : int
        Raters who may rate, notes, ratings, and over how many days.
    unnoted : int
        Posts of the last day that people ask a note for.
    """

    people: int
    notes: int
    ratings: int
    days: int
    unnoted: int


SIZES: Final = {
    "full": Size(people=220, notes=480, ratings=14_000, days=30, unnoted=14),
    "tiny": Size(people=60, notes=70, ratings=1_700, days=10, unnoted=3),
}


@dataclass(frozen=True)
class PlannedPost:
    """A post that its host supplies, or that somebody pastes: then nothing is told about it."""

    at: datetime
    address: str
    fields: PostFields | None


@dataclass(frozen=True)
class PlannedNote:
    """A note that somebody would write, if they may then."""

    at: datetime
    post: int
    author: int
    kind: str
    form: NoteForm
    is_taken_back: bool


@dataclass(frozen=True)
class PlannedRequest:
    """Somebody who asks for a note on a post."""

    at: datetime
    post: int
    asker: int
    suggestion: str
    source: str


@dataclass(frozen=True)
class PlannedRating:
    """A rating that somebody would give."""

    at: datetime
    note: int
    rater: int
    form: RatingForm


@dataclass(frozen=True)
class Plan:
    """All that would happen, each list in order of time; numbers are positions in the other lists.

    Attributes
    ----------
    now, begins : datetime
        The end and the beginning. What is planned for later does not happen.
    people : int
        Contributors; every number of a rater or author of a note is below it.
    founders : frozenset of int
        Contributors who write: taken to have earned it before the beginning.
    writer : int
        The one among them whose notes are good.
    """

    now: datetime
    begins: datetime
    people: int
    founders: frozenset[int]
    writer: int
    posts: tuple[PlannedPost, ...]
    notes: tuple[PlannedNote, ...]
    requests: tuple[PlannedRequest, ...]
    ratings: tuple[PlannedRating, ...]


def make_plan(size: Size, *, seed: int, now: datetime) -> Plan:
    """Return the same plan for the same size, seed and time."""
    spec = CommunitySpec(
        ratings=size.ratings, seed=seed, raters=size.people, notes=size.notes, now_ms=epoch_ms(now + BEYOND),
        span_days=size.days, colluding_blocks=0, brigades=0, not_misleading_share=0.14,
    )  # fmt: skip
    population = populate(spec)
    # Everybody is of one modeling group, as on a site that configures none.
    population = replace(population, group=np.zeros_like(population.group))
    made = write_posts(spec, population)
    notes = write_notes(spec, population, made)
    notes = replace(notes, quality=notes.quality + np.array(BETTER)[notes.kind])
    teller, chance = Teller(seed), generator(seed, "demo plan")
    claims = [teller.claim() for _ in range(len(made) + size.unnoted)]
    # A note whose post is not available in the public data is on the latest post before it.
    before = np.maximum(np.searchsorted(made.created_ms, notes.created_ms) - 1, 0)
    notes = replace(notes, post=np.where(notes.post < 0, before, notes.post))
    writer = int(np.argsort(population.activity)[population.n_raters * 2 // 3])
    notes = replace(notes, author=_with_master(notes, claims, writer))
    times = [_moment(ms) for ms in made.created_ms.tolist()]
    times += sorted(now - timedelta(hours=chance.uniform(2, 20)) for _ in range(size.unnoted))
    posts = tuple(
        _post(number, claim, at, teller, chance)
        for number, (claim, at) in enumerate(zip(claims, times, strict=True))
    )
    planned = tuple(_notes(notes, claims, teller, chance))
    return Plan(
        now=now,
        begins=now - timedelta(days=size.days, hours=6),
        people=len(population.ids),
        founders=frozenset(notes.author.tolist()),
        writer=writer,
        posts=posts,
        notes=planned,
        requests=tuple(_requests(posts, planned, teller, chance)),
        ratings=tuple(_ratings(spec, population, notes)),
    )


def _with_master(notes: Notes, claims: Sequence[Claim], writer: int) -> npt.NDArray[np.int64]:
    """Return the authors of the notes, the best ones in one language by one writer, shape (n_notes,)."""
    known = np.array([claim.language == MASTERED for claim in claims])[notes.post]
    fit = (notes.kind == KINDS.index("bridging")) & known & ~notes.deleted & ~notes.not_misleading
    best = np.argsort(
        -np.where(fit, notes.quality + 0.02 * np.minimum(notes.ratings, 40), -np.inf), kind="stable"
    )
    author = notes.author.copy()
    author[best[: min(MASTERPIECES, int(fit.sum()))]] = writer
    return author


def _post(number: int, claim: Claim, at: datetime, teller: Teller, chance: Random) -> PlannedPost:
    """Return a post; some are found elsewhere and pasted, so nothing but their address is known."""
    if chance.random() < PASTED:
        return PlannedPost(at, teller.address(), None)
    author, likes = chance.randrange(AUTHORS), int(chance.lognormvariate(5.5, 1.3))
    fields = PostFields(
        author_id=f"u{author}", author_name=teller.author(author), text=claim.text, language=claim.language,
        published_at=at, views=likes * chance.randint(20, 60), likes=likes, reposts=likes // chance.randint(2, 9),
    )  # fmt: skip
    return PlannedPost(at, f"https://social.example.org/u{author}/{100_000 + number}", fields)


def _notes(notes: Notes, claims: Sequence[Claim], teller: Teller, chance: Random) -> Iterator[PlannedNote]:
    """Yield the notes; those that defend the post say so, whatever they are worth."""
    for number in range(len(notes)):
        kind, post = KINDS[int(notes.kind[number])], int(notes.post[number])
        if notes.not_misleading[number] and kind not in COMMON:
            kind = DEFENCE
        classification = NOT_MISLEADING if kind == DEFENCE else MISLEADING
        text = teller.note(claims[post], kind)
        yield PlannedNote(
            at=_moment(int(notes.created_ms[number])),
            post=post,
            author=int(notes.author[number]),
            kind=kind,
            form=NoteForm(
                classification, frozenset(chance.sample(USUAL_REASONS[classification], chance.choice((1, 1, 2)))),
                trustworthy_sources="://" in text, text=text,
            ),
            is_taken_back=bool(notes.deleted[number]),
        )  # fmt: skip


def _requests(
    posts: Sequence[PlannedPost], notes: Sequence[PlannedNote], teller: Teller, chance: Random
) -> Iterator[PlannedRequest]:
    """Yield who asks for notes: on some posts before the first note, and on those that have none yet."""
    first_note: dict[int, datetime] = {}
    for note in notes:
        first_note.setdefault(note.post, note.at)
    for number, post in enumerate(posts):
        is_noted = number in first_note
        if is_noted and chance.random() > ASKED:
            continue
        until = first_note.get(number, post.at + timedelta(hours=1.5))
        askers = chance.sample(range(ASKERS), chance.randint(1, 5) if is_noted else chance.randint(4, 9))
        for asker, words in zip(askers, chance.sample(SUGGESTIONS, len(askers)), strict=True):
            yield PlannedRequest(
                at=post.at + (until - post.at) * chance.uniform(0.05, 0.95),
                post=number,
                asker=asker,
                suggestion=words if chance.random() < TOLD else "",
                source=teller.address() if chance.random() < ASKED else "",
            )


def _ratings(spec: CommunitySpec, population: Population, notes: Notes) -> Iterator[PlannedRating]:
    """Yield what the laboratory's people say of the notes."""
    lottery = TagLottery(spec.seed)
    forms = [_ticked(text) for text in lottery.text.to_list()]
    ballot = Ballot(spec, population, notes, (), lottery)
    for part, (start, stop) in enumerate(batches(notes)):
        batch = ballot.rate(start, stop, lab_generator(spec.seed, Stage.RATINGS, part))
        columns = (batch.created_ms, batch.note, batch.rater, batch.form)
        for created_ms, note, rater, form in zip(*(column.tolist() for column in columns), strict=True):
            yield PlannedRating(_moment(created_ms), note, rater, forms[form])


def _ticked(columns: str) -> RatingForm:
    """Return a form of the laboratory, written as public columns, as what a rater submits."""
    _version, _agree, _disagree, _helpful, _not_helpful, level, *ticks = columns.split("\t")
    return RatingForm(level, frozenset(tag for tag, tick in zip(TAGS, ticks, strict=True) if tick == "1"))


def _moment(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)
