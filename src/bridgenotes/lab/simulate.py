"""`simulate`: from a specification to a folder of public files and their truth."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.ahead import ahead
from bridgenotes.lab.chance import Stage, generator
from bridgenotes.lab.crews import Crew, gather
from bridgenotes.lab.folder import WholeFolder
from bridgenotes.lab.history import status_history
from bridgenotes.lab.notes import KINDS, TOPICS, write_notes, write_posts
from bridgenotes.lab.population import enrollment, populate
from bridgenotes.lab.ratings import Ballot, batches
from bridgenotes.lab.room import refuse_too_little_room
from bridgenotes.lab.tags import TagLottery
from bridgenotes.lab.text import Phrases
from bridgenotes.lab.write import PublicFiles, notes_frame, public_text, ratings_frame, requests_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bridgenotes.data.write import Packing
    from bridgenotes.lab.notes import Notes
    from bridgenotes.lab.population import Population
    from bridgenotes.lab.spec import CommunitySpec

FORMAT: Final = 1
"""Grows when equal specifications begin to give other files."""


@dataclass(frozen=True)
class Summary:
    """What was made up.

    Attributes
    ----------
    out : Path
        The folder.
    files : tuple of str
        Names of the public files.
    ratings, raters, notes, deleted_notes, posts, contributors, enrolled, requests : int
        How many; raters are those who rated, notes include deleted ones.
    levels : tuple of int
        Ratings by level, NOT_HELPFUL first.
    crews : tuple of str
        Names of the blocks and brigades.
    """

    out: Path
    files: tuple[str, ...]
    ratings: int
    raters: int
    notes: int
    deleted_notes: int
    posts: int
    contributors: int
    enrolled: int
    requests: int
    levels: tuple[int, int, int]
    crews: tuple[str, ...]


def simulate(
    spec: CommunitySpec,
    *,
    out: Path,
    force: bool = False,
    packing: Packing | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Make up a community and write it to a folder in the public format.

    Parameters
    ----------
    spec : CommunitySpec
        What to make up; see `bridgenotes.lab.spec.community`.
    out : Path
        The folder; it appears when all is done.
    force : bool
        Replace an earlier made-up community in that folder.
    packing : {"gz", "zst"}, optional
        Compress the files.
    progress : callable, optional
        Called after each batch with the ratings written so far and their number in the end.

    Raises
    ------
    SimulationError
        If the specification cannot be met, the folder is in use, the disk too full, or it cannot be
        written; nothing half-written is left.

    Notes
    -----
    Resident memory grows with raters and notes, not with ratings: notes are handled in order of
    time in batches of some 400,000 ratings, each with its own generator, a few batches at once.
    """
    with WholeFolder(out, force=force) as folder:
        refuse_too_little_room(spec, folder.path.parent, packing)
        population = populate(spec)
        posts = write_posts(spec, population)
        notes = write_notes(spec, population, posts)
        population, crews = gather(spec, population, notes)
        files = PublicFiles(folder.path, packing)
        try:
            requests = requests_frame(spec, posts)
            enrolled = enrollment(population, spec)
            files.add("noteRequests", requests)
            files.add("userEnrollment", enrolled)
            counts, levels = _write_batches(spec, population, notes, crews, files, progress)
        finally:
            files.close()
        summary = Summary(
            out=out,
            files=tuple(files.names),
            ratings=int(counts.sum()),
            raters=int((counts > 0).sum()),
            notes=len(notes),
            deleted_notes=int(notes.deleted.sum()),
            posts=len(posts),
            contributors=len(population.ids),
            enrolled=len(enrolled),
            requests=len(requests),
            levels=(int(levels[0]), int(levels[1]), int(levels[2])),
            crews=tuple(crew.name for crew in crews),
        )
        _truth_of_raters(population, crews, counts).write_parquet(folder.path / "truth-raters.parquet")
        _truth_of_notes(population, notes, crews).write_parquet(folder.path / "truth-notes.parquet")
        (folder.path / "community.json").write_text(_card(spec, summary), encoding="utf-8")
    return summary


