"""What the cards of notes and posts say, as plain words: a page shows many, and templates look things up slowly.

A card's template begins with the tag of its kind, ``{% note_values view %}`` or ``{% post_values post %}``, and has
the values below by their names from there on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.base import Node
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from bridgenotes.base.wording import label, say
from bridgenotes.web.templatetags.design import moment
from bridgenotes.web.templatetags.words import linked, outward

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.template import Context
    from django.template.base import FilterExpression, Parser, Token

    from bridgenotes.notes.queries.display import NoteView
    from bridgenotes.posts.models import Post

register = template.Library()


def note_values(view: NoteView) -> dict[str, Any]:
    """Return what the card of a note shows its viewer; texts of people are escaped."""
    note, line = view.note, view.line
    n_ratings = view.facts.n_ratings
    return {
        "pk": note.pk,
        "number": view.facts.note_id,
        "kind": line.kind,
        "visibility": say(line.visibility),
        "preview": view.preview,
        "is_deleted": view.facts.is_deleted,
        "was_taken_down": view.was_taken_down,
        "text": linked(note.summary),
        "language": note.language,
        "says": " · ".join(map(label, (note.classification, *note.reasons))),
        "tags": [label(tag) for tag in line.tags],
        "outlook": say(line.outlook) if line.outlook else "",
        "answer": label(view.own_rating.level) if view.own_rating else "",
        "alias": note.author.alias,
        "written": moment(note.created_at),
        "ratings": ngettext("%(shown)s rating", "%(shown)s ratings", n_ratings)
        % {"shown": intcomma(n_ratings)},
        "is_own": view.is_own,
        "can_be_rated": view.can_be_rated,
    }


def post_values(post: Post) -> dict[str, Any]:
    """Return what the card of a post shows; texts of people are escaped."""
    return {
        "number": str(post.pk),
        "author": str(post.author) if post.author else "",
        "site": post.site,
        "published": moment(post.published_at) if post.published_at else "",
        "text": linked(post.text),
        "language": post.language,
        "title": post.preview_title,
        "description": post.preview_text,
        "media": [{**item, "link": outward(item["url"])} for item in post.media],
        "link": outward(post.url),
        "figures": _figures(post) if post.counted_at else None,
    }


def _figures(post: Post) -> dict[str, str]:
    """Return what happened to a post elsewhere."""
    views, likes, reposts = post.view_count, post.like_count, post.repost_count
    return {
        "views": ngettext("%(shown)s view", "%(shown)s views", views) % {"shown": intcomma(views)},
        "likes": ngettext("%(shown)s like", "%(shown)s likes", likes) % {"shown": intcomma(likes)},
        "reposts": ngettext("%(shown)s repost", "%(shown)s reposts", reposts) % {"shown": intcomma(reposts)},
    }


class Values(Node):
    """Puts the values of a card where its template finds them at once."""

    child_nodelists = ()

    def __init__(self, make: Callable[[Any], dict[str, Any]], shown: FilterExpression) -> None:
        self._make = make
        self._shown = shown

    def render(self, context: Context) -> SafeString:
        """Say nothing; the values are gone when the card ends."""
        context.dicts[-1].update(self._make(self._shown.resolve(context)))
        return SafeString()


def _tag(make: Callable[[Any], dict[str, Any]]) -> None:
    def compiled(parser: Parser, token: Token) -> Values:
        _, shown = token.split_contents()
        return Values(make, parser.compile_filter(shown))

    register.tag(make.__name__, compiled)


_tag(note_values)
_tag(post_values)
