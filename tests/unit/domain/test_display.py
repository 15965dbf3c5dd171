"""Which notes show where, and with what words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridgenotes.data.vocabulary import (
    CRH,
    CRNH,
    FIRM_REJECT,
    MISLEADING,
    NEEDS_YOUR_HELP,
    NMR,
    NOT_MISLEADING,
    STATUSES,
)
from bridgenotes.domain.config import DisplayConfig
from bridgenotes.domain.display import (
    CONTRIBUTORS_ONLY,
    NOWHERE,
    ON_POST,
    ShownNote,
    Viewer,
    explanation_tags,
    note_list,
    outlook,
    placement,
    preview_kind,
    prompt,
    shown_on_post,
    status_line,
)
from bridgenotes.domain.texts import sentence
from bridgenotes.domain.timelines import NotedPost, new, rated_helpful

CONFIG = DisplayConfig()
READER, CONTRIBUTOR = Viewer(is_contributor=False), Viewer(is_contributor=True)
MADE = datetime(2026, 7, 1, tzinfo=UTC)
HELPFUL = ShownNote("h", CRH, MISLEADING, MADE, intercept=0.45, n_ratings=30)
PROPOSED = ShownNote("p", NMR, MISLEADING, MADE, n_ratings=10)


@pytest.mark.requirement("ST-3")
@pytest.mark.parametrize("status", STATUSES)
def test_only_helpful_misleading_notes_are_on_the_post(status: str) -> None:
    note = replace(HELPFUL, status=status)
    assert (placement(note, READER) == ON_POST) == (status == CRH)
    assert placement(note, CONTRIBUTOR) == (ON_POST if status == CRH else CONTRIBUTORS_ONLY)


@pytest.mark.requirement("WF-13")
@pytest.mark.parametrize("status", STATUSES)
def test_not_misleading_notes_never_are(status: str) -> None:
    note = replace(HELPFUL, status=status, classification=NOT_MISLEADING)
    assert placement(note, READER) == NOWHERE
    assert placement(note, CONTRIBUTOR) == CONTRIBUTORS_ONLY


@pytest.mark.requirement("ST-16")
def test_deleted_notes_show_nowhere() -> None:
    note = replace(HELPFUL, is_deleted=True)
    assert placement(note, CONTRIBUTOR) == placement(note, READER) == NOWHERE
    assert note_list([note], CONTRIBUTOR) == ()
    assert outlook(note, CONFIG) is None


@pytest.mark.requirement("GR-3")
def test_a_circuit_breaker_hides_notes_from_readers_alone() -> None:
    paused = Viewer(is_contributor=False, display_is_paused=True)
    assert placement(HELPFUL, paused) == NOWHERE
    assert placement(HELPFUL, replace(paused, is_contributor=True)) == ON_POST
    assert note_list([HELPFUL, PROPOSED], paused) == (PROPOSED,)


@pytest.mark.requirement("ST-3")
def test_of_several_helpful_notes_the_best_comes_first() -> None:
    better = replace(HELPFUL, note_id="b", intercept=0.6)
    assert shown_on_post([HELPFUL, PROPOSED, better], READER) == (better, HELPFUL)


@pytest.mark.requirement("ST-6")
def test_contributors_are_invited_where_no_note_shows() -> None:
    rejected = replace(PROPOSED, note_id="r", status=CRNH)
    invited = prompt([PROPOSED, rejected, replace(PROPOSED, note_id="q")], CONTRIBUTOR)
    assert invited is not None
    assert sentence(invited) == "Rate 2 proposed notes (shown to contributors only)"
    assert prompt([PROPOSED], READER) is None
    assert prompt([PROPOSED, HELPFUL], CONTRIBUTOR) is None
    assert prompt([rejected], CONTRIBUTOR) is None


@pytest.mark.requirement("ST-8")
def test_two_reasons_explain_a_status() -> None:
    raters = {"helpfulClear": 4, "helpfulGoodSources": 9, "helpfulOther": 2, "notHelpfulIncorrect": 20}
    line = status_line(HELPFUL, raters, CONFIG)
    assert (sentence(line.label), sentence(line.visibility)) == (
        "Currently rated helpful",
        "Shown on the post",
    )
    assert line.tags == ("helpfulGoodSources", "helpfulClear")
    assert line.outlook is None
    hidden = status_line(replace(HELPFUL, status=CRNH), {}, CONFIG)
    assert (sentence(hidden.label), sentence(hidden.visibility)) == (
        "Currently rated not helpful",
        "Not shown on the post",
    )
    assert sentence(status_line(PROPOSED, {}, CONFIG).label) == "Needs more ratings"


@pytest.mark.requirement("ST-8")
def test_reasons_need_two_raters_each_and_ties_follow_the_priority() -> None:
    assert explanation_tags(CRH, {"helpfulClear": 9, "helpfulOther": 1}, CONFIG) == ()
    assert explanation_tags(NMR, {"helpfulClear": 9, "helpfulOther": 9}, CONFIG) == ()
    tied = {"helpfulOther": 3, "helpfulInformative": 3, "helpfulClear": 3}
    assert explanation_tags(CRH, tied, CONFIG) == ("helpfulInformative", "helpfulClear")
    low = {"notHelpfulIncorrect": 2, "notHelpfulNoteNotNeeded": 2, "helpfulClear": 9}
    assert explanation_tags(CRNH, low, CONFIG) == ("notHelpfulIncorrect", "notHelpfulNoteNotNeeded")


@pytest.mark.requirement("ST-9")
def test_the_note_list_is_by_score_and_proposed_notes_newest_first() -> None:
    notes = [
        replace(PROPOSED, note_id="old", created_at=MADE - timedelta(days=1)),
        replace(PROPOSED, note_id="bad", status=CRNH, intercept=-0.1),
        replace(PROPOSED, note_id="new"),
        replace(HELPFUL, note_id="good"),
        replace(PROPOSED, note_id="worse", status=CRNH, intercept=-0.3),
        replace(HELPFUL, note_id="best", intercept=0.7),
        replace(PROPOSED, note_id="fresh", status=FIRM_REJECT, created_at=MADE + timedelta(hours=1)),
    ]
    found = [note.note_id for note in note_list(notes, CONTRIBUTOR)]
    assert found == ["best", "good", "fresh", "new", "old", "bad", "worse"]


@pytest.mark.requirement("ST-1")
def test_a_new_note_says_how_many_ratings_it_lacks() -> None:
    told = outlook(replace(PROPOSED, n_ratings=4), CONFIG)
    assert told is not None
    assert sentence(told).startswith("1 more rating is needed")
    later = outlook(PROPOSED, CONFIG)
    assert later is not None
    assert later.code == "display.needs_agreement"


@pytest.mark.requirement("ST-13")
def test_a_note_that_waits_is_previewed_to_contributors() -> None:
    waiting = replace(PROPOSED, is_stabilising=True)
    assert preview_kind(waiting, CONTRIBUTOR, CONFIG) == "stabilising"
    assert preview_kind(waiting, READER, CONFIG) is None
    assert preview_kind(waiting, CONTRIBUTOR, DisplayConfig(previews_stabilising=False)) == "proposed"


@pytest.mark.requirement("ST-14")
@pytest.mark.requirement("NYH-7")
def test_a_note_held_by_a_safeguard_looks_distinct() -> None:
    assert preview_kind(replace(PROPOSED, is_safeguarded=True), CONTRIBUTOR, CONFIG) == "safeguarded"
    assert preview_kind(replace(PROPOSED, status=NEEDS_YOUR_HELP), CONTRIBUTOR, CONFIG) == "safeguarded"
    assert preview_kind(PROPOSED, CONTRIBUTOR, CONFIG) == "proposed"
    assert preview_kind(HELPFUL, CONTRIBUTOR, CONFIG) is None
    assert preview_kind(replace(PROPOSED, status=CRNH), CONTRIBUTOR, CONFIG) is None


def post(name: str, *notes: ShownNote) -> NotedPost:
    return NotedPost(name, notes)


def aged(note: ShownNote, days: int) -> ShownNote:
    return replace(note, created_at=MADE - timedelta(days=days))


@pytest.mark.requirement("TL-3")
def test_a_new_note_lifts_its_post() -> None:
    posts = [post("a", aged(PROPOSED, 2)), post("b", aged(PROPOSED, 1)), post("c")]
    assert new(posts) == ("b", "a")
    assert new([post("a", aged(PROPOSED, 2), PROPOSED), *posts[1:]]) == ("a", "b")
    assert new([post("a", replace(PROPOSED, is_deleted=True))]) == ()


@pytest.mark.requirement("TL-4")
def test_rated_helpful_goes_by_the_first_helpful_note() -> None:
    posts = [
        post("old", aged(HELPFUL, 5), HELPFUL),
        post("new", aged(HELPFUL, 1)),
        post("fine", replace(HELPFUL, classification=NOT_MISLEADING)),
        post("open", PROPOSED),
    ]
    assert rated_helpful(posts) == ("new", "old")
