"""A thief with copies of the database, day after day, and without the keys: what rows and their order tell.

`test_privacy` and the crawl of `journey` look at what is shown; here is what is stored. The walk behind it is in
``docs/operate/privacy.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import DateTimeField
from django.test import Client

from bridgenotes.accounts.moments import FINE
from bridgenotes.domain.notifications import Kind, Notice
from bridgenotes.identity import services as identity
from bridgenotes.identity import vault
from bridgenotes.identity.models import Application, Link
from bridgenotes.jobs import tasks
from bridgenotes.notifications.services.notices import tell

OF_ACCOUNTS = {"accounts", "account", "mfa", "socialaccount", "sessions", "identity", "admin"}
KNOWN_TIMES = {
    "accounts.Account.joined_at": "no contributor's row has a time of sign-up or admission",
    "accounts.Account.last_violation_at": "set by the operator or the host",
    "accounts.PhoneFact.verified_at": "before anybody takes part; decides who verified last (SU-6)",
    "identity.Application.applied_at": "a draw at another time admits",
    "identity.Application.agreed_at": "as applied_at",
    "identity.Draw.drawn_at": "contributors keep the month alone",
    "account.EmailConfirmation.created": "never written: addresses are confirmed by codes",
    "account.EmailConfirmation.sent": "never written",
    "socialaccount.SocialToken.expires_at": "never written: tokens are not stored",
    "sessions.Session.expire_date": "midnight",
    "admin.LogEntry.action_time": "an operator's act",
    **{".".join(field): "the month" for field in FINE},
}


def admitted_at_once(people, number: int) -> list[Application]:
    """Return applicants of whom one draw admits all."""
    return [people.applicant().application for _ in range(number)]


@pytest.mark.requirement("AL-2")
def test_every_time_that_is_kept_of_an_account_is_known_to_be_harmless() -> None:
    kept = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in OF_ACCOUNTS
        for field in model._meta.concrete_fields
        if isinstance(field, DateTimeField)
    }
    assert kept == set(KNOWN_TIMES)


@pytest.mark.requirement("AL-2")
def test_the_order_of_rows_does_not_tell_who_became_whom(people, clock) -> None:
    applications = admitted_at_once(people, 30)
    identity.draw(now=clock())
    became = [vault.contributor_of(application.account_id) for application in applications]
    with connection.cursor() as cursor:
        where = "rowid" if connection.vendor == "sqlite" else "ctid"
        cursor.execute(f"SELECT id FROM contributors_contributor ORDER BY {where}")
        enrolled = [UUID(str(row[0])) for row in cursor.fetchall()]
        cursor.execute(f"SELECT account_index FROM identity_link ORDER BY {where}")
        links = [row[0] for row in cursor.fetchall()]
    assert set(enrolled) == set(became)
    assert enrolled != became
    assert links == sorted(links), "the order of keyed hashes"


@pytest.mark.requirement("AL-2")
def test_postgresql_does_not_tell_which_rows_were_written_together(people, clock) -> None:
    if connection.vendor != "postgresql":
        return  # SQLite keeps no transaction with a row
    admitted_at_once(people, 12)
    identity.draw(now=clock())
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text, cmin::text FROM identity_application")
        applications = set(cursor.fetchall())
        cursor.execute("SELECT xmin::text FROM contributors_contributor")
        contributors = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT xmin::text FROM identity_link")
        links = {row[0] for row in cursor.fetchall()}
    assert len(applications) == 1, "one statement wrote all of them"
    assert len(links) == 1
    assert contributors.isdisjoint({written for written, _ in applications})


@pytest.mark.requirement("AL-2")
def test_a_session_does_not_tell_when_somebody_was_there(people, sign_in, clock) -> None:
    browser = sign_in(people.contributor_account())
    assert ends() == {(0, 0, 0, 0)}
    browser.post("/settings", {"notification_frequency": "never"}, follow=True)
    assert ends() == {(0, 0, 0, 0)}
    assert "_auth_user_id" in browser.session


def ends() -> set[tuple[int, int, int, int]]:
    """Return the times of day at which sessions end."""
    found: Iterator[datetime] = Session.objects.values_list("expire_date", flat=True)
    return {(end.hour, end.minute, end.second, end.microsecond) for end in found}


@pytest.mark.requirement("AL-2")
def test_signing_in_leaves_the_month_alone(account) -> None:
    passkey = Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={})
    passkey.record_usage()
    hosted = SocialAccount.objects.create(user=account, provider="host", uid="1")
    hosted.save()
    for row, names in ((passkey, ("created_at", "last_used_at")), (hosted, ("date_joined", "last_login"))):
        row.refresh_from_db()
        for name in names:
            kept = getattr(row, name)
            assert kept == kept.replace(day=1, hour=0, minute=0, second=0, microsecond=0), name
            assert datetime.now(UTC) - kept < timedelta(days=32)


@pytest.mark.requirement("AL-2")
def test_a_mailbox_does_not_tell_an_alias(noting, clock, mailoutbox) -> None:
    """Whoever reads the mail learns neither the alias nor which note it was."""
    note = noting.note()
    rater = noting.people.contributor()
    changed = {"before": "NEEDS_MORE_RATINGS", "after": "CURRENTLY_RATED_HELPFUL"}
    for person, kind in ((note.author, Kind.OWN_NOTE_STATUS), (rater, Kind.RATED_NOTE_STATUS)):
        tell([Notice(kind, str(person.pk), str(note.pk), "a change", changed)], now=clock())
    clock.advance(hours=2)
    tasks.send_notices()
    assert len(mailoutbox) == 2
    for mail in mailoutbox:
        sent = str(mail.message())
        assert "/notifications" in mail.body
        for word in (str(note.pk), note.author.alias, rater.alias, note.author.participant_id):
            assert word not in sent


@pytest.mark.requirement("AL-2")
def test_links_hold_no_time_and_no_reference() -> None:
    assert {field.name for field in Link._meta.concrete_fields} == {
        "account_index",
        "contributor_index",
        "sealed",
    }
    assert Client().get("/operator/identity/link/").status_code in {302, 404}
