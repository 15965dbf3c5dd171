"""Posts: pasted by anybody with an account, supplied by hosts, never fetched unless allowed."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from bridgenotes.posts import fetching, previews, queries
from bridgenotes.posts import services as posts
from bridgenotes.posts.models import Host, Post
from bridgenotes.posts.services import PostFields


def put(client, token: str, **body: object):
    return client.put(
        "/api/v1/posts", json.dumps(body), content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


@pytest.mark.requirement("WF-1")
def test_any_web_address_becomes_one_post_however_it_is_written(people, sign_in) -> None:
    browser = sign_in(people.account())
    for address in (
        "https://www.Example.org/news/?utm_source=x#top",
        "http://example.org/news",
        "  https://example.org/news/ ",
    ):
        answer = browser.post(reverse("find"), {"url": address})
        assert answer.status_code == 302
    (post,) = Post.objects.all()
    assert answer.headers["Location"] == reverse("post", args=[post.pk])
    assert "example.org/news" in browser.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/x",
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://u:p@example.org",
        "no address",
    ],
)
def test_unsafe_addresses_are_refused_with_a_sentence(people, sign_in, address) -> None:
    answer = sign_in(people.account()).post(reverse("find"), {"url": address})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert not Post.objects.exists()


def test_looking_for_a_post_makes_none_and_visitors_cannot(client) -> None:
    page = client.get(reverse("find"), {"url": "https://example.org/new"}, follow=True)
    assert "Nobody has written or requested a note" in page.text
    client.post(reverse("find"), {"url": "https://example.org/new"})
    assert not Post.objects.exists()


def test_a_host_supplies_its_posts_and_changes_what_it_told(client, noting) -> None:
    _, token = noting.host()
    first = put(
        client, token, url="https://social.example.org/p/1", author_id="a1", author_name="Ada", text="Hello",
        language="en", media=[{"kind": "image", "url": "https://example.org/i.png"}], views=10, likes=2, reposts=1,
        published_at="2026-07-01T10:00:00Z",
    )  # fmt: skip
    assert first.status_code == 201
    second = put(client, token, url="http://social.example.org/p/1/", likes=7)
    assert second.status_code == 200
    assert second.json() == first.json() | {"likes": 7}
    post = Post.objects.get()
    assert (post.author.name, post.media_kind, post.engagement) == ("Ada", "image", 8)
    assert client.get(f"/api/v1/posts/{post.pk}").json()["author"] == "Ada"
    page = client.get(reverse("post", args=[post.pk])).text
    assert "Hello" in page
    assert "Ada" in page


def test_a_token_is_for_the_hosts_own_posts_alone(client, noting) -> None:
    _, token = noting.host()
    assert put(client, "bn_host_wrong", url="https://example.org/1").status_code == 401
    foreign = put(client, token, url="https://other.net/1")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "posts.foreign_site")
    other, other_token = posts.add_host("Other", ["example.org"], now=noting.clock())
    assert put(client, token, url="https://example.org/2").status_code == 201
    assert put(client, other_token, url="https://example.org/2").json()["code"] == "posts.other_host"
    other.is_active = False
    other.save()
    assert put(client, other_token, url="https://example.org/3").status_code == 401


def test_a_token_is_shown_once_and_kept_as_a_hash() -> None:
    said = StringIO()
    call_command("addhost", "Forum", "--site", "example.org", stdout=said)
    token = said.getvalue().split()[-1]
    host = Host.objects.get()
    assert token not in repr(vars(host))
    assert queries.host_of(token) == host


def test_a_wrong_claim_key_is_refused(clock) -> None:
    from bridgenotes.base.errors import Invalid  # noqa: PLC0415

    with pytest.raises(Invalid, match="Ed25519"):
        posts.add_host("Forum", ["example.org"], "no key", now=clock())


def test_a_host_takes_over_a_pasted_post_with_its_notes(noting) -> None:
    note = noting.note()
    host, _ = noting.host()
    post, is_new = posts.supply(host, note.post.url, PostFields(text="Told"), now=noting.clock())
    assert not is_new
    assert (post.pk, post.text, post.host) == (note.post_id, "Told", host)
    assert post.last_noted_at == note.created_at


@pytest.mark.django_db(transaction=True)
def test_of_two_who_paste_at_once_one_makes_the_post(clock) -> None:
    from django.db import connection  # noqa: PLC0415

    barrier, made = threading.Barrier(6), []

    def paste() -> None:
        barrier.wait()
        made.append(posts.add_pasted("https://example.org/race", now=clock()).pk)
        connection.close()

    threads = [threading.Thread(target=paste) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1


def test_nothing_is_fetched_unless_the_operator_allows_it(noting, clock, monkeypatch) -> None:
    monkeypatch.setattr(fetching, "page_text", lambda _url: pytest.fail("fetched"))
    post = noting.post()
    assert post.preview_due_at is None
    assert previews.fetch_due(now=clock()) == 0


def test_a_preview_is_fetched_once_and_a_failure_tried_again(
    noting, clock, settings, monkeypatch, client
) -> None:
    settings.SITE = settings.SITE.model_copy(update={"fetch_pages": True})
    head = '<title>T</title><meta property="og:title" content="A &lt;b&gt;"><meta name="description" content="Words">'
    pages = [None, head]
    monkeypatch.setattr(fetching, "page_text", lambda _url: pages.pop(0))
    post = noting.post()
    assert previews.fetch_due(now=clock()) == 0
    assert previews.fetch_due(now=clock()) == 0, "not due yet"
    clock.advance(hours=2)
    assert previews.fetch_due(now=clock()) == 1
    post.refresh_from_db()
    assert (post.preview_title, post.preview_text, post.preview_due_at) == ("A <b>", "Words", None)
    page = client.get(reverse("post", args=[post.pk])).text
    assert "A &lt;b&gt;" in page
    assert "A <b>" not in page


def test_pages_that_cannot_be_had_are_given_up(noting, clock, settings, monkeypatch) -> None:
    settings.SITE = settings.SITE.model_copy(update={"fetch_pages": True})
    monkeypatch.setattr(fetching, "page_text", lambda _url: None)
    post = noting.post()
    for _ in range(4):
        previews.fetch_due(now=clock())
        clock.advance(days=1)
    post.refresh_from_db()
    assert (post.preview_attempts, post.preview_due_at) == (previews.MAX_ATTEMPTS, None)


@pytest.fixture
def inner_server():
    """A machine of the operator's network; ``asked`` holds the requests that reach it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>inner</title>")

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "inner.example.org"])
def test_no_machine_of_the_operators_network_is_reached(inner_server, monkeypatch, host) -> None:
    port, asked = inner_server
    monkeypatch.setattr(fetching, "PORTS", frozenset({port}))
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda name, *rest, **more: real("127.0.0.1" if "example" in str(name) else name, *rest, **more),
    )
    assert fetching.page_text(f"http://{host}:{port}/secret") is None
    assert asked == []


def test_numbers_that_fit_no_column_are_unknown(client) -> None:
    for path in (f"/posts/{10**30}", f"/notes/{10**30}", "/posts/0"):
        assert client.get(path).status_code == 404
