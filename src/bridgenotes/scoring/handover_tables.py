"""Prescoring's results as the public hand-over tables, and back (spec 01 A.13.5).

One row per scorer and note, one row per scorer and rater followed by the rows of rater
similarity, one JSON object per scorer. Ids are public, so a later run may have read newer data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from bridgenotes.data.errors import DataError
from bridgenotes.data.public import contributor_id_of, note_id_of
from bridgenotes.data.results import typed
from bridgenotes.data.vocabulary import NOT_HELPFUL_TAGS
from bridgenotes.scoring.coalesce import SIMILARITY_SCHEMA
from bridgenotes.scoring.handover import Handover
from bridgenotes.scoring.shelf import IN_MEMORY, collected, columns_of, frames_in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.shelf import Shelf, Table

_F32, _F64, _I64 = pl.Float32, pl.Float64, pl.Int64

NOTE_COLUMNS: Final = {
    "internalNoteIntercept": ("intercept", _F32),
    "internalNoteFactor1": ("factor", _F32),
    "lowDiligenceNoteIntercept": ("low_diligence_intercept", _F32),
    "lowDiligenceNoteFactor1": ("low_diligence_factor", _F32),
    "lowDiligenceNoteInterceptRound2": ("low_diligence_intercept_round2", _F32),
    "harassmentNoteIntercept": ("harassment_intercept", _F32),
    "harassmentNoteFactor1": ("harassment_factor", _F32),
}
RATER_COLUMNS: Final = {
    "internalRaterIntercept": ("intercept", _F32),
    "internalRaterFactor1": ("factor", _F32),
    "internalFirstRoundRaterIntercept": ("first_round_intercept", _F32),
    "internalFirstRoundRaterFactor1": ("first_round_factor", _F32),
    "crhCrnhRatioDifference": ("crh_crnh_ratio_difference", _F64),
    "meanNoteScore": ("mean_note_score", _F64),
    "raterAgreeRatio": ("rater_agree_ratio", _F64),
    "aboveHelpfulnessThreshold": ("above_helpfulness_threshold", pl.Boolean),
    "internalRaterReputation": ("reputation", _F32),
    "lowDiligenceRaterIntercept": ("low_diligence_rater_intercept", _F32),
    "lowDiligenceRaterFactor1": ("low_diligence_rater_factor", _F32),
    "lowDiligenceRaterReputation": ("low_diligence_rater_reputation", _F32),
    "lowDiligenceRaterInterceptRound2": ("low_diligence_rater_intercept_round2", _F32),
    "incorrectTagRatingsMadeByRater": ("incorrect_tag_ratings_made_by_rater", _I64),
    "totalRatingsMadeByRater": ("total_ratings_made_by_rater", _I64),
    "successfulRatingHelpfulCount": ("successful_rating_helpful_count", _I64),
    "successfulRatingNotHelpfulCount": ("successful_rating_not_helpful_count", _I64),
    "unsuccessfulRatingHelpfulCount": ("unsuccessful_rating_helpful_count", _I64),
    "unsuccessfulRatingNotHelpfulCount": ("unsuccessful_rating_not_helpful_count", _I64),
    "totalHelpfulHarassmentPenalty": ("total_helpful_harassment_penalty", _F64),
    "raterAgreeRatioKeyWithHarassmentAbusePenalty": ("agree_ratio_with_penalty", _F64),
}
SIMILARITY_COLUMNS: Final = {
    "postSelectionValue": "post_selection_value",
    "quasiCliqueValue": "quasi_clique_value",
}
_RATER_ORDER: Final = (
    "raterParticipantId", "internalRaterIntercept", "internalRaterFactor1",
    "internalFirstRoundRaterIntercept", "internalFirstRoundRaterFactor1", "crhCrnhRatioDifference",
    "meanNoteScore", "raterAgreeRatio", "aboveHelpfulnessThreshold", "scorerName",
    "internalRaterReputation", "lowDiligenceRaterIntercept", "lowDiligenceRaterFactor1",
    "lowDiligenceRaterReputation", "lowDiligenceRaterInterceptRound2", "incorrectTagRatingsMadeByRater",
    "totalRatingsMadeByRater", "postSelectionValue", "successfulRatingHelpfulCount",
    "successfulRatingNotHelpfulCount", "unsuccessfulRatingHelpfulCount",
    "unsuccessfulRatingNotHelpfulCount", "totalHelpfulHarassmentPenalty",
    "raterAgreeRatioKeyWithHarassmentAbusePenalty", "quasiCliqueValue",
)  # fmt: skip
_NOTE_ORDER: Final = (
    "noteId", "internalNoteIntercept", "internalNoteFactor1", "scorerName", "lowDiligenceNoteIntercept",
    "lowDiligenceNoteFactor1", "lowDiligenceNoteInterceptRound2", "harassmentNoteIntercept",
    "harassmentNoteFactor1",
)  # fmt: skip
_NOTE_TYPES: Final = {"noteId": _I64, "scorerName": pl.String} | {k: t for k, (_, t) in NOTE_COLUMNS.items()}
_RATER_TYPES: Final = (
    {"raterParticipantId": pl.String, "scorerName": pl.String}
    | {k: t for k, (_, t) in RATER_COLUMNS.items()}
    | dict.fromkeys(SIMILARITY_COLUMNS, _I64)
)
_NOTE_SCHEMA: Final = pl.Schema({name: _NOTE_TYPES[name] for name in _NOTE_ORDER})
_RATER_SCHEMA: Final = pl.Schema({name: _RATER_TYPES[name] for name in _RATER_ORDER})
NOTE_TABLE: Final = "the note table of the hand-over"
RATER_TABLE: Final = "the rater table of the hand-over"
REMEDY: Final = "prescore again"
_ROUNDS: Final = ("firstRound", "secondRound", "finalRound")

Meta = dict[str, dict[str, Any]]


def note_table(handovers: Mapping[str, Handover], dataset: Dataset) -> pl.LazyFrame:
    """Return the note table: one row per scorer and note; made scorer by scorer when it is collected."""

    def rows() -> Iterator[pl.DataFrame]:
        for handover in handovers.values():
            table = _public(collected(handover.notes), NOTE_COLUMNS, handover.scorer)
            ids = note_id_of(dataset, collected(handover.notes.select("note"))["note"])
            yield _complete(table.with_columns(ids.alias("noteId")), _NOTE_SCHEMA)

    return frames_in_turn(rows, _NOTE_SCHEMA)


def rater_table(
    handovers: Mapping[str, Handover], similarity: pl.DataFrame, dataset: Dataset
) -> pl.LazyFrame:
    """Return the rater table: one row per scorer and rater, then those of rater similarity; made like `note_table`."""

    def rows() -> Iterator[pl.DataFrame]:
        for handover in handovers.values():
            table = _public(collected(handover.raters), RATER_COLUMNS, handover.scorer)
            ids = contributor_id_of(dataset, collected(handover.raters.select("rater"))["rater"])
            yield _complete(table.with_columns(ids.alias("raterParticipantId")), _RATER_SCHEMA)
        similar = similarity.select(pl.col(ours).alias(name) for name, ours in SIMILARITY_COLUMNS.items())
        ids = contributor_id_of(dataset, similarity["rater"])
        yield _complete(similar.with_columns(ids.alias("raterParticipantId")), _RATER_SCHEMA)

    return frames_in_turn(rows, _RATER_SCHEMA)


def _complete(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return the columns of a schema; those that a scorer does not know are null."""
    return frame.select(
        pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
        for name, kind in schema.items()
    )


