"""Profile, settings, leaving and rejoining, through the pages."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bridgenotes.contributors.models import Contributor, Enrollment, Impact, TeamMessage
from bridgenotes.identity import services as identity


@pytest.fixture
def member(people):
    """The account of a contributor."""
    return people.contributor_account()


def own(account) -> Contributor:
    """Return the contributor of an account."""
    return identity.contributor_for(account)


@pytest.mark.requirement("AL-4")
def test_everybody_sees_a_profile_and_only_the_owner_the_settings(client, member, people, sign_in) -> None:
    address = reverse("profile", args=[own(member).alias])
    gear = f'href="{reverse("settings")}"'
    other = sign_in(people.contributor_account())
    for reader, sees_gear in ((client, False), (other, False), (sign_in(member), True)):
        page = reader.get(address)
        assert page.status_code == 200
        assert own(member).alias in page.text
        assert (gear in page.text.partition("<main")[2]) is sees_gear


@pytest.mark.requirement("PP-2", "PP-3")
def test_impacts_are_public_with_what_they_are_made_of(client, member) -> None:
    contributor = own(member)
    Impact.objects.filter(contributor=contributor).update(
        notes_helpful=2, notes_not_helpful=3, notes_awaiting=1,
        helped_helpful=4, helped_not_helpful=1, against_helpful=2, against_not_helpful=2,
    )  # fmt: skip
    page = client.get(reverse("profile", args=[contributor.alias])).text
    assert "Writing impact <strong>-1</strong>" in page
    assert "Rating impact <strong>-1</strong>" in page
    assert "<dd>+2</dd>" in page
    assert "<dd>\u22123</dd>" in page
    assert "5 is needed to write notes" in page

    answer = client.get(f"/api/v1/contributors/{contributor.alias}").json()
    assert answer["writing_impact"] == {"total": -1, "helpful": 2, "not_helpful": 3}
    assert answer["rating_impact"]["total"] == -1


@pytest.mark.requirement("PP-4")
def test_top_writers_carry_a_badge(client, member) -> None:
    contributor = own(member)
    Impact.objects.filter(contributor=contributor).update(notes_helpful=9)
    address = reverse("profile", args=[contributor.alias])
    assert "Top writer" not in client.get(address).text
    Impact.objects.filter(contributor=contributor).update(notes_helpful=10)
    assert "Top writer" in client.get(address).text


@pytest.mark.requirement("OP-1", "OP-2")
def test_who_leaves_may_rejoin_as_the_same_contributor(member, sign_in) -> None:
    browser, before = sign_in(member), own(member)
    browser.post(reverse("leave"))
    assert not own(member).can_rate
    refused = browser.get("/api/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "contributors.left")
    profile = browser.get(reverse("profile", args=[before.alias]))
    assert reverse("rejoin") in profile.text

    browser.post(reverse("rejoin"))
    after = own(member)
    assert after.can_rate
    assert (after.pk, after.alias, after.enrollment_state) == (
        before.pk,
        before.alias,
        before.enrollment_state,
    )


@pytest.mark.requirement("OP-2")
def test_nobody_else_can_end_or_resume_a_participation(member, people, sign_in, client) -> None:
    stranger = sign_in(people.account())
    assert stranger.post(reverse("leave")).status_code == 403
    assert client.post(reverse("leave")).status_code == 302
    assert own(member).is_active


@pytest.mark.requirement("RP-4")
def test_who_was_removed_cannot_rejoin(member, sign_in) -> None:
    Contributor.objects.update(enrollment_state=Enrollment.REMOVED, is_active=False)
    answer = sign_in(member).post(reverse("rejoin"))
    assert answer.status_code == 403
    assert "contributors.removed" in answer.text
    assert not own(member).is_active


def test_the_frequency_of_alerts_can_be_set(member, sign_in) -> None:
    browser = sign_in(member)
    assert (
        'value="often" id="id_notification_frequency_1" required checked'
        in browser.get("/settings").text.replace("  ", " ")
        or own(member).notification_frequency == "often"
    )
    browser.post(reverse("settings"), {"notification_frequency": "never"})
    assert own(member).notification_frequency == "never"
    assert browser.post(reverse("settings"), {"notification_frequency": "hourly"}).status_code == 422


@pytest.mark.requirement("AL-7")
def test_contributors_have_a_line_to_the_team(member, sign_in, clock) -> None:
    browser = sign_in(member)
    assert reverse("team") in browser.get(reverse("settings")).text
    browser.post(reverse("team"), {"text": "Is this rule right?"})
    message = TeamMessage.objects.get()
    assert (message.contributor, message.text) == (own(member), "Is this rule right?")
    for _ in range(5):
        answer = browser.post(reverse("team"), {"text": "Again."})
    assert answer.status_code == 422
    assert TeamMessage.objects.count() == 5
    clock.advance(days=1)
    assert browser.post(reverse("team"), {"text": "Again."}).status_code == 302
