"""The folder that prescoring leaves for final and contributor scoring.

==============================================  ==================================================
``prescoring_note_model_output.parquet``        spec 01 A.13.5
``prescoring_rater_model_output.parquet``       likewise, with rater similarity
``prescoring_meta_output.json``                 likewise
``note_topics.parquet``                         noteId, noteTopic
``topic_model.npz``                             classifier of topics, where one was learned
``flip_model.npz``                              flip prediction, likewise
``predicted_helpful_model.npz``                 predicted Helpful, likewise
==============================================  ==================================================

Ids are public, so a later run may read newer data. Nothing in the folder is executed.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import polars as pl

from bridgenotes.data.errors import DataError
from bridgenotes.data.public import note_id_of
from bridgenotes.data.results import find_table, typed
from bridgenotes.data.write import write_table
from bridgenotes.scoring.coalesce import no_similarity
from bridgenotes.scoring.confidence import FlipModel, PredictedHelpfulModel
from bridgenotes.scoring.errors import ScoringError
from bridgenotes.scoring.handover_tables import (
    REMEDY,
    Meta,
    handovers_of,
    meta_values,
    note_codes,
    note_table,
    rater_table,
    similarity_of,
)
from bridgenotes.scoring.phases.prescoring import Prescored, Topics
from bridgenotes.scoring.shelf import IN_MEMORY
from bridgenotes.scoring.side import TOPICS_SCHEMA
from bridgenotes.scoring.topics import TopicModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bridgenotes.data.atomic import AtomicFolder
    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.shelf import Shelf

T = TypeVar("T")

NOTES: Final = "prescoring_note_model_output"
RATERS: Final = "prescoring_rater_model_output"
META: Final = "prescoring_meta_output.json"
TOPICS: Final = "note_topics"
TOPIC_MODEL: Final = "topic_model.npz"
FLIP_MODEL: Final = "flip_model.npz"
HELPFUL_MODEL: Final = "predicted_helpful_model.npz"


def write_prescored(folder: AtomicFolder, prescored: Prescored, dataset: Dataset) -> None:
    """Write a hand-over; its files appear with the others of ``folder``.

    Raises
    ------
    WriteError
        If the disk does not take it.
    """
    handovers, topics = prescored.handovers, prescored.topics
    write_table(folder, NOTES, note_table(handovers, dataset), format="parquet")
    write_table(folder, RATERS, rater_table(handovers, prescored.similarity, dataset), format="parquet")
    folder.open(META).write(json.dumps(meta_values(handovers), indent=1).encode())
    public = topics.table.select(noteId=note_id_of(dataset, topics.table["note"]), noteTopic="topic")
    write_table(folder, TOPICS, public, format="parquet")
    models = {
        TOPIC_MODEL: topics.model,
        FLIP_MODEL: prescored.flip_model,
        HELPFUL_MODEL: prescored.helpful_model,
    }
    for name, model in models.items():
        if model is None:
            folder.remove(name)
        else:
            folder.open(name).write(model.to_bytes())


def read_prescored(folder: Path, dataset: Dataset, shelf: Shelf = IN_MEMORY) -> Prescored:
    """Return the hand-over in a folder, about the notes and raters of ``dataset``.

    Parameters
    ----------
    shelf : Shelf
        Where the tables of scorers wait.

    Raises
    ------
    DataError
        If a file is missing or damaged; says which.
    """
    return Prescored(
        similarity=_similarity(folder, dataset),
        topics=_topics(folder, dataset),
        handovers=_handovers(folder, dataset, shelf),
        flip_model=_model(folder / FLIP_MODEL, FlipModel.from_bytes),
        helpful_model=_model(folder / HELPFUL_MODEL, PredictedHelpfulModel.from_bytes),
    )


def read_similarity(folder: Path, dataset: Dataset) -> pl.DataFrame:
    """Return the rater similarity in a folder; empty if the folder has none.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    if not (folder / f"{RATERS}.parquet").is_file():
        return no_similarity()
    return _similarity(folder, dataset)


def _similarity(folder: Path, dataset: Dataset) -> pl.DataFrame:
    with _scanned(folder, RATERS) as (raters,):
        return similarity_of(raters, dataset)


def _handovers(folder: Path, dataset: Dataset, shelf: Shelf) -> dict[str, Handover]:
    meta = _meta(folder)
    with _scanned(folder, NOTES, RATERS) as (notes, raters):
        return handovers_of(notes, raters, meta, dataset, shelf)


@contextmanager
def _scanned(folder: Path, *names: str) -> Iterator[list[pl.LazyFrame]]:
    """Open tables of the folder; damage behind a sound head shows when they are read, in one of them."""
    paths = [find_table(folder, name) for name in names]
    tables = [_opened(path) for path in paths]
    try:
        yield tables
    except (pl.exceptions.PolarsError, OSError) as error:
        found = " or ".join(str(path) for path in paths)
        raise DataError(f"{found} cannot be read ({error}); {REMEDY}") from error


def _opened(path: Path) -> pl.LazyFrame:
    try:
        table = pl.scan_parquet(path, glob=False)
        table.collect_schema()  # reads the head
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path} cannot be read ({error}); {REMEDY}") from error
    return table


def _meta(folder: Path) -> Meta:
    path = folder / META
    try:
        values: Any = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DataError(f"{path} is missing; is {folder} a folder that prescoring wrote?") from None
    except (ValueError, OSError) as error:
        raise DataError(f"{path} cannot be read ({error}); {REMEDY}") from error
    if not isinstance(values, dict):
        raise DataError(f"{path} holds no values by scorer; {REMEDY}")
    return values


def _topics(folder: Path, dataset: Dataset) -> Topics:
    """Return the classifier, which assigns topics to newer notes too, and the topics of prescoring."""
    public = {"noteId": pl.Int64, "noteTopic": pl.String}
    with _scanned(folder, TOPICS) as (stored,):
        table = typed(stored.collect(), public, "the topics of the hand-over", REMEDY)
    known = table.join(note_codes(dataset), on="noteId", how="inner", maintain_order="left")
    topics = known.select("note", topic="noteTopic").cast(TOPICS_SCHEMA)
    return Topics(_model(folder / TOPIC_MODEL, TopicModel.from_bytes), topics)


def _model(path: Path, read: Callable[[bytes], T]) -> T | None:
    if not path.is_file():
        return None
    try:
        return read(path.read_bytes())
    except (ScoringError, OSError) as error:
        raise DataError(f"{path} cannot be read ({error}); {REMEDY}") from error
