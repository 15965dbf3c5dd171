"""Another site, which shows the demo's notes under its own posts: one static page, served at an origin of its own.

It is what a platform that connects looks like from outside: its own look, its own posts, one line of script,
one element for each post. It holds no note; the browser asks the demo for them.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef
from django.utils.html import format_html, format_html_join

from bridgenotes.notes.models import Note
from bridgenotes.notes.queries.display import MAY_SHOW
from bridgenotes.posts.models import Post

if TYPE_CHECKING:
    from pathlib import Path

    from django.utils.safestring import SafeString

NOTED: Final = 5
BARE: Final = 7
"""Posts that carry a note, and posts that do not."""

PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plaza</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="plaza.css">
<script type="module" src="{site}/embed.js"></script>
</head>
<body>
<header><h1>Plaza</h1><p>Another site. Notes come from <a href="{site}">{site}</a>.</p></header>
<main>
{posts}
</main>
</body>
</html>
"""
POST: Final = """<article>
<p class="by"><b>{author}</b> · {day}</p>
<p{lang}>{text}</p>
<community-note url="{url}"></community-note>
<p class="by">{likes} likes · {reposts} reposts</p>
</article>
"""
STYLE: Final = """:root { color-scheme: light dark; --ground: #fff7f0; --ink: #2b1d14; --line: #ecd9c8;
  --soft: #6d5546; }
@media (prefers-color-scheme: dark) { :root { --ground: #1d1611; --ink: #f5e9df; --line: #43342a; --soft: #c2a993; } }
body { margin: 0 auto; max-width: 36rem; padding: 1rem; font: 1.0625rem/1.5 Georgia, serif; background: var(--ground);
  color: var(--ink); }
h1 { margin: 0; font-size: 2rem; letter-spacing: -0.02em; color: #b4451a; }
a { color: inherit; }
article { padding: 1rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
community-note[shown] { margin-bottom: 1rem; }
.by { margin: 0; font-size: 0.875rem; color: var(--soft); }
@media (prefers-color-scheme: dark) { h1 { color: #f0905f; } }
"""


def write_page(folder: Path, site_url: str) -> None:
    """Write the page and its style into a folder, made if need be.

    Parameters
    ----------
    folder : Path
        What a server of files serves.
    site_url : str
        The demo's address, where script and notes come from.
    """
    noted = Note.objects.filter(MAY_SHOW, post=OuterRef("pk"))
    supplied = Post.objects.filter(host__isnull=False).exclude(text="").select_related("author")
    with_note = supplied.filter(Exists(noted)).order_by("-published_at", "pk")[:NOTED]
    without = supplied.filter(~Exists(noted)).order_by("-published_at", "pk")[:BARE]
    # In turn, as a timeline ranked by interest would have it; the newest posts alone carry no note yet.
    mixed = [post for pair in zip_longest(with_note, without) for post in pair if post is not None]
    posts = format_html_join("\n", "{}", ((_article(post),) for post in mixed))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(format_html(PAGE, site=site_url, posts=posts))
    (folder / "plaza.css").write_text(STYLE)


def _article(post: Post) -> SafeString:
    return format_html(
        POST,
        author=str(post.author or post.site),
        day=f"{post.published_at or post.added_at:%d %B}",
        lang=format_html(' lang="{}"', post.language) if post.language else "",
        text=post.text,
        url=post.url,
        likes=post.like_count,
        reposts=post.repost_count,
    )
