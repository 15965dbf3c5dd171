"""What counts as impact, and how it adds up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.domain.config import ImpactConfig
from bridgenotes.domain.impacts import (
    NoteOutcome,
    RatedNote,
    RatingImpact,
    is_early,
    rating_class,
    rating_impact,
    writing_impact,
)

CONFIG = ImpactConfig()
HOUR = timedelta(hours=1)


@pytest.mark.requirement("IM-1")
def test_writing_impact_is_helpful_minus_not_helpful() -> None:
    found = writing_impact([CRH, CRH, CRNH, NMR, NMR, "NEEDS_YOUR_HELP"])
    assert (found.helpful, found.not_helpful, found.awaiting, found.total, found.notes) == (2, 1, 3, 1, 6)


@pytest.mark.requirement("IM-3")
@pytest.mark.requirement("PP-3")
def test_impact_may_be_negative() -> None:
    assert writing_impact([CRNH, CRNH]).total == -2
    assert RatingImpact(against_helpful=1, against_not_helpful=1).total == -3


@pytest.mark.requirement("IM-2")
@pytest.mark.requirement("PP-2")
@pytest.mark.parametrize(
    ("level", "status", "name"),
    [
        ("HELPFUL", CRH, "helped_helpful"),
        ("NOT_HELPFUL", CRNH, "helped_not_helpful"),
        ("NOT_HELPFUL", CRH, "against_helpful"),
        ("HELPFUL", CRNH, "against_not_helpful"),
        ("SOMEWHAT_HELPFUL", CRH, None),
        ("SOMEWHAT_HELPFUL", CRNH, None),
        ("HELPFUL", NMR, None),
    ],
)
def test_a_rating_is_compared_with_what_became_of_the_note(
    now: datetime, level: str, status: str, name: str | None
) -> None:
    note = NoteOutcome(now, status, now + 5 * HOUR)
    assert rating_class(RatedNote(level, now + HOUR, note), CONFIG) == name


@pytest.mark.requirement("IM-4")
def test_a_rating_is_early_before_48_hours_and_before_the_decision(now: datetime) -> None:
    undecided, decided = NoteOutcome(now, NMR, None), NoteOutcome(now, CRH, now + 5 * HOUR)

    def early(note: NoteOutcome, after: timedelta) -> bool:
        return is_early(RatedNote("HELPFUL", now + after, note), CONFIG)

    assert early(undecided, 48 * HOUR - timedelta(milliseconds=1))
    assert not early(undecided, 48 * HOUR)
    assert early(decided, 5 * HOUR - timedelta(milliseconds=1))
    assert not early(decided, 5 * HOUR)


@pytest.mark.requirement("IM-4")
def test_on_notes_of_the_first_era_the_first_five_count() -> None:
    made = datetime(2022, 5, 18, 23, 59, tzinfo=UTC)
    note = NoteOutcome(made, CRH, made)
    found = [is_early(RatedNote("HELPFUL", made + HOUR, note, position), CONFIG) for position in range(7)]
    assert found == [True] * 5 + [False] * 2


@pytest.mark.requirement("IM-2")
@pytest.mark.requirement("IM-8")
def test_the_score_adds_up_and_contrary_ratings_cost(now: datetime) -> None:
    def rated(level: str, status: str) -> RatedNote:
        return RatedNote(level, now, NoteOutcome(now, status, now + HOUR))

    ratings = [rated("HELPFUL", CRH)] * 4 + [rated("NOT_HELPFUL", CRNH)] * 3
    assert rating_impact(ratings, CONFIG).total == 7
    ratings += [rated("NOT_HELPFUL", CRH)] * 2 + [rated("HELPFUL", CRNH)] * 2
    assert rating_impact(ratings, CONFIG) == RatingImpact(4, 3, 2, 2)
    assert rating_impact(ratings, CONFIG).total == 1
