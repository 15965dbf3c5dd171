"""Charts as SVG text: the only module that knows altair and vl-convert.

Colours are CSS variables of the page, so that one drawing suits light and dark. Every chart
is drawn twice, for wide and for narrow screens: scaling one down would make its text too small.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.report.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDE: Final = 880
NARROW: Final = 330
STATUS_COLOURS: Final = {CRH: "var(--helpful)", CRNH: "var(--not-helpful)", NMR: "var(--more)"}
LEVEL_COLOURS: Final = ("var(--helpful)", "var(--somewhat)", "var(--not-helpful)")
_SHAPES: Final = {CRH: "circle", CRNH: "triangle-down", NMR: "diamond"}
_INK, _MUTED, _GRID, _LINE = "var(--ink)", "var(--muted)", "var(--grid)", "var(--line)"

Row = dict[str, Any]
Chart = Any
"""Altair's charts share no public base class."""


@dataclass(frozen=True)
class Drawing:
    """One chart for wide and for narrow screens, as SVG."""

    wide: str
    narrow: str


def require_charts() -> None:
    """Make sure that charts can be drawn.

    Raises
    ------
    ReportError
        If the optional libraries are not installed.
    """
    try:
        import altair as alt  # noqa: F401, PLC0415
        import vl_convert  # noqa: F401, PLC0415
    except ImportError as error:
        raise ReportError(
            "drawing a report needs the analysis extra; install it: pip install 'bridgenotes[analysis]'"
        ) from error


