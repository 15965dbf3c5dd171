"""The constants of a reputation model, ready to be read from a profile.

Source: spec 08 section 1.5, 00 section 7.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix

Loss = Literal["logistic", "squared"]
PerRound = tuple[float, float, float]

NOTES_AND_RATERS: Final = frozenset({"note_factor", "note_intercept", "rater_factor", "rater_intercept"})
TRAINED: Final = (
    NOTES_AND_RATERS,
    (NOTES_AND_RATERS - {"note_intercept"}) | {"rater_reputation"},
    frozenset({"note_intercept", "rater_intercept"}),
)
"""Parameters that move in each prescoring round, besides the global intercept (spec 08 section 1.6)."""


@dataclass(frozen=True)
class ReputationModel:
    """One reputation model, described.

    Attributes
    ----------
    loss : {"logistic", "squared"}
        Cross-entropy on logits, or squared error.
    regularisation : float
        Strength l of every penalty; also that of both factors.
    note_intercept, rater_intercept, rater_reputation : float
        Multiples of ``regularisation``.
    third_round_regularisation, third_round_note_intercept : float
        Factors on ``regularisation`` and on ``note_intercept`` in the third round.
    positive_weight, note_exponent, rater_exponent : tuple of float
        One per round: weight of ratings labelled 1, powers of the weight sums of note and rater.
    reputation_exponent, reputation_floor : float
        e and alpha: a third-round rating weighs (alpha + max(q, 0)**e) / (1 + alpha).
    first_reputation : float
        Every rater's reputation when prescoring begins.
    learning_rate : float
        Adam's.
    convergence : float
        Stop when the loss changed by less than this since the check before.
    check_every : int
        Epochs between two checks.
    last_epoch : int
        Epochs are counted from 0; this one is still run.
    """

    loss: Loss
    regularisation: float
    note_intercept: float
    rater_intercept: float
    rater_reputation: float
    third_round_regularisation: float
    third_round_note_intercept: float
    positive_weight: PerRound
    note_exponent: PerRound
    rater_exponent: PerRound
    reputation_exponent: float
    reputation_floor: float
    first_reputation: float
    learning_rate: float
    convergence: float
    check_every: int
    last_epoch: int

    def round(self, number: Literal[1, 2, 3]) -> Round:
        """Return what one round minimises."""
        k, is_third = number - 1, number == 3
        strength = self.regularisation * (self.third_round_regularisation if is_third else 1.0)
        return Round(
            loss=self.loss,
            positive_weight=self.positive_weight[k],
            note_exponent=self.note_exponent[k],
            rater_exponent=self.rater_exponent[k],
            reputation_exponent=self.reputation_exponent if is_third else None,
            reputation_floor=self.reputation_floor,
            factor=strength,
            note_intercept=strength
            * self.note_intercept
            * (self.third_round_note_intercept if is_third else 1.0),
            rater_intercept=strength * self.rater_intercept,
            rater_reputation=strength * self.rater_reputation,
        )


@dataclass(frozen=True)
class Round:
    """What one round minimises; strengths are those of spec 08 section 1.2 with l multiplied in.

    Attributes
    ----------
    reputation_exponent : float or None
        None: reputations do not weigh.
    factor, note_intercept, rater_intercept, rater_reputation : float
        Penalties on the means of squares.
    """

    loss: Loss
    positive_weight: float
    note_exponent: float
    rater_exponent: float
    reputation_exponent: float | None
    reputation_floor: float
    factor: float
    note_intercept: float
    rater_intercept: float
    rater_reputation: float

    def ridge(
        self,
        ratings: RatingMatrix,
        ratings_per_note: float | None = None,
        ratings_per_rater: float | None = None,
    ) -> Ridge:
        """Return the penalty per squared parameter; given ratios replace those of the ratings."""
        notes = ratings.n_ratings / ratings_per_note if ratings_per_note else ratings.n_notes
        raters = ratings.n_ratings / ratings_per_rater if ratings_per_rater else ratings.n_raters
        return Ridge(
            note_factor=self.factor / max(notes, 1e-9),
            note_intercept=self.note_intercept / max(notes, 1e-9),
            rater_factor=self.factor / max(raters, 1e-9),
            rater_reputation=self.rater_reputation / max(raters, 1e-9),
            rater_intercept=self.rater_intercept / max(raters, 1e-9),
        )


@dataclass(frozen=True)
class Ridge:
    """Penalty of each squared parameter in L, per kind."""

    note_factor: float
    note_intercept: float
    rater_factor: float
    rater_reputation: float
    rater_intercept: float


DILIGENCE: Final = ReputationModel(
    loss="logistic",
    regularisation=0.03,
    note_intercept=1.0,
    rater_intercept=10.0,
    rater_reputation=50.0,
    third_round_regularisation=1.0,
    third_round_note_intercept=1.0,
    positive_weight=(100.0, 100.0, 500.0),
    note_exponent=(0.0, 0.0, -0.5),
    rater_exponent=(0.0, 0.0, 0.0),
    reputation_exponent=0.5,
    reputation_floor=0.1,
    first_reputation=1.0,
    learning_rate=0.2,
    convergence=1e-5,
    check_every=5,
    last_epoch=300,
)
"""Label 1: the rating carries a tag on sources or accuracy (spec 08 section 2)."""

HELPFULNESS: Final = ReputationModel(
    loss="squared",
    regularisation=0.01,
    note_intercept=0.5,
    rater_intercept=1.0,
    rater_reputation=1.0,
    third_round_regularisation=0.1,
    third_round_note_intercept=10.0,
    positive_weight=(0.2, 1.0, 1.0),
    note_exponent=(0.0, 0.0, -0.5),
    rater_exponent=(-0.5, 0.0, 0.0),
    reputation_exponent=1.0,
    reputation_floor=0.0,
    first_reputation=1.0,
    learning_rate=0.2,
    convergence=1e-7,
    check_every=10,
    last_epoch=300,
)
"""Label: helpfulness (spec 08 section 3)."""
