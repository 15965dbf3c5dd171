"""What flip prediction knows of a note."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenotes.data.vocabulary import CRH, NOT_MISLEADING, tag_bit
from bridgenotes.scoring.confidence import flip_features as module
from bridgenotes.scoring.confidence.flip_features import SHARE_TAGS, FlipFeatures, flip_features
from bridgenotes.scoring.confidence.flip_rows import FlipRows
from bridgenotes.scoring.confidence.flips import post_notes
from bridgenotes.scoring.confidence.settings import FlipSettings
from bridgenotes.scoring.confidence.timeline import Timeline
from bridgenotes.scoring.preprocess import prepare
from support.tables import NOW_MS, dataset
from unit.scoring.confidence.made_up import PROFILE, made_up

MINUTE_MS = 60_000
BEGIN_MS = NOW_MS // MINUTE_MS * MINUTE_MS - 10_000 * MINUTE_MS
POST = (BEGIN_MS - 90 * MINUTE_MS - 1_288_834_974_657) << 22
OTHER_KIND = {"classification": NOT_MISLEADING}


def features_of(ratings, *, notes=(), history=(), factor=None, cutoff_ms=None) -> FlipFeatures:
    own = {"note": 0, "post_id": POST, "created_at_ms": BEGIN_MS}
    data = dataset(notes=[own, *notes], ratings=ratings, history=history)
    community = prepare(data, PROFILE.history)
    timeline = Timeline.build(community.ratings, community.shape[0])
    rows = FlipRows.now(np.zeros(1, np.int32), timeline)
    if cutoff_ms is not None:
        at = np.array([cutoff_ms])
        rows = FlipRows(rows.note, at, at, rows.flips)
    known = np.full(100, np.nan)
    for rater, value in (factor or {}).items():
        known[rater] = value
    return flip_features(rows, post_notes(community), timeline, known, FlipSettings())


def rated(seconds, note=0, **other):
    return [
        {"note": note, "rater": k, "created_at_ms": BEGIN_MS + int(s * 1000), **other}
        for k, s in enumerate(seconds)
    ]


@pytest.mark.parametrize(("seconds", "most"), [((30, 70, 290), 3), ((30, 310), 1)])
def test_bursts_begin_on_whole_minutes(seconds: tuple[int, ...], most: int) -> None:
    bursts = features_of(rated(seconds)).arrivals[0, 8:12]
    assert bursts[1] == most


def test_early_and_late_ratings() -> None:
    arrivals = features_of(rated([59.9, 60, 299.9, 300, 3600, 3600.1])).arrivals[0]
    assert arrivals[:4].tolist() == [1, 3, 4, 4]
    assert arrivals[4:8] == pytest.approx([1 / 6, 3 / 6, 4 / 6, 4 / 6])
    assert arrivals[16:20].tolist() == [2, 2, 2, 6]  # counted back from the newest rating, not from now


def test_ratings_after_the_cutoff_are_unseen() -> None:
    found = features_of(rated([10, 20, 400]), cutoff_ms=BEGIN_MS + 20_000)
    assert found.arrivals[0, :4].tolist() == [2, 2, 2, 2]
    assert len(found.levels[0].row) == 2


def test_tags_sides_and_levels() -> None:
    tag = tag_bit("helpfulClear") | tag_bit("notHelpfulOther")
    ratings = [{"note": 0, "rater": k, "level": level, "tags": tag if k == 2 else 0} for k, level in
               enumerate([2, 2, 2, 1, 0])]  # fmt: skip
    found = features_of(ratings, factor={0: -0.5, 1: 0.3, 2: 0.9, 3: -0.3, 4: 0.31})
    counts = found.counts[0, :9].reshape(3, 3)  # side by level, helpful first
    assert counts.tolist() == [[1, 0, 0], [1, 1, 0], [1, 0, 1]]
    shares = dict(zip(SHARE_TAGS, found.shares[0, :22], strict=True))
    assert {tag for tag, share in shares.items() if share} == {"helpfulClear", "notHelpfulOther"}
    assert shares["helpfulClear"] == pytest.approx(1 / 5)
    assert np.isnan(found.shares[0, 22:]).all()
    spread = np.std([-0.5, 0.3, 0.9], ddof=1)
    assert found.statistics[0, :7] == pytest.approx([0.9, 0.5, 0.6, 0.5, spread, 1.4, 1.1])
    assert found.helpful_tags[0].token.tolist() == [2 * 32 + 2]
    assert found.not_helpful_tags[0].token.tolist() == [2 * 32 + 9]


def test_other_notes_on_the_post() -> None:
    later = BEGIN_MS + 5 * MINUTE_MS
    notes = [
        {"note": 1, "post_id": POST, "created_at_ms": BEGIN_MS},
        {"note": 2, "post_id": POST, "created_at_ms": BEGIN_MS, **OTHER_KIND},
        {"note": 3, "post_id": POST, "created_at_ms": later},
        {"note": 4, "post_id": POST + 1, "created_at_ms": BEGIN_MS},
    ]
    history = [
        {"note": 1, "created_at_ms": BEGIN_MS, "first_non_nmr_status": CRH,
         "first_non_nmr_status_at_ms": BEGIN_MS + 4,
         "first_nmr_due_to_min_stable_crh_time_at_ms": later},
    ]  # fmt: skip
    ratings = [*rated([1]), *rated([1, 2], note=1), *rated([1], note=2), *rated([400], note=3)]
    ratings += rated([1], note=4)
    now = features_of(ratings, notes=notes, history=history)
    assert now.peers[0].tolist() == [3, 2, 1, 1, 1]
    assert [len(bag.row) for bag in now.levels] == [1, 2, 1]  # rater 0 says the same of notes 1 and 3
    then = features_of(ratings, notes=notes, history=history, cutoff_ms=BEGIN_MS + 2_000)
    assert then.peers[0].tolist() == [2, 1, 1, 1, 0]
    assert then.latency_ms[0] == pytest.approx(90 * MINUTE_MS, abs=1)


def test_portions_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = made_up(40)
    timeline = Timeline.build(world.community.ratings, 40)
    rows = FlipRows.now(np.arange(40, dtype=np.int32), timeline)

    def describe() -> FlipFeatures:
        return flip_features(rows, post_notes(world.community), timeline, world.factors.flips, FlipSettings())

    whole = describe()
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 7)
    parts = describe()
    np.testing.assert_array_equal(parts.shares, whole.shares)
    np.testing.assert_array_equal(parts.arrivals, whole.arrivals)
    for one, other in zip(parts.levels, whole.levels, strict=True):
        assert set(zip(one.row, one.token, strict=True)) == set(zip(other.row, other.token, strict=True))
