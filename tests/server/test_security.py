"""What browsers are told, what forms demand, and how a site is checked before it opens."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import reverse

from bridgenotes.cli.failures import UsageError
from bridgenotes.cli.server import run_manage, run_worker


def test_pages_allow_no_inline_code_and_no_other_host(client) -> None:
    response = client.get("/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "<script>" not in response.text
    assert "style=" not in response.text
    assert "//" not in response.text.replace("http://www.w3.org", "")


@pytest.mark.parametrize("name", ["apply", "withdraw", "alias", "settings", "leave", "rejoin", "team"])
def test_forms_need_the_csrf_token(people, name) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(people.contributor_account())
    assert browser.post(reverse(name)).status_code == 403


def test_the_api_is_protected_against_forged_requests_of_browsers(people) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(people.contributor_account())
    assert browser.get("/api/v1/me").status_code == 200


def test_sign_in_is_limited(client, people, settings, account) -> None:
    settings.ACCOUNT_RATE_LIMITS = {}
    answers = [
        client.post(reverse("account_login"), {"login": account.email, "password": f"wrong{i}"}).text
        for i in range(12)
    ]
    assert "Too many" in answers[-1]


def test_codes_by_phone_are_limited(people, sign_in, settings, sent_sms) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"change_phone": "5/h/user", "verify_phone": "5/h/key"}
    browser = sign_in(people.account(phone=None))
    for _ in range(8):
        browser.post(reverse("account_change_phone"), {"phone": "+447400111222"})
    assert 0 < len(sent_sms) <= 5


def test_operators_sign_in_by_the_same_limited_door(client, people, sign_in) -> None:
    answer = client.get("/operator/", follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert sign_in(people.contributor_account()).get("/operator/").status_code in {302, 403}
    operator = people.account()
    operator.is_staff = operator.is_superuser = True
    operator.save()
    assert sign_in(operator).get("/operator/accounts/account/").status_code == 200
    assert sign_in(operator).get("/operator/contributors/teammessage/").status_code == 200


def test_metrics_are_for_the_operator(client, settings) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="198.51.100.7").status_code == 404
    settings.SITE = settings.SITE.model_copy(
        update={"metrics_token": type(settings.SITE.metrics_token)("t0k")}
    )
    assert client.get("/metrics").status_code == 404
    answer = client.get("/metrics", headers={"Authorization": "Bearer t0k"}, REMOTE_ADDR="198.51.100.7")
    assert answer.status_code == 200
    assert "django_http" in answer.text


def test_api_failures_are_problem_documents(client) -> None:
    answer = client.get("/api/v1/contributors/nobody-by-this-name")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.get("/api/v1/nowhere").headers["Content-Type"] == "application/problem+json"
    assert client.get("/api/v1/contributors/a%00b").status_code == 404
    assert client.get("/u/a%00b").status_code == 404
    body = answer.json()
    assert (body["status"], body["code"]) == (404, "contributors.unknown_alias")
    assert body["detail"]
    assert client.get("/api/v1/me").json()["code"] == "request.not_signed_in"


def test_every_api_operation_documents_its_failures(client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert {"401", "403", "404", "422", "429"} <= set(operation["responses"]), (method, path)


def bridgenotes(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("BRIDGENOTES_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "bridgenotes.cli.main", *arguments],
        env={**clean, **environment}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_public_site_passes_the_deployment_check(tmp_path) -> None:
    site = {
        "BRIDGENOTES_DATA_DIR": str(tmp_path),
        "BRIDGENOTES_SITE_URL": "https://notes.example.org",
        "BRIDGENOTES_EMAIL_URL": "smtp://mail.example.org",
    }
    done = bridgenotes("manage", "check", "--deploy", "--fail-level", "WARNING", **site)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr


def test_the_check_tells_what_is_not_fit_for_people(tmp_path) -> None:
    site = {"BRIDGENOTES_DATA_DIR": str(tmp_path), "BRIDGENOTES_OIDC__ISSUER": "http://host.example"}
    done = bridgenotes("manage", "check", "--deploy", "--fail-level", "WARNING", **site)
    assert done.returncode == 1
    for number in (1, 2, 3):
        assert f"bridgenotes.W00{number}" in done.stderr


def test_a_wrong_setting_is_named(tmp_path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("[admission]\nslots = 3\n")
    done = bridgenotes(
        "manage", "check", BRIDGENOTES_DATA_DIR=str(tmp_path), BRIDGENOTES_RULES_FILE=str(rules)
    )
    assert done.returncode == 2
    assert "admission.slots does not exist; known: country_slots" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TRUSTED_PROXIES", "many", "BRIDGENOTES_TRUSTED_PROXIES"),
        ("DATABASE_URL", "mysql://u:hidden@h/d", "must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://u:hidden@h:port/d?nonsense=1", "not a valid PostgreSQL address"),
        ("EMAIL_URL", "http://u:hidden@h", "must begin with smtp://"),
        ("RULES_FILE", "nowhere.toml", "no such file"),
        ("HOSTS", "not json", "BRIDGENOTES"),
    ],
)
def test_a_wrong_variable_is_named_without_its_secret(tmp_path, variable, value, said) -> None:
    site = {"BRIDGENOTES_DATA_DIR": str(tmp_path), f"BRIDGENOTES_{variable}": value}
    done = bridgenotes("manage", "check", **site)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("run", [lambda: run_manage(["check"]), lambda: run_worker(threads=1, schedule=True)])
def test_without_the_extra_the_command_says_what_to_install(monkeypatch, run) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"pip install 'bridgenotes\[web\]'"):
        run()


def test_a_missing_migration_is_found() -> None:
    from django.core.management import call_command  # noqa: PLC0415

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_page_of_settings_is_up_to_date() -> None:
    from tools.write_settings import PAGE, page  # noqa: PLC0415

    assert page() == PAGE.read_text(), "run: python -m tools.write_settings"


def test_problem_pages_have_a_code_and_a_sentence(client) -> None:
    answer = client.get("/u/nobody")
    assert answer.status_code == 404
    assert "There is no contributor of this name." in answer.text
    assert "contributors.unknown_alias" in answer.text
    assert json.loads(client.get("/healthz").text)