def meta_values(handovers: Mapping[str, Handover]) -> Meta:
    """Return the values per scorer that are no tables."""
    return {
        h.scorer: {
            "globalIntercept": h.global_intercept if np.isfinite(h.global_intercept) else None,
            "lowDiligenceGlobalIntercept": dict(zip(_ROUNDS, h.diligence_intercepts, strict=True))
            if h.diligence_intercepts
            else None,
            "tagFilteringThresholds": {
                f"{tag}AdjustedRatio": float(value) if np.isfinite(value) else None
                for tag, value in zip(NOT_HELPFUL_TAGS, h.tag_thresholds, strict=True)
            },
            "finalRoundNumRatings": h.n_ratings,
            "finalRoundNumNotes": h.n_notes,
            "finalRoundNumUsers": h.n_raters,
            "fits": h.diagnostics,
        }
        for h in handovers.values()
    }


def handovers_of(
    notes: Table, raters: Table, meta: Meta, dataset: Dataset, shelf: Shelf = IN_MEMORY
) -> dict[str, Handover]:
    """Return the hand-over of each scorer that the tables hold; who is not in ``dataset`` is left out.

    Parameters
    ----------
    shelf : Shelf
        Where hand-overs wait; they are read one by one.

    Raises
    ------
    DataError
        If a table lacks a column, or a scorer has meta values of another shape.
    """
    codes = note_codes(dataset), _rater_codes(dataset)

    def rows_of(name: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
        own = [_where(table, pl.col("scorerName") == name) for table in (notes, raters)]
        return (
            _coded(own[0], "noteId", "note", codes[0], NOTE_COLUMNS, NOTE_TABLE),
            _coded(own[1], "raterParticipantId", "rater", codes[1], RATER_COLUMNS, RATER_TABLE),
        )

    if not meta:
        rows_of("")
    return {name: _handover(name, values, *rows_of(name)).kept(shelf) for name, values in meta.items()}


def similarity_of(raters: Table, dataset: Dataset) -> pl.DataFrame:
    """Return the similarity rows of a rater table, as `coalesce.SIMILARITY_SCHEMA`.

    Raises
    ------
    DataError
        If the table lacks a column.
    """
    schema = {"raterParticipantId": pl.String, "scorerName": pl.String} | dict.fromkeys(
        SIMILARITY_COLUMNS, _I64
    )
    rows = typed(_where(raters, pl.col("scorerName").is_null()), schema, RATER_TABLE, REMEDY)
    known = rows.join(_rater_codes(dataset), on="raterParticipantId", how="inner", maintain_order="left")
    return known.select("rater", *(pl.col(k).alias(v) for k, v in SIMILARITY_COLUMNS.items())).cast(
        SIMILARITY_SCHEMA
    )


def _where(table: Table, rows: pl.Expr) -> pl.DataFrame:
    """Return some rows; all of a table that has no scorers, which is about to be refused."""
    return collected(table.filter(rows) if "scorerName" in columns_of(table) else table)


def _public(frame: pl.DataFrame, columns: Mapping[str, tuple[str, Any]], scorer: str) -> pl.DataFrame:
    return frame.select(
        pl.col(ours).cast(kind).alias(name) for name, (ours, kind) in columns.items() if ours in frame.columns
    ).with_columns(pl.lit(scorer).alias("scorerName"))


def _coded(
    frame: pl.DataFrame,
    key: str,
    code: str,
    codes: pl.DataFrame,
    columns: Mapping[str, tuple[str, Any]],
    what: str,
) -> pl.DataFrame:
    schema: dict[str, Any] = {key: codes.schema[key], "scorerName": pl.String} | {
        k: t for k, (_, t) in columns.items()
    }
    return (
        typed(frame, schema, what, REMEDY)
        .filter(pl.col("scorerName").is_not_null())
        .join(codes, on=key, how="inner", maintain_order="left")
        .select(code, "scorerName", *(pl.col(k).alias(v) for k, (v, _) in columns.items()))
    )


def note_codes(dataset: Dataset) -> pl.DataFrame:
    """Return public note ids and their codes: noteId, note."""
    ids = pl.Series("noteId", dataset.note_ids, dtype=pl.Int64)
    return pl.DataFrame([ids, pl.Series("note", np.arange(len(ids), dtype=np.int32))])


def _rater_codes(dataset: Dataset) -> pl.DataFrame:
    ids = dataset.contributor_ids.alias("raterParticipantId")
    return pl.DataFrame([ids, pl.Series("rater", np.arange(len(ids), dtype=np.int32))])


def _handover(name: str, values: dict[str, Any], notes: pl.DataFrame, raters: pl.DataFrame) -> Handover:
    try:
        thresholds = values["tagFilteringThresholds"] or {}
        rounds = values["lowDiligenceGlobalIntercept"]
        return Handover(
            scorer=name,
            notes=notes.drop("scorerName"),
            raters=raters.drop("scorerName"),
            global_intercept=_number(values["globalIntercept"]),
            tag_thresholds=np.array(
                [thresholds.get(f"{t}AdjustedRatio") for t in NOT_HELPFUL_TAGS], np.float64
            ),
            n_ratings=int(values["finalRoundNumRatings"] or 0),
            n_notes=int(values["finalRoundNumNotes"] or 0),
            n_raters=int(values["finalRoundNumUsers"] or 0),
            diligence_intercepts=tuple(float(rounds[k]) for k in _ROUNDS) if rounds else None,  # type: ignore[arg-type]
            diagnostics=values.get("fits") or {},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"the hand-over's values of {name} are damaged ({error!r}); prescore again"
        ) from error


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
