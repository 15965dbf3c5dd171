"""What became of the people and notes of the life (`support.life.story`), as pages and the API tell it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from bridgenotes.contributors.models import Contributor
from bridgenotes.notes.models import Note
from support.life.story import HOST_SITE
from support.recount import recounted_impacts

WRITES = {"earnedIn", "atRisk"}


def note_of(written) -> dict:
    """Return what the API says of a note."""
    return Client().get(f"/api/v1/notes/{written.note}").json()


def profile_of(person) -> dict:
    """Return what the API says of a contributor."""
    return Client().get(f"/api/v1/contributors/{person.alias}").json()


@pytest.mark.requirement("SU-3", "SU-7")
def test_a_young_account_and_unfit_numbers_are_refused_with_a_reason(life) -> None:
    assert "2026" in life.diary["too_young"]
    assert life.diary["refused"]["virtual"] != life.diary["refused"]["phoneless"]
    for person in ("virtual", "phoneless", "reader", "poster"):
        assert life.others[person].page("join").status_code == 200
        assert life.others[person].api("get", "/me").status_code == 403


@pytest.mark.requirement("SU-8", "SU-9", "AL-1", "AL-3")
def test_people_wait_are_drawn_and_take_an_alias(life) -> None:
    assert len(life.people) == 60
    assert "waitlist" in life.diary["waiting"]
    assert life.diary["not_drawn"] == 16  # of 46, with 30 slots
    members = [*life.founders, *life.camps[0], *life.camps[1], *life.late]
    aliases = {person.alias for person in members}
    assert len(aliases) == len(members) == 54
    assert all(profile_of(person)["alias"] == person.alias for person in members[::9])


@pytest.mark.requirement("SU-16", "WA-1", "IM-2", "PP-3")
def test_newcomers_rate_until_they_may_write(life) -> None:
    before = life.diary["newcomer"]
    assert (before["enrollment_state"], before["can_write"]) == ("newUser", False)
    raters = [profile_of(person) for camp in life.camps for person in camp]
    assert sum(profile["can_write"] for profile in raters) >= 20
    for profile in raters:
        assert profile["can_write"] is (profile["rating_impact"]["total"] >= 5)
    for person in life.late:
        assert profile_of(person)["can_write"] is False
        page = person.page("write", life.notes[0].post)
        assert page.status_code == 403
        assert "you can write notes from 5" in page.text


@pytest.mark.requirement("WF-1", "WF-2", "WF-11")
def test_who_earned_writing_wrote_on_pasted_and_on_supplied_posts(life) -> None:
    supplied, pasted = life.of_kind("new")
    assert supplied.url.startswith(f"https://{HOST_SITE}/")
    for written in (supplied, pasted):
        told = note_of(written)
        assert (told["author"], told["status"]) == (written.author.alias, "NEEDS_MORE_RATINGS")
        assert told["text"].startswith("More at https://")
        assert "More at" in life.camps[0][0].page("post", written.post).text
    post = Client().get(f"/api/v1/posts/{supplied.post}").json()
    assert post["author"] == "Writer 100"
    assert (
        Client()
        .get(reverse("find"), {"url": "http://" + pasted.url[8:] + "&utm_source=x"})
        .url.endswith(pasted.post)
    )


@pytest.mark.requirement("ST-1", "ST-2", "ST-13")
def test_across_the_divide_is_helpful_and_one_side_is_not_enough(life) -> None:
    kinds = ("bridging", "left", "right", "bad")
    statuses = {kind: {note_of(note)["status"] for note in life.of_kind(kind)} for kind in kinds}
    assert statuses["bridging"] == {"CURRENTLY_RATED_HELPFUL"}
    assert statuses["left"] == statuses["right"] == {"NEEDS_MORE_RATINGS"}
    assert statuses["bad"] == {"CURRENTLY_RATED_NOT_HELPFUL"}
    assert "CURRENTLY_RATED_HELPFUL" not in life.diary["stabilising"]


@pytest.mark.requirement("ST-1", "DV-2")
def test_neither_a_majority_nor_a_crowd_of_newcomers_decides(life) -> None:
    for number, written in enumerate(life.of_kind("left")):
        ratings = Note.objects.get(pk=written.note).ratings
        helpful, everybody = ratings.filter(level="HELPFUL").count(), ratings.count()
        assert helpful / everybody > (0.5 if number else 0.7)
        assert note_of(written)["status"] == "NEEDS_MORE_RATINGS"


@pytest.mark.requirement("ST-3", "ST-4", "TL-4", "TL-7")
def test_the_helpful_note_shows_on_the_post_to_everybody(life) -> None:
    for written in life.of_kind("bridging")[:3]:
        (shown,) = Client().get("/api/v1/shown", {"url": written.url + "?utm_campaign=x"}).json()["shown"]
        assert (shown["note"]["id"], shown["title"]) == (written.note, "Readers added context")
        assert "Readers added context" in Client().get(reverse("post", args=[written.post])).text
    for written in life.of_kind("left"):
        assert Client().get("/api/v1/shown", {"url": written.url}).json()["shown"] == []
        assert "Readers added context" not in Client().get(reverse("post", args=[written.post])).text


@pytest.mark.requirement("AR-1", "AR-2", "AR-3")
def test_the_author_of_the_post_asked_for_review(life) -> None:
    written = life.diary["reviewed"]
    assert note_of(written)["status"] == "CURRENTLY_RATED_HELPFUL"
    assert life.others["poster"].send("request_review", written.note).status_code == 429
    assert life.others["reader"].send("request_review", written.note).status_code == 403


@pytest.mark.requirement("RP-2", "RP-3", "RP-4", "ST-16")
def test_a_report_removed_who_broke_the_rules(life) -> None:
    (spam,) = life.of_kind("spam")
    assert profile_of(life.breaker)["enrollment_state"] == "removed"
    assert note_of(spam)["is_deleted"]
    assert note_of(spam)["text"] == ""
    assert life.breaker.page("write", life.notes[0].post).status_code == 403
    assert life.breaker.send("rejoin").status_code == 403
    log = life.others["moderator"].page("staff_log").text
    assert "removed a contributor" in log
    assert life.others["reader"].page("staff_log").status_code == 403


@pytest.mark.requirement("WA-3", "WA-4", "WA-5", "WA-6", "NO-4")
def test_a_writer_lost_writing_was_told_and_earned_it_back(life) -> None:
    locked = life.diary["locked"]
    assert (locked["enrollment_state"], locked["can_write"]) == ("earnedOutAcknowledged", False)
    assert locked["writing_impact"] == {"total": -3, "helpful": 0, "not_helpful": 3}
    told = " ".join(notice["text"] for notice in life.diary["locked_notices"])
    assert "Writing is locked for now." in told
    assert "comes back at 5" in told
    assert "locked" in life.diary["locked_writes"]
    back = profile_of(life.careless)
    assert back["rating_impact"]["total"] >= 5
    assert back["can_write"]
    assert life.careless.page("write", life.notes[0].post).status_code == 200


@pytest.mark.requirement("OP-1", "OP-2")
def test_somebody_left_and_came_back_under_the_same_alias(life) -> None:
    assert life.diary["left_rates"]["code"] == "contributors.left"
    assert life.diary["left_profile"] == 200
    assert life.diary["rejoined_rates"] == 200
    assert life.diary["leaver"].api("get", "/me").json()["alias"] == life.diary["leaver"].alias


@pytest.mark.requirement("IM-1", "IM-3", "IM-6")
def test_every_impact_is_what_a_recount_finds(life) -> None:
    changed_since = {life.camps[0][7].alias}  # another answer after the last scoring
    for person, (writing, rating) in recounted_impacts().items():
        contributor = Contributor.objects.select_related("impact").get(pk=person)
        if contributor.alias in changed_since:
            continue
        impact = contributor.impact
        assert (impact.notes_helpful, impact.notes_not_helpful) == (writing.helpful, writing.not_helpful)
        assert impact.rating == rating


@pytest.mark.requirement("ST-11")
def test_no_status_without_its_history(life) -> None:
    for note in Note.objects.prefetch_related("status_changes"):
        changes = sorted(note.status_changes.all(), key=lambda change: change.at)
        assert (changes[-1].status if changes else "NEEDS_MORE_RATINGS") == note.status


@pytest.mark.requirement("NO-3")
def test_authors_and_raters_were_told(life) -> None:
    for person in (life.founders[0], life.camps[0][0], life.camps[1][0]):
        kinds = [notice["kind"] for notice in person.api("get", "/notices").json()]
        assert any("status" in kind for kind in kinds), kinds
