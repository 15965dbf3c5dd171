"""Prescoring of a reputation model: three rounds of Adam (spec 08 sections 1.3 to 1.6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.errors import ScoringError, ShapeError
from bridgenotes.scoring.mf.sliced import SlicedMatrix
from bridgenotes.scoring.reputation import kernels
from bridgenotes.scoring.reputation.model import TRAINED
from bridgenotes.scoring.reputation.objective import SMALLEST_SUM, Parameters, reputation_weight

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.draws import Draws
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.sliced import SlicedSide
    from bridgenotes.scoring.reputation.model import ReputationModel, Ridge, Round

FloatArray = npt.NDArray[np.float64]
Table = npt.NDArray[np.float32]

NOTE_COLUMNS = ("note_factor", "note_intercept")
RATER_COLUMNS = ("rater_factor", "rater_reputation", "rater_intercept")
PLAIN_RATER_COLUMNS = ("rater_factor", "rater_intercept")


class DivergedError(ScoringError):
    """The loss of a reputation model is no longer finite."""


@dataclass(frozen=True)
class ReputationFit:
    """What prescoring learns, on the float32 grid.

    Attributes
    ----------
    note_factor, note_intercept, note_intercept_round2 : numpy.ndarray, float64, shape (n_notes,)
    rater_factor, rater_intercept, rater_intercept_round2, rater_reputation : numpy.ndarray, float64
        Shape (n_raters,).
    global_intercepts : tuple of float
        mu after each round.
    epochs : tuple of int
        Updates in each round.
    """

    note_factor: FloatArray
    note_intercept: FloatArray
    note_intercept_round2: FloatArray
    rater_factor: FloatArray
    rater_intercept: FloatArray
    rater_intercept_round2: FloatArray
    rater_reputation: FloatArray
    global_intercepts: tuple[float, float, float]
    epochs: tuple[int, int, int]


def prescore(
    ratings: RatingMatrix,
    model: ReputationModel,
    *,
    rater_factor: FloatArray | None,
    note_factor: FloatArray | None = None,
    draws: Draws,
) -> ReputationFit:
    """Return the three-round fit; what is not given starts from N(0, 1).

    Parameters
    ----------
    ratings : RatingMatrix
        Labels of the model; unweighted.
    rater_factor : numpy.ndarray, float, shape (n_raters,), or None
        Starting values; NaN counts as 0.
    note_factor : numpy.ndarray, float, shape (n_notes,), optional
        Likewise.
    draws : Draws
        Four draws, whatever is given: note factor, rater factor, note intercept, rater intercept.

    Raises
    ------
    ShapeError
        If starting values do not fit the ratings, or the ratings carry weights.
    DivergedError
        If the loss becomes infinite or NaN.

    References
    ----------
    Spec 08 sections 1.4 and 1.6.
    """
    n, u = ratings.n_notes, ratings.n_raters
    drawn = [draws.normal(size) for size in (n, u, n, u)]
    start = Parameters(
        note_factor=_given(note_factor, drawn[0], "note_factor"),
        rater_factor=_given(rater_factor, drawn[1], "rater_factor"),
        note_intercept=drawn[2],
        rater_intercept=drawn[3],
        rater_reputation=np.full(u, model.first_reputation),
    )
    return train(ratings, model, start)


def _given(values: FloatArray | None, drawn: FloatArray, name: str) -> FloatArray:
    if values is None:
        return drawn
    if len(values) != len(drawn):
        raise ShapeError(f"{name} has {len(values)} values for {len(drawn)} of its kind in the ratings")
    return np.nan_to_num(values.astype(np.float64))


def train(ratings: RatingMatrix, model: ReputationModel, start: Parameters) -> ReputationFit:
    """Return the three-round fit from given starting values; deterministic.

    Raises
    ------
    ShapeError
        If the ratings carry weights.
    DivergedError
        If the loss becomes infinite or NaN.
    """
    if ratings.is_weighted:
        raise ShapeError("a reputation model weighs ratings itself; build the matrix without weights")
    sliced = SlicedMatrix.of(ratings)
    first, epochs1 = train_round(ratings, model, 1, start, sliced)
    second, epochs2 = train_round(ratings, model, 2, first, sliced)
    third, epochs3 = train_round(ratings, model, 3, second, sliced)
    return ReputationFit(
        note_factor=third.note_factor,
        note_intercept=third.note_intercept,
        note_intercept_round2=second.note_intercept,
        rater_factor=third.rater_factor,
        rater_intercept=third.rater_intercept,
        rater_intercept_round2=second.rater_intercept,
        rater_reputation=third.rater_reputation,
        global_intercepts=(first.global_intercept, second.global_intercept, third.global_intercept),
        epochs=(epochs1, epochs2, epochs3),
    )


def train_round(
    ratings: RatingMatrix,
    model: ReputationModel,
    number: int,
    start: Parameters,
    sliced: SlicedMatrix | None = None,
) -> tuple[Parameters, int]:
    """Return one round's parameters and its number of updates.

    Parameters
    ----------
    number : int
        1, 2 or 3.
    start : Parameters
        What the round before left.
    sliced : SlicedMatrix, optional
        The ratings laid out, where that has been done before.

    Notes
    -----
    Every ``check_every`` epochs, before the update, the round ends if L, rounded to float32,
    changed by less than ``convergence`` since the last check.
    """
    descent = _Descent(ratings, sliced or SlicedMatrix.of(ratings), model, number, start)
    previous = np.inf
    for epoch in range(model.last_epoch + 1):
        is_check = epoch % model.check_every == 0
        loss = descent.evaluate_notes(with_loss=is_check)
        if is_check:
            if not np.isfinite(loss):
                raise DivergedError(
                    f"round {number} of a reputation model: loss {loss} at epoch {epoch}; "
                    "look for non-finite starting values"
                )
            if abs(previous - loss) < model.convergence:
                return descent.parameters(), epoch
            previous = loss
        descent.finish_step()
    return descent.parameters(), model.last_epoch + 1


class _Descent:
    """The state of one round: both tables, Adam's moments, mu."""

    def __init__(
        self,
        ratings: RatingMatrix,
        sliced: SlicedMatrix,
        model: ReputationModel,
        number: int,
        start: Parameters,
    ) -> None:
        self.start, self.per_rating = start, 1.0 / max(ratings.n_ratings, 1)
        self.settings = settings = model.round(number)  # type: ignore[arg-type]
        self.rates = adam_rates(model)
        trained, ridge = TRAINED[number - 1], settings.ridge(ratings)
        of_note, of_rater = multipliers(ratings, settings, start.rater_reputation)
        self.is_plain = _is_plain(settings, trained, start)
        self.notes = _HalfState.of(
            sliced.by_note, start, NOTE_COLUMNS, of_note if settings.note_exponent else None, trained, ridge
        )
        self.raters = (
            _HalfState.of(sliced.by_rater, start, PLAIN_RATER_COLUMNS, None, trained, ridge)
            if self.is_plain
            else _HalfState.of(sliced.by_rater, start, RATER_COLUMNS, of_rater, trained, ridge)
        )
        still = float(np.square(start.rater_reputation).sum()) if self.is_plain else 0.0
        self.still_penalty = ridge.rater_reputation * still
        self.mu = np.float32(start.global_intercept)
        self.mu_moments = np.zeros((2, 1, 1), np.float32)
        self.mu_slope = np.float32(0)
        self.steps = 0

    def evaluate_notes(self, *, with_loss: bool) -> float:
        """Prepare the notes' step; return L as float32 would hold it if ``with_loss``."""
        out = self._sweep(self.notes, self.raters, with_loss=with_loss)
        self.mu_slope = np.float32(out[:, 1].sum() * self.per_rating)
        if not with_loss:
            return float("nan")
        penalty = self.notes.penalty() + self.raters.penalty() + self.still_penalty
        return float(np.float32(out[:, 0].sum() * self.per_rating + penalty))

    def finish_step(self) -> None:
        """Step the raters and mu from where the notes were evaluated, then all at once are moved."""
        self._sweep(self.raters, self.notes, with_loss=False)
        self.steps += 1
        moved = kernels.adam(self.mu, self.mu_slope, self.mu_moments, 0, 0, *self.rates[self.steps - 1])
        self.mu = np.float32(moved)  # numba returns a Python number
        self.notes.advance()
        self.raters.advance()

    def _sweep(self, own: _HalfState, other: _HalfState, *, with_loss: bool) -> FloatArray:
        side = own.side
        return kernels.epoch(  # type: ignore[no-any-return]
            side.start, side.packed, side.chunks, other.now.view(np.uint64),
            own.now, own.upcoming, own.moments, own.trained, own.ridge,
            self.mu, self.per_rating, np.float32(self.settings.positive_weight),
            self.settings.loss == "logistic", with_loss, self.is_plain, *self.rates[self.steps],
        )  # fmt: skip

    def parameters(self) -> Parameters:
        """Return the unknowns before the step under way."""
        columns = self.notes.columns() | self.raters.columns()
        return replace(self.start, **columns, global_intercept=float(self.mu))


