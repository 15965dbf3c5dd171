"""The site's icons: strokes on a field of 24 by 24, in the colour of the words beside them."""

from __future__ import annotations

from functools import cache
from typing import Final

ICONS: Final[dict[str, str]] = {
    # places
    "notes": '<path d="M5 4h14v12l-4 4H5z"/><path d="M15 20v-4h4M8.5 9h7M8.5 13h4"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "bell": '<path d="M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15z"/><path d="M10 20.5h4"/>',
    "person": '<circle cx="12" cy="8.5" r="4"/><path d="M4.5 20c1-4 4-6 7.5-6s6.5 2 7.5 6"/>',
    "landscape": '<circle cx="9" cy="12" r="5.5"/><circle cx="15" cy="12" r="5.5"/>',
    "help": '<path d="M4 12.5 12 5l8 7.5"/><path d="M7 10v9h10v-9M12 19v-5"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.5v.1"/>',
    "settings": '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/>'
    '<circle cx="9" cy="17" r="2"/>',
    "shield": '<path d="M12 3.5 19 6v6c0 4.5-3 7.3-7 8.5-4-1.2-7-4-7-8.5V6z"/>',
    "gauge": '<path d="M4 17a8.5 8.5 0 1 1 16 0"/><path d="m12 14 4-4.5"/>',
    "enter": '<path d="M11 4.5h8v15h-8"/><path d="M4 12h10.5M11 8.5l3.5 3.5-3.5 3.5"/>',
    "leave": '<path d="M13 4.5H5v15h8"/><path d="M9.5 12H20M16.5 8.5 20 12l-3.5 3.5"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "more": '<circle cx="5.5" cy="12" r="1" class="solid"/><circle cx="12" cy="12" r="1" class="solid"/>'
    '<circle cx="18.5" cy="12" r="1" class="solid"/>',
    # acts
    "pen": '<path d="m5 19 1-4L16.5 4.5l3 3L9 18z"/><path d="m14 7 3 3"/>',
    "hand": '<path d="M6 12.5V19h10.5l2-7.5H14l.8-5a1.9 1.9 0 0 0-3.3-1.2z"/><path d="M3.5 12v7"/>',
    "flag": '<path d="M6 21V4h11l-2.5 4 2.5 4H6"/>',
    "trash": '<path d="M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13"/>',
    "outward": '<path d="M10 5H5v14h14v-5M13.5 4.5h6v6M19 5l-8 8"/>',
    "arrow": '<path d="M4.5 12h14M13 6.5l5.5 5.5-5.5 5.5"/>',
    "back": '<path d="M19.5 12h-14M11 6.5 5.5 12l5.5 5.5"/>',
    "quote": '<path d="M4 5h16v11h-9l-4 4v-4H4z"/>',
    "hide": '<path d="M4 12s3-5.5 8-5.5S20 12 20 12s-3 5.5-8 5.5S4 12 4 12z"/><path d="M5 19 19 5"/>',
    # states
    "check": '<circle cx="12" cy="12" r="8.5"/><path d="m8 12.5 2.7 2.7L16 9.5"/>',
    "cross": '<circle cx="12" cy="12" r="8.5"/><path d="m9 9 6 6M15 9l-6 6"/>',
    "pending": '<circle cx="12" cy="12" r="8.5" stroke-dasharray="3.2 3.5"/><path d="M12 7.5V12l3 2"/>',
    "warning": '<path d="M12 4 3 19.5h18z"/><path d="M12 10v4.5M12 17v.1"/>',
    "star": '<path d="m12 4 2.4 5 5.5.7-4 3.9 1 5.4-4.9-2.6L7.1 19l1-5.4-4-3.9 5.5-.7z"/>',
    "eye": '<path d="M3.5 12S6.5 6 12 6s8.5 6 8.5 6-3 6-8.5 6-8.5-6-8.5-6z"/><circle cx="12" cy="12" r="2.6"/>',
    "heart": '<path d="M12 19.5 5 12.8C2 9.5 4.5 5 8.2 5.5 10.3 5.8 12 8 12 8s1.7-2.2 3.8-2.5c3.7-.5 6.2 '
    '4 3.2 7.3z"/>',
    "repeat": '<path d="M4.5 12V9.5a2.5 2.5 0 0 1 2.5-2.5h11M15 4l3 3-3 3M19.5 12v2.5a2.5 2.5 0 0 1-2.5 '
    '2.5H6M9 20l-3-3 3-3"/>',
}
"""Inner parts of an SVG, by name."""

MIRRORED: Final = frozenset({"arrow", "back", "enter", "leave", "outward", "notes"})
"""Point to where reading goes on, so they turn with it."""


@cache
def icon_svg(name: str) -> str:
    """Return an icon as SVG; assistive technology skips it, since words stand beside it.

    Raises
    ------
    KeyError
        If there is no icon of this name.
    """
    turned = " turns" if name in MIRRORED else ""
    return f'<svg class="icon{turned}" viewBox="0 0 24 24" aria-hidden="true">{ICONS[name]}</svg>'
