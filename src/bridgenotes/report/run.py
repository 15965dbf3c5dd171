"""A folder that `bridgenotes score` wrote, read back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from bridgenotes.data.outputs import OUTPUT_TABLES, output_schema
from bridgenotes.data.vocabulary import CRH
from bridgenotes.report.errors import ReportError
from bridgenotes.scoring.profile import Profile, load_profile

if TYPE_CHECKING:
    from pathlib import Path

    from bridgenotes.scoring.profile import Scorer

TABLES: Final = (*OUTPUT_TABLES, "evidence")
TRACE: Final = "trace"
"""A table that only traced runs have."""
_EVIDENCE_TEXT: Final = frozenset(
    (
        "classification",
        "current_status",
        "locked_status",
        "status",
        "active_rules",
        "active_filter_tags",
        "scorer",
    )
)
_PRIVATE: Final = ("noteAuthorParticipantId",)
"""Who wrote a note is nobody's business here."""


@dataclass(frozen=True)
class ScoredRun:
    """A scored run on disk.

    Attributes
    ----------
    folder : Path
        Where it is.
    record : dict
        What run.json says.
    profile : Profile
        The profile, with the scorers that ran.
    paths : dict of str to Path
        The file of each table; ``trace`` only if the run was traced.
    """

    folder: Path
    record: dict[str, Any]
    profile: Profile
    paths: dict[str, Path]

    def scan(self, name: str) -> pl.LazyFrame:
        """Return a table, typed and without authors.

        Enumerations are text and evidence is text and float64, whatever the format of the file.
        """
        path = self.paths[name]
        if path.suffix == ".parquet":
            frame = pl.scan_parquet(path, glob=False)
        else:
            frame = pl.scan_csv(path, separator="\t", infer_schema=False, glob=False)
        columns = frame.collect_schema().names()
        kinds = _kinds(name, columns)
        kept = [column for column in columns if column not in _PRIVATE]
        return frame.select(_cast(column, kinds[column]) for column in kept)

    def table(self, name: str) -> pl.DataFrame:
        """Return a whole table."""
        return self.scan(name).collect()

    def row(self, name: str, note_id: int) -> dict[str, Any] | None:
        """Return a note's row of a table."""
        found = self.scan(name).filter(pl.col("noteId") == note_id).head(1).collect()
        return found.to_dicts()[0] if found.height else None

    def evidence_of(self, note_id: int, decided_by: str) -> dict[str, Any] | None:
        """Return what the rules of one scorer read of a note.

        Of several scorers: the one whose model decided, else Core if it judges the note, else any that does.
        """
        rows = self.scan("evidence").filter(pl.col("noteId") == note_id).collect().to_dicts()
        rows.sort(key=lambda row: public_prefix(self.profile.scorer(row["scorer"])) != "core")
        judging = [row for row in rows if row.get("captured")]
        model = model_prefix(decided_by)
        deciding = [row for row in judging if public_prefix(self.profile.scorer(row["scorer"])) == model]
        return next(iter((*deciding, *judging, *rows)), None)

    def rater_factors(self) -> pl.DataFrame:
        """Return ``raterParticipantId`` and ``factor`` of the raters whom the first scorer could place."""
        prefix = public_prefix(self.profile.scorers[0]) if self.profile.scorers else "core"
        table = self.scan("helpfulness_scores")
        column = f"{prefix}RaterFactor1"
        known = column if column in table.collect_schema().names() else "coreRaterFactor1"
        return table.select("raterParticipantId", factor=pl.col(known)).drop_nulls("factor").collect()

    def unknown_note(self, note_id: int) -> ReportError:
        """Return the error for a note that is not in this run."""
        notes = self.scan("scored_notes").select("noteId", "finalRatingStatus").collect()
        if not notes.height:
            return ReportError(f"there is no note {note_id} in {self.folder}: the run has no notes")
        best = notes.sort((pl.col("finalRatingStatus") != CRH).fill_null(True), maintain_order=True)
        return ReportError(
            f"there is no note {note_id} in {self.folder}; it has {notes.height:,} notes, "
            f"for example {best['noteId'][0]}"
        )


def public_prefix(scorer: Scorer) -> str:
    """Return how the public columns of a scorer begin, e.g. ``expansionPlus``."""
    first, *others = scorer.prefix.split("_")
    return first + "".join(word.title() for word in others)


def model_prefix(rule: str) -> str | None:
    """Return how the public columns of the model begin that a final rule follows.

    Examples
    --------
    >>> model_prefix("ExpansionPlusModel (v1.1)"), model_prefix("GroupModel03 (v1.1)")
    ('expansionPlus', 'group')
    """
    match = re.match(r"(\w+?)Model(\d|NMR| |$)", rule)
    return match[1][:1].lower() + match[1][1:] if match else None


def open_run(folder: Path) -> ScoredRun:
    """Return the run in a folder.

    Raises
    ------
    ReportError
        If a file is missing or run.json cannot be read.
    ScoringError
        If the run was made with a profile that is not known here.
    """
    record_path = folder / "run.json"
    if not record_path.is_file():
        raise _not_a_run(folder, "run.json")
    record, profile = read_record(record_path)
    paths = {name: path for name in (*TABLES, TRACE) if (path := _find(folder, name))}
    for name in TABLES:
        if name not in paths:
            raise _not_a_run(folder, f"{name}.parquet (or .tsv)")
    return ScoredRun(folder, record, profile, paths)


def read_record(path: Path) -> tuple[dict[str, Any], Profile]:
    """Return what a ``run.json`` says, and the profile it names, with the scorers that ran.

    Raises
    ------
    ReportError
        If it cannot be read.
    ScoringError
        If the profile is not known here.
    """
    try:
        record = json.loads(path.read_bytes())
        profile = load_profile(record["profile"], tuple(record.get("changes", ())))
        names = list(record["scorers"])
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ReportError(
            f"{path} is damaged ({error}); score again: bridgenotes score INPUT --out {path.parent}"
        ) from error
    return record, replace(profile, scorers=tuple(profile.scorer(name) for name in names))


def _find(folder: Path, name: str) -> Path | None:
    paths = (folder / f"{name}.{suffix}" for suffix in ("parquet", "tsv"))
    return next((path for path in paths if path.is_file()), None)


def _not_a_run(folder: Path, missing: str) -> ReportError:
    return ReportError(
        f"{folder} is not a scored run: {missing} is missing. Make one: bridgenotes score INPUT --out {folder}"
    )


def _kinds(table: str, columns: list[str]) -> dict[str, pl.DataType | type[pl.DataType]]:
    if table == TRACE:
        words: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(columns, pl.String)
        return words | {"noteId": pl.Int64, "position": pl.Int64, "changed": pl.Boolean}
    if table != "evidence":
        known = output_schema(table)
        return {column: known.get(column, pl.String()) for column in columns}
    kinds: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(columns, pl.Float64)
    kinds |= {column: pl.String for column in columns if column in _EVIDENCE_TEXT}
    kinds |= {"noteId": pl.Int64}
    if "captured" in kinds:
        kinds["captured"] = pl.Boolean
    return kinds


def _cast(column: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
    if kind == pl.Boolean:  # text 0 and 1, or already what it should be
        return pl.col(column).cast(pl.String).is_in(["1", "true"]).alias(column)
    return pl.col(column).cast(kind)
