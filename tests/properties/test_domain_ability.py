"""One person's transitions are the engine's, which moves everybody at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgenotes.data.dataset import ENROLLMENT_SCHEMA
from bridgenotes.data.vocabulary import CRH, CRNH, ENROLLMENT_STATES, NMR
from bridgenotes.domain.config import AbilityConfig, TopWriterConfig
from bridgenotes.domain.impacts import WritingImpact
from bridgenotes.domain.writing_ability import Ability, OwnNote, Record, after_scoring, recent_decided
from bridgenotes.scoring.contributors.lifetime import (
    CRH_NOTES,
    CRNH_NOTES,
    NMR_NOTES,
    SUCCESSFUL,
    UNSUCCESSFUL,
)
from bridgenotes.scoring.contributors.since_earn_out import crnh_since_earn_out, with_earn_out_times
from bridgenotes.scoring.contributors.states import CHANGED_AT, CODE, TARGET, TIMES_OUT, contributor_states
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.valid_ratings import UNSUCCESSFUL_NOT_HELPFUL

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
ENGINE = load_profile("x-2026").contributors
CONFIG, TOP = AbilityConfig(), TopWriterConfig()

statuses = st.sampled_from([CRH, CRNH, CRNH, NMR])
people = st.fixed_dictionaries(
    {
        "state": st.sampled_from(ENROLLMENT_STATES),
        "target": st.integers(5, 40),
        "times": st.integers(0, 4),
        "locked_days_ago": st.none() | st.integers(1, 20),
        "impact": st.integers(-10, 40),
        "statuses": st.lists(statuses, max_size=12),
        "older_helpful": st.integers(0, 30),
    }
)


def test_the_numbers_are_the_profile_s() -> None:
    assert (CONFIG.rating_impact_for_earn_in, CONFIG.max_history, CONFIG.at_risk_not_helpful) == (
        ENGINE.rating_impact_for_earn_in,
        ENGINE.max_history,
        ENGINE.at_risk_crnh,
    )
    assert (CONFIG.earn_in_grows, CONFIG.single_trigger) == (ENGINE.earn_in_grows, ENGINE.single_trigger)
    assert TOP.min_writing_impact == ENGINE.top_writer_impact
    assert TOP.min_hit_rate_percent / 100 == ENGINE.top_writer_hit_rate


def made(person: dict) -> list[OwnNote]:
    """Notes a day apart, the newest half a day old; the oldest ones before any lock are helpful."""
    listed = [CRH] * person["older_helpful"] + person["statuses"]
    n = len(listed)
    return [OwnNote(k, NOW - timedelta(days=n - k - 0.5), status) for k, status in enumerate(listed)]


def locked_at(person: dict) -> datetime | None:
    days = person["locked_days_ago"]
    return None if days is None else NOW - timedelta(days=days)


def by_engine(group: list[dict]) -> list[tuple[str, int, int]]:
    def ms(time: datetime | None) -> int | None:
        return None if time is None else round(time.timestamp() * 1000)

    rows = [
        {
            "contributor": k,
            "enrollment_state": person["state"],
            TARGET: person["target"],
            CHANGED_AT: 0,
            "last_earn_out_at_ms": ms(locked_at(person)),
            TIMES_OUT: person["times"],
        }
        for k, person in enumerate(group)
    ]
    missing = {"modeling_population": None, "modeling_group": None}
    enrollment = with_earn_out_times(
        pl.DataFrame([row | missing for row in rows], schema=ENROLLMENT_SCHEMA), NOW_MS
    )
    history = pl.DataFrame(
        [
            {
                "note": 1000 * k + n.number,
                "author": k,
                "created_at_ms": ms(n.created_at),
                "current_status": n.status,
            }
            for k, person in enumerate(group)
            for n in made(person)
        ],
        schema={"note": pl.Int32, "author": pl.Int32, "created_at_ms": pl.Int64, "current_status": pl.String},
    )
    counts = [[note.status for note in made(person)] for person in group]
    lifetime = pl.DataFrame(
        {
            "rater": pl.Series(range(len(group)), dtype=pl.Int32),
            SUCCESSFUL: [max(person["impact"], 0) for person in group],
            UNSUCCESSFUL: [max(-person["impact"], 0) for person in group],
            UNSUCCESSFUL_NOT_HELPFUL: [0] * len(group),
            CRH_NOTES: [found.count(CRH) for found in counts],
            CRNH_NOTES: [found.count(CRNH) for found in counts],
            NMR_NOTES: [found.count(NMR) for found in counts],
        }
    )
    recent = crnh_since_earn_out(history, enrollment, ENGINE)
    table = contributor_states(lifetime, recent, enrollment, ENGINE, NOW_MS)
    names = {code: name for name, code in CODE.items()}
    return [
        (names[row["enrollment_state"]], row[TARGET], row[TIMES_OUT]) for row in table.iter_rows(named=True)
    ]


def by_rule(person: dict) -> tuple[str, int, int]:
    before = Ability(person["state"], person["target"], person["times"], locked_at(person))
    notes = made(person)
    found = [note.status for note in notes]
    writing = WritingImpact(found.count(CRH), found.count(CRNH), found.count(NMR))
    record = Record(person["impact"], writing, recent_decided(notes, before, CONFIG))
    after = after_scoring(before, record, CONFIG, TOP, NOW)
    return after.state, after.target, after.times_locked


@settings(max_examples=30, deadline=None)
@given(st.lists(people, min_size=20, max_size=40))
def test_both_statements_of_the_rule_agree(group: list[dict]) -> None:
    assert [by_rule(person) for person in group] == by_engine(group)
