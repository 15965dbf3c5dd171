"""What earlier scoring runs made of the notes: a believable status history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.lab.notes import HOUR_MS, MINUTE_MS
from bridgenotes.lab.population import EXPANSION, EXPANSION_PLUS
from bridgenotes.lab.spec import DAY_MS

if TYPE_CHECKING:
    import numpy.typing as npt

    from bridgenotes.lab.notes import Notes
    from bridgenotes.lab.spec import CommunitySpec

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]
    Words = npt.NDArray[np.object_]

LOCK_MS: Final = 14 * DAY_MS
UNKNOWN_MS: Final = 12 * HOUR_MS
"""Younger notes have not been through a run and are missing from the history."""
_RECENT_SHARE: Final = 0.1
_LEAST_RATINGS: Final = 5
_LOCKING_GROUPS: Final = (*range(1, 16), 18, 33)
_STABILISING: Final = "NmrDueToMinStableCrhTime (v1.0)"
_NAMES: Final = np.array([CRH, CRNH, NMR, None], dtype=object)
_HELPFUL, _NOT_HELPFUL, _OPEN, _NONE = range(4)
_NULL: Final = np.iinfo(np.int64).min


@dataclass(frozen=True)
class _Past:
    """What is decided about each note before it is spelt out in columns."""

    status: Ints
    scored: Bools
    locked: Bools
    stabilising: Bools
    run_ms: Ints
    first_ms: Ints
    first: Ints
    latest_ms: Ints
    latest: Ints


def status_history(
    spec: CommunitySpec, notes: Notes, authors: pl.Series, start: int, stop: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Return the public status history of the notes from ``start`` up to ``stop``.

    Old notes have a status, most of them locked; of the last tenth of the time some have never
    been scored, the others are unlocked; the newest are not listed unless they were deleted.
    """
    rows = slice(start, stop)
    past = _past(spec, notes, rows, rng)
    created, size = notes.created_ms[rows], stop - start
    home = notes.home[rows]
    rule = _deciding_rule(rng, notes, rows, past)
    core, expansion, group = _scorer_statuses(rng, home, notes.topic[rows] > 0, past.status)
    multi = np.where(past.scored & (home < 0) & (rng.random(size) < 0.2), core, _NONE)
    lock_ms = np.where(past.locked, created + LOCK_MS + rng.integers(MINUTE_MS, 6 * HOUR_MS, size), _NULL)
    began = np.maximum(past.run_ms - rng.integers(0, 5 * HOUR_MS, size), created + MINUTE_MS)
    came_through = past.scored & ~past.stabilising & (past.first == _HELPFUL) & (rng.random(size) < 0.4)
    stable = np.select([past.stabilising, past.locked | came_through], [began, -1], _NULL)
    early = past.scored & ~past.locked & (past.status != _NOT_HELPFUL) & (rng.random(size) < 0.25)
    above = np.where(past.status == _HELPFUL, began, -began)
    listed = notes.deleted[rows] | (spec.now_ms - created >= UNKNOWN_MS)
    last_change = np.where(
        past.latest_ms != _NULL,
        np.where(
            past.status == past.latest, past.latest_ms, np.minimum(past.latest_ms + DAY_MS, past.run_ms)
        ),
        -1,
    )
    return pl.DataFrame(
        {
            "noteId": notes.ids[rows],
            "noteAuthorParticipantId": authors,
            "createdAtMillis": created,
            "timestampMillisOfFirstNonNMRStatus": _times(past.first_ms),
            "firstNonNMRStatus": _words(past.first),
            "timestampMillisOfCurrentStatus": _times(np.where(past.scored, past.run_ms, _NULL)),
            "currentStatus": _words(np.where(past.scored, past.status, _NONE)),
            "timestampMillisOfLatestNonNMRStatus": _times(past.latest_ms),
            "mostRecentNonNMRStatus": _words(past.latest),
            "timestampMillisOfStatusLock": _times(lock_ms),
            "lockedStatus": _words(np.where(past.locked, past.status, _NONE)),
            "timestampMillisOfRetroLock": pl.Series([None] * size, dtype=pl.Int64),
            "currentCoreStatus": _words(np.where(past.scored, core, _NONE)),
            "currentExpansionStatus": _words(np.where(past.scored, expansion, _NONE)),
            "currentGroupStatus": _words(np.where(past.scored, group, _NONE)),
            "currentDecidedBy": _text(rule, past.scored),
            "currentModelingGroup": _times(np.where(past.scored & (home >= 0), home, _NULL)),
            "timestampMillisOfMostRecentStatusChange": _times(np.where(past.scored, last_change, _NULL)),
            "timestampMillisOfNmrDueToMinStableCrhTime": _times(stable),
            "currentMultiGroupStatus": _words(multi),
            "currentModelingMultiGroup": _times(np.where(multi != _NONE, 1, _NULL)),
            "timestampMinuteOfFinalScoringOutput": _times(
                np.where(past.scored, past.run_ms // MINUTE_MS * MINUTE_MS, _NULL)
            ),
            "timestampMillisOfFirstNmrDueToMinStableCrhTime": _times(
                np.select([past.stabilising, came_through], [began, past.first_ms], _NULL)
            ),
            "abovePcrhThresholdTime": _times(
                np.select([past.locked, early], [np.full(size, -1), above], _NULL)
            ),
        }
    ).filter(pl.Series(listed))


def _past(spec: CommunitySpec, notes: Notes, rows: slice, rng: np.random.Generator) -> _Past:
    created, ratings = notes.created_ms[rows], notes.ratings[rows]
    size = len(created)
    age = spec.now_ms - created
    recent = age < _RECENT_SHARE * spec.span_days * DAY_MS
    scored = (age >= UNKNOWN_MS) & ~(recent & (rng.random(size) < 0.45))
    status = _status(notes, rows, rng)
    locked = scored & ~recent & (age > LOCK_MS + DAY_MS) & (rng.random(size) < 0.9)
    locked &= (ratings >= _LEAST_RATINGS) | (rng.random(size) < 0.5)
    stabilising = scored & recent & (age < LOCK_MS) & (status == _HELPFUL) & (rng.random(size) < 0.6)
    last_run = spec.now_ms - rng.integers(MINUTE_MS, 8 * HOUR_MS, size)
    run_ms = np.where(
        scored & ~locked & (age > LOCK_MS), created + rng.integers(2 * DAY_MS, LOCK_MS, size), last_run
    )
    run_ms = np.minimum(np.maximum(run_ms, created + HOUR_MS), spec.now_ms)
    lost = (status == _OPEN) & (ratings >= _LEAST_RATINGS) & (rng.random(size) < 0.05)
    turned = (status != _OPEN) & (rng.random(size) < 0.03)
    had = scored & ~stabilising & ((status != _OPEN) | lost)
    latest = np.where(lost, _HELPFUL, status)
    first = np.where(turned, _NOT_HELPFUL - latest, latest)
    known = np.minimum(run_ms, created + LOCK_MS - DAY_MS) - created
    wait = np.minimum(np.exp(rng.normal(np.log(11 * HOUR_MS), 0.8, size)), 0.7 * known).astype(np.int64)
    first_ms = created + np.maximum(wait, MINUTE_MS)
    later = first_ms + (rng.random(size) * (created + known - first_ms)).astype(np.int64)
    return _Past(
        status=np.where(stabilising, _OPEN, status),
        scored=scored,
        locked=locked,
        stabilising=stabilising,
        run_ms=run_ms,
        first_ms=np.where(had, first_ms, _NULL),
        first=np.where(had, first, _NONE),
        latest_ms=np.where(had, np.where(turned, later, first_ms), _NULL),
        latest=np.where(had, latest, _NONE),
    )


def _status(notes: Notes, rows: slice, rng: np.random.Generator) -> Ints:
    """Return statuses from the truth, more cautious the fewer ratings there are, as a scorer would be."""
    quality, one_sided, ratings = notes.quality[rows], np.abs(notes.slant[rows]), notes.ratings[rows]
    certainty = ratings / (ratings + 10)
    doubt = rng.normal(0.0, 0.05, len(quality))
    helpful = certainty * (quality - 0.3 * one_sided) + doubt > 0.41
    not_helpful = certainty * (quality + 0.3 * one_sided) + doubt < -0.3
    rated = ratings >= _LEAST_RATINGS
    return np.where(rated & helpful, _HELPFUL, np.where(rated & not_helpful, _NOT_HELPFUL, _OPEN))


def _deciding_rule(rng: np.random.Generator, notes: Notes, rows: slice, past: _Past) -> Words:
    """Return ``decidedBy``: by the community of the note; unlocked old notes by a rule that cannot lock."""
    home, topic = notes.home[rows], notes.topic[rows] > 0
    size = len(home)
    of_group = np.array([f"GroupModel{group:02d} (v1.1)" for group in range(34)], dtype=object)[home]
    usual = np.where(topic, "CoreWithTopicsModel (v1.1)", "CoreModel (v1.1)").astype(object)
    usual[np.isin(home, EXPANSION) & (home >= 0)] = "ExpansionModel (v1.1)"
    by_group = np.isin(home, _LOCKING_GROUPS) & (past.status == _HELPFUL) & (rng.random(size) < 0.3)
    usual = np.where(by_group, of_group, usual)
    thin = (past.status == _OPEN) & (rng.random(size) < 0.02)
    usual[thin] = "InsufficientExplanation (v1.0)"
    loose = np.where(np.isin(home, EXPANSION_PLUS), "ExpansionPlusModel (v1.1)", "MetaInitialNMR (v1.0)")
    loose = np.where(past.status == _OPEN, loose, "ScoringDriftGuard (v1.0)").astype(object)
    few = notes.ratings[rows] < _LEAST_RATINGS
    rule = np.where(past.locked | (~few & (past.status != _OPEN)), usual, loose)
    rule = np.where(~past.locked & ~few & (past.status == _OPEN) & (rng.random(size) < 0.7), usual, rule)
    rule[past.stabilising] = _STABILISING
    found: Words = rule
    return found


def _scorer_statuses(
    rng: np.random.Generator, home: Ints, topical: Bools, status: Ints
) -> tuple[Ints, Ints, Ints]:
    """Return what core, expansion and group scorers said: mostly the same."""
    outside = np.isin(home, EXPANSION) | np.isin(home, EXPANSION_PLUS)
    doubt = rng.random((2, len(home))) < 0.08
    core = np.where(topical | (outside & (home >= 0)), _NONE, np.where(doubt[0], _OPEN, status))
    expansion = np.where(doubt[1], _OPEN, status)
    return core, expansion, np.where(home < 0, _NONE, status)


def _times(values: Ints) -> pl.Series:
    return pl.Series(values).replace(_NULL, None)


def _words(codes: Ints) -> pl.Series:
    return pl.Series(_NAMES[codes].tolist(), dtype=pl.String)


def _text(words: Words, said: Bools) -> pl.Series:
    shown = words.copy()
    shown[~said] = None
    return pl.Series(shown.tolist(), dtype=pl.String)