def _is_plain(settings: Round, trained: frozenset[str], start: Parameters) -> bool:
    """Tell whether reputations are and stay 1 and nothing weighs: then a rater is a factor and an intercept."""
    weighs = settings.note_exponent or settings.rater_exponent or settings.reputation_exponent is not None
    return not weighs and "rater_reputation" not in trained and bool((start.rater_reputation == 1).all())


@dataclass
class _HalfState:
    """One side's table before and after the step, and its moments, by row of the slices."""

    side: SlicedSide
    names: tuple[str, ...]
    now: Table
    upcoming: Table
    moments: npt.NDArray[np.float32]
    trained: npt.NDArray[np.bool_]
    ridge: FloatArray

    @classmethod
    def of(
        cls,
        side: SlicedSide,
        x: Parameters,
        names: tuple[str, ...],
        multiplier: FloatArray | None,
        trained: frozenset[str],
        ridge: Ridge,
    ) -> _HalfState:
        """Lay one side's unknowns out; without multipliers in a table of two columns."""
        table = np.zeros((side.n_rows, len(names) if multiplier is None else 4), np.float32)
        for k, name in enumerate(names):
            table[:, k] = side.rows_of(getattr(x, name))
        if multiplier is not None:
            table[:, kernels.MULTIPLIER] = side.rows_of(multiplier)
        return cls(
            side=side,
            names=names,
            now=table,
            upcoming=table.copy(),
            moments=np.zeros((2, len(names), len(table)), np.float32),
            trained=np.array([name in trained for name in names]),
            ridge=np.array([getattr(ridge, name) for name in names]),
        )

    def advance(self) -> None:
        self.now, self.upcoming = self.upcoming, self.now

    def penalty(self) -> float:
        """Return what this side's unknowns add to the loss; rows that stand for nobody are 0."""
        # Column by column: NumPy is slow at adding up over rows of a few numbers.
        total = 0.0
        for k, strength in enumerate(self.ridge):
            column = self.now[:, k].astype(np.float64)
            total += float(strength) * float((column * column).sum())
        return total

    def columns(self) -> dict[str, FloatArray]:
        return {name: self.side.of_rows(self.now[:, k]) for k, name in enumerate(self.names)}


def adam_rates(model: ReputationModel) -> Table:
    """Return, per epoch, Adam's step size and the root that undoes the second moment's bias; shape (n, 2)."""
    step = np.arange(1, model.last_epoch + 2)
    return np.stack([model.learning_rate / (1 - 0.9**step), np.sqrt(1 - 0.999**step)], 1).astype(np.float32)


def multipliers(
    ratings: RatingMatrix, settings: Round, reputation: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return what each note and each rater contributes to the weight of its ratings.

    A rating's weight is base weight (``positive_weight`` for label 1, else 1) times both
    (`objective.weights` says the same per rating).
    """
    note, rater = ratings.by_note, ratings.by_rater
    of_rater = reputation_weight(settings, reputation)
    of_note = np.ones(ratings.n_notes)
    if settings.note_exponent:
        total = kernels.weight_sums(note.start, note.packed, note.chunks, of_rater, settings.positive_weight)
        of_note = (total + SMALLEST_SUM) ** settings.note_exponent
    if settings.rater_exponent:
        total = kernels.weight_sums(
            rater.start, rater.packed, rater.chunks, of_note, settings.positive_weight
        )
        of_rater = of_rater * (of_rater * total + SMALLEST_SUM) ** settings.rater_exponent
    return of_note, of_rater
