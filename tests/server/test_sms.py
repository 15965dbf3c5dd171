"""Codes on their way to a phone: by the operator's webhook, by a provider, and when neither takes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from django.urls import reverse
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from bridgenotes.accounts import sms
from bridgenotes.base.settings import Settings
from support.http_receiver import Receiver, running_receiver
from support.platform import code_in

PHONE, KEY = "+447400123456", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A web server of the operator's."""
    with running_receiver() as running:
        yield running


@pytest.fixture
def send_to(settings, monkeypatch) -> Callable[..., None]:
    """Makes the site send to an address, without waiting between tries."""
    monkeypatch.setattr(sms, "PAUSE_SECONDS", 0)

    def configure(address: str, key: str = "") -> None:
        changed = {"sms_url": SecretStr(address), "sms_signing_key": SecretStr(key)}
        settings.SITE = settings.SITE.model_copy(update=changed)
        monkeypatch.setattr(sms, "send", getattr(sms, settings.SITE.sms_sender))

    return configure


@pytest.mark.requirement("SU-4")
def test_a_number_is_verified_by_a_code_that_came_by_the_webhook(receiver, send_to, people, sign_in) -> None:
    send_to(f"{receiver.address}/send", KEY)
    account = people.account(phone=None)
    browser = sign_in(account)
    assert browser.post(reverse("account_change_phone"), {"phone": PHONE}).status_code == 302
    message = json.loads(receiver.bodies[0])
    assert (receiver.paths, message["to"]) == (["/send"], PHONE)
    Webhook(KEY).verify(receiver.bodies[0], receiver.headers[0])  # raises if the signature is wrong
    browser.post(reverse("account_verify_phone"), {"code": code_in(message["text"])})
    account.refresh_from_db()
    assert account.phone.country == "GB"


def test_faults_are_tried_again_with_the_same_id(receiver, send_to) -> None:
    send_to(receiver.address, KEY)
    receiver.statuses[:] = [500, 503]
    sms.send(PHONE, "123")
    assert len(receiver.bodies) == 3
    assert len({headers["webhook-id"] for headers in receiver.headers}) == 1
    sms.send(PHONE, "123")
    assert receiver.headers[3]["webhook-id"] != receiver.headers[0]["webhook-id"]


@pytest.mark.parametrize(("statuses", "tries"), [([500] * 9, 3), ([404], 1), ([401], 1), ([302] * 9, 3)])
def test_what_is_not_taken_ends_in_a_sentence(receiver, send_to, people, sign_in, statuses, tries) -> None:
    """Also a redirect: the number goes to the operator's address and nowhere else."""
    send_to(receiver.address)
    receiver.statuses[:] = statuses
    page = sign_in(people.account(phone=None)).post(reverse("account_change_phone"), {"phone": PHONE})
    assert page.status_code == 503
    assert "The code could not be sent." in page.text
    assert receiver.paths == ["/"] * tries
    assert "webhook-signature" not in receiver.headers[0]


def test_an_address_where_nobody_listens_is_no_fault(send_to, people, sign_in, caplog) -> None:
    send_to("http://127.0.0.1:1")
    page = sign_in(people.account(phone=None)).post(reverse("account_change_phone"), {"phone": PHONE})
    assert page.status_code == 503
    assert "7400123456" not in caplog.text


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # Apprise's import
def test_a_provider_gets_number_and_text(receiver, send_to) -> None:
    send_to(receiver.address.replace("http://", "json://") + "/{phone}/")
    sms.send(PHONE, "123 is your code")
    assert "447400123456" in receiver.paths[0]
    assert "123 is your code" in receiver.bodies[0]
    receiver.statuses[:] = [500]
    with pytest.raises(sms.SmsFailed):
        sms.send(PHONE, "123")


def test_without_a_provider_codes_are_files(send_to, settings, tmp_path) -> None:
    settings.SITE = settings.SITE.model_copy(update={"data_dir": tmp_path})
    send_to("")
    sms.send(PHONE, "123 is your code")
    (path,) = (tmp_path / "sms").iterdir()
    assert path.read_text() == f"To: {PHONE}\n\n123 is your code\n"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("", "into_file"),
        ("https://a.example/send", "by_webhook"),
        ("http://10.0.0.1/send", "by_webhook"),
        ("twilio://x:y@1/{phone}", "by_provider"),
    ],
)
def test_the_address_decides_who_sends(address, name) -> None:
    assert Settings(sms_url=SecretStr(address)).sms_sender == name
