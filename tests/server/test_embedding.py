"""Notes on pages elsewhere: the script `embed.js`, what it asks, and oEmbed."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from django.urls import reverse

from bridgenotes.api.limits import ShownThrottle
from bridgenotes.data.vocabulary import CRNH
from bridgenotes.demo.elsewhere import write_page
from bridgenotes.domain.guardrails import Remedy
from bridgenotes.guardrails import services as guardrails
from bridgenotes.notes.services import writing
from support.browser import PHONE, overflow, violations
from support.hands import Keys

FOREIGN = "https://forum.example.net"
SHOWN = "/api/v1/shown"


@pytest.fixture
def site(noting):
    """A post with a shown note, one with a proposed note, one without."""
    shown = noting.helpful_note(text="Measured in 2019: https://source.example.org/a?b=1 says so.")
    return SimpleNamespace(shown=shown, proposed=noting.note(), bare=noting.post())


@pytest.fixture
def elsewhere() -> Iterator[Callable[..., str]]:
    """Serves a page at another origin: ``elsewhere(body, policy)`` returns its address."""
    said: dict[str, str] = {}

    class Forum(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", said["policy"])
            self.end_headers()
            self.wfile.write(said["body"].encode() if self.path == "/" else b"")

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forum)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(body: str, policy: str = "") -> str:
        said.update(body=body, policy=policy)
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    server.shutdown()
    server.server_close()


def on_page(number: int) -> str:
    return f"http://localhost:8000{reverse('note', args=[number])}"


# --- what the script asks ---


@pytest.mark.requirement("ST-3", "ST-4")
def test_a_hundred_addresses_cost_two_queries(noting, client, django_assert_max_num_queries) -> None:
    noted = [noting.helpful_note() for _ in range(6)]
    addresses = [note.post.url for note in noted] + [f"https://example.org/{n}" for n in range(94)]
    with django_assert_max_num_queries(2):
        answer = client.get(SHOWN, {"url": addresses, "lang": "en"})
    with django_assert_max_num_queries(2):
        posted = client.post(SHOWN, json.dumps({"urls": addresses}), content_type="text/plain")
    assert len(answer.json()["shown"]) == len(posted.json()["shown"]) == 6
    assert posted.headers["Cache-Control"] == "no-store"
    assert client.post(SHOWN, {"urls": ["https://a.org"] * 101}, "application/json").status_code == 422


def test_the_same_page_under_other_addresses_has_the_same_note(noting, client) -> None:
    note = noting.helpful_note(post=noting.post())
    other = note.post.url.replace("https://", "http://www.") + "/?utm_source=mail#top"
    (found,) = client.get(SHOWN, {"url": other}).json()["shown"]
    assert (found["url"], found["note"]["id"]) == (other, str(note.pk))


def test_what_shows_comes_with_its_words_page_and_links(site, client) -> None:
    answer = client.get(SHOWN, {"url": site.shown.post.url, "lang": "xx-none"}, headers={"Origin": FOREIGN})
    (found,), words = answer.json()["shown"], answer.json()["words"]
    assert found["page"] == on_page(site.shown.pk)
    assert found["pieces"] == [
        {"text": "Measured in 2019: ", "url": None},
        {"text": "source.example.org/a?b=1", "url": "https://source.example.org/a?b=1"},
        {"text": " says so.", "url": None},
    ]
    assert (words["title"], words["language"], words["direction"]) == ("Readers added context", "en", "ltr")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers["Vary"]


def test_the_words_are_of_the_language_asked_for(site, client, settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("fr", "Français"), ("ar", "العربية")]
    words = client.get(SHOWN, {"url": site.bare.url, "lang": "ar-EG"}).json()["words"]
    assert (words["language"], words["direction"]) == ("ar", "rtl")
    again = client.get(SHOWN, {"url": site.bare.url}, headers={"Accept-Language": "fr"})
    assert again.json()["words"]["language"] == "fr"
    assert "Accept-Language" in again.headers["Vary"]


def test_a_script_may_ask_with_headers_of_its_own(client) -> None:
    answer = client.options(SHOWN, headers={"Origin": FOREIGN, "Access-Control-Request-Method": "POST"})
    assert answer.status_code == 204
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.requirement("GR-3")
def test_a_remedy_keeps_notes_from_pages_elsewhere(site, client, clock) -> None:
    ask = {"url": site.shown.post.url}
    guardrails.choose(Remedy.DISPLAY_PAUSED, actor="somebody", reason="A test of display.", now=clock())
    assert client.get(SHOWN, ask).json()["shown"] == []
    assert client.get(reverse("oembed"), {"url": on_page(site.shown.pk)}).json()["type"] == "link"


def test_hosts_may_ask_more_often_than_others(noting, site, client, monkeypatch) -> None:
    monkeypatch.setattr(ShownThrottle, "per_address", 2)
    monkeypatch.setattr(ShownThrottle, "per_host", 4)
    token = {"Authorization": f"Bearer {noting.host()[1]}"}
    ask = {"url": site.shown.post.url}
    assert [client.get(SHOWN, ask).status_code for _ in range(3)] == [200, 200, 429]
    assert [client.get(SHOWN, ask, headers=token).status_code for _ in range(5)] == [200] * 4 + [429]
    refused = client.get(SHOWN, ask, headers={"Authorization": "Bearer bn_host_made-up"})
    assert refused.status_code == 429, "a made-up token gives no more"
    assert int(refused.headers["Retry-After"]) > 0


# --- the script ---


def test_the_script_is_small_and_kept(client) -> None:
    answer = client.get(reverse("embed"), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.content) < 10_000
    assert "max-age=3600" in answer.headers["Cache-Control"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    plain = client.get(reverse("embed"))
    assert gzip.decompress(answer.content) == plain.content
    kept = client.get(
        reverse("embed"), headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]}
    )
    assert (kept.status_code, kept.content) == (304, b"")
    version = plain.headers["ETag"].strip('"')
    for_ever = client.get(reverse("embed_version", args=[version]))
    assert "immutable" in for_ever.headers["Cache-Control"]
    assert "immutable" not in client.get(reverse("embed_version", args=["0ld"])).headers["Cache-Control"]
    for forbidden in ("innerHTML", "document.cookie", "localStorage", "eval("):
        assert forbidden not in plain.text


# --- oEmbed ---


def test_a_link_to_a_shown_note_or_its_post_is_a_card(site, client) -> None:
    addresses = [on_page(site.shown.pk), f"http://localhost:8000{reverse('post', args=[site.shown.post_id])}"]
    for address in addresses:
        card = client.get(reverse("oembed"), {"url": address, "maxwidth": "400", "format": "json"}).json()
        assert (card["version"], card["type"], card["width"]) == ("1.0", "rich", 400)
        assert isinstance(card["height"], int)
        assert f'<community-note url="{site.shown.post.url}"' in card["html"]
        assert "Measured in 2019" in card["html"]
        assert f'src="http://localhost:8000{reverse("embed")}"' in card["html"]


def test_what_does_not_show_is_only_a_link(noting, site, client) -> None:
    second = noting.decide(noting.note(post=site.shown.post), intercept=0.1)
    rejected = noting.decide(noting.note(), CRNH)
    for note in (site.proposed, second, rejected):
        answer = client.get(reverse("oembed"), {"url": on_page(note.pk)}).json()
        assert (answer["type"], "html" in answer) == ("link", False)
    writing.delete_note(site.shown.author, site.shown, now=noting.clock())
    assert client.get(reverse("oembed"), {"url": on_page(site.shown.pk)}).json()["type"] == "link"


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "https://elsewhere.example.org/notes/1", "http://localhost:8000/about",
     "http://localhost:8000/notes/1", "http://localhost:8000/posts/99999999999999999999"],
)  # fmt: skip
def test_other_addresses_are_not_found(client, address) -> None:
    assert client.get(reverse("oembed"), {"url": address}).status_code == 404


def test_xml_is_not_spoken(site, client) -> None:
    assert client.get(reverse("oembed"), {"url": on_page(site.shown.pk), "format": "xml"}).status_code == 501


def test_words_of_people_are_words_in_oembed(noting, client) -> None:
    words = '<script>alert(1)</script> "><img src=x onerror=alert(1)> https://source.example.org/a'
    note = noting.helpful_note(text=words)
    html = client.get(reverse("oembed"), {"url": on_page(note.pk)}).json()["html"]
    assert html.count("<script") == 1
    assert "<img" not in html
    assert '<a href="https://source.example.org/a" rel="nofollow ugc noopener">' in html


def test_pages_say_where_their_oembed_is(site, client) -> None:
    for address in (reverse("note", args=[site.shown.pk]), reverse("post", args=[site.shown.post_id])):
        page = client.get(address + "?claim=secret", headers={"Host": "localhost:8000"}).text
        (found,) = re.findall(r'<link rel="alternate" type="application/json\+oembed" href="([^"]*)"', page)
        assert "secret" not in found
        assert client.get(unescape(found).removeprefix("http://localhost:8000")).json()["type"] == "rich"


# --- the demo's other site ---


def test_the_other_site_of_the_demo_asks_for_its_posts(noting, tmp_path) -> None:
    told = {"author_id": "ada", "author_name": "<b>Ada</b>", "published_at": noting.clock()}
    noted = noting.helpful_note(post=noting.post(text="A claim <img src=x>", **told))
    bare = noting.post(text="No claim", **told)
    write_page(tmp_path / "plaza", "http://localhost:8000")
    page = (tmp_path / "plaza" / "index.html").read_text()
    assert page.count("<community-note ") == 2
    for post in (noted.post, bare):
        assert f'<community-note url="{post.url}">' in page
    assert '<script type="module" src="http://localhost:8000/embed.js">' in page
    assert "<img" not in page
    assert "<b>Ada" not in page
    assert noted.summary not in page, "the browser asks for notes; the page has none"


# --- in a browser ---


@pytest.mark.django_db(transaction=True)
def test_a_page_elsewhere_shows_notes_with_one_question(live_server, elsewhere, page, noting, site) -> None:
    hostile = noting.helpful_note(text="<img src=x onerror=alert(1)> https://source.example.org/h")
    addresses = [
        site.shown.post.url, site.proposed.post.url, site.bare.url, hostile.post.url, "https://no.example.org/x",
    ]  # fmt: skip
    elements = "".join(
        f'<article><community-note url="{url}"></community-note></article>' for url in addresses
    )
    body = f"""<!doctype html><html lang="en"><title>Forum</title><main><h1>Forum</h1>{elements}</main>
        <script type="module" src="{live_server.url}/embed.js"></script></html>"""
    policy = f"default-src 'none'; script-src {live_server.url}; connect-src {live_server.url}"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if SHOWN in request.url else None)
    page.emulate_media(color_scheme="light")
    page.goto(elsewhere(body, policy))
    notes = page.locator("community-note")
    notes.nth(3).locator("aside").wait_for()
    assert len(asked) == 1
    assert [notes.nth(k).is_visible() for k in range(5)] == [True, False, False, True, False]
    assert "Measured in 2019: source.example.org/a?b=1 says so." in notes.nth(0).locator("aside").inner_text()
    source = notes.nth(0).get_by_role("link", name="source.example.org")
    assert source.get_attribute("rel") == "nofollow ugc noopener"
    assert notes.nth(0).get_by_role("link", name="Rate it").get_attribute("href") == on_page(site.shown.pk)
    assert "<img src=x onerror=alert(1)>" in notes.nth(3).locator("aside").inner_text()
    assert notes.nth(3).locator("img").count() == 0
    assert violations(page) == ""
    assert page.context.cookies() == []

    ground = "e => getComputedStyle(e.shadowRoot.querySelector('aside')).backgroundColor"
    light = notes.nth(0).evaluate(ground)
    page.emulate_media(color_scheme="dark")
    assert notes.nth(0).evaluate(ground) != light
    notes.nth(0).evaluate("e => e.setAttribute('theme', 'light')")
    assert notes.nth(0).evaluate(ground) == light
    notes.nth(0).evaluate("e => e.style.setProperty('--community-note-surface', 'rgb(1, 2, 3)')")
    assert notes.nth(0).evaluate(ground) == "rgb(1, 2, 3)"

    # What is added later is asked for together; what is known is not asked again.
    page.evaluate(
        """urls => new Promise(done => {
            document.addEventListener("community-note", event => event.target.last && done());
            for (const url of urls) document.querySelector("main").append(
                Object.assign(document.createElement("community-note"), {last: url === urls.at(-1)}));
            [...document.querySelectorAll("community-note")].slice(5).forEach((e, k) => e.setAttribute("url", urls[k]));
        })""",
        [site.shown.post.url, "https://no.example.org/y", "https://no.example.org/z"],
    )
    assert len(asked) == 2
    assert notes.nth(5).is_visible()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("window", [PHONE, {}], ids=["phone", "desktop"])
def test_the_other_site_of_the_demo_by_keys(
    window, live_server, elsewhere, open_context, client, noting, tmp_path, settings
) -> None:
    settings.SITE = settings.SITE.model_copy(update={"site_url": live_server.url})
    told = {"author_id": "ada", "author_name": "Ada", "published_at": noting.clock()}
    note = noting.helpful_note(post=noting.post(text="A claim", **told))
    noting.post(text="No claim", **told)
    write_page(tmp_path / "plaza", live_server.url)
    profile = open_context(**window)
    hand = Keys(profile, profile.new_page(), live_server.url, client)
    hand.page.goto(elsewhere((tmp_path / "plaza" / "index.html").read_text()))
    hand.page.get_by_text("Readers added context").wait_for()
    assert overflow(hand.page) == []
    assert violations(hand.page) == ""
    hand.reach(hand.page.get_by_role("link", name="source.example.org"))
    with profile.expect_page() as opened:
        hand.press(hand.page.get_by_role("link", name="Rate it"))
    opened.value.get_by_role("heading", name="Why this status?").wait_for()
    assert f"/notes/{note.pk}" in opened.value.url


@pytest.mark.django_db(transaction=True)
def test_a_site_that_does_not_answer_is_silence_and_an_event(live_server, elsewhere, context, site) -> None:
    tab = context.new_page()
    body = f"""<!doctype html><html lang="en"><community-note url="{site.shown.post.url}"></community-note>
        <script type="module" src="{live_server.url}/embed.js"></script></html>"""
    tab.route(f"**{SHOWN}*", lambda route: route.fulfill(status=500, body="{}"))
    tab.add_init_script(
        "addEventListener('community-note-error', event => { window.told = event.detail.error.message; })"
    )
    broken: list[str] = []
    tab.on("pageerror", lambda error: broken.append(str(error)))
    tab.goto(elsewhere(body))
    tab.wait_for_function("window.told")
    assert "500" in tab.evaluate("window.told") or "fetch" in tab.evaluate("window.told")
    assert not tab.locator("community-note").is_visible()
    assert broken == []
