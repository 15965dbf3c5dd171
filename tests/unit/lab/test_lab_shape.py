"""The made-up community looks like a real one where the scorer looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import CRH, ENROLLMENT_STATES, NMR
from bridgenotes.lab.chance import apportion
from bridgenotes.lab.spec import DAY_MS, community
from bridgenotes.scoring.index import index_ratings
from bridgenotes.scoring.mf.cold import solve_cold
from bridgenotes.scoring.mf.objective import Objective
from bridgenotes.scoring.mf.solver import data_error
from bridgenotes.scoring.preprocess import min_counts
from bridgenotes.scoring.ratings import Ratings

if TYPE_CHECKING:
    from conftest import Made


@pytest.fixture(scope="module")
def ratings(town: Made) -> pl.DataFrame:
    names = {"raterParticipantId": "contributor_id", "noteId": "note_id"}
    known = (
        town.truth("notes")
        .drop("ratings", "crew")
        .join(
            pl.concat(
                [
                    town.table(name).select("noteId", note_ms="createdAtMillis")
                    for name in ("notes", "noteStatusHistory")
                ]
            ).unique(),
            left_on="note_id",
            right_on="noteId",
        )
    )
    return (
        town.table("ratings")
        .rename(names)
        .join(known, on="note_id")
        .join(town.truth("raters").drop("ratings"), on="contributor_id")
        .with_columns(score=pl.col("helpfulnessLevel").replace_strict(
            {"HELPFUL": 1.0, "SOMEWHAT_HELPFUL": 0.5, "NOT_HELPFUL": 0.0}
        ))
    )  # fmt: skip


def test_sizes_are_believable():
    small, large, huge = community(60_000, 0), community(500_000, 0), community(200_000_000, 0)
    assert 1200 <= small.raters <= 1500
    assert 1500 <= small.notes <= 1800
    assert 8000 <= large.raters <= 10_000
    assert 11_000 <= large.notes <= 13_000
    assert 1_000_000 <= huge.raters <= 3_000_000
    assert 30 <= huge.ratings / huge.notes <= 100


def test_there_are_two_camps_and_people_between(town: Made):
    viewpoint = town.truth("raters")["viewpoint"].to_numpy()
    assert np.abs(viewpoint).max() <= 1
    assert 0.3 < (viewpoint < -0.4).mean() < 0.5
    assert 0.3 < (viewpoint > 0.4).mean() < 0.5
    assert 0.05 < (np.abs(viewpoint) < 0.2).mean() < 0.2


def test_levels_have_their_shares(ratings: pl.DataFrame):
    share = dict(ratings["helpfulnessLevel"].value_counts(normalize=True).iter_rows())
    assert 0.38 < share["HELPFUL"] < 0.52
    assert 0.09 < share["SOMEWHAT_HELPFUL"] < 0.15
    assert 0.36 < share["NOT_HELPFUL"] < 0.5


def test_one_sided_notes_divide_and_bridging_notes_do_not(ratings: pl.DataFrame):
    camp = ratings.filter(pl.col("viewpoint").abs() > 0.3, ~pl.col("is_noisy"), pl.col("crew").is_null())
    means = {
        (kind, bool(right)): score
        for kind, right, score in camp.group_by("kind", pl.col("viewpoint") > 0)
        .agg(pl.col("score").mean())
        .iter_rows()
    }
    assert means["one-sided right", True] - means["one-sided right", False] > 0.4
    assert means["one-sided left", False] - means["one-sided left", True] > 0.4
    assert abs(means["bridging", True] - means["bridging", False]) < 0.08
    assert min(means["bridging", True], means["bridging", False]) > 0.7
    assert max(means["spam", True], means["spam", False]) < 0.2


def test_activity_has_a_long_tail(ratings: pl.DataFrame):
    per_rater = ratings.group_by("contributor_id").len()["len"].to_numpy()
    per_note = ratings.group_by("note_id").len()["len"].to_numpy()
    assert np.quantile(per_rater, 0.99) > 8 * np.median(per_rater)
    assert per_rater.max() > 300
    assert 20 <= per_note.mean() <= 55
    assert per_note.max() > 8 * np.median(per_note)


def test_most_ratings_come_in_two_days_but_not_at_once(ratings: pl.DataFrame):
    delay = (ratings["createdAtMillis"] - ratings["note_ms"]).to_numpy()
    assert 0.75 < (delay < 2 * DAY_MS).mean() < 0.95
    assert delay.min() >= 120_000
    assert (delay > 10 * DAY_MS).mean() > 0.02


def test_the_stable_initialisation_subset_is_well_filled(ratings: pl.DataFrame):
    busy = ratings.filter(pl.len().over("contributor_id") >= 10, pl.col("is_enrolled"))
    per_note = busy.group_by("note_id").agg(home=(pl.col("modeling_group") == 13).mean(), count=pl.len())
    subset = per_note.filter(pl.col("home") >= 0.75, pl.col("count") >= 5)
    assert len(subset) >= 200
    enrolled = ratings.select("contributor_id", "modeling_group").unique()
    assert (enrolled["modeling_group"] == 13).mean() >= 0.15


def test_enrollment_has_every_state_and_group(town: Made, ratings: pl.DataFrame):
    table = town.table("userEnrollment")
    assert set(table["enrollmentState"]) <= set(ENROLLMENT_STATES)
    assert set(ENROLLMENT_STATES[:6]) | {"apiEarnedIn"} <= set(table["enrollmentState"])
    assert set(table["modelingGroup"]) == set(range(34))
    without = ratings.filter(~pl.col("contributor_id").is_in(table["participantId"].implode()))
    assert 0.005 < without["contributor_id"].n_unique() / town.summary.raters < 0.06
    never = table.filter(pl.col("timestampOfLastEarnOut") == 1)
    assert (never["numberOfTimesEarnedOut"] == 0).all()


def test_crews_are_there_and_act_as_one(town: Made, ratings: pl.DataFrame):
    assert town.summary.crews == ("block 1", "block 2", "brigade 1")
    targets = town.truth("notes").filter(pl.col("crew").is_not_null()).select("note_id", target="crew")
    acts = ratings.join(targets, on="note_id").filter(pl.col("crew") == pl.col("target"))
    for name in ("block 1", "block 2"):
        block = acts.filter(pl.col("crew") == name)
        assert 8 <= block["contributor_id"].n_unique() <= 13
        assert block["note_id"].n_unique() >= 25
        each = block.group_by("note_id").agg(
            pl.col("helpfulnessLevel").n_unique(),
            took=pl.col("createdAtMillis").max() - pl.col("createdAtMillis").min(),
            count=pl.len(),
        )
        assert (each["helpfulnessLevel"] == 1).all()
        assert (each["took"] <= 20 * 60_000).all()
        assert (each["count"] >= 7).all()
    brigade = acts.filter(pl.col("crew") == "brigade 1")
    assert brigade["helpfulnessLevel"].unique().to_list() == ["HELPFUL"]
    assert brigade["kind"].unique().to_list() == ["one-sided left"]


def test_notes_have_their_shares(town: Made):
    notes, truth = town.table("notes"), town.truth("notes")
    assert 0.02 <= truth["is_deleted"].mean() <= 0.03
    assert 0.15 < (notes["classification"] == "NOT_MISLEADING").mean() < 0.25
    assert 0.08 < notes["isMediaNote"].mean() < 0.16
    assert 0.01 < truth["is_by_ai_writer"].mean() < 0.05
    assert (notes.group_by("tweetId").len()["len"] > 1).mean() > 0.3
    assert set(truth["topic"]) == {"none", "ukraine", "gaza", "football", "scams"}
    joined = notes.join(truth, left_on="noteId", right_on="note_id")
    about = joined.filter(pl.col("topic") == "football")["summary"].str.contains("Messi|Ronaldo")
    assert about.all()


def test_links_lead_nowhere(town: Made):
    links = town.table("notes")["summary"].str.extract_all(r"https://[^/]+/").explode().drop_nulls()
    assert len(links) > 500
    assert links.str.contains(r"\.example/|\bexample\.(org|com|net)/").all()


def test_some_ratings_are_population_sampled(ratings: pl.DataFrame):
    assert 0.04 < (ratings["ratingSourceBucketed"] == "POPULATION_SAMPLED").mean() < 0.06


def test_the_history_is_coherent(town: Made):
    history = town.table("noteStatusHistory")
    now, born = town.spec.now_ms, pl.col("createdAtMillis")
    locked = history.filter(pl.col("lockedStatus").is_not_null())
    assert 0.5 < len(locked) / len(history) < 0.85
    assert (locked["timestampMillisOfStatusLock"] - locked["createdAtMillis"] > 14 * DAY_MS).all()
    assert (locked["lockedStatus"] == locked["currentStatus"]).all()
    assert (locked["timestampMillisOfNmrDueToMinStableCrhTime"] == -1).all()
    recent = history.filter(now - born < 40 * DAY_MS)
    assert recent["lockedStatus"].null_count() == len(recent)
    assert 0.2 < recent["currentStatus"].null_count() / len(recent) < 0.7
    with_status = history.filter(pl.col("currentStatus").is_in([CRH]))
    assert (with_status["mostRecentNonNMRStatus"] == CRH).all()
    assert 0.03 < len(with_status) / len(history) < 0.2
    stabilising = history.filter(pl.col("timestampMillisOfNmrDueToMinStableCrhTime") > 0)
    assert len(stabilising) > 0
    assert (stabilising["currentStatus"] == NMR).all()
    for column in ("OfFirstNonNMRStatus", "OfLatestNonNMRStatus", "OfCurrentStatus", "OfStatusLock"):
        times = history.filter(pl.col(f"timestampMillis{column}").is_not_null())[f"timestampMillis{column}"]
        assert (times <= now).all()
    first = history.drop_nulls("timestampMillisOfFirstNonNMRStatus")
    assert (first["timestampMillisOfFirstNonNMRStatus"] > first["createdAtMillis"]).all()
    assert (first["timestampMillisOfFirstNonNMRStatus"] <= first["timestampMillisOfCurrentStatus"]).all()


def test_the_factorization_explains_it_and_finds_the_truth(town: Made, ratings: pl.DataFrame):
    coded = ratings.select(
        note=pl.col("note_id").rank("dense").cast(pl.Int32) - 1,
        rater=pl.col("contributor_id").rank("dense").cast(pl.Int32) - 1,
        level=(pl.col("score") * 2).cast(pl.UInt8),
    )
    keep = min_counts(coded["note"].to_numpy(), coded["rater"].to_numpy(), 10, 5)
    shape = (ratings["note_id"].n_unique(), ratings["contributor_id"].n_unique())
    data = index_ratings(Ratings(coded).where(keep), shape)
    fit = solve_cold(data.matrix, Objective())
    assert 0.10 < data_error(data.matrix, fit.parameters) < 0.135
    rated = ratings["note_id"].unique().sort().gather(data.notes.codes)
    truth = pl.DataFrame({"note_id": rated}).join(town.truth("notes"), on="note_id", maintain_order="left")
    intercept, factor = fit.parameters.note_intercept, fit.parameters.note_factor
    assert np.corrcoef(truth["quality"], intercept)[0, 1] > 0.85
    untouched = (truth["ratings"] >= 20).to_numpy() & truth["crew"].is_null().to_numpy()
    assert abs(np.corrcoef(truth["slant"].to_numpy()[untouched], factor[untouched])[0, 1]) > 0.9
    assert 0.04 < (intercept >= 0.40).mean() < 0.13
    good = truth["kind"].to_numpy()[intercept >= 0.40]
    assert np.isin(good, ["bridging", "ordinary"]).mean() > 0.85


def apportioned_in_full_rounds(weights: np.ndarray, total: int, caps: np.ndarray) -> np.ndarray:
    """What `apportion` says, looking at everything in every round."""
    given = np.zeros(len(weights), dtype=np.int64)
    while (rest := total - int(given.sum())) > 0:
        open_weights = np.where(given < caps, weights, 0.0)
        wanted = open_weights * (rest / open_weights.sum())
        share = np.minimum(np.floor(wanted).astype(np.int64), caps - given)
        if not share.any():
            order = np.argsort(-np.where(given < caps, wanted, -1.0), kind="stable")
            share[order[: min(rest, int((given < caps).sum()))]] = 1
        given += share
    return given


@pytest.mark.parametrize("seed", range(30))
def test_shares_are_those_of_full_rounds(seed: int):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 3000))
    weights = np.exp(rng.normal(0.0, rng.uniform(0.0, 2.0), size))
    weights[rng.random(size) < 0.1] = 1.0  # some alike
    caps = rng.integers(0, int(rng.integers(2, 300)), size)
    total = int(caps.sum() * rng.uniform(0.0, 1.0)) if seed else int(caps.sum())
    given = apportion(weights, total, caps)
    assert given.tolist() == apportioned_in_full_rounds(weights, total, caps).tolist()
    assert given.sum() == total
    assert (given <= caps).all()
