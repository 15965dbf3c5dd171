"""Title and description of pasted links, fetched by a job where the operator allows it."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from django.conf import settings

from bridgenotes.domain.note_text import cleaned
from bridgenotes.posts import fetching
from bridgenotes.posts.models import Post

if TYPE_CHECKING:
    from datetime import datetime

MAX_ATTEMPTS: Final = 3
RETRY_AFTER: Final = timedelta(hours=1)
BATCH: Final = 20
TITLE_LENGTH: Final = 300
TEXT_LENGTH: Final = 1000
TITLES: Final = ("og:title", "twitter:title", "<title>")
TEXTS: Final = ("og:description", "twitter:description", "description")


def fetch_due(*, now: datetime) -> int:
    """Fetch the previews that are due and return how many were found; nothing if fetching is off."""
    if not settings.SITE.fetch_pages:
        return 0
    due = Post.objects.filter(preview_due_at__lte=now).order_by("preview_due_at")[:BATCH]
    return sum(_fetch(post, now) for post in due)


def _fetch(post: Post, now: datetime) -> bool:
    page = fetching.page_text(post.url)
    post.preview_attempts += 1
    if page is None:
        gives_up = post.preview_attempts >= MAX_ATTEMPTS
        post.preview_due_at = None if gives_up else now + RETRY_AFTER * post.preview_attempts
    else:
        post.preview_title, post.preview_text = preview(page)
        post.preview_due_at = None
    post.save(update_fields=["preview_title", "preview_text", "preview_due_at", "preview_attempts"])
    return page is not None


def preview(page: str) -> tuple[str, str]:
    """Return title and description of an HTML page; empty where it names none."""
    reader = _HeadReader()
    reader.feed(page)
    found = reader.found
    title = next((found[name] for name in TITLES if found.get(name)), "")
    text = next((found[name] for name in TEXTS if found.get(name)), "")
    return cleaned(title)[:TITLE_LENGTH], cleaned(text)[:TEXT_LENGTH]


class _HeadReader(HTMLParser):
    """Collects the words of ``<title>`` and ``<meta>``; the first of each name counts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, str] = {}
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta":
            name = (given.get("property") or given.get("name") or "").lower()
            self.found.setdefault(name, given.get("content", ""))
        self._in_title = tag == "title" and "<title>" not in self.found

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.found["<title>"] = self.found.get("<title>", "") + data