def _write_batches(
    spec: CommunitySpec,
    population: Population,
    notes: Notes,
    crews: Sequence[Crew],
    files: PublicFiles,
    progress: Callable[[int, int], None] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Write notes, status history and ratings; return ratings by rater and by level."""
    counts, levels = np.zeros(population.n_raters, np.int64), np.zeros(3, np.int64)
    press = _Press(spec, population, notes, crews)
    for sheet in ahead(press.print, enumerate(batches(notes))):
        for table, text in sheet.texts.items():
            files.add_text(table, text)
        files.add_ratings(sheet.ratings, len(sheet.raters))
        counts += np.bincount(sheet.raters, minlength=len(counts))
        levels += sheet.levels
        if progress is not None:
            progress(int(levels.sum()), spec.ratings)
    return counts, levels


@dataclass(frozen=True)
class _Sheet:
    """A batch as text, and what is to be counted of it."""

    texts: dict[str, memoryview]
    ratings: memoryview
    raters: np.ndarray
    levels: np.ndarray


class _Press:
    """Makes batches as text; each depends on nothing but its number."""

    def __init__(
        self, spec: CommunitySpec, population: Population, notes: Notes, crews: Sequence[Crew]
    ) -> None:
        self._spec, self._notes, self._ids = spec, notes, population.ids
        self._lottery, self._phrases = TagLottery(spec.seed), Phrases(spec.seed)
        self._ballot = Ballot(spec, population, notes, crews, self._lottery)

    def print(self, batch: tuple[int, tuple[int, int]]) -> _Sheet:
        """Return the notes, their history and their ratings of one batch."""
        part, (start, stop) = batch
        spec, notes, ids = self._spec, self._notes, self._ids
        rng = generator(spec.seed, Stage.HISTORY, part)
        authors = ids.gather(notes.author[start:stop])
        history = status_history(spec, notes, authors, start, stop, rng)
        summaries = self._phrases.summaries(spec.seed, part, notes, start, stop)
        texts = {
            "noteStatusHistory": public_text(history),
            "notes": public_text(notes_frame(notes, ids, summaries, rng, start, stop)),
        }
        rated = self._ballot.rate(start, stop, generator(spec.seed, Stage.RATINGS, part))
        ratings = public_text(ratings_frame(rated, notes, ids, self._lottery.text))
        return _Sheet(texts, ratings, rated.rater, np.bincount(rated.level, minlength=3))


def _truth_of_raters(population: Population, crews: Sequence[Crew], counts: np.ndarray) -> pl.DataFrame:
    """Return one row per rater, crew members with the name of their crew."""
    rows = slice(0, population.n_raters)
    crew = np.full(population.n_raters, None, dtype=object)
    for one in crews:
        crew[one.members] = one.name
    return pl.DataFrame(
        {
            "contributor_id": population.ids[rows],
            "viewpoint": population.viewpoint[rows],
            "generosity": population.generosity[rows],
            "is_noisy": population.noisy[rows],
            "modeling_group": population.group[rows],
            "is_enrolled": population.enrolled[rows],
            "crew": pl.Series(crew.tolist(), dtype=pl.String),
            "ratings": counts,
        }
    )


def _truth_of_notes(population: Population, notes: Notes, crews: Sequence[Crew]) -> pl.DataFrame:
    """Return one row per note, deleted ones included."""
    crew = np.full(len(notes), None, dtype=object)
    for one in crews:
        crew[one.notes] = one.name
    return pl.DataFrame(
        {
            "note_id": notes.ids,
            "kind": pl.Series([kind.name for kind in KINDS]).gather(notes.kind),
            "quality": notes.quality,
            "slant": notes.slant,
            "topic": pl.Series(list(TOPICS)).gather(notes.topic),
            "community": pl.Series(notes.home).replace(-1, None),
            "is_deleted": notes.deleted,
            "is_by_ai_writer": notes.author >= population.n_raters,
            "crew": pl.Series(crew.tolist(), dtype=pl.String),
            "ratings": notes.ratings,
        }
    )


def _card(spec: CommunitySpec, summary: Summary) -> str:
    """Return community.json: the specification and the counts."""
    counts = {name: value for name, value in asdict(summary).items() if name != "out"}
    return json.dumps({"format": FORMAT, "spec": asdict(spec), "made": counts}, indent=2) + "\n"
