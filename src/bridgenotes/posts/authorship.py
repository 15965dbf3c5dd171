"""Proving to have written a post (AR-1): a claim the host signs, or a code placed on the page.

A claim is a JWT that the host gives to its user, signed with Ed25519: ``iss`` the host's name here, ``aud`` this
site's address, ``sub`` the post's address, ``exp`` within minutes. Who brings it is the author.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import jwt
from django.conf import settings
from django.utils.translation import gettext

from bridgenotes.base.errors import NotAllowed
from bridgenotes.base.rules import rules
from bridgenotes.base.sealing import Sealer
from bridgenotes.domain.urls import canonical_url
from bridgenotes.domain.verdict import Refused
from bridgenotes.posts import fetching
from bridgenotes.posts.models import Authorship, Post

if TYPE_CHECKING:
    from datetime import datetime

CODE_LENGTH: Final = 20


def prove_by_claim(post: Post, claimant: str, claim: str, *, now: datetime) -> Authorship:
    """Record authorship that the post's host vouches for.

    Raises
    ------
    NotAllowed
        If the claim is not signed by the post's host, is for another post or site, or has expired.
    """
    if post.host is None or not post.host.claim_key:
        raise NotAllowed("authorship.no_host", gettext("The platform of this post signs no claims here."))
    try:
        content = jwt.decode(
            claim, post.host.claim_key, algorithms=["EdDSA"], audience=settings.SITE.site_url,
            issuer=post.host.name, options={"require": ["exp", "sub", "aud", "iss"], "verify_exp": False},
        )  # fmt: skip
        is_for_post = canonical_url(content["sub"], rules().urls).identity == post.identity
        is_fresh = now.timestamp() < float(content["exp"])
    except (jwt.InvalidTokenError, Refused, TypeError, ValueError) as error:  # the last two: an odd time
        raise NotAllowed(
            "authorship.bad_claim", gettext("This claim is not valid. Get a new one.")
        ) from error
    if not (is_for_post and is_fresh):
        raise NotAllowed("authorship.bad_claim", gettext("This claim is for another post or has expired."))
    return _record(post, claimant, Authorship.Method.CLAIM, now)


def code_for(post: Post, claimant: str) -> str:
    """Return the code that proves, when found on the page, that ``claimant`` can change the post."""
    digits = Sealer(settings.SITE_KEYS.signing, "authorship code").hash(f"{post.pk} {claimant}")
    return f"bridgenotes-{digits[:CODE_LENGTH]}"


def prove_by_page(post: Post, claimant: str, *, now: datetime) -> Authorship:
    """Record authorship if the claimant's code is on the post's page.

    Raises
    ------
    NotAllowed
        If this site fetches no pages, the page cannot be fetched, or the code is not on it.
    """
    if not settings.SITE.fetch_pages:
        raise NotAllowed(
            "authorship.no_fetching", gettext("This site opens no pages; use a claim of your platform.")
        )
    page = fetching.page_text(post.url)
    if page is None:
        raise NotAllowed(
            "authorship.unreachable", gettext("The post's page could not be opened. Try again later.")
        )
    if code_for(post, claimant) not in page:
        raise NotAllowed("authorship.code_missing", gettext("The code is not on the post's page (yet)."))
    return _record(post, claimant, Authorship.Method.TOKEN, now)


def _record(post: Post, claimant: str, method: Authorship.Method, now: datetime) -> Authorship:
    proven, _ = Authorship.objects.get_or_create(
        post=post, claimant=claimant, defaults={"method": method, "proven_on": now.date()}
    )
    return proven
