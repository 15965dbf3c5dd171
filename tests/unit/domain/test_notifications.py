"""Who is told what, how often, and never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridgenotes.data.vocabulary import CRH, CRNH, MISLEADING, NMR, NOT_MISLEADING
from bridgenotes.domain.config import NotificationConfig
from bridgenotes.domain.display import ShownNote
from bridgenotes.domain.notifications import (
    CONFIGURABLE,
    DEFAULT_FREQUENCY,
    AlertTarget,
    Frequency,
    Kind,
    Notice,
    Showing,
    StatusChange,
    batch_closes_at,
    draw_recipients,
    may_be_alerted,
    shown_notices,
    status_notices,
    withdrawal_notices,
)

CONFIG = NotificationConfig()
NOW = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CROWD = [AlertTarget(f"c{k}") for k in range(50)]


@pytest.mark.requirement("NO-1")
@pytest.mark.parametrize(
    ("frequency", "alerts", "free"),
    [
        (Frequency.ALL_IN, [1, 2], True),
        (Frequency.ALL_IN, [1, 2, 3], False),
        (Frequency.ALL_IN, [1, 2, 25], True),
        (Frequency.OFTEN, [1, 25, 167], False),
        (Frequency.OFTEN, [1, 25, 168], True),
        (Frequency.SOMETIMES, [1, 25, 719], False),
        (Frequency.SOMETIMES, [1, 25, 720], True),
        (Frequency.NEVER, [], False),
    ],
)
def test_frequencies_are_budgets(frequency: Frequency, alerts: list[int], free: bool) -> None:
    target = AlertTarget("c", frequency, tuple(NOW - h * HOUR for h in alerts))
    assert may_be_alerted(target, CONFIG, NOW) == free


@pytest.mark.requirement("NO-1")
def test_often_is_the_default() -> None:
    assert DEFAULT_FREQUENCY == AlertTarget("c").frequency == Frequency.OFTEN


@pytest.mark.requirement("NO-2")
def test_recipients_are_drawn_without_author_and_raters() -> None:
    excluded = frozenset({"c0", "c1"})
    drawn = draw_recipients("n", CROWD, excluded, CONFIG, NOW, 1)
    assert len(drawn) == len(set(drawn)) == 20
    assert not set(drawn) & excluded
    assert drawn == draw_recipients("n", CROWD[::-1], excluded, CONFIG, NOW, 1)
    assert drawn != draw_recipients("m", CROWD, excluded, CONFIG, NOW, 1)
    assert len(draw_recipients("n", CROWD, excluded, CONFIG, NOW, 1, author_is_top_writer=True)) == 40
    never = [replace(target, frequency=Frequency.NEVER) for target in CROWD]
    assert draw_recipients("n", never, frozenset(), CONFIG, NOW, 1) == ()


@pytest.mark.requirement("NO-3")
def test_author_and_raters_hear_of_a_change() -> None:
    change = StatusChange("n", NMR, CRH, NOW)
    told = status_notices(change, "author", ["r1", "r2", "r1", "author"])
    assert [(notice.kind, notice.recipient) for notice in told] == [
        (Kind.OWN_NOTE_STATUS, "author"),
        (Kind.RATED_NOTE_STATUS, "r1"),
        (Kind.RATED_NOTE_STATUS, "r2"),
    ]
    assert not {notice.kind for notice in told} & CONFIGURABLE
    assert status_notices(replace(change, after=NMR), "author", ["r1"]) == ()


def test_the_same_notice_has_the_same_key_and_another_time_another() -> None:
    change = StatusChange("n", NMR, CRH, NOW)
    again, later = (
        status_notices(change, "a", []),
        status_notices(replace(change, changed_at=NOW + HOUR), "a", []),
    )
    assert status_notices(change, "a", [])[0].idempotency_key == again[0].idempotency_key
    assert again[0].idempotency_key != later[0].idempotency_key


def test_what_comes_within_an_hour_goes_in_one_mail() -> None:
    first, second = Notice(Kind.RATE_NOTE, "c", "n", "1"), Notice(Kind.WRITING_ABILITY, "c", "c", "2")
    assert first.batch_key(NOW, CONFIG) == second.batch_key(NOW + HOUR / 3, CONFIG)
    assert first.batch_key(NOW, CONFIG) != first.batch_key(NOW + HOUR, CONFIG)
    assert first.batch_key(NOW, CONFIG) != replace(first, recipient="d").batch_key(NOW, CONFIG)
    assert batch_closes_at(NOW, CONFIG) == NOW + HOUR / 2


def showing(hours: float, *, age_days: float = 1, **changes: object) -> Showing:
    note = replace(ShownNote("n", CRH, MISLEADING, NOW - age_days * DAY), **changes)
    return Showing(note, NOW - hours * HOUR)


def kinds(found: Showing) -> list[str]:
    return [
        f"{n.kind}:{n.recipient}"
        for n in shown_notices(found, "poster", ["fan", "poster", "fan"], CONFIG, NOW)
    ]


@pytest.mark.requirement("NO-6")
def test_the_post_s_author_hears_after_six_steady_hours() -> None:
    assert kinds(showing(5.9)) == []
    assert kinds(showing(6)) == ["note_on_own_post:poster"]
    assert shown_notices(showing(7), None, [], CONFIG, NOW) == ()


@pytest.mark.requirement("NO-5")
def test_who_engaged_hears_after_a_day_of_a_note_at_most_a_week_old() -> None:
    both = ["note_on_own_post:poster", "note_on_engaged_post:fan"]
    assert kinds(showing(23.9)) == ["note_on_own_post:poster"]
    assert kinds(showing(24, age_days=7)) == both
    assert kinds(showing(24, age_days=7.1)) == ["note_on_own_post:poster"]
    assert kinds(showing(30, status=NMR)) == kinds(showing(30, is_deleted=True)) == []
    assert kinds(showing(30, classification=NOT_MISLEADING)) == []


def test_a_note_that_comes_back_is_told_once() -> None:
    first = shown_notices(showing(7), "poster", [], CONFIG, NOW)
    again = shown_notices(showing(7), "poster", [], CONFIG, NOW + 9 * DAY)
    assert {n.idempotency_key for n in first} == {n.idempotency_key for n in again}


def test_who_was_told_is_told_of_the_withdrawal() -> None:
    change = StatusChange("n", CRH, CRNH, NOW)
    told = withdrawal_notices(change, ["fan", "poster", "fan"])
    assert [(n.kind, n.recipient, n.params["after"]) for n in told] == [
        (Kind.NOTE_WITHDRAWN, "fan", CRNH),
        (Kind.NOTE_WITHDRAWN, "poster", CRNH),
    ]
    assert withdrawal_notices(replace(change, before=NMR), ["fan"]) == ()
