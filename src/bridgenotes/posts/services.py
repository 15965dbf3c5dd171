"""How posts come: pasted by people, supplied by hosts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from bridgenotes.base.errors import Conflict, Invalid, NotAllowed
from bridgenotes.base.public_ids import public_id
from bridgenotes.base.rules import rules
from bridgenotes.domain.urls import canonical_url
from bridgenotes.posts.models import Host, MediaKind, Post, PostAuthor
from bridgenotes.posts.queries import token_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bridgenotes.domain.urls import CanonicalUrl

TOKEN_PREFIX: Final = "bn_host_"  # noqa: S105 (not a password but what one begins with)
"""Lets scanners of leaked secrets recognise a token."""
TEXT_LENGTH: Final = 25_000
COLUMNS: Final = {
    "text": "text", "language": "language", "published_at": "published_at",
    "views": "view_count", "likes": "like_count", "reposts": "repost_count",
}  # fmt: skip
"""Column of a post by the field of `PostFields` that is copied as it is."""


@dataclass(frozen=True)
class PostFields:
    """What a host tells about one of its posts; ``None`` leaves what is known.

    Attributes
    ----------
    author_id, author_name : str or None
        As the host names the author.
    text, language : str or None
        Words and their BCP 47 tag.
    media : sequence of dict or None
        Objects with ``kind`` (image, video, link), ``url`` and ``alt``.
    published_at : datetime or None
        When it appeared.
    views, likes, reposts : int or None
        Counts so far.
    """

    author_id: str | None = None
    author_name: str | None = None
    text: str | None = None
    language: str | None = None
    media: Sequence[dict[str, str]] | None = None
    published_at: datetime | None = None
    views: int | None = None
    likes: int | None = None
    reposts: int | None = None

    def columns(self) -> dict[str, Any]:
        """Return the columns of a post that are told."""
        told = {column: getattr(self, name) for name, column in COLUMNS.items()}
        return {column: value for column, value in told.items() if value is not None}


def add_pasted(address: str, *, now: datetime) -> Post:
    """Return the post of a pasted address, made if it is new (WF-1).

    Nothing is fetched here; where the operator allows it, a job fetches a preview later.

    Raises
    ------
    Refused
        If it is no address a post can have.
    """
    return _ensure(canonical_url(address, rules().urls), now)[0]


def supply(host: Host, address: str, fields: PostFields, *, now: datetime) -> tuple[Post, bool]:
    """Record what a host tells about one of its posts; return it and whether it is new here.

    Counts never go back in time: the latest call wins.

    Raises
    ------
    Refused
        If it is no address a post can have.
    NotAllowed
        If the post lies outside the host's sites, or another host supplied it.
    Invalid
        If the text is too long.
    """
    canonical = canonical_url(address, rules().urls)
    if canonical.site not in host.sites:
        raise NotAllowed(
            "posts.foreign_site",
            gettext("This token is not for posts of {site}.").format(site=canonical.site),
        )
    if fields.text is not None and len(fields.text) > TEXT_LENGTH:
        sentence = gettext("A text has at most {limit} characters.").format(limit=TEXT_LENGTH)
        raise Invalid("posts.text_length", sentence, fields={"text": sentence})
    with transaction.atomic():
        post, is_new = _ensure(canonical, now)
        post = Post.objects.select_for_update().get(pk=post.pk)
        if post.host_id not in {None, host.pk}:
            raise NotAllowed("posts.other_host", gettext("Another host supplies this post."))
        for column, value in fields.columns().items():
            setattr(post, column, value)
        if fields.media is not None:
            post.media, post.media_kind = list(fields.media), _media_kind(fields.media)
        if fields.author_id is not None:
            post.author = _author(host, fields)
        post.host, post.counted_at, post.preview_due_at = host, now, None
        post.save()
    return post, is_new


def add_host(name: str, sites: Sequence[str], claim_key: str = "", *, now: datetime) -> tuple[Host, str]:
    """Return a new host and its token, which is shown once and kept as a hash.

    Raises
    ------
    Conflict
        If the name is taken.
    Invalid
        If the key for claims is no Ed25519 public key in PEM.
    """
    if claim_key:
        require_claim_key(claim_key)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            host = Host.objects.create(
                name=name, sites=sorted(set(sites)), claim_key=claim_key, token_hash=token_hash(token),
                created_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(
            "posts.host_exists", gettext("There is a host named {name}.").format(name=name)
        ) from error
    return host, token


def require_claim_key(pem: str) -> None:
    """Do nothing if ``pem`` can verify claims.

    Raises
    ------
    Invalid
        If it is no Ed25519 public key in PEM.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        sentence = gettext("Give an Ed25519 public key in PEM: openssl pkey -in key.pem -pubout.")
        raise Invalid("posts.claim_key", sentence, fields={"claim_key": sentence})


def _ensure(canonical: CanonicalUrl, now: datetime) -> tuple[Post, bool]:
    """Return the post of an address and whether it was made; of two at once one is made."""
    found = Post.objects.select_related("author", "host").filter(identity=canonical.identity).first()
    if found is not None:
        return found, False
    try:
        with transaction.atomic():
            made = Post.objects.create(
                id=public_id(now), identity=canonical.identity, url=canonical.url, site=canonical.site,
                added_at=now, preview_due_at=now if settings.SITE.fetch_pages else None,
            )  # fmt: skip
    except IntegrityError:
        return Post.objects.select_related("author", "host").get(identity=canonical.identity), False
    return made, True


def _author(host: Host, fields: PostFields) -> PostAuthor:
    author, _ = PostAuthor.objects.get_or_create(host=host, external_id=fields.author_id)
    if fields.author_name is not None and author.name != fields.author_name:
        author.name = fields.author_name
        author.save(update_fields=["name"])
    return author


def _media_kind(media: Sequence[dict[str, str]]) -> MediaKind:
    if len(media) > 1:
        return MediaKind.SEVERAL
    return MediaKind(media[0]["kind"]) if media else MediaKind.NONE
