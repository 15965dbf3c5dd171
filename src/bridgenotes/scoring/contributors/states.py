"""Who may write: how enrollment states move (spec 04 D.8, steps 1 to 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.vocabulary import ENROLLMENT_STATES, EnrollmentState
from bridgenotes.scoring.contributors.lifetime import (
    CRH_NOTES,
    CRNH_NOTES,
    NMR_NOTES,
    SUCCESSFUL,
    UNSUCCESSFUL,
)
from bridgenotes.scoring.valid_ratings import UNSUCCESSFUL_NOT_HELPFUL

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgenotes.scoring.profile import Contributors

CODE: Final = {name: code for code, name in enumerate(ENROLLMENT_STATES)}
"""Exported code of each state."""

API_STATES: Final = ("apiTestUser", "apiEarnedIn", "apiEarnedOut")
OUT_STATES: Final = ("earnedOutNoAcknowledge", "earnedOutAcknowledged")

impact, recent_crnh = pl.col("rating_impact"), pl.col("crnh_since_earn_out")
state, incoming = pl.col("enrollment_state"), pl.col("incoming_state")
TARGET, TIMES_OUT = "successful_rating_needed_to_earn_in", "number_of_times_earned_out"
CHANGED_AT: Final = "last_state_change_at_ms"


@dataclass(frozen=True)
class Transition:
    """One way of changing state.

    Attributes
    ----------
    name : str
        What happens.
    barred : tuple of str
        States at the start of the run that it leaves alone.
    when : callable
        From the settings to the condition on rating impact and recent notes.
    to : str
        The new state.
    counts_as_earn_out : bool
        Whether it adds to the number of times earned out.
    """

    name: str
    barred: tuple[str, ...]
    when: Callable[[Contributors], pl.Expr]
    to: str
    counts_as_earn_out: bool = False

    def apply(self, rows: pl.LazyFrame, settings: Contributors, now_ms: int) -> pl.LazyFrame:
        """Move the rows that meet the condition.

        Who has moved in this run is barred from nothing: the published code compares the new
        state's number with the barred states' names.
        """
        is_free = (pl.col("has_moved") & ~incoming.is_in(API_STATES)) | ~incoming.is_in(
            self.barred + API_STATES
        )
        fires = (is_free & self.when(settings)).fill_null(False)
        return move(rows, fires, self.to, now_ms, counts_as_earn_out=self.counts_as_earn_out)


TRANSITIONS: Final = (
    Transition(
        name="earn in by rating",
        barred=("removed", "earnedIn", "atRisk"),
        when=lambda _: impact >= pl.col(TARGET),
        to="earnedIn",
    ),
    Transition(
        name="go at risk",
        barred=("removed", "newUser", *OUT_STATES, "atRisk"),
        when=lambda settings: recent_crnh == settings.at_risk_crnh,
        to="atRisk",
    ),
    Transition(
        name="earn out",
        barred=("removed", "newUser", "earnedOutAcknowledged"),
        when=lambda settings: recent_crnh > settings.at_risk_crnh,
        to="earnedOutNoAcknowledge",
        counts_as_earn_out=True,
    ),
    Transition(
        name="leave at risk",
        barred=("removed", "newUser", *OUT_STATES, "earnedIn"),
        when=lambda settings: recent_crnh < settings.at_risk_crnh,
        to="earnedIn",
    ),
)
"""In this order; a row moved by one is seen by the next (spec 04 D.8 step 3)."""


def contributor_states(
    lifetime: pl.DataFrame,
    recent: pl.DataFrame,
    enrollment: pl.DataFrame,
    settings: Contributors,
    now_ms: int,
) -> pl.DataFrame:
    """Return the state of everybody with an early rating or a note since their last earn-out.

    Parameters
    ----------
    lifetime : polars.DataFrame
        The result of `lifetime_counts`.
    recent : polars.DataFrame
        The result of `crnh_since_earn_out`.
    enrollment : polars.DataFrame
        The enrollment, `ENROLLMENT_SCHEMA`.
    settings : Contributors
        Counts, limits and switches.
    now_ms : int
        Clock of the run, epoch milliseconds: the time of every change.

    Returns
    -------
    polars.DataFrame
        By contributor code: rater (int32), enrollment_state (int64 code),
        successful_rating_needed_to_earn_in, last_state_change_at_ms and
        number_of_times_earned_out (int64).
    """
    rows = state_rows(lifetime, recent, enrollment, settings)
    for transition in TRANSITIONS:
        rows = transition.apply(rows, settings, now_ms)
    if settings.single_trigger:
        rows = move(rows, single_trigger(), "earnedOutNoAcknowledge", now_ms, counts_as_earn_out=True)
    rows = settle_earn_outs(rows, settings)
    return rows.select("rater", "enrollment_state", TARGET, CHANGED_AT, TIMES_OUT).sort("rater").collect()


def state_rows(
    lifetime: pl.DataFrame, recent: pl.DataFrame, enrollment: pl.DataFrame, settings: Contributors
) -> pl.LazyFrame:
    """Return what the transitions look at (spec 04 D.8 steps 1 and 2).

    Who is not enrolled is a new user who needs the first target.
    """
    has_early_rating, has_recent_note = pl.col(SUCCESSFUL).is_not_null(), recent_crnh.is_not_null()
    lifetime_impact = pl.col(SUCCESSFUL) - pl.col(UNSUCCESSFUL) - pl.col(UNSUCCESSFUL_NOT_HELPFUL)
    people = enrollment.lazy().select(
        pl.col("contributor").alias("rater"), "enrollment_state", TARGET, CHANGED_AT, TIMES_OUT
    )
    return (
        lifetime.lazy()
        .join(recent.lazy(), on="rater", how="left")
        .filter(has_early_rating | has_recent_note)
        .join(people, on="rater", how="left")
        .with_columns(
            pl.col(TARGET).fill_null(settings.rating_impact_for_earn_in),
            pl.col(CRH_NOTES, CRNH_NOTES, NMR_NOTES).fill_null(0),
            incoming_state=state.fill_null(pl.lit("newUser", EnrollmentState)),
            crnh_since_earn_out=recent_crnh.fill_null(0),
            rating_impact=lifetime_impact.fill_null(0),
            has_moved=pl.lit(False),
        )
        .with_columns(enrollment_state=incoming.to_physical().cast(pl.Int64))
    )


def move(
    rows: pl.LazyFrame, fires: pl.Expr, to: str, now_ms: int, *, counts_as_earn_out: bool = False
) -> pl.LazyFrame:
    """Give the rows where ``fires`` the state ``to`` and the time of now."""
    return rows.with_columns(
        enrollment_state=pl.when(fires).then(pl.lit(CODE[to], pl.Int64)).otherwise(state),
        has_moved=pl.col("has_moved") | fires,
        **{
            CHANGED_AT: pl.when(fires).then(pl.lit(now_ms, pl.Int64)).otherwise(CHANGED_AT),
            TIMES_OUT: pl.col(TIMES_OUT) + (fires.cast(pl.Int64) if counts_as_earn_out else 0),
        },
    )


def single_trigger() -> pl.Expr:
    """Return who loses the right to write by one more bad note (spec 04 D.8 step 4).

    More CRNH than CRH notes over a lifetime, and a CRNH note since the last earn-out. States
    of API writers are not spared here.
    """
    spared = [CODE[name] for name in (*OUT_STATES, "newUser", "removed")]
    return (pl.col(CRNH_NOTES) > pl.col(CRH_NOTES)) & (recent_crnh > 0) & ~state.is_in(spared)


def settle_earn_outs(rows: pl.LazyFrame, settings: Contributors) -> pl.LazyFrame:
    """Give everybody who is out a target for coming back; acknowledgement is implied (D.8 step 5)."""
    is_out = state == CODE["earnedOutNoAcknowledge"]
    step = settings.rating_impact_for_earn_in
    target = step + impact.clip(lower_bound=0)
    if settings.earn_in_grows:
        again = (pl.col(TIMES_OUT).fill_null(0) - 1).clip(lower_bound=0)
        target += pl.when(is_top_writer(settings)).then(0).otherwise(step * again)
    return rows.with_columns(
        pl.when(is_out).then(target).otherwise(TARGET).alias(TARGET),
        enrollment_state=pl.when(is_out)
        .then(pl.lit(CODE["earnedOutAcknowledged"], pl.Int64))
        .otherwise(state),
    )


def is_top_writer(settings: Contributors) -> pl.Expr:
    """Return who wrote many helpful notes more than not helpful ones, in number and in share."""
    writing = pl.col(CRH_NOTES) - pl.col(CRNH_NOTES)
    total = pl.sum_horizontal(CRH_NOTES, CRNH_NOTES, NMR_NOTES).clip(lower_bound=1)
    return (writing >= settings.top_writer_impact) & (writing / total >= settings.top_writer_hit_rate)
