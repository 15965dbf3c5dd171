"""Raters who act together: colluding blocks and brigades."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from bridgenotes.lab.chance import Stage, generator
from bridgenotes.lab.notes import KINDS, MINUTE_MS
from bridgenotes.lab.spec import DAY_MS

if TYPE_CHECKING:
    import numpy.typing as npt

    from bridgenotes.lab.notes import Notes
    from bridgenotes.lab.population import Population
    from bridgenotes.lab.spec import CommunitySpec

    Ints = npt.NDArray[np.int64]

_MOST_NOTES: Final = 75
_RECENT_MS: Final = 80 * DAY_MS


@dataclass(frozen=True)
class Crew:
    """Raters who rate the same notes with one verdict.

    Attributes
    ----------
    name : str
        ``block 1``, ``brigade 1``, ...
    members : numpy.ndarray, int64
        Raters.
    notes : numpy.ndarray, int64
        Positions of the notes they rate, ascending.
    level : numpy.ndarray, int64
        The verdict on each: 0, 1 or 2.
    start_ms, spread_ms : numpy.ndarray, int64
        When they begin after the note's creation, and how long they take.
    """

    name: str
    members: Ints
    notes: Ints
    level: Ints
    start_ms: Ints
    spread_ms: Ints


def gather(spec: CommunitySpec, population: Population, notes: Notes) -> tuple[Population, list[Crew]]:
    """Return the crews, and the population with their members less active elsewhere.

    A community whose notes have too few ratings for a crew to hide among gets none.
    """
    rng = generator(spec.seed, Stage.CREWS)
    crews: list[Crew] = []
    activity, viewpoint = population.activity.copy(), population.viewpoint.copy()
    noisy, enrolled = population.noisy.copy(), population.enrolled.copy()
    free = rng.permutation(population.n_raters)
    age = spec.now_ms - notes.created_ms
    taken = np.zeros(len(notes), dtype=bool)
    names = [("block", k) for k in range(spec.colluding_blocks)]
    names += [("brigade", k) for k in range(spec.brigades)]
    for what, k in names:
        size = int(rng.integers(8, 14) if what == "block" else rng.integers(12, 21))
        wanted = (notes.ratings >= 2 * size) & (age > DAY_MS) & ~taken
        if what == "brigade":
            wanted &= notes.kind == 1 + k % 2
        elif k == 0:
            wanted &= age < _RECENT_MS
        eligible = np.flatnonzero(wanted)
        most = min(_MOST_NOTES, len(eligible) // 2, len(notes) // 12)
        if most < 5 or len(free) < 4 * size:
            continue
        members, free = np.sort(free[:size]), free[size:]
        mine = np.sort(rng.permutation(eligible)[:most])
        taken[mine] = True
        activity[members] = 0.25 * np.median(population.activity[: population.n_raters])
        noisy[members], enrolled[members] = False, True
        if what == "brigade":
            viewpoint[members] = np.sign(KINDS[1 + k % 2].slant) * rng.uniform(0.5, 0.9, size)
        crews.append(
            Crew(
                name=f"{what} {k + 1}",
                members=members,
                notes=mine,
                level=np.full(most, 2) if what == "brigade" else 2 * rng.integers(0, 2, most),
                start_ms=rng.integers(2 * MINUTE_MS, 90 * MINUTE_MS, most),
                spread_ms=np.full(most, 600 * MINUTE_MS if what == "brigade" else 8 * MINUTE_MS),
            )
        )
    changed = replace(population, activity=activity, viewpoint=viewpoint, noisy=noisy, enrolled=enrolled)
    return changed, crews
