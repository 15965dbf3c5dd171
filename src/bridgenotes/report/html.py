"""Pieces of the page: headings, figures, tables. Every text is escaped here."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.report.charts import Drawing

Cell = str | int | float


@dataclass(frozen=True)
class Table:
    """A table of numbers: the first column names the row."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def html(self, caption: str) -> str:
        """Return it as HTML, scrollable where the screen is too narrow."""
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.head)
        body = "".join(
            f'<tr><th scope="row">{_cell(row[0])}</th>'
            + "".join(f"<td>{_cell(v)}</td>" for v in row[1:])
            + "</tr>"
            for row in self.rows
        )
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
            f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


@dataclass(frozen=True)
class Figure:
    """A chart that everybody can read.

    Attributes
    ----------
    drawings : sequence of Drawing or str
        One below the other; a text is one drawing for every width.
    caption : str
        What to see in it.
    summary : str
        What a sighted reader would take away, for screen readers.
    table : Table
        The numbers.
    legend : sequence of (str, str)
        CSS colour and word.
    title : str
        For small multiples.
    """

    drawings: Sequence[Drawing | str]
    caption: str
    summary: str
    table: Table
    legend: Sequence[tuple[str, str]] = ()
    title: str = ""

    def html(self) -> str:
        """Return it as HTML."""
        heading = f"<h3>{escape(self.title)}</h3>" if self.title else ""
        return (
            f"<figure>{heading}{legend(self.legend)}"
            f'<div class="chart" role="img" aria-label="{escape(self.summary)}">'
            + "".join(_drawing(one) for one in self.drawings)
            + f"</div><figcaption>{escape(self.caption)}</figcaption>"
            f"<details><summary>The numbers</summary>{self.table.html(self.title or self.caption)}</details></figure>"
        )


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Return colours and their words."""
    items = "".join(
        f'<li><span style="background:{colour}"></span>{escape(word)}</li>' for colour, word in entries
    )
    return f'<ul class="legend">{items}</ul>' if items else ""


def section(anchor: str, title: str, *parts: str) -> str:
    """Return a section with its heading."""
    return (
        f'<section id="{anchor}" aria-labelledby="{anchor}-title"><h2 id="{anchor}-title">{escape(title)}</h2>'
        f"{''.join(parts)}</section>"
    )


def paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<p>{escape(text)}</p>"


def _drawing(drawing: Drawing | str) -> str:
    if isinstance(drawing, str):
        return drawing
    return f'<div class="wide">{drawing.wide}</div><div class="narrow">{drawing.narrow}</div>'


def _cell(value: Cell) -> str:
    return escape(
        f"{value:,}" if isinstance(value, int) else f"{value:.3f}" if isinstance(value, float) else value
    )
