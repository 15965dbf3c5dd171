"""Shapes of drawings: pure geometry, in units of the drawing; templates give them words and classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MARKS: Final = {
    "helpful": "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
    "needs_more_ratings": "m0-4l4 4-4 4-4-4z",
    "not_helpful": "m-4-4l8 8m0-8l-8 8",
}
"""A circle, a diamond and a cross around a point: statuses differ by shape, not by colour alone."""


@dataclass(frozen=True)
class Box:
    """A rectangle; ``kind`` becomes its class."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""


def areas(boxes: Iterable[Box]) -> dict[str, str]:
    """Return one path for each kind of box, in the order of their first ones: browsers draw what is alike at once."""
    paths: dict[str, list[str]] = {}
    for box in boxes:
        step = f"M{box.x:g} {box.y:g}h{box.width:g}v{box.height:g}h{-box.width:g}z"
        paths.setdefault(box.kind, []).append(step)
    return {kind: "".join(steps) for kind, steps in paths.items()}


def stacked_columns(
    groups: Sequence[Sequence[int]], kinds: Sequence[str], *, width: float, height: float, gap: float
) -> list[Box]:
    """Return columns as wide as their group is large, each filled to the top by its shares.

    Parameters
    ----------
    groups : sequence of sequence of int
        Counts by kind, in the order of ``kinds``; none is empty.
    kinds : sequence of str
        From the bottom up.
    width, height, gap : float
        Of the whole drawing, and between two columns.
    """
    everybody = sum(sum(counts) for counts in groups)
    room = width - gap * (len(groups) - 1)
    boxes, x = [], 0.0
    for counts in groups:
        total = sum(counts)
        own, y = room * total / everybody, height
        for kind, count in zip(kinds, counts, strict=True):
            tall = height * count / total
            y -= tall
            if count:
                boxes.append(Box(round(x, 2), round(y, 2), round(own, 2), round(tall, 2), kind))
        x += own + gap
    return boxes


def skyline(spans: Iterable[tuple[float, float, float]], *, width: float, height: float) -> str:
    """Return the path of a landscape: over each span of 0 to 1, how densely it is settled.

    Parameters
    ----------
    spans : iterable of (float, float, float)
        Beginning and end, as shares of the width, and how many are there; neighbours touch.
    width, height : float
        Of the drawing.

    Returns
    -------
    str
        A closed path; areas are numbers of people. Empty if there is nobody.
    """
    dense = [(begin, end, count / (end - begin)) for begin, end, count in spans]
    top = max((density for *_, density in dense), default=0.0)
    if not top:
        return ""
    steps = [f"V{height * (1 - density / top):.1f}H{width * end:.1f}" for _, end, density in dense]
    return f"M{width * dense[0][0]:.1f} {height:g}{''.join(steps)}V{height:g}z"


def marks(points: Iterable[tuple[float, float]], kind: str) -> str:
    """Return one path with a mark of a status at each point."""
    return "".join(f"M{x:.1f} {y:.1f}{MARKS[kind]}" for x, y in points)


def columns(values: Sequence[float], *, width: float, height: float, gap: float = 0.15) -> list[Box]:
    """Return a column for each value, the largest as tall as the drawing; ``gap`` is a share of a column."""
    top = max(values, default=0) or 1
    step = width / max(len(values), 1)
    return [
        Box(round(k * step, 2), round(height * (1 - value / top), 2), round(step * (1 - gap), 2),
            round(height * value / top, 2))
        for k, value in enumerate(values)
        if value
    ]  # fmt: skip


def strip(moments: Sequence[tuple[float, str]], end: float, *, width: float, height: float) -> list[Box]:
    """Return time as one strip: each kind lasts until the next moment begins.

    Parameters
    ----------
    moments : sequence of (float, str)
        When a kind begins, in any unit, ascending.
    end : float
        When the last one is seen, at or after it.
    width, height : float
        Of the strip.
    """
    first = moments[0][0]
    span = max(end - first, 1e-9)
    ends = [*(at for at, _ in moments[1:]), end]
    return [
        Box(round(width * (at - first) / span, 2), 0, round(width * (until - at) / span, 2), height, kind)
        for (at, kind), until in zip(moments, ends, strict=True)
    ]
