"""Public files of a made-up community, written batch by batch."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.tables import TABLES
from bridgenotes.data.vocabulary import MISLEADING, NOT_MISLEADING, RATING_SOURCES
from bridgenotes.data.write import packed
from bridgenotes.lab.chance import Stage, generator
from bridgenotes.lab.spec import DAY_MS
from bridgenotes.lab.text import author_reasons

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from bridgenotes.data.write import Packing, Sink
    from bridgenotes.lab.notes import Notes, Posts
    from bridgenotes.lab.ratings import RatingBatch
    from bridgenotes.lab.spec import CommunitySpec

RATINGS_PER_FILE: Final = 10_000_000
_TAILS: Final = pl.Series("tail", [f"{source}\t\t" for source in RATING_SOURCES])


class PublicFiles:
    """The open files of the five tables; rows are appended, headers stand already."""

    def __init__(self, folder: Path, packing: Packing | None = None) -> None:
        self._folder = folder
        self._packing = packing
        self._files: dict[str, BinaryIO] = {}
        self._sinks: dict[str, Sink] = {}
        self._ratings_parts = 0
        self._room = RATINGS_PER_FILE
        self.names: list[str] = []
        for table in TABLES:
            self._start(table, 0)

    def _start(self, table: str, part: int) -> None:
        if table in self._files:
            self._end(table)
        name = f"{table}-{part:05d}.tsv" + (f".{self._packing}" if self._packing else "")
        self._files[table] = (self._folder / name).open("wb")
        self._sinks[table] = packed(self._files[table], self._packing)
        self._sinks[table].write("\t".join(column.name for column in TABLES[table].columns).encode() + b"\n")
        self.names.append(name)

    def _end(self, table: str) -> None:
        try:
            self._sinks[table].close()
        finally:
            self._files[table].close()

    def add(self, table: str, frame: pl.DataFrame) -> None:
        """Append rows whose fields, once joined by tabs, are those of the public table."""
        self.add_text(table, public_text(frame))

    def add_text(self, table: str, text: memoryview) -> None:
        """Append rows as they are to stand in the file."""
        self._sinks[table].write(text)

    def add_ratings(self, text: memoryview, n_rows: int) -> None:
        """Append ratings, beginning another file when one is full."""
        if self._room <= 0:
            self._ratings_parts += 1
            self._start("ratings", self._ratings_parts)
            self._room = RATINGS_PER_FILE
        self.add_text("ratings", text)
        self._room -= n_rows

    def close(self) -> None:
        """Close all files."""
        for table in self._files:
            self._end(table)


def public_text(frame: pl.DataFrame) -> memoryview:
    """Return rows as text."""
    text = io.BytesIO()
    frame.write_csv(text, separator="\t", include_header=False, quote_style="never")
    return text.getbuffer()


def ratings_frame(batch: RatingBatch, notes: Notes, ids: pl.Series, forms: pl.Series) -> pl.DataFrame:
    """Return ratings ready to be written; the columns between time and post are one string."""
    return pl.DataFrame(
        {
            "noteId": notes.ids[batch.note],
            "raterParticipantId": ids.gather(batch.rater),
            "createdAtMillis": batch.created_ms,
            "form": forms.gather(batch.form),
            "ratedOnTweetId": notes.post_id[batch.note],
            "tail": _TAILS.gather(batch.population_sampled.astype(np.uint8)),
        }
    )


def notes_frame(
    notes: Notes, ids: pl.Series, summaries: pl.Series, rng: np.random.Generator, start: int, stop: int
) -> pl.DataFrame:
    """Return the public notes from ``start`` up to ``stop``, without the deleted ones."""
    rows = slice(start, stop)
    no_answer = pl.Series([None] * (stop - start), dtype=pl.String)
    not_misleading = notes.not_misleading[rows]
    has_link = summaries.str.contains("://", literal=True)
    return pl.DataFrame(
        {
            "noteId": notes.ids[rows],
            "noteAuthorParticipantId": ids.gather(notes.author[rows]),
            "createdAtMillis": notes.created_ms[rows],
            "tweetId": notes.post_id[rows],
            "classification": pl.Series([MISLEADING, NOT_MISLEADING]).gather(not_misleading.astype(np.uint8)),
            "believable": no_answer,
            "harmful": no_answer,
            "validationDifficulty": no_answer,
            **author_reasons(rng, not_misleading),
            "trustworthySources": has_link.cast(pl.Int8),
            "summary": summaries,
            "isMediaNote": notes.media[rows].astype(np.int8),
            "isCollaborativeNote": notes.collaborative[rows].astype(np.int8),
        }
    ).filter(pl.Series(~notes.deleted[rows]))


def requests_frame(spec: CommunitySpec, posts: Posts) -> pl.DataFrame:
    """Return the public note requests: a third of the posts."""
    rng = generator(spec.seed, Stage.REQUESTS)
    asked = np.flatnonzero(rng.random(len(posts)) < 0.33)
    when = np.minimum(posts.created_ms[asked] + rng.integers(600_000, 2 * DAY_MS, len(asked)), spec.now_ms)
    shown = {
        name: np.where(rng.random(len(asked)) < share, when, -1)
        for name, share in (
            ("noteRequestFeedEligibleTimestamp", 0.9),
            ("apiSmallFeedEligibleTimestamp", 0.1),
            ("apiLargeFeedEligibleTimestamp", 0.2),
            ("apiXlFeedEligibleTimestamp", 0.4),
        )
    }
    empty = pl.Series(["[]"] * len(asked), dtype=pl.String)
    return pl.DataFrame({"tweetId": posts.ids[asked], "sourceLinks": empty, "suggestions": empty, **shown})
