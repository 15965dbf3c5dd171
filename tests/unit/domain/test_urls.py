"""One page, one address; no door to machines inside."""

from __future__ import annotations

import pytest

from bridgenotes.domain.config import UrlConfig
from bridgenotes.domain.texts import sentence
from bridgenotes.domain.urls import canonical_url
from bridgenotes.domain.verdict import Refused
from bridgenotes.domain.wordlists import table

CONFIG = UrlConfig()
RULES = table("host_rules.toml")["rules"]


@pytest.mark.parametrize(
    ("nasty", "canonical"),
    [
        ("HTTP://Example.COM:80/", "https://example.com/"),
        ("https://example.com:443/a/./b/../c", "https://example.com/a/c"),
        ("https://example.com/../../etc", "https://example.com/etc"),
        ("https://example.com/?utm_source=x&UTM_Medium=y&id=1&fbclid=z", "https://example.com/?id=1"),
        ("https://example.com/?%75tm_source=x", "https://example.com/"),
        (
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&utm_source=x",
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        ),
        ("http://bücher.example.org/straße", "https://xn--bcher-kva.example.org/stra%C3%9Fe"),
        ("  https://example.com./page#section \n", "https://example.com/page"),
        ("https://example.com/#!/route", "https://example.com/#!/route"),
        ("https://example.com/?a=1&a=2&b=&c", "https://example.com/?a=1&a=2&b=&c"),
        ("http://example.com:8080/x", "http://example.com:8080/x"),
        ("https://youtu.be:8443/dQw4w9WgXcQ", "https://youtu.be:8443/dQw4w9WgXcQ"),
        ("https://exa%6Dple.com/%7euser", "https://example.com/%7euser"),
    ],
)
def test_nasty_addresses_come_out_plain(nasty: str, canonical: str) -> None:
    assert canonical_url(nasty, CONFIG).url == canonical


@pytest.mark.parametrize(
    ("unsafe", "code"),
    [
        ("http://0x7f.1/", "url.ip_address"),
        ("http://2130706433/", "url.ip_address"),
        ("http://127.0.0.1:8000/admin", "url.ip_address"),
        ("http://[::1]/", "url.ip_address"),
        ("http://1.1/", "url.ip_address"),
        ("https://localhost/", "url.host"),
        ("https://printer.local/", "url.host"),
        ("https://intranet/", "url.host"),
        ("https://co.uk/", "url.host"),
        ("https://a..example.com/", "url.host"),
        ("https://name:word@example.com/", "url.credentials"),
        ("https://name@example.com/", "url.credentials"),
        ("javascript:alert(1)", "url.scheme"),
        ("java\nscript:alert(1)", "url.scheme"),
        ("file:///etc/passwd", "url.scheme"),
        ("ftp://example.com/", "url.scheme"),
        ("data:text/html,x", "url.scheme"),
        ("example.com", "url.invalid"),
        ("//example.com", "url.invalid"),
        ("https://exa mple.com", "url.invalid"),
        ("", "url.invalid"),
        ("https://example.com/" + "a" * 3000, "url.too_long"),
        ("https://example.com/" + "a" * 30000, "url.too_long"),
    ],
)
def test_what_is_no_public_web_address_is_refused_with_a_sentence(unsafe: str, code: str) -> None:
    with pytest.raises(Refused) as error:
        canonical_url(unsafe, CONFIG)
    assert error.value.code == code
    assert sentence(error.value.reasons[0]).endswith((".", "possible."))


def test_the_same_page_has_the_same_identity() -> None:
    same = [
        "https://www.example.co.uk/a/?b=1&a=2",
        "http://example.co.uk/a?a=2&b=1",
        "https://EXAMPLE.co.uk/a/?a=2&utm_id=9&b=1#top",
    ]
    found = [canonical_url(url, CONFIG) for url in same]
    assert {url.identity for url in found} == {"example.co.uk/a?a=2&b=1"}
    assert {url.site for url in found} == {"example.co.uk"}
    assert canonical_url("https://example.co.uk/A?a=2&b=1", CONFIG).identity != found[0].identity


@pytest.mark.parametrize("example", [pair for rule in RULES for pair in rule["examples"]])
def test_host_rules_do_what_their_examples_say_and_rest(example: list[str]) -> None:
    before, after = example
    assert canonical_url(before, CONFIG).url == after
    assert canonical_url(after, CONFIG).url == after
