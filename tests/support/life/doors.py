"""The site as people and hosts use it: browsers, the API, mails and text messages; no service is called here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import mail
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse

from bridgenotes.base.clock import SteppedClock
from support.platform import PASSWORD, code_in

AGREED = dict.fromkeys(("rules", "understanding", "good_faith", "helpful", "public"), "on")


@dataclass
class Person:
    """Somebody with an account, and what must never be seen of them.

    ``moments`` are the times of what the account did: joined, verified a number, applied, signed in.
    """

    email: str
    phone: str
    session: str = ""
    alias: str = ""
    handle: str = ""
    moments: list[datetime] = field(default_factory=list)

    @property
    def browser(self) -> Client:
        """Return a browser in which they are signed in."""
        client = visitor()
        client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        return client

    def page(self, name: str, *arguments: object, **query: str) -> Any:
        """Return a page as they see it."""
        return self.browser.get(reverse(name, args=arguments), query)

    def send(self, name: str, *arguments: object, **fields: object) -> Any:
        """Send a form."""
        return self.browser.post(reverse(name, args=arguments), fields)

    def api(self, method: str, path: str, body: object = None) -> Any:
        """Call the API with their session."""
        return call(self.browser, method, path, body)


_HANDLER = ClientHandler(enforce_csrf_checks=False)


def visitor() -> Client:
    """Return a browser without cookies; all share one stack of middleware, which takes long to build."""
    client = Client()
    client.handler = _HANDLER
    return client


def call(client: Client, method: str, path: str, body: object = None, **headers: str) -> Any:
    """Call the API and return its answer."""
    content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(client, method)(f"/api/v1{path}", headers=headers, **content)


class Doors:
    """What anybody does on the way in."""

    def __init__(self, clock: SteppedClock, texts: list[tuple[str, str]]) -> None:
        self.clock, self.texts = clock, texts

    def sign_up(self, email: str, phone: str) -> Person:
        """Make an account, verify address and number; each step at a minute of its own."""
        person, browser = Person(email, phone), visitor()
        self._moment(person)
        browser.post(reverse("account_signup"), {"email": email, "password1": PASSWORD})
        code = code_in(mail.outbox[-1].body)
        self._moment(person)
        answer = browser.post(reverse("account_email_verification_sent"), {"code": code})
        assert answer.status_code == 302, (email, code, mail.outbox[-1].body, len(self.texts))
        if phone:
            self._moment(person)
            browser.post(reverse("account_change_phone"), {"phone": phone})
            to, text = self.texts[-1]
            assert to == phone
            assert browser.post(reverse("account_verify_phone"), {"code": code_in(text)}).status_code == 302
        person.session = browser.cookies[settings.SESSION_COOKIE_NAME].value
        return person

    def sign_in(self, person: Person) -> None:
        """Sign in by password."""
        self._moment(person)
        browser = visitor()
        answer = browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        person.session = browser.cookies[settings.SESSION_COOKIE_NAME].value

    def apply(self, person: Person) -> Any:
        """Apply to take part."""
        self._moment(person)
        return person.send("apply", **AGREED)

    def choose_alias(self, person: Person) -> None:
        """Take the first of the aliases offered."""
        self._moment(person)
        page = person.page("alias")
        person.alias = page.context["form"].fields["alias"].choices[0][0]
        assert person.send("alias", alias=person.alias).status_code == 302

    def _moment(self, person: Person) -> None:
        person.moments.append(self.clock.advance(minutes=2, seconds=7))
