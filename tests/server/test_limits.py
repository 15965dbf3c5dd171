"""How often one may do something, what cookies a public site sets, and what becomes of hostile words in a note."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.urls import reverse

from bridgenotes.server import settings as site

LIMITED_HERE = {"add_post", "write_note", "rate_note", "feedback", "report", "prove_author"}
SCRIPT = "<script>alert(1)</script>"
HOSTILE = [
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "https://facts.example.org/\"onmouseover='alert(1)' see",
    "javascript:alert(1) and [x](javascript:alert(1))",
    "https://facts.example.org/<svg/onload=alert(1)>",
]


def test_every_limited_action_has_a_rate() -> None:
    views = Path(site.__file__).parents[1] / "web" / "views"
    used = {
        name for path in views.glob("*.py") for name in re.findall(r'@limited\("(\w+)"\)', path.read_text())
    }
    assert used == LIMITED_HERE
    assert used | {"change_phone", "verify_phone"} == set(site.ACCOUNT_RATE_LIMITS)


@pytest.mark.parametrize(
    ("action", "name", "fields"),
    [
        ("write_note", "write", {"text": "x"}),
        ("rate_note", "rate", {"level": "HELPFUL"}),
        ("report", "report_note", {"ground": "x"}),
        ("feedback", "feedback", {"level": "x"}),
        ("prove_author", "prove", {"claim": "x"}),
        ("add_post", "find", {"url": "x"}),
    ],
)
def test_pages_take_so_much_and_no_more(noting, sign_in, settings, action, name, fields) -> None:
    settings.ACCOUNT_RATE_LIMITS = {action: "2/m/user" if action != "feedback" else "2/m/ip"}
    note = noting.note()
    account = noting.people.account() if action == "feedback" else noting.writer_account()
    numbers = {"write": [note.post_id], "prove": [note.post_id], "find": []}
    address = reverse(name, args=numbers.get(name, [note.pk]))
    browser = sign_in(account)
    answers = [browser.post(address, fields).status_code for _ in range(3)]
    assert 429 not in answers[:2]
    assert answers[2] == 429


@pytest.mark.requirement("RQ-2")
def test_requests_are_limited_by_the_rules(noting, sign_in) -> None:
    browser = sign_in(noting.people.account())
    answers = [browser.post(reverse("request_note", args=[noting.post().pk])).status_code for _ in range(6)]
    assert answers[:5] == [302] * 5
    assert answers[5] == 422  # shown in the form, with when it works again
    again = browser.post(f"/api/v1/posts/{noting.post().pk}/requests", "{}", content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (429, "request.limit")


def test_the_api_takes_so_much_a_minute_and_no_more(noting, sign_in) -> None:
    browser, note = sign_in(noting.people.contributor_account()), noting.note()
    body = json.dumps({"level": "HELPFUL", "tags": ["helpfulClear"]})
    address = f"/api/v1/notes/{note.pk}/rating"
    answers = [browser.put(address, body, content_type="application/json") for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {200}
    assert (answers[60].status_code, answers[60].json()["code"]) == (429, "request.too_many")
    assert int(answers[60].headers["Retry-After"]) > 0
    assert browser.get("/api/v1/me").status_code == 200, "reading goes on"


# --- hostile words ---


class _Page(HTMLParser):
    """Elements of a page that would run something, and its links to other hosts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.links: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.bad += [name for name in given if name.startswith("on")]
        is_foreign_drawing = tag == "svg" and "class" not in given  # the site's own have one
        if (tag == "script" and "src" not in given) or tag in {"iframe", "object"} or is_foreign_drawing:
            self.bad.append(tag)
        address = given.get("href") or given.get("src") or ""
        if address.strip().lower().startswith(("javascript:", "data:")):
            self.bad.append(address)
        if tag == "a" and address.startswith("http"):
            self.links.append(given)


@pytest.mark.requirement("ST-4")
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_shown_and_do_nothing(noting, client, words) -> None:
    post = noting.post(text=words, author_id="u1", author_name=words[:120], published_at=noting.clock())
    note = noting.helpful_note(post=post, text=f"{words} https://facts.example.org/a")
    addresses = [
        reverse("post", args=[post.pk]), reverse("note", args=[note.pk]), reverse("new"), reverse("helpful"),
        reverse("profile", args=[note.author.alias]), reverse("report_note", args=[note.pk]),
    ]  # fmt: skip
    for address in addresses:
        page = _Page(client.get(address).text)
        assert page.bad == [], address
        to_sources = [link for link in page.links if "facts.example.org" in str(link["href"])]
        assert all(link.get("rel") == "nofollow ugc noopener" for link in to_sources), address
    shown = client.get("/api/v1/shown", {"url": post.url})
    assert shown.headers["Content-Type"].startswith("application/json")
    assert shown.json()["shown"][0]["note"]["text"].startswith(words[:20])


@pytest.mark.parametrize(
    "time", ["0043-02-13T15:10:29-18:00", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-01:00"]
)
def test_times_that_no_database_knows_are_no_fault(noting, client, time) -> None:
    alias = noting.note().author.alias
    for address in (reverse("new"), reverse("helpful"), reverse("profile", args=[alias])):
        assert client.get(address, {"before": time}).status_code == 200
    for address in ("/timelines/new", "/timelines/helpful", f"/contributors/{alias}/notes"):
        assert client.get(f"/api/v1{address}", {"before": time}).status_code in {200, 422}
    body = json.dumps({"url": noting.address(), "published_at": time})
    headers = {"Authorization": f"Bearer {noting.host()[1]}"}
    told = client.put("/api/v1/posts", body, content_type="application/json", headers=headers)
    assert told.status_code in {201, 422}


# --- cookies of a public site ---

COOKIES = """
import django, json
django.setup()
from django.conf import settings
from django.test import Client
client = Client(headers={"host": "notes.example.org"})
answer = client.get("/accounts/login/", secure=True)
plain = client.get("/accounts/login/")
cookie = answer.cookies[settings.CSRF_COOKIE_NAME]
print(json.dumps({
    "csrf": [cookie.key, bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"]],
    "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY,
                settings.SESSION_COOKIE_SAMESITE],
    "plain": [plain.status_code, plain.headers["Location"]],
    "hsts": answer.headers["Strict-Transport-Security"],
}))
"""


def test_a_public_site_sets_secure_cookies_and_wants_https(tmp_path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGENOTES_")}
    environment = {
        **clean, "BRIDGENOTES_DATA_DIR": str(tmp_path), "BRIDGENOTES_SITE_URL": "https://notes.example.org",
        "DJANGO_SETTINGS_MODULE": "bridgenotes.server.settings",
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-m", "bridgenotes.cli.main", "manage", "prepare"], env=environment, check=True,
        capture_output=True,
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", COOKIES], env=environment, check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["csrf"] == ["__Host-csrf", True, True, "Lax"]
    assert told["session"] == ["__Host-session", True, True, "Lax"]
    assert told["plain"] == [301, "https://notes.example.org/accounts/login/"]
    assert told["hsts"].startswith("max-age=31536000")
