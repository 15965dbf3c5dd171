"""The contributors: what they think, how much they rate, what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.vocabulary import ENROLLMENT_STATES
from bridgenotes.lab.chance import Stage, generator, pick
from bridgenotes.lab.ids import contributor_ids
from bridgenotes.lab.spec import DAY_MS

if TYPE_CHECKING:
    import numpy.typing as npt

    from bridgenotes.lab.spec import CommunitySpec

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

N_GROUPS: Final = 34
HOME_GROUP: Final = 13
EXPANSION: Final = (0, 4, 5, 7, 12, 15, 16, 20, 22, 23, 24, 26, 27, 28, 29, 33)
EXPANSION_PLUS: Final = (17, 18, 30, 31, 32)
"""Groups by population (spec 03 C.2); the rest is core."""
_LARGER_GROUPS: Final = {1: 4.0, 2: 2.5, 3: 2.0, 4: 2.0, 14: 4.0, 15: 3.5, 18: 2.5, 33: 3.5}
_TICKETS_PER_RATER: Final = 8
_NO_ROW_SHARE: Final = 0.03
_ONLOOKER_SHARE: Final = 0.04
_AI_WRITER_SHARE: Final = 0.004


@dataclass(frozen=True)
class Tickets:
    """A lottery of raters: each holds tickets by activity, the tickets sorted by group.

    Attributes
    ----------
    holder : numpy.ndarray, int32
        Rater of each ticket.
    group_start, group_length : numpy.ndarray, int64, shape (34,)
        The stretch of each group.
    """

    holder: npt.NDArray[np.int32]
    group_start: Ints
    group_length: Ints


@dataclass(frozen=True)
class Population:
    """All contributors: raters first, then AI writers, then onlookers who never rate.

    Attributes
    ----------
    ids : polars.Series, String
        Public ids.
    n_raters, n_ai_writers : int
        How many of each.
    viewpoint : numpy.ndarray, float64
        From -1 to 1; two camps about -0.6 and 0.6 and some between.
    generosity : numpy.ndarray, float64
        What a rater adds to every judgement.
    noisy : numpy.ndarray, bool
        Judges at random.
    activity : numpy.ndarray, float64
        Relative number of ratings; 0 for those who never rate.
    group : numpy.ndarray, int64
        Modeling group, 0 to 33.
    enrolled : numpy.ndarray, bool
        Has an enrollment row.
    """

    ids: pl.Series
    n_raters: int
    n_ai_writers: int
    viewpoint: Floats
    generosity: Floats
    noisy: npt.NDArray[np.bool_]
    activity: Floats
    group: Ints
    enrolled: npt.NDArray[np.bool_]

    def group_sizes(self) -> Ints:
        """Return the number of raters of each group, shape (34,)."""
        return np.bincount(self.group[: self.n_raters], minlength=N_GROUPS)

    def tickets(self) -> Tickets:
        """Return the lottery; O(raters) memory and one look-up a draw."""
        order = np.argsort(self.group[: self.n_raters], kind="stable")
        weight = self.activity[order]
        count = np.maximum(1, np.rint(weight / weight.mean() * _TICKETS_PER_RATER)).astype(np.int64)
        length = np.zeros(N_GROUPS, dtype=np.int64)
        np.add.at(length, self.group[order], count)
        return Tickets(np.repeat(order.astype(np.int32), count), np.cumsum(length) - length, length)


def populate(spec: CommunitySpec) -> Population:
    """Make up the contributors."""
    rng = generator(spec.seed, Stage.RATERS)
    raters = spec.raters
    ai_writers = max(1, round(raters * _AI_WRITER_SHARE))
    total = raters + ai_writers + round(raters * _ONLOOKER_SHARE)
    ids = contributor_ids(rng, total)
    activity = np.zeros(total)
    activity[:raters] = _activity(rng, spec)
    return Population(
        ids=pl.Series("id", ids, dtype=pl.String),
        n_raters=raters,
        n_ai_writers=ai_writers,
        viewpoint=_viewpoints(rng, total),
        generosity=rng.normal(0.0, 0.22, total),
        noisy=rng.random(total) < spec.noisy_share,
        activity=activity,
        group=pick(rng, _group_shares(spec), total),
        enrolled=(rng.random(total) >= _NO_ROW_SHARE) | (np.arange(total) >= raters),
    )


def _viewpoints(rng: np.random.Generator, size: int) -> Floats:
    camp = pick(rng, (0.4, 0.4, 0.2), size)
    centre, width = np.array([-0.62, 0.62, 0.0])[camp], np.array([0.2, 0.2, 0.3])[camp]
    viewpoint: Floats = np.clip(rng.normal(centre, width), -1.0, 1.0)
    return viewpoint


def _activity(rng: np.random.Generator, spec: CommunitySpec) -> Floats:
    """Return log-normal weights with a few very busy raters, nobody able to rate all notes."""
    weight = np.exp(rng.normal(0.0, 1.05, spec.raters))
    busy = rng.permutation(spec.raters)[: max(1, spec.raters // 400)]
    weight[busy] *= 10
    average = spec.ratings / spec.raters
    most = max(2.0, min(30.0, 0.3 * spec.notes / max(average, 1.0)))
    capped: Floats = np.minimum(weight, most * weight.mean())
    return capped


def _group_shares(spec: CommunitySpec) -> Floats:
    shares = np.ones(N_GROUPS)
    for group, share in _LARGER_GROUPS.items():
        shares[group] = share
    shares[HOME_GROUP] = 0.0
    shares *= (1 - spec.group_13_share) / shares.sum()
    shares[HOME_GROUP] = spec.group_13_share
    return shares


_HUMAN_STATES: Final = {
    "earnedIn": 0.44,
    "atRisk": 0.06,
    "earnedOutNoAcknowledge": 0.05,
    "earnedOutAcknowledged": 0.07,
    "newUser": 0.37,
    "removed": 0.01,
}
_API_STATES: Final = {"apiEarnedIn": 0.6, "apiTestUser": 0.2, "apiEarnedOut": 0.2}


def enrollment(population: Population, spec: CommunitySpec) -> pl.DataFrame:
    """Return the public enrollment table."""
    rng = generator(spec.seed, Stage.RATERS, 1)
    total = len(population.ids)
    state = np.array(list(_HUMAN_STATES))[pick(rng, list(_HUMAN_STATES.values()), total)].astype("<U24")
    first, last = population.n_raters, population.n_raters + population.n_ai_writers
    state[first:last] = np.array(list(_API_STATES))[
        pick(rng, list(_API_STATES.values()), population.n_ai_writers)
    ]
    state[first] = "apiEarnedIn"
    state[np.arange(total) >= last] = "newUser"
    earned_out = np.char.startswith(state, "earnedOut") | (state == "apiEarnedOut")
    again = (state == "earnedIn") & (rng.random(total) < 0.1)
    times_out = np.where(earned_out | again, 1 + rng.integers(0, 3, total), 0)
    changed = spec.now_ms - rng.integers(DAY_MS, spec.span_days * DAY_MS + 1, total)
    needed = np.where(times_out > 0, 5 + 5 * times_out + rng.integers(0, 5, total), 5)
    left = changed - again * rng.integers(0, 60 * DAY_MS, total)
    kind = np.select(
        [np.isin(population.group, EXPANSION), np.isin(population.group, EXPANSION_PLUS)],
        ["EXPANSION", "EXPANSION_PLUS"],
        "CORE",
    )
    table = pl.DataFrame(
        {
            "participantId": population.ids,
            "enrollmentState": pl.Series(state.tolist(), dtype=pl.Enum(ENROLLMENT_STATES)).cast(pl.String),
            "successfulRatingNeededToEarnIn": needed,
            "timestampOfLastStateChange": changed,
            "timestampOfLastEarnOut": np.where(times_out > 0, left, 1),
            "modelingPopulation": kind.tolist(),
            "modelingGroup": population.group,
            "numberOfTimesEarnedOut": times_out,
        }
    )
    return table.filter(pl.Series(population.enrolled))
