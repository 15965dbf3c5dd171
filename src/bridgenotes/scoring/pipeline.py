"""A scoring run, top to bottom: learn raters, score notes, score contributors (spec 06)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgenotes.scoring.phases.contributors import score_people
from bridgenotes.scoring.phases.final import ScoredNotes, score_notes
from bridgenotes.scoring.phases.prescoring import Prescored, prescore_community
from bridgenotes.scoring.shelf import collected

if TYPE_CHECKING:
    import polars as pl

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.phases.context import Context
    from bridgenotes.scoring.phases.predictions import Predictions
    from bridgenotes.scoring.previous import Previous
    from bridgenotes.scoring.profile import Profile


@dataclass(frozen=True)
class Run:
    """The outcome of a run.

    Attributes
    ----------
    prescored : Prescored
        What was learned.
    notes : ScoredNotes
        What was decided.
    helpfulness_scores : polars.DataFrame
        What it means for contributors, under public names.
    """

    prescored: Prescored
    notes: ScoredNotes
    helpfulness_scores: pl.DataFrame

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The four public output tables (spec 01 A.13) by name."""
        of_notes = {name: collected(table) for name, table in self.notes.tables.items()}
        return {**of_notes, "helpfulness_scores": self.helpfulness_scores}

    @property
    def remarks(self) -> tuple[str, ...]:
        """What could not be done, and why."""
        return tuple(dict.fromkeys((*self.prescored.remarks, *self.notes.remarks)))

    @property
    def diagnostics(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Objective, iterations and gradient norm of every fit, by scorer."""
        learned = self.prescored.handovers
        names = dict.fromkeys([*learned, *self.notes.fits])
        return {
            name: (learned[name].diagnostics if name in learned else {})
            | ({"notes": self.notes.fits[name]} if name in self.notes.fits else {})
            for name in names
        }


def score_dataset(
    dataset: Dataset,
    profile: Profile,
    context: Context,
    *,
    prescored: Prescored | None = None,
    previous: Previous | None = None,
    predictions: Predictions | None = None,
) -> Run:
    """Score a community.

    Parameters
    ----------
    dataset : Dataset
        The public tables.
    profile : Profile
        What to run and with which constants.
    context : Context
        Clock, seed, executor, and what to record and to check.
    prescored : Prescored, optional
        Results of an earlier prescoring; learned here when not given.
    previous : Previous, optional
        As in `score_notes`.
    predictions : Predictions, optional
        As in `score_notes`.

    Raises
    ------
    TooManyFlipsError
        As in `score_notes`.
    """
    learned = prescored or prescore_community(dataset, profile, context)
    notes = score_notes(dataset, profile, learned, context, previous=previous, predictions=predictions)
    return Run(learned, notes, score_people(dataset, profile, learned, notes.tables, context))
