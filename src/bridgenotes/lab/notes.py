"""Posts and the notes on them: who wrote them, what they are worth, how many rate them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

from bridgenotes.lab.chance import Stage, apportion, generator, pick
from bridgenotes.lab.errors import SimulationError
from bridgenotes.lab.ids import NOTE_STEP, POST_STEP, snowflakes
from bridgenotes.lab.population import HOME_GROUP
from bridgenotes.lab.spec import DAY_MS

if TYPE_CHECKING:
    import numpy.typing as npt

    from bridgenotes.lab.population import Population
    from bridgenotes.lab.spec import CommunitySpec

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000
TOPICS: Final = ("none", "ukraine", "gaza", "football", "scams")
_TOPIC_SHARES: Final = (0.3, 0.25, 0.2, 0.25)


@dataclass(frozen=True)
class Kind:
    """A kind of note.

    Attributes
    ----------
    name : str
        Its name.
    share : float
        How common it is.
    quality, quality_spread : float
        Normal distribution of what every rater sees in it.
    slant, slant_spread : float
        Normal distribution of what pleases one camp and displeases the other.
    popularity : float
        Relative number of ratings.
    """

    name: str
    share: float
    quality: float
    quality_spread: float
    slant: float
    slant_spread: float
    popularity: float


KINDS: Final = (
    Kind("bridging", 0.15, 0.62, 0.28, 0.0, 0.12, 1.2),
    Kind("one-sided left", 0.18, 0.02, 0.25, -0.95, 0.25, 1.2),
    Kind("one-sided right", 0.18, 0.02, 0.25, 0.95, 0.25, 1.2),
    Kind("poor", 0.14, -0.55, 0.25, 0.0, 0.3, 0.8),
    Kind("spam", 0.05, -1.05, 0.2, 0.0, 0.15, 0.5),
    Kind("opinion", 0.10, -0.3, 0.25, 0.0, 0.6, 0.9),
    Kind("ordinary", 0.20, 0.08, 0.3, 0.0, 0.35, 0.9),
)
SPAM: Final = 4
OPINION: Final = 5
NOT_NEEDED: Final = len(KINDS)
"""The kind whose tags notes in defence of a post get; never in `Notes.kind`."""


@dataclass(frozen=True)
class Posts:
    """The posts, in order of time; arrays of shape (n_posts,)."""

    ids: Ints
    created_ms: Ints
    home: Ints
    topic: Ints

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Notes:
    """The notes, in order of time; arrays of shape (n_notes,).

    Attributes
    ----------
    home : numpy.ndarray, int64
        Modeling group whose community rates the note, -1 = everybody.
    post : numpy.ndarray, int64
        Position of the post, -1 = not available.
    ratings : numpy.ndarray, int64
        How many ratings the note has.
    """

    ids: Ints
    created_ms: Ints
    post: Ints
    post_id: Ints
    author: Ints
    kind: Ints
    quality: Floats
    slant: Floats
    home: Ints
    topic: Ints
    not_misleading: Bools
    media: Bools
    collaborative: Bools
    deleted: Bools
    ratings: Ints

    def __len__(self) -> int:
        return len(self.ids)


def write_posts(spec: CommunitySpec, population: Population) -> Posts:
    """Make up the posts; there are more of them towards the end."""
    rng = generator(spec.seed, Stage.POSTS)
    count = max(1, round(spec.notes * 0.62))
    span = spec.span_days * DAY_MS
    early = np.sort(np.maximum(rng.random(count), rng.random(count) * 1.15 - 0.15))
    created = spec.now_ms - span + (early * (span - 6 * HOUR_MS)).astype(np.int64)
    home = np.full(count, -1)
    sizes = population.group_sizes()
    others = np.where((sizes >= 40) & (np.arange(len(sizes)) > 0), sizes, 0)
    others[HOME_GROUP] = 0
    where = pick(rng, (0.45, 0.36, 0.19), count)
    home[(where == 1) & (sizes[HOME_GROUP] >= 8)] = HOME_GROUP
    if others.any():
        drawn = pick(rng, others, count)
        home[where == 2] = drawn[where == 2]
    topic = np.where(rng.random(count) < spec.topic_share, 1 + pick(rng, _TOPIC_SHARES, count), 0)
    return Posts(snowflakes(created, POST_STEP), created, home, topic)


def write_notes(spec: CommunitySpec, population: Population, posts: Posts) -> Notes:
    """Make up the notes on the posts.

    Raises
    ------
    SimulationError
        If there are too few raters and notes for the ratings.
    """
    rng = generator(spec.seed, Stage.NOTES)
    count = spec.notes
    on = np.concatenate([np.arange(len(posts)), rng.integers(0, len(posts), count)])[:count]
    delay = np.exp(rng.normal(np.log(3 * HOUR_MS), 1.2, count)).astype(np.int64) + MINUTE_MS
    latest = spec.now_ms - HOUR_MS - rng.integers(0, HOUR_MS, count)
    created = np.minimum(posts.created_ms[on] + delay, latest)
    order = np.argsort(created, kind="stable")
    on, created = on[order], created[order]
    kind = pick(rng, [kind.share for kind in KINDS], count)
    of_kind = np.array([[k.quality, k.quality_spread, k.slant, k.slant_spread] for k in KINDS])[kind]
    not_misleading = rng.random(count) < spec.not_misleading_share
    quality = rng.normal(of_kind[:, 0], of_kind[:, 1]) - 0.18 * not_misleading
    home = posts.home[on]
    author = _authors(rng, spec, population, count)
    available = rng.random(count) >= 0.01
    return Notes(
        ids=snowflakes(created, NOTE_STEP),
        created_ms=created,
        post=np.where(available, on, -1),
        post_id=np.where(available, posts.ids[on], -1),
        author=author,
        kind=kind,
        quality=quality,
        slant=np.clip(rng.normal(of_kind[:, 2], of_kind[:, 3]), -1.5, 1.5),
        home=home,
        topic=np.where(rng.random(count) < 0.9, posts.topic[on], 0),
        not_misleading=not_misleading,
        media=rng.random(count) < spec.media_share,
        collaborative=(rng.random(count) < 0.03) & (spec.now_ms - created < 30 * DAY_MS),
        deleted=rng.permutation(count) < round(spec.deleted_share * count),
        ratings=_popularity(rng, spec, population, kind, home, spec.now_ms - created),
    )


def _authors(rng: np.random.Generator, spec: CommunitySpec, population: Population, count: int) -> Ints:
    """Return authors: raters who write much or little, and for a few notes AI writers."""
    writes = np.exp(rng.normal(0.0, 1.3, spec.raters)) * (rng.random(spec.raters) < 0.6)
    writes[0] += 1e-9
    author = pick(rng, writes, count)
    ai = rng.random(count) < 0.03
    machine = population.n_raters + rng.integers(0, population.n_ai_writers, count)
    return np.where(ai, machine, author)


def arrived_share(age_ms: Ints) -> Floats:
    """Return the share of a note's ratings that have come after ``age_ms``."""
    quick: Floats = ndtr(np.log(np.maximum(age_ms, 1) / (5 * HOUR_MS)) / 1.2)
    return 0.87 * quick + 0.13 * -np.expm1(-age_ms / (9 * DAY_MS))


def _popularity(
    rng: np.random.Generator,
    spec: CommunitySpec,
    population: Population,
    kind: Ints,
    home: Ints,
    age_ms: Ints,
) -> Ints:
    appeal = np.array([k.popularity for k in KINDS])[kind]
    weight = appeal * np.exp(rng.normal(0.0, 0.95, len(kind))) * np.maximum(arrived_share(age_ms), 0.02)
    reach = np.where(home < 0, population.n_raters, population.group_sizes()[home])
    caps = np.clip((0.45 * reach).astype(np.int64), 1, population.n_raters - 1)
    try:
        return apportion(weight, spec.ratings, caps)
    except ValueError:
        raise SimulationError(
            f"{spec.raters} raters and {spec.notes} notes are too few for {spec.ratings} ratings; "
            "ask for more raters or notes, or fewer ratings"
        ) from None
