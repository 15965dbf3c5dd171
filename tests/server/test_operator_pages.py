"""The operator's pages in a browser: Django's admin works under the site's policy against foreign code."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from bridgenotes.accounts.models import Account
from support.platform import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = ("accounts/account", "auth/group", "contributors/teammessage", "posts/host")


def test_an_operator_signs_in_looks_and_changes(live_server, page, people, noting) -> None:
    operator = Account.objects.create_superuser("operator@example.org", PASSWORD)
    operator.emailaddress_set.create(email=operator.email, verified=True, primary=True)
    somebody = people.account()
    noting.host()

    page.goto(f"{live_server.url}/operator/")
    page.get_by_label("Email").fill(operator.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(f"{live_server.url}/operator/")
    for path in LISTS:
        assert page.goto(f"{live_server.url}/operator/{path}/").status == 200, path
    page.goto(f"{live_server.url}/operator/auth/group/add/")
    page.get_by_label("Name:").fill("Moderators")
    page.locator("#id_permissions_input").press_sequentially("add permit")
    page.locator("#id_permissions_from").select_option(index=0)
    page.get_by_role("button", name="Choose selected permissions").click()
    page.get_by_role("button", name="Save", exact=True).click()

    page.goto(f"{live_server.url}/operator/accounts/account/?q={somebody.email}")
    page.get_by_role("link", name=somebody.email).click()
    page.get_by_label("Is active").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/operator/accounts/account/**")
    somebody.refresh_from_db()
    assert not somebody.is_active
    assert [right.codename for right in Group.objects.get().permissions.all()] == ["add_permit"]
