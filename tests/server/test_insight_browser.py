"""What only a browser shows of explanations, drawings and search: accessible, no wider than a phone."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bridgenotes.data.vocabulary import CRH
from support.browser import PHONE, overflow, violations_in_both_schemes
from support.community import LEFT
from support.hands import Keys, Touch

pytestmark = pytest.mark.django_db(transaction=True)


def test_drawings_are_accessible_and_fit_a_phone(live_server, open_context, watch, client, scored) -> None:
    addresses = [
        reverse("community"),
        reverse("note", args=[scored.notes[LEFT][0].pk]),
        f"{reverse('search')}?status={CRH}",
    ]
    page = watch(open_context(**PHONE).new_page())
    for address in addresses:
        page.goto(live_server.url + address)
        for details in page.locator("main details:not(.menu) > summary").all():
            details.click()
        assert violations_in_both_schemes(page) == "", address
        assert overflow(page) == [], address

    # Their tables are there for keys alone, and without scripts.
    desktop, plain = open_context(), open_context(**PHONE, java_script_enabled=False)
    for hand in (
        Keys(desktop, watch(desktop.new_page()), live_server.url, client),
        Touch(plain, watch(plain.new_page()), live_server.url, client),
    ):
        hand.goto()
        hand.press(hand.link("Community", within=".site-nav"))
        hand.sees("The landscape of viewpoints")
        hand.press(hand.page.locator("main summary").first)
        hand.sees("Notes drawn, by intercept")
        hand.goto(addresses[1])
        hand.press(hand.page.locator("main summary", has_text="What a Helpful note needs"))
        hand.sees("What is looked at")
