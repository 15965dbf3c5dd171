"""The design: one home for each component, pages that are light and still, colours that can be read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from hypothesis import given
from hypothesis import strategies as st

import bridgenotes.web
from bridgenotes.contributors.models import Contributor
from bridgenotes.domain.aliases import alias_key
from bridgenotes.web.avatars import avatar_svg
from bridgenotes.web.icons import ICONS, icon_svg
from bridgenotes.web.navigation import main_places
from bridgenotes.web.problems import not_found, server_error
from bridgenotes.web.quick import parts
from bridgenotes.web.templatetags.design import gain, loss, moment, since
from support.browser import PHONE, give_session, overflow, violations_in_both_schemes

WEB = Path(bridgenotes.web.__file__).parent
STYLES = WEB / "static" / "bridgenotes"
MOST_REQUESTS, MOST_BYTES = 6, 60_000
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


class References(HTMLParser):
    """Collects what a page makes a browser fetch, and what the policy would block."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "link" and named.get("rel") in {"stylesheet", "icon", "preload", "modulepreload"}:
            self.fetched.append(named["href"] or "")
        elif tag in {"script", "img", "iframe", "source"} and named.get("src"):
            self.fetched.append(named["src"] or "")
        is_code = tag == "script" and "src" not in named and named.get("type") != "application/json"
        if tag == "style" or is_code or any(name == "style" or name.startswith("on") for name in named):
            self.inline.append(f"{tag} {named}")


def test_the_styleguide_shows_every_component(people, sign_in) -> None:
    parts.forget()
    page = sign_in(people.contributor_account()).get(reverse("styleguide"))
    shown = {template.name for template in page.templates}
    components = {f"web/components/{p.name}" for p in (WEB / "templates/web/components").glob("*.html")}
    assert len(components) > 15
    assert components - shown == set()
    assert all(f"<code>{name}</code>" in page.text for name in ICONS)


def test_the_styleguide_is_linked_from_every_page(client) -> None:
    assert reverse("styleguide") in client.get(reverse("about")).text


def test_the_front_page_is_light(client, noting) -> None:
    """Six requests and 60 kB as the site itself sends them, with a full page of posts."""
    writer = noting.writer(helpful=100)
    for number in range(20):
        post = noting.post(author_id=f"author{number}", text="A claim that many people saw. " * 8)
        noting.decide(noting.note(author=writer, post=post))
    page = client.get("/").text
    assert page.count('class="entry"') == 20
    weights = {}
    for address in ("/", *References(page).fetched):
        sent = client.get(address, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
        assert (sent.status_code, sent["Content-Encoding"]) == (200, "gzip"), address
        assert "Accept-Encoding" in sent["Vary"]
        weights[address] = len(b"".join(sent.streaming_content) if sent.streaming else sent.content)
    assert len(weights) <= MOST_REQUESTS, weights
    assert sum(weights.values()) < MOST_BYTES, weights


def test_a_part_of_a_file_is_sent_as_it_is(client) -> None:
    answer = client.get(
        "/static/bridgenotes/site.css", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-99"}
    )
    assert (answer.status_code, answer.get("Content-Encoding")) == (206, None)
    assert len(b"".join(answer.streaming_content)) == 100


def test_no_style_or_script_is_inline(client, noting) -> None:
    note = noting.helpful_note()
    addresses = ["/", reverse("styleguide"), reverse("about"), reverse("account_login"), "/nowhere",
                 reverse("post", args=[note.post_id]), reverse("note", args=[note.pk])]  # fmt: skip
    assert [found for address in addresses if (found := References(client.get(address).text).inline)] == []


def test_words_turn_for_languages_from_right_to_left(rf) -> None:
    request = rf.get("/nowhere")
    request.user, request.contributor, request.resolver_match = AnonymousUser(), None, None
    with translation.override("ar"):
        page = not_found(request, Http404()).text
    assert '<html lang="ar" dir="rtl">' in page
    sided = r"(margin|padding|border|inset)-(left|right)|text-align: (left|right)|[;{ ](left|right|float):"
    assert re.findall(sided, (STYLES / "site.css").read_text()) == []


def test_a_phone_s_bar_has_at_most_five_places(rf, people, noting) -> None:
    for contributor in (None, people.contributor(), noting.writer()):
        request = rf.get("/")
        request.user, request.contributor, request.resolver_match = people.account(), contributor, None
        assert 3 <= len(main_places(request)) <= 5


def test_the_page_of_a_fault_needs_no_database(rf, django_assert_num_queries) -> None:
    request = rf.get("/")
    request.user = request.contributor = SimpleLazyObject(Contributor.objects.get)
    with django_assert_num_queries(0):
        page = server_error(request)
    assert page.status_code == 500
    assert "The fault is ours" in page.text
    assert settings.SITE.site_name in page.text


# --- colours ---

PAIRS = [
    *[(ink, ground, 4.5) for ink in ("ink", "ink-soft", "accent") for ground in ("paper", "surface", "sunken")],
    *[("ink", f"{kind}-tint", 4.5) for kind in ("accent", "good", "bad", "warn")],
    *[(kind, f"{kind}-tint", 4.5) for kind in ("accent", "good", "bad", "warn")],
    *[(kind, ground, 4.5) for kind in ("good", "bad", "warn") for ground in ("paper", "surface")],
    ("ink-soft", "accent-tint", 4.5), ("accent-strong", "accent-tint", 4.5),
    ("accent-ink", "accent", 4.5), ("accent-ink", "accent-strong", 4.5),
    *[("focus", ground, 3.0) for ground in ("paper", "surface", "sunken")],
    *[(sign, "surface", 3.0) for sign in ("edge", "side-a", "side-b", "bridge")],
    *[(sign, "paper", 3.0) for sign in ("edge", "side-a", "side-b", "bridge")],
]  # fmt: skip


def schemes() -> dict[str, dict[str, str]]:
    """Return the colours of both schemes by token."""
    light, dark = (STYLES / "tokens.css").read_text().split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    return {"light": found, "dark": found | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))}


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_enough_for_everybody(scheme) -> None:
    colours = schemes()[scheme]
    weak = {}
    for ink, ground, least in PAIRS:
        brighter, darker = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
        ratio = (brighter + 0.05) / (darker + 0.05)
        if ratio < least:
            weak[ink, ground] = round(ratio, 2)
    assert weak == {}


