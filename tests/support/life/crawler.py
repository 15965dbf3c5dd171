"""Everything somebody can see: pages by their links, the API by what it names, exports, errors.

A `Crawler` walks as one visitor; `leaks` says which words of a person occur in what was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.cache import cache
from django.test import Client
from django.utils.translation import override

from bridgenotes.base.wording import exactly

UNSAFE = re.compile(r"^/(accounts|operator|staff|static|metrics)")
"""Not followed: sign-in pages show a person their own address, staff pages are for staff."""


@dataclass(frozen=True)
class Seen:
    """One answer: where, and everything in it."""

    address: str
    status: int
    content: str


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


@dataclass
class Crawler:
    """Walks from the front page to wherever links lead, by GET alone."""

    client: Client
    seen: dict[str, Seen] = field(default_factory=dict)

    def walk(self, start: Iterable[str] = ("/",), most: int = 600) -> Crawler:
        """Follow links, breadth first."""
        waiting = list(start)
        for address in waiting:
            if len(self.seen) >= most:
                break
            if address not in self.seen:
                waiting += self._follow(self.get(address))
        return self

    def get(self, address: str, method: str = "get", **content: Any) -> Seen:
        """Ask for an address, follow no redirect, and keep the answer."""
        cache.clear()  # a crawler as fast as this would be told to wait
        answer = getattr(self.client, method)(address, **content)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        found = Seen(address, answer.status_code, f"{headers}\n\n{body.decode(errors='replace')}")
        self.seen[f"{method} {address}" if method != "get" else address] = found
        return found

    def _follow(self, page: Seen) -> Iterator[str]:
        links = _Links()
        links.feed(page.content)
        location = re.search(r"^Location: (.+)$", page.content, re.MULTILINE)
        for link in [*links.found, *([location[1]] if location else [])]:
            url = urlsplit(urljoin(f"http://testserver{page.address}", link))
            path = url.path + (f"?{url.query}" if url.query else "")
            if url.netloc == "testserver" and not UNSAFE.match(path):
                yield path


def api_addresses(document: dict[str, Any], values: dict[str, list[str]]) -> Iterator[str]:
    """Yield the address of every GET operation of an OpenAPI document, for every value of its parameters."""
    for path, methods in document["paths"].items():
        if "get" not in methods:
            continue
        names = re.findall(r"{(\w+)}", path)
        for value in values[names[0]] if names else [""]:
            yield re.sub(r"{\w+}", value, path)


def words_of(person: Any, account_id: Any, handles: Iterable[str] = ()) -> set[str]:
    """Return every spelling of what identifies a person: ids, address, number, handles, times of the account."""
    found = {str(account_id), account_id.hex, person.email, *handles}
    found |= {person.phone, person.phone[3:], person.handle} if person.phone else {person.handle}
    for moment in person.moments:
        found |= set(spellings(moment))
    return {word.lower() for word in found if word}


def spellings(moment: datetime) -> Iterator[str]:
    """Yield the ways in which pages, answers and tables write a time, to the minute or finer."""
    moment = moment.astimezone(UTC)
    for language in ("en", "de"):
        with override(language):
            yield exactly(moment).removesuffix(" UTC")
    yield f"{moment:%Y-%m-%dT%H:%M}"
    yield f"{moment:%Y-%m-%d %H:%M}"
    yield f"{moment.day} {moment:%B %Y, %H:%M}"
    yield f"{moment.day} {moment:%b %Y, %H:%M}"
    yield f"{moment.day} {moment:%b, %H:%M}"
    yield str(int(moment.timestamp()))


def betrayed(seen: Iterable[Seen], words: dict[str, str]) -> dict[str, set[tuple[str, str]]]:
    """Return the leaks by address.

    Pages share most of their lines, so each different line is searched once; no word spans two.
    """
    pages = list(seen)
    lines = {line for page in pages for line in page.content.splitlines()}
    hot = {word for word, _ in leaks("\n".join(lines), words)}
    found = {
        page.address: leaks(page.content, {w: p for w, p in words.items() if w in hot}) for page in pages
    }
    return {address: leaked for address, leaked in found.items() if leaked}


def leaks(content: str, words: dict[str, str]) -> set[tuple[str, str]]:
    """Return which words occur in a content, each with the person it betrays."""
    lower = content.lower()
    plain = lower.replace("&#x27;", "'").replace("&amp;", "&").replace("\\u0040", "@")
    return {(word, person) for word, person in words.items() if word in lower or word in plain}