def scatter(rows: Sequence[Row], limits: Row, *, fewer: Sequence[Row]) -> Drawing:
    """Draw intercept against factor.

    Parameters
    ----------
    rows, fewer : sequence of dict
        ``factor``, ``intercept``, ``status``; ``fewer`` are drawn on narrow screens.
    limits : dict
        ``crh``, ``crnh_intercept``, ``crnh_factor_multiplier``, ``factor`` (None: no such limit).
    """
    import altair as alt  # noqa: PLC0415

    reach = max([0.6, *(abs(row["factor"]) for row in rows)]) * 1.05
    low, high = (f([0.0, *(row["intercept"] for row in rows)]) for f in (min, max))
    y_scale = alt.Scale(domain=[min(low - 0.05, -0.3), max(high + 0.05, 0.6)], nice=False)
    y = alt.Y("intercept:Q", title="intercept", scale=y_scale)

    def draw(points: Sequence[Row], width: int, height: int, size: int) -> Chart:
        data = _data(points)
        names = list(STATUS_COLOURS)
        x = alt.X(
            "factor:Q",
            title="factor (0 = neither side)",
            scale=alt.Scale(domain=[-reach, reach], nice=False),
            axis=alt.Axis(tickCount=width // 80),
        )
        marks = alt.Chart(data).mark_point(filled=True, size=size, opacity=0.55, clip=True)
        dots = marks.encode(
            x=x,
            y=y,
            color=alt.Color(
                "status:N", legend=None, scale=alt.Scale(domain=names, range=list(STATUS_COLOURS.values()))
            ),
            shape=alt.Shape(
                "status:N", legend=None, scale=alt.Scale(domain=names, range=list(_SHAPES.values()))
            ),
        )
        return alt.layer(dots, *_limit_lines(limits, reach)).properties(width=width, height=height)

    return Drawing(_svg(draw(rows, WIDE, 480, 22)), _svg(draw(fewer, NARROW, 340, 14)))


def _limit_lines(limits: Row, reach: float) -> list[Chart]:
    import altair as alt  # noqa: PLC0415

    crh, base, slope, side = (
        limits[name] for name in ("crh", "crnh_intercept", "crnh_factor_multiplier", "factor")
    )
    edge = reach if side is None else side
    lines = [
        ([(-edge, crh), (edge, crh)], f"Helpful: {crh:.2f} and above", "var(--helpful)"),
        (
            [(f, base + slope * abs(f)) for f in (-reach, 0.0, reach)],
            "Not Helpful: below this line",
            "var(--not-helpful)",
        ),
    ]
    if side is not None:
        lines += [([(at, crh), (at, 2.0)], "", "var(--helpful)") for at in (-side, side)]
    drawn = []
    for points, label, colour in lines:
        data = _data([{"x": x, "y": y, "k": k} for k, (x, y) in enumerate(points)])
        path = alt.Chart(data).mark_line(strokeWidth=1.8, strokeDash=[6, 4], color=colour, clip=True)
        drawn.append(alt.layer(path.encode(x="x:Q", y="y:Q", order="k:O")))
        if label:
            at = _data([{"x": 0.0, "y": points[len(points) // 2][1] if len(points) == 3 else crh}])
            down = label.startswith("Not")
            for halo in (True, False):  # the first keeps the second readable among the points
                style: Row = (
                    {"stroke": "var(--card)", "strokeWidth": 5, "strokeJoin": "round"} if halo else {}
                )
                text = alt.Chart(at).mark_text(
                    text=label, dy=14 if down else -10, fontSize=12.5, fontWeight="bold", color=_INK, **style
                )
                drawn.append(alt.layer(text.encode(x="x:Q", y="y:Q")))
    return drawn


def histogram(rows: Sequence[Row], title: str) -> Drawing:
    """Draw counts; ``rows`` have ``start``, ``end`` and ``count``."""
    import altair as alt  # noqa: PLC0415

    def draw(width: int, height: int) -> Chart:
        bars = alt.Chart(_data(rows)).mark_bar(color=_LINE, opacity=0.85)
        return bars.encode(
            x=alt.X("start:Q", title=title, scale=alt.Scale(zero=False, nice=False)),
            x2="end:Q",
            y=alt.Y("count:Q", title="raters"),
            y2=alt.datum(0),
        ).properties(width=width, height=height)

    return _both(draw, 240, 200)


def viewpoint_bars(rows: Sequence[Row], reach: tuple[float, float]) -> str:
    """Draw shares of the levels by viewpoint: ``start``, ``end``, ``level`` 0 to 2, ``low``, ``high``."""
    import altair as alt  # noqa: PLC0415

    colour = alt.Color("level:O", legend=None, scale=alt.Scale(domain=[0, 1, 2], range=list(LEVEL_COLOURS)))
    bars = alt.Chart(_data(rows)).mark_rect(stroke="var(--paper)", strokeWidth=1.5)
    chart = bars.encode(
        x=alt.X(
            "start:Q",
            title="viewpoint of the raters (factor)",
            scale=alt.Scale(domain=list(reach), nice=False),
            axis=alt.Axis(grid=False, tickCount=3),
        ),
        x2="end:Q",
        y=alt.Y(
            "low:Q",
            title=None,
            axis=alt.Axis(format="%", tickCount=3, grid=False),
            scale=alt.Scale(domain=[0, 1]),
        ),
        y2="high:Q",
        color=colour,
    )
    return _svg(chart.properties(width=270, height=170))


def funnel(rows: Sequence[Row]) -> Drawing:
    """Draw bars with their words above: ``order``, ``label``, ``count``, ``colour``."""
    import altair as alt  # noqa: PLC0415

    colours = sorted({row["colour"] for row in rows})

    def draw(width: int, height: int) -> Chart:
        base = alt.Chart(_data(rows)).encode(y=alt.Y("order:O", axis=None))
        bars = base.mark_bar(height=12, yOffset=9, cornerRadiusEnd=3).encode(
            x=alt.X("count:Q", axis=None),
            color=alt.Color("colour:N", legend=None, scale=alt.Scale(domain=colours, range=colours)),
        )
        text = base.mark_text(align="left", dy=-6, fontSize=13, color=_INK, limit=width)
        return alt.layer(bars, text.encode(x=alt.datum(0), text="label:N")).properties(
            width=width, height=height
        )

    return _both(draw, 38 * len(rows), 38 * len(rows))


def timeline(rows: Sequence[Row], colour: str, title: str) -> Drawing:
    """Draw counts per period: ``start``, ``end`` (epoch milliseconds), ``count``, ``lasting``."""
    import altair as alt  # noqa: PLC0415

    def draw(width: int, height: int) -> Chart:
        base = alt.Chart(_data(rows)).encode(
            x=alt.X(
                "start:T",
                title=None,
                scale=alt.Scale(type="utc", nice=False),
                axis=alt.Axis(format="%b %Y", tickCount=max(width // 110, 2), grid=False, labelFlush=True),
            ),
            x2="end:T",
            y2=alt.datum(0),
        )
        y = alt.Y("count:Q", title=None, axis=alt.Axis(tickCount=3, format="~s", tickMinStep=1, minExtent=34))
        everything = base.mark_bar(color=colour, opacity=0.35).encode(y=y)
        lasting = base.mark_bar(color=colour).encode(y="lasting:Q")
        heading = alt.TitleParams(title, anchor="start", fontSize=13, color=_INK)
        return alt.layer(everything, lasting).properties(width=width, height=height, title=heading)

    return _both(draw, 120, 110)


def agreement_bars(rows: Sequence[Row], lowest: float) -> Drawing:
    """Draw shares from ``lowest`` to 1: ``order``, ``label``, ``share``."""
    import altair as alt  # noqa: PLC0415

    def draw(width: int, height: int) -> Chart:
        base = alt.Chart(_data(rows)).encode(y=alt.Y("order:O", axis=None))
        bars = base.mark_bar(height=8, yOffset=10, color=_LINE, clip=True).encode(
            x=alt.X(
                "share:Q", title=None, scale=alt.Scale(domain=[lowest, 1.0]), axis=alt.Axis(format=".1%")
            ),
            x2=alt.datum(lowest),
        )
        text = base.mark_text(align="left", dy=-5, fontSize=12.5, color=_INK, limit=width)
        return alt.layer(bars, text.encode(x=alt.datum(lowest), text="label:N")).properties(
            width=width, height=height
        )

    return _both(draw, 34 * len(rows) + 20, 34 * len(rows) + 20)


def density(rows: Sequence[Row], reach: tuple[float, float]) -> str:
    """Draw how often values go together: cells ``a`` to ``a_end``, ``b`` to ``b_end``, with ``count``."""
    import altair as alt  # noqa: PLC0415

    scale = alt.Scale(domain=list(reach), nice=False)
    cells = alt.Chart(_data(rows)).mark_rect(color=_LINE)
    counted = cells.encode(
        x=alt.X("a:Q", title="in A", scale=scale, axis=alt.Axis(tickCount=4)),
        x2="a_end:Q",
        y=alt.Y("b:Q", title="in B", scale=scale, axis=alt.Axis(tickCount=4)),
        y2="b_end:Q",
        opacity=alt.Opacity("count:Q", legend=None, scale=alt.Scale(type="log", range=[0.25, 1.0])),
    )
    ends = _data([{"v": end} for end in reach])
    equal = alt.Chart(ends).mark_line(color=_MUTED, strokeDash=[4, 4]).encode(x="v:Q", y="v:Q")
    return _svg(alt.layer(counted, equal).properties(width=270, height=250))


def _data(rows: Sequence[Row]) -> Chart:
    import altair as alt  # noqa: PLC0415

    return alt.Data(values=list(rows))  # type: ignore[no-untyped-call]


def _both(draw: Callable[[int, int], Chart], wide_height: int, narrow_height: int) -> Drawing:
    return Drawing(_svg(draw(WIDE, wide_height)), _svg(draw(NARROW, narrow_height)))


def _svg(chart: Chart) -> str:
    """Return a chart as SVG to be put into the page: no size, no names of its own, no ids twice."""
    import vl_convert  # noqa: PLC0415

    styled = chart.configure(
        background="transparent",
        font="system-ui, sans-serif",
        autosize={"type": "fit", "contains": "padding"},
        padding=4,
    ).configure_view(stroke=None)
    axis: dict[str, Any] = {
        "labelColor": _MUTED, "titleColor": _INK, "gridColor": _GRID, "domainColor": _GRID, "tickColor": _GRID,
        "labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal",
    }  # fmt: skip
    text = str(vl_convert.vegalite_to_svg(styled.configure_axis(**axis).to_dict()))
    text = re.sub(r' (aria-[a-z]+|role|class|xmlns(:\w+)?|version|pointer-events)="[^"]*"', "", text)
    text = re.sub(r' (d|transform)="[^"]*"', lambda found: re.sub(r"(\.\d)\d+", r"\1", found[0]), text)
    text = re.sub(r'<svg width="[^"]*" height="[^"]*"', '<svg aria-hidden="true" focusable="false"', text)
    return _with_own_ids(text)


def _with_own_ids(svg: str) -> str:
    """Rename ids so that they do not depend on what was drawn before, nor collide with another chart's."""
    names = re.findall(r'id="([^"]+)"', svg)
    for k, name in enumerate(names):
        svg = re.sub(rf'(id="|url\(#){re.escape(name)}(?=["\)])', rf"\g<1>part{k}", svg)
    mark = f"{zlib.crc32(svg.encode()):08x}"
    return re.sub(r'(id="|url\(#)part(\d+)', rf"\1c{mark}-\2", svg)
