"""Who rates what, when and how: one batch of notes at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from bridgenotes.lab.notes import HOUR_MS, MINUTE_MS, NOT_NEEDED
from bridgenotes.lab.spec import DAY_MS
from bridgenotes.lab.tags import LOTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from bridgenotes.lab.crews import Crew
    from bridgenotes.lab.notes import Notes
    from bridgenotes.lab.population import Population, Tickets
    from bridgenotes.lab.spec import CommunitySpec
    from bridgenotes.lab.tags import TagLottery

    Ints = npt.NDArray[np.int64]

BATCH_RATINGS: Final = 400_000
BATCH_NOTES: Final = 50_000
_HOME_DRAWS: Final = 0.92
_ROUNDS: Final = 24
_POLARITY: Final = 1.0
_NOISE: Final = 0.56
_SOMEWHAT: Final = 0.145
"""Half the width of the band of latent scores called SOMEWHAT_HELPFUL."""


@dataclass(frozen=True)
class RatingBatch:
    """Ratings of consecutive notes in order of time; arrays of shape (n_ratings,)."""

    note: Ints
    rater: Ints
    created_ms: Ints
    level: npt.NDArray[np.int8]
    form: npt.NDArray[np.int32]
    population_sampled: npt.NDArray[np.bool_]


def batches(notes: Notes) -> Iterator[tuple[int, int]]:
    """Yield stretches of notes with some `BATCH_RATINGS` ratings; the sizes are part of the result."""
    ends = np.cumsum(notes.ratings)
    start = 0
    while start < len(notes):
        done = int(ends[start - 1]) if start else 0
        stop = int(np.searchsorted(ends, done + BATCH_RATINGS, side="right"))
        stop = min(max(stop, start + 1), start + BATCH_NOTES, len(notes))
        yield start, stop
        start = stop


class Ballot:
    """Makes the ratings of any stretch of notes."""

    def __init__(
        self,
        spec: CommunitySpec,
        population: Population,
        notes: Notes,
        crews: Sequence[Crew],
        lottery: TagLottery,
    ) -> None:
        self._spec = spec
        self._notes = notes
        self._crews = crews
        self._form = lottery.form.reshape(-1)
        self._tickets = population.tickets()
        self._n_raters = population.n_raters
        self._viewpoint = population.viewpoint.astype(np.float32)
        self._generosity = population.generosity.astype(np.float32)
        self._noisy = population.noisy

    def rate(self, start: int, stop: int, rng: np.random.Generator) -> RatingBatch:
        """Return the ratings of the notes from ``start`` up to ``stop``."""
        forced = self._forced(start, stop, rng)
        keys = draw_raters(
            self._notes.ratings[start:stop],
            self._notes.home[start:stop],
            self._notes.author[start:stop],
            forced.keys,
            self._tickets,
            self._n_raters,
            rng,
        )
        note, rater = np.divmod(keys, self._n_raters)
        note += start
        where = np.searchsorted(keys, forced.keys)
        created = self._notes.created_ms[note]
        age = self._spec.now_ms - created
        delay = _delays(rng, age)
        delay[where] = np.minimum(forced.delay_ms, age[where])
        level = self._levels(note, rater, rng)
        level[where] = forced.level
        kind = np.where(self._notes.not_misleading[note], NOT_NEEDED, self._notes.kind[note])
        kind = np.where(rng.random(len(note), dtype=np.float32) < 0.3, self._notes.kind[note], kind)
        form = self._form[(kind * 3 + level) * LOTS + rng.integers(0, LOTS, len(note), dtype=np.int32)]
        sampled = rng.random(len(note), dtype=np.float32) < self._spec.population_sampled_share
        sampled[where] = False
        order = np.argsort(created + delay, kind="stable")
        return RatingBatch(
            note=note[order],
            rater=rater[order],
            created_ms=(created + delay)[order],
            level=level[order],
            form=form[order],
            population_sampled=sampled[order],
        )

    def _levels(self, note: Ints, rater: Ints, rng: np.random.Generator) -> npt.NDArray[np.int8]:
        """Return levels from quality + generosity + slant * viewpoint + noise."""
        noise = rng.standard_normal(len(note), dtype=np.float32)
        quality = self._notes.quality[note].astype(np.float32)
        slant = self._notes.slant[note].astype(np.float32)
        agreed = quality + self._generosity[rater] + _POLARITY * slant * self._viewpoint[rater]
        score = np.where(self._noisy[rater], noise, agreed + _NOISE * noise)
        return (score > -_SOMEWHAT).astype(np.int8) + (score > _SOMEWHAT)

    def _forced(self, start: int, stop: int, rng: np.random.Generator) -> _Forced:
        """Return what the crews do on these notes."""
        keys, levels, delays = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for crew in self._crews:
            mine = slice(*np.searchsorted(crew.notes, (start, stop)).tolist())
            note, rater = (
                np.repeat(crew.notes[mine], len(crew.members)),
                np.tile(crew.members, len(crew.notes[mine])),
            )
            own = self._notes.author[note] == rater
            late = rng.random(len(note)) * np.repeat(crew.spread_ms[mine], len(crew.members))
            delay = np.repeat(crew.start_ms[mine], len(crew.members)) + late.astype(np.int64)
            keys.append(((note - start) * self._n_raters + rater)[~own])
            levels.append(np.repeat(crew.level[mine], len(crew.members))[~own])
            delays.append(delay[~own])
        key = np.concatenate(keys)
        order = np.argsort(key)
        return _Forced(key[order], np.concatenate(levels)[order], np.concatenate(delays)[order])


@dataclass(frozen=True)
class _Forced:
    keys: Ints
    level: Ints
    delay_ms: Ints


def draw_raters(
    wanted: Ints,
    home: Ints,
    author: Ints,
    forced: Ints,
    tickets: Tickets,
    n_raters: int,
    rng: np.random.Generator,
) -> Ints:
    """Return sorted keys ``note * n_raters + rater``: exactly ``wanted`` different raters per note.

    Parameters
    ----------
    wanted, home, author : numpy.ndarray, int64, shape (n_notes,)
        Number of raters, community (-1 = everybody) and author, who never rates.
    forced : numpy.ndarray, int64
        Keys that must be among them, no more than wanted.
    tickets : Tickets
        Who is drawn how often.
    n_raters : int
        Number of raters, more than any number wanted.
    rng : numpy.random.Generator
        Source of chance.
    """
    start = np.where(home < 0, 0, tickets.group_start[home])
    length = np.where(home < 0, len(tickets.holder), tickets.group_length[home])
    keys = np.sort(forced)
    local = np.arange(len(wanted))
    for _ in range(_ROUNDS):
        missing = wanted - np.bincount(keys // n_raters, minlength=len(wanted))
        if not missing.any():
            return keys
        note = np.repeat(local, missing)
        away = rng.random(len(note), dtype=np.float32) > _HOME_DRAWS
        first, span = np.where(away, 0, start[note]), np.where(away, len(tickets.holder), length[note])
        rater = tickets.holder[first + (rng.random(len(note)) * span).astype(np.int64)]
        fresh = (note * n_raters + rater)[rater != author[note]]
        keys = _merge(keys, fresh)
    return _fill(keys, wanted, author, n_raters, rng)


def _merge(keys: Ints, fresh: Ints) -> Ints:
    """Return the sorted different ``keys`` with those of ``fresh`` that are not among them.

    Rounds bring fewer and fewer keys, so only they are sorted (np.unique would hash first, and slowly).
    """
    fresh.sort()
    is_new = np.ones(len(fresh), dtype=bool)
    np.not_equal(fresh[1:], fresh[:-1], out=is_new[1:])
    fresh = fresh[is_new]
    place = np.searchsorted(keys, fresh)
    known = np.append(keys, -1)[place] == fresh
    return np.insert(keys, place[~known], fresh[~known])


def _fill(keys: Ints, wanted: Ints, author: Ints, n_raters: int, rng: np.random.Generator) -> Ints:
    """Return ``keys`` completed evenly for the few notes that nearly everybody of a community rated."""
    missing = wanted - np.bincount(keys // n_raters, minlength=len(wanted))
    more = [keys]
    for note in np.flatnonzero(missing):
        row = keys[slice(*np.searchsorted(keys, (note * n_raters, (note + 1) * n_raters)).tolist())]
        open_raters = np.setdiff1d(np.arange(n_raters), np.append(row - note * n_raters, author[note]))
        more.append(note * n_raters + rng.permutation(open_raters)[: missing[note]])
    return np.sort(np.concatenate(more))


def _delays(rng: np.random.Generator, age_ms: Ints) -> Ints:
    """Return times from creation to rating: most within two days, some much later, none after now."""
    size = len(age_ms)
    quick = np.exp(rng.standard_normal(size, dtype=np.float32) * 1.2) * (5 * HOUR_MS)
    tail = rng.random(size, dtype=np.float32) < 0.13
    delay = quick.astype(np.float64)
    delay[tail] = rng.standard_exponential(int(tail.sum())) * (9 * DAY_MS)
    found: Ints = delay.astype(np.int64) + 2 * MINUTE_MS
    beyond = np.flatnonzero(found > age_ms)
    room = np.maximum(age_ms[beyond] - 2 * MINUTE_MS, 1)
    found[beyond] = 2 * MINUTE_MS + (rng.random(len(beyond)) * room).astype(np.int64)
    return found