def test_colours_come_from_tokens_alone() -> None:
    rules = (STYLES / "site.css").read_text().partition("@media print")[0]
    stray = [colour for colour in re.findall(r"#[0-9a-f]{3,8}\b|rgb\([^)]*\)", rules) if colour != "#fff"]
    assert stray == [], "only the ground of a QR code is white in both schemes"
    used, known = set(re.findall(r"var\((--[\w-]+)", rules)), (STYLES / "tokens.css").read_text()
    assert [name for name in used if f"{name}:" not in known] == []


# --- signs ---


@given(st.text(max_size=60))
def test_an_avatar_is_a_plain_picture_of_an_alias(alias) -> None:
    picture = avatar_svg(alias)
    assert picture == avatar_svg(alias), "the same alias, the same picture"
    tree = ET.fromstring(picture)
    allowed = {"svg", "g", "path", "circle"}
    assert {part.tag for part in tree.iter()} <= allowed
    assert not any(
        name in {"style", "href"} or name.startswith("on") for part in tree.iter() for name in part.attrib
    )


def test_avatars_tell_aliases_apart_and_know_nothing_else(people, client) -> None:
    pictures = {avatar_svg(f"{first} {second} Heron") for first in range(40) for second in range(50)}
    assert len(pictures) > 1990
    contributor = people.contributor()
    before = avatar_svg(contributor.alias)
    assert before in client.get(reverse("profile", args=[contributor.alias])).text
    contributor.enrollment_state, contributor.modeling_group = "earnedIn", 3
    contributor.save()
    assert before in client.get(reverse("profile", args=[contributor.alias])).text
    assert alias_key(contributor.alias) not in before
    assert contributor.participant_id.lower() not in before.lower()


def test_icons_are_pictures_and_unknown_ones_fail() -> None:
    for name in ICONS:
        assert ET.fromstring(icon_svg(name)).attrib["aria-hidden"] == "true"
    with pytest.raises(KeyError):
        icon_svg("unicorn")


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=3, hours=5), "3 days ago"),
        (timedelta(days=7), "June 24"),
        (timedelta(days=400), "May 27, 2025"),
        (timedelta(days=-2), "July 3"),
    ],
)
def test_times_are_told_in_words(ago, words) -> None:
    assert since(NOW - ago, NOW) == words


def test_a_time_keeps_its_exact_value(clock) -> None:
    told = moment(clock() - timedelta(days=3))
    assert 'datetime="2026-06-28T12:00:00+00:00"' in told
    assert 'title="June 28, 2026, 12:00 UTC"' in told
    assert ">3 days ago<" in told


def test_sums_carry_their_sign() -> None:
    assert (gain(1240), gain(0), loss(45), loss(0)) == ("+1,240", "0", "\N{MINUS SIGN}45", "0")


# --- in a browser ---

LAYOUT_SHIFT = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(entry => { sum += entry.value; }))
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => resolve(sum), 300);
})"""


@pytest.mark.django_db(transaction=True)
def test_pages_fit_and_can_be_used_by_everybody(live_server, open_context, client, noting) -> None:
    """Axe in both schemes, nothing sticks out on a small phone, nothing moves while the front page loads."""
    post = noting.post(author_id="ada", text="A claim with a word as long as " + "unimaginably" * 12)
    note = noting.helpful_note(post=post, text="See https://source.example.org/" + "a/very/long/way/" * 20)
    noting.note(post=note.post)
    account = noting.writer_account()
    addresses = [
        "/", reverse("helpful"), reverse("post", args=[post.pk]), reverse("note", args=[note.pk]),
        reverse("profile", args=[note.author.alias]), reverse("styleguide"), reverse("about"), "/nowhere",
        reverse("account_login"), reverse("mfa_index"),
    ]  # fmt: skip
    phone = open_context(**PHONE)
    page = phone.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(live_server.url)
    assert page.evaluate(LAYOUT_SHIFT) == 0
    assert 3 < len(fetched) <= MOST_REQUESTS, fetched
    for visitor in (None, account):
        if visitor is not None:
            give_session(phone, client, visitor, live_server.url)
        for address in addresses:
            page.goto(live_server.url + address)
            assert overflow(page) == [], address
            assert violations_in_both_schemes(page) == ""
