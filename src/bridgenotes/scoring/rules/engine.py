"""The rule engine: run an ordered list of rules over a table of notes (spec 05 section 2).

A rule sees the table and every note's label at that moment and decides which notes get which
label. Whoever is decided on is traced, also when the label stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import STATUSES, Status
from bridgenotes.scoring.errors import ScoringError

if TYPE_CHECKING:
    from collections.abc import Sequence

BoolArray = npt.NDArray[np.bool_]
LabelArray = npt.NDArray[np.int8]

NO_LABEL: Final = np.int8(-1)
CODE: Final = {status: np.int8(k) for k, status in enumerate(STATUSES)}
"""Label codes: positions in `STATUSES`."""


class RuleError(ScoringError):
    """A rule list that does not hold together, or a rule that decided nonsense."""


class NoteTable:
    """The columns rules read, as arrays: row i is one note.

    Numbers come as they are stored (null becomes NaN), statuses as label codes (null becomes
    `NO_LABEL`), so that comparisons with a missing value are false.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def __len__(self) -> int:
        return self.frame.height

    def __contains__(self, name: str) -> bool:
        return name in self.frame.columns

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """Return column ``name``, shape (n_notes,)."""
        if name not in self._arrays:
            self._arrays[name] = _array(self.frame[name])
        return self._arrays[name]

    def labels(self, name: str) -> LabelArray:
        """Return a status column as label codes."""
        codes: LabelArray = self[name]
        return codes


def _array(column: pl.Series) -> npt.NDArray[Any]:
    if column.dtype == Status:
        return column.to_physical().cast(pl.Int8).fill_null(-1).to_numpy()
    if isinstance(column.dtype, pl.Enum):
        return column.cast(pl.String).to_numpy()
    if column.dtype == pl.Boolean:
        return column.fill_null(value=False).to_numpy()
    if column.dtype.is_float():
        return column.to_numpy()  # null becomes NaN
    if column.dtype.is_integer() and column.null_count():
        return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return column.to_numpy()


@dataclass(frozen=True)
class Decision:
    """What a rule wants.

    Attributes
    ----------
    applies : numpy.ndarray, bool, shape (n_notes,)
        Notes decided on.
    label : numpy.int8 or numpy.ndarray, int8, shape (n_notes,)
        Their new label; where it does not apply it is not read.
    columns : mapping of str to polars.Series
        Extra columns, one value per note of the table.
    """

    applies: BoolArray
    label: np.int8 | LabelArray
    columns: Mapping[str, pl.Series] = field(default_factory=dict)


Decide = Callable[[NoteTable, LabelArray, Any], Decision]


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes
    ----------
    id : str
        Its name in profiles.
    name, version : str
        Its public name: ``name (vversion)`` in traces and decided-by columns.
    decide : callable
        From (table, current labels, settings) to a `Decision`.
    reason : str
        A sentence for readers, with ``{note[column]}`` and ``{limits.setting}`` filled in by `explain`.
    locks : bool
        Whether a note decided by it may be locked after two weeks.
    needs : tuple of str
        Ids of rules that must come earlier in the list.
    """

    id: str
    name: str
    version: str
    decide: Decide
    reason: str
    locks: bool = False
    needs: tuple[str, ...] = ()

    @property
    def display_name(self) -> str:
        """The name written to traces, e.g. ``GeneralCRH (v1.0)``."""
        return f"{self.name} (v{self.version})"


@dataclass(frozen=True)
class Verdict:
    """The outcome of a rule list.

    Attributes
    ----------
    label : numpy.ndarray, int8, shape (n_notes,)
        Final label codes.
    fired : numpy.ndarray, bool, shape (n_rules, n_notes)
        Which rule decided on which note.
    before : numpy.ndarray, int8, shape (n_rules, n_notes)
        Labels as each rule found them.
    rules : tuple of Rule
        The list that ran.
    columns : dict of str to polars.Series
        Extra columns of the rules.
    """

    label: LabelArray
    fired: BoolArray
    before: LabelArray
    rules: tuple[Rule, ...]
    columns: dict[str, pl.Series]

    def status(self) -> pl.Series:
        """Return the labels as statuses."""
        return labels_to_status(self.label)

    def active_rules(self) -> pl.Series:
        """Return, per note, the traced rule names joined with commas."""
        names = [
            pl.when(pl.Series(self.fired[k])).then(pl.lit(rule.display_name)).alias(rule.id)
            for k, rule in enumerate(self.rules)
        ]
        frame = pl.select(pl.concat_str(names, separator=",", ignore_nulls=True).alias("rules"))
        return frame["rules"]

    def decided_by(self) -> pl.Series:
        """Return, per note, the last traced rule's name."""
        last = len(self.rules) - 1 - np.argmax(self.fired[::-1], axis=0)
        names = np.array([rule.display_name for rule in self.rules], dtype=object)
        return pl.Series("decided_by", names[last].tolist(), dtype=pl.String)

    def effects(self) -> pl.DataFrame:
        """Count, per rule, the notes it decided on and the labels it changed."""
        after = np.vstack([self.before[1:], self.label[None, :]])
        return pl.DataFrame(
            {
                "rule": [rule.display_name for rule in self.rules],
                "decided": self.fired.sum(axis=1),
                "changed": (self.before != after).sum(axis=1),
            }
        )


def added_effects(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the effects of a rule list on all notes from those on parts of them (`Verdict.effects`)."""
    rows = pl.concat(parts).group_by("rule", maintain_order=True)
    return rows.agg(pl.col("decided", "changed").sum())


def labels_to_status(label: LabelArray) -> pl.Series:
    """Return label codes as a status column (`NO_LABEL` becomes null)."""
    codes = pl.Series(label.astype(np.uint8), dtype=pl.UInt8)
    names = pl.DataFrame({"code": codes}).select(
        pl.when(pl.Series(label >= 0)).then(
            pl.col("code").replace_strict(dict(enumerate(STATUSES)), default=None, return_dtype=Status)
        )
    )
    return names.to_series()


def run_rules(rules: Sequence[Rule], table: NoteTable, settings: object) -> Verdict:
    """Run ``rules`` in order over ``table``.

    Raises
    ------
    RuleError
        If a rule occurs twice, a needed rule did not run earlier, two rules add the same column,
        or a note ends without a label.
    """
    _check_order(rules)
    n = len(table)
    label = np.full(n, NO_LABEL, np.int8)
    fired = np.zeros((len(rules), n), np.bool_)
    before = np.empty((len(rules), n), np.int8)
    columns: dict[str, pl.Series] = {}
    for k, rule in enumerate(rules):
        before[k] = label
        decision = rule.decide(table, label, settings)
        fired[k] = decision.applies
        label = np.where(decision.applies, decision.label, label).astype(np.int8)
        repeated = columns.keys() & decision.columns.keys()
        if repeated:
            raise RuleError(f"rule {rule.id} adds column {min(repeated)}, which an earlier rule has added")
        columns.update(decision.columns)
    if (label == NO_LABEL).any():
        raise RuleError(
            f"{int((label == NO_LABEL).sum())} notes have no label; begin the list with an initial rule"
        )
    return Verdict(label, fired, before, tuple(rules), columns)


def _check_order(rules: Sequence[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"rule {rule.id} occurs twice in the list")
        missing = [needed for needed in rule.needs if needed not in seen]
        if missing:
            raise RuleError(f"rule {rule.id} needs rule {missing[0]} earlier in the list")
        seen.add(rule.id)
