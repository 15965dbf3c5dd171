"""The stages from note to Helpful, and time, of the made-up community."""

from __future__ import annotations

import polars as pl

from bridgenotes.report.funnel import stages
from bridgenotes.report.overview import sampled
from bridgenotes.report.run import ScoredRun
from bridgenotes.report.timeline import periods
from unit.report.made_up import N_NOTES


def test_stages_add_up(run: ScoredRun) -> None:
    found = {stage.name: stage.count for stage in stages(run)}
    assert found["All notes"] == N_NOTES + 6
    assert found["Rated at least once"] == N_NOTES + 5
    assert found["5 ratings or more"] == N_NOTES + 4
    assert found["Judged by the model"] == N_NOTES + 3
    held = sum(stage.count for stage in stages(run) if stage.kind == "held")
    assert found["Liked across viewpoints"] - held == found["Helpful in the end"]
    assert found["Status locked after two weeks"] == 1
    assert found["Helpful in the end"] == run.record["statuses"]["CURRENTLY_RATED_HELPFUL"]


def test_periods_count_every_note(run: ScoredRun) -> None:
    unit, found = periods(run)
    assert unit == "week"
    assert found["written"].sum() == N_NOTES + 6
    assert found["first_helpful"].sum() == found["lasting_helpful"].sum() > 0
    assert (found["end"] > found["start"]).all()


def test_a_sample_is_the_same_every_time() -> None:
    frame = pl.DataFrame({"n": range(10_000)})
    assert sampled(frame, 4000).height == 4000
    assert sampled(frame, 4000).equals(sampled(frame, 4000))
    assert sampled(frame.head(5), 4000).height == 5
