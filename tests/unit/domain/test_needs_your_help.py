"""Whom to ask about what: the missing viewpoint first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridgenotes.data.vocabulary import CRH, NMR
from bridgenotes.domain.config import HelpConfig
from bridgenotes.domain.impacts import WritingImpact
from bridgenotes.domain.needs_your_help import (
    Candidate,
    HelpViewer,
    PostFacts,
    barred,
    components,
    missing_sign,
    offers,
    projected_engagement,
    score,
)

CONFIG = HelpConfig()
NOW = datetime(2026, 7, 1, tzinfo=UTC)
POST = PostFacts("post", "poster", NOW - timedelta(hours=1), engagement=100)
NOTE = Candidate("note", "author", POST, NMR, "Context", WritingImpact(3, 1, 2), intercept=0.3)
LEFT, RIGHT = HelpViewer("l", factor=-0.5), HelpViewer("r", factor=0.5)


def reason(note: Candidate, viewer: HelpViewer = LEFT) -> str | None:
    found = barred(note, viewer, CONFIG, NOW)
    return found and found.code.removeprefix("help.")


def many(n: int, **changes: object) -> list[Candidate]:
    return [replace(NOTE, note_id=f"n{k}", post=replace(POST, post_id=f"p{k}"), **changes) for k in range(n)]


@pytest.mark.requirement("NYH-1")
def test_the_tab_holds_fifteen_posts_or_fewer() -> None:
    assert len(offers(many(40), LEFT, CONFIG, NOW, 1)) == 15
    assert len(offers(many(3), LEFT, CONFIG, NOW, 1)) == 3
    same_post = [replace(NOTE, note_id="a", intercept=0.2), replace(NOTE, note_id="b", intercept=0.39)]
    assert [offer.candidate.note_id for offer in offers(same_post, LEFT, CONFIG, NOW, 1)] == ["b"]


@pytest.mark.requirement("NYH-4")
@pytest.mark.requirement("NYH-5")
@pytest.mark.parametrize(
    ("note", "viewer", "code"),
    [
        (NOTE, LEFT, None),
        (replace(NOTE, is_deleted=True), LEFT, "deleted"),
        (NOTE, HelpViewer("author"), "own_note"),
        (NOTE, HelpViewer("x", rated=frozenset({"note"})), "already_rated"),
        (NOTE, HelpViewer("x", hidden_post_authors=frozenset({"poster"})), "post_hidden"),
        (replace(NOTE, status=CRH), LEFT, "decided"),
        (replace(NOTE, status=CRH, review_pending=True), LEFT, None),
        (replace(NOTE, post=replace(POST, created_at=NOW - timedelta(hours=25))), LEFT, "too_old"),
        (replace(NOTE, intercept=0.05), LEFT, "low_score"),
        (replace(NOTE, intercept=None), LEFT, None),
        (replace(NOTE, negative_ratings=25, positive_ratings=25), LEFT, "enough_ratings"),
        (replace(NOTE, negative_ratings=48, positive_ratings=4), LEFT, "enough_ratings"),
        (replace(NOTE, negative_ratings=48, positive_ratings=4, is_stabilising=True), LEFT, None),
    ],
)
def test_what_bars_a_note(note: Candidate, viewer: HelpViewer, code: str | None) -> None:
    assert reason(note, viewer) == code


@pytest.mark.requirement("NYH-5")
@pytest.mark.parametrize(
    ("negative", "positive", "sign"),
    [(0, 0, 0), (6, 2, 1), (2, 6, -1), (5, 5, None), (30, 6, 1), (30, 8, None), (3, 3, 0)],
)
def test_which_viewpoint_is_missing(negative: int, positive: int, sign: int | None) -> None:
    assert missing_sign(replace(NOTE, negative_ratings=negative, positive_ratings=positive), CONFIG) == sign


@pytest.mark.requirement("NYH-8")
def test_those_whose_viewpoint_is_missing_are_asked_first() -> None:
    lopsided = replace(NOTE, negative_ratings=8, positive_ratings=0)
    assert components(lopsided, RIGHT, CONFIG, NOW)["viewpoint"] == 1.0
    assert components(lopsided, LEFT, CONFIG, NOW)["viewpoint"] == 0.0
    assert components(lopsided, HelpViewer("new"), CONFIG, NOW)["viewpoint"] == 0.0
    balanced = replace(
        NOTE, note_id="balanced", post=replace(POST, post_id="other"), negative_ratings=6, positive_ratings=6
    )
    ranked = [o.candidate.note_id for o in offers([balanced, lopsided], RIGHT, CONFIG, NOW, 1)]
    assert ranked == ["note", "balanced"]


@pytest.mark.requirement("NYH-4")
def test_engagement_is_projected_from_its_half_life() -> None:
    assert projected_engagement(
        replace(POST, created_at=NOW - timedelta(hours=6)), CONFIG, NOW
    ) == pytest.approx(200)
    assert projected_engagement(replace(POST, created_at=NOW), CONFIG, NOW) < 100 * 18
    fresh, stale = NOTE, replace(NOTE, post=replace(POST, created_at=NOW - timedelta(hours=20)))
    assert score(fresh, LEFT, CONFIG, NOW).score > score(stale, LEFT, CONFIG, NOW).score


@pytest.mark.requirement("NYH-5")
def test_near_the_threshold_and_good_authors_come_first() -> None:
    def parts(**changes: object) -> dict[str, float]:
        return components(replace(NOTE, **changes), LEFT, CONFIG, NOW)

    assert parts(intercept=0.4)["near"] == 1.0
    assert parts(intercept=0.25)["near"] == pytest.approx(0.0)
    assert parts()["author"] == pytest.approx(2 / 6)
    assert parts(author_writing=WritingImpact(1, 2))["author"] == 0.0
    assert parts(author_is_top_writer=True)["top_writer"] == parts(review_pending=True)["review"] == 1.0


@pytest.mark.requirement("NYH-6")
@pytest.mark.parametrize("text", ["A SCAM again", "drop ship", "Promotion", "it is spam"])
def test_overwhelming_terms_appear_less_often_and_steadily(text: str) -> None:
    config = replace(CONFIG, posts=1000)
    notes = many(1000, text=text)
    shown = {o.candidate.note_id for o in offers(notes, LEFT, config, NOW, "day 1")}
    assert 150 < len(shown) < 250
    assert shown == {o.candidate.note_id for o in offers(notes[::-1], LEFT, config, NOW, "day 1")}
    assert len(offers(many(1000), LEFT, config, NOW, "day 1")) == 1000


@pytest.mark.requirement("AR-2")
def test_a_review_brings_the_note_to_the_top() -> None:
    reviewed = replace(NOTE, note_id="r", post=replace(POST, post_id="q"), status=CRH, review_pending=True)
    assert offers([NOTE, reviewed], LEFT, CONFIG, NOW, 1)[0].candidate.note_id == "r"
