"""Avatars: four tiles of simple shapes drawn from the alias, and from nothing else.

An alias is public and chosen by chance, so a picture that follows from it alone tells nothing about a person:
no upload, no account, no viewpoint. The same alias has the same picture everywhere and for ever.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

PALETTES: Final = (
    ("#dce9f2", "#1c5775", "#5f9cc0"),
    ("#e0efe4", "#1f6b4a", "#6fb18f"),
    ("#f4e8d8", "#8a5a17", "#d09b52"),
    ("#f3e0dc", "#8f3d2c", "#cf8371"),
    ("#e8e3f1", "#54428a", "#9484c4"),
    ("#dcefee", "#17655f", "#5eb0a8"),
    ("#eee9dd", "#5d5639", "#a69d74"),
    ("#f2e1ea", "#86365f", "#c57fa3"),
)
"""Ground, dark and middle tone."""

TILES: Final = (
    '<path d="M0 0h16a16 16 0 0 1-16 16z" fill="{0}"/>',
    '<path d="M0 16a16 16 0 0 1 16-16v16z" fill="{0}"/>',
    '<circle cx="8" cy="8" r="6" fill="{0}"/>',
    '<path d="M0 16 16 0v16z" fill="{0}"/>',
    '<path d="M0 0h16v8a8 8 0 0 1-16 0z" fill="{0}"/>',
    '<path d="M0 0h8v16H0z" fill="{0}"/>',
    '<path d="M0 0h16a16 16 0 0 1-16 16z" fill="{0}"/><circle cx="11" cy="11" r="3.5" fill="{1}"/>',
    '<circle cx="8" cy="8" r="7" fill="{0}"/><circle cx="8" cy="8" r="3" fill="{1}"/>',
)
"""A tile is 16 by 16, in one tone or two."""


@lru_cache(maxsize=2_000)
def avatar_svg(alias: str) -> str:
    """Return the picture of an alias, as SVG without size, style or script.

    Parameters
    ----------
    alias : str
        The public name; upper and lower case, spaces and dashes make no difference to a reader's eye, but do here.

    Returns
    -------
    str
        A square with four tiles. Two aliases share one with a chance of about one in two million.
    """
    digest = hashlib.sha256(alias.encode()).digest()
    ground, dark, middle = PALETTES[digest[0] % len(PALETTES)]
    tiles = "".join(
        _tile(digest[1 + 3 * place : 4 + 3 * place], (place % 2 * 16, place // 2 * 16), (dark, middle))
        for place in range(4)
    )
    return (
        '<svg class="avatar" viewBox="0 0 32 32" aria-hidden="true">'
        f'<path d="M0 0h32v32H0z" fill="{ground}"/>{tiles}</svg>'
    )


def _tile(digits: bytes, at: tuple[int, int], tones: tuple[str, str]) -> str:
    """Return one tile: its shape, turn and tones follow from three bytes."""
    shape, turn, order = digits[0] % len(TILES), digits[1] % 4 * 90, digits[2] % 2
    first, second = tones[order], tones[1 - order]
    moved = f'transform="translate({at[0]} {at[1]}) rotate({turn} 8 8)"'
    return f"<g {moved}>{TILES[shape].format(first, second)}</g>"
