"""Nothing public, and no copy of the database, links an account to an alias."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from bridgenotes.accounts.models import Account
from bridgenotes.base.keys import read_keys
from bridgenotes.base.sealing import SealBroken
from bridgenotes.contributors.models import Contributor
from bridgenotes.identity import services as identity
from bridgenotes.identity import vault
from bridgenotes.identity.models import Link


@pytest.fixture
def member(people) -> Account:
    """The account of a contributor."""
    return people.contributor_account(phone="+447400555555")


def personal(account: Account) -> set[str]:
    """Return everything that would betray an account."""
    return {
        str(account.pk),
        account.pk.hex,
        account.email,
        "447400555555",
        account.joined_at.isoformat()[:16],
    }


@pytest.mark.requirement("AL-2", "AL-6")
def test_public_pages_betray_no_account(member, client, people, sign_in) -> None:
    contributor = identity.contributor_for(member)
    readers = [client, sign_in(people.account()), sign_in(people.contributor_account())]
    addresses = [
        reverse("home"),
        reverse("profile", args=[contributor.alias]),
        f"/api/v1/contributors/{contributor.alias}",
        "/api/v1/openapi.json",
    ]
    for reader in readers:
        for address in addresses:
            answer = reader.get(address)
            everything = answer.text + json.dumps(dict(answer.headers))
            assert not {word for word in personal(member) if word in everything}, address


@pytest.mark.requirement("AL-6")
def test_the_public_id_is_random_and_stays(member, client) -> None:
    contributor = identity.contributor_for(member)
    before = client.get(f"/api/v1/contributors/{contributor.alias}").json()["participant_id"]
    member.email = "renamed@example.org"
    member.save()
    after = client.get(f"/api/v1/contributors/{contributor.alias}").json()["participant_id"]
    assert before == after == contributor.pk.hex.upper()
    assert contributor.pk != member.pk


@pytest.mark.requirement("AL-2")
def test_the_choice_of_an_alias_explains_why(people, sign_in) -> None:
    account = people.applicant()
    identity.admit(account.application, now=people.clock())
    page = sign_in(account).get(reverse("alias")).text
    for reason in ("Contribute privately", "Focus on content", "Stay accountable"):
        assert reason in page


@pytest.mark.requirement("AL-2")
def test_without_the_key_the_link_is_unreadable(member, settings) -> None:
    assert vault.contributor_of(member.pk) is not None
    settings.SITE_KEYS = replace(settings.SITE_KEYS, link=b"x" * 48)
    assert vault.contributor_of(member.pk) is None, "not even the row is found"

    link = Link.objects.get()
    link.account_index = vault._account_index(member.pk)
    Link.objects.create(
        account_index=link.account_index, contributor_index="0" * 64, sealed=bytes(link.sealed)
    )
    with pytest.raises(SealBroken):
        vault.contributor_of(member.pk)


@pytest.mark.requirement("AL-2")
def test_a_link_moved_to_another_row_does_not_open(people) -> None:
    first, second = people.contributor_account(), people.contributor_account()
    stolen = Link.objects.get(account_index=vault._account_index(first.pk)).sealed
    Link.objects.filter(account_index=vault._account_index(second.pk)).update(sealed=bytes(stolen))
    with pytest.raises(SealBroken):
        vault.contributor_of(second.pk)


@pytest.mark.requirement("AL-2")
def test_no_table_holds_both_sides(people) -> None:
    """Every row of every table: none names an account and its contributor, in any encoding."""
    pairs = [
        (account, identity.contributor_for(account))
        for account in (people.contributor_account() for _ in "ab")
    ]
    for model in apps.get_models():
        columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT {columns} FROM "{model._meta.db_table}"')
            rows = cursor.fetchall()
        for row in rows:
            text = " ".join(
                bytes(v).hex() + repr(bytes(v)) if isinstance(v, bytes | memoryview) else str(v) for v in row
            ).replace("-", "")
            for account, contributor in pairs:
                names_account = account.pk.hex in text or account.email in text
                names_contributor = contributor.pk.hex in text or contributor.alias in text
                assert not (names_account and names_contributor), model


@pytest.mark.requirement("AL-2")
def test_times_of_a_contributor_match_no_event_of_an_account(people, clock) -> None:
    for _ in range(5):
        people.applicant()
        clock.advance(days=2, hours=5, minutes=11)
    identity.draw(now=clock())
    known = Contributor.objects.values_list("enrolled_on", "state_changed_at")
    assert {day for day, _ in known} == {date(2026, 7, 1)}
    assert {time.isoformat() for _, time in known} == {"2026-07-01T00:00:00+00:00"}
    times = [f.name for f in Contributor._meta.fields if f.get_internal_type() == "DateTimeField"]
    assert times == ["state_changed_at", "last_earned_out_at"]


def test_no_number_is_kept(people, sign_in, sent_sms) -> None:
    """Neither during nor after verification does the database hold the number."""
    browser = sign_in(people.account(phone=None))

    def dump() -> str:
        rows = (row for model in apps.get_models() for row in model.objects.values_list())
        return repr([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in rows])

    browser.post(reverse("account_change_phone"), {"phone": "+447400654321"})
    assert "7400654321" not in dump()
    code = sent_sms[-1][1].split()[0]
    browser.post(reverse("account_verify_phone"), {"code": code})
    assert "7400654321" not in dump()
    assert "GB" in dump()


def test_a_session_in_the_database_is_sealed(sign_in, member) -> None:
    from django.contrib.sessions.models import Session  # noqa: PLC0415
    from django.core.signing import b64_decode  # noqa: PLC0415

    sign_in(member)
    data = Session.objects.get().session_data
    payload = b64_decode(data.lstrip(".").split(":")[0].encode())
    assert member.pk.hex not in data
    assert str(member.pk).encode() not in payload


def test_keys_are_made_once_and_for_the_owner_alone(tmp_path) -> None:
    from bridgenotes.base.keys import KeyFileError, make_keys  # noqa: PLC0415

    folder = tmp_path / "keys"
    assert not read_keys(folder).kept
    made = make_keys(folder)
    assert made.kept
    assert make_keys(folder) == made
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert len({made.signing, made.session, made.link, made.phone}) == 4
    (folder / "link.key").chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        read_keys(folder)
    (folder / "link.key").unlink()
    with pytest.raises(KeyFileError, match="Restore it from your backup"):
        read_keys(folder)


def test_mail_reaches_the_person_behind_an_alias(member, mailoutbox) -> None:
    contributor = identity.contributor_for(member)
    assert identity.mail_contributor(contributor, subject="Hello", text="News")
    assert mailoutbox[-1].to == [member.email]
    assert not identity.mail_contributor(
        Contributor.objects.create(
            enrolled_on=date(2026, 7, 1), state_changed_at=contributor.state_changed_at
        ),
        subject="x",
        text="y",
    )


@pytest.mark.parametrize("leak", ["someone@example.org", "+447400123456"])
def test_log_lines_name_nobody(leak) -> None:
    from bridgenotes.base.logs import hide_private  # noqa: PLC0415

    event = {
        "event": f"mail to {leak} failed", "email": leak, "phone_number": leak, "exception": f"Error: {leak}",
        "details": {"to": [leak], "password": "hunter2"}, "status": 500,
    }  # fmt: skip
    shown = str(hide_private(None, "info", event))
    assert leak not in shown
    assert "hunter2" not in shown
    assert "500" in shown


def test_signed_in_pages_are_not_cached(sign_in, member) -> None:
    assert "no-store" in sign_in(member).get("/").headers["Cache-Control"]
    assert Client().get("/").status_code == 200
