"""A site starts, says how it is, and shows its pages."""

from __future__ import annotations

import pytest
from django.test import Client

PAGES = [
    "/",
    "/about/values",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/signup/passkey/",
    "/accounts/password/reset/",
]


def test_health(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_pages_for_everybody(client: Client, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert "<main" in response.text
