"""Predicted Helpful: will a note end up Helpful, judged by its first ratings? (spec 10.6)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.scoring.confidence.boosting import Trees, boost, split
from bridgenotes.scoring.confidence.helpful_features import feature_names, helpful_features
from bridgenotes.scoring.confidence.helpful_rows import View, current_rows, training_rows
from bridgenotes.scoring.confidence.settings import PredictedHelpfulSettings
from bridgenotes.scoring.confidence.storage import pack, unpack

if TYPE_CHECKING:
    from bridgenotes.scoring.confidence.factors import RaterFactors
    from bridgenotes.scoring.inputs import Inputs

_KIND: Final = "predicted Helpful"
_FORM: Final = 1
"""To be raised whenever the stored form changes."""
MIN_OF_EACH: Final = 2
"""Helpful rows, and others: one to learn from, and one that decides when to stop."""

PREDICTIONS_SCHEMA: Final = pl.Schema(
    {
        "note": pl.Int32(),
        "pcrh_exit_n": pl.Float64(),  # number of ratings
        "pcrh_exit_proba": pl.Float64(),
        "pcrh_revoked": pl.Boolean(),  # was above, is no longer
        "pcrh_revoke_n": pl.Float64(),
        "pcrh_final_pred": pl.Boolean(),  # above
    }
)
"""Predictions, one row per note that can be predicted."""


@dataclass(frozen=True)
class PredictedHelpfulModel:
    """Trees over the columns of `feature_names`.

    Attributes
    ----------
    trees : Trees
    features : tuple of str
        Columns learned from, in order.
    learned_from : dict of str to int
        Number of rows, of Helpful ones, of trees; for the run's record.
    """

    trees: Trees
    features: tuple[str, ...]
    learned_from: dict[str, int]

    def to_bytes(self) -> bytes:
        """Return the model as an ``.npz`` archive of plain arrays."""
        arrays = asdict(self.trees)
        about = {"baseline": arrays.pop("baseline"), "features": self.features}
        return pack(_KIND, _FORM, about | {"learned_from": self.learned_from}, arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> PredictedHelpfulModel:
        """Return the model that `to_bytes` stored.

        Raises
        ------
        ConfidenceModelError
            If ``data`` is something else.
        """
        names = ("feature", "threshold", "left", "right", "leaf", "roots")
        about, arrays = unpack(data, _KIND, _FORM, names)
        trees = Trees(**arrays, baseline=about["baseline"])
        return cls(trees, tuple(about["features"]), about["learned_from"])


def learn_predicted_helpful(
    inputs: Inputs, factors: RaterFactors, settings: PredictedHelpfulSettings | None = None
) -> tuple[PredictedHelpfulModel | None, list[str]]:
    """Learn from notes at their first ratings whether they are Helpful now.

    Parameters
    ----------
    inputs : Inputs
        Of prescoring: coalesced ratings, topics, seed.
    factors : RaterFactors
        From prescoring.
    settings : PredictedHelpfulSettings, optional

    Returns
    -------
    model : PredictedHelpfulModel or None
        None if there is too little to learn from; nothing is then predicted.
    remarks : list of str
        Why there is none.
    """
    settings = settings or PredictedHelpfulSettings()
    community = inputs.community
    view = View.build(inputs.ratings, community, factors, settings)
    rows = training_rows(community, view, settings)
    if not len(rows):
        remark = (
            f"no predicted Helpful: fewer than {settings.min_rows} notes to learn from have "
            f"{settings.min_ratings} ratings by raters of the core groups"
        )
        return None, [remark]
    n_helpful = int(rows.is_helpful.sum())
    if min(n_helpful, len(rows) - n_helpful) < MIN_OF_EACH:
        remark = (
            f"no predicted Helpful: of {len(rows)} notes to learn from {n_helpful} are Helpful; at least "
            f"{MIN_OF_EACH} must be, and {MIN_OF_EACH} must not"
        )
        return None, [remark]
    # described in the order of the split, block by block: all values at once would be most of a run's memory
    parts = [rows.take(part) for part in split(rows.is_helpful, settings.boosting, inputs.seed)]
    training, validation = (
        helpful_features(part, view, community.history, factors, inputs.topics, settings) for part in parts
    )
    trees = boost(
        training, parts[0].is_helpful, settings.boosting, validation=(validation, parts[1].is_helpful)
    )
    learned_from = {
        "rows": len(rows),
        "helpful": n_helpful,
        "trees": len(trees.roots),
    }
    return PredictedHelpfulModel(trees, tuple(feature_names(settings)), learned_from), []


def predict_helpful(
    model: PredictedHelpfulModel | None,
    inputs: Inputs,
    factors: RaterFactors,
    previous: pl.DataFrame,
    settings: PredictedHelpfulSettings | None = None,
) -> pl.DataFrame:
    """Predict for the notes being scored.

    Parameters
    ----------
    model : PredictedHelpfulModel or None
        From prescoring; without one nothing is predicted.
    inputs : Inputs
        Of final scoring, cut to the notes being scored; ratings not coalesced.
    factors : RaterFactors
        From prescoring.
    previous : polars.DataFrame
        `above.PREVIOUS_SCHEMA`: what was above before.
    settings : PredictedHelpfulSettings, optional

    Returns
    -------
    polars.DataFrame
        `PREDICTIONS_SCHEMA`, by note.
    """
    settings = settings or PredictedHelpfulSettings()
    if model is None:
        return pl.DataFrame(schema=PREDICTIONS_SCHEMA)
    community = inputs.community
    view = View.build(inputs.ratings, community, factors, settings)
    rows = current_rows(community, view, settings)
    names = feature_names(settings)
    blocks = helpful_features(rows, view, community.history, factors, inputs.topics, settings)
    found = [model.trees.probabilities(_in_order(block, names, model.features)) for block in blocks]
    probability = np.concatenate([np.zeros(0), *found])
    return judge(rows.note, rows.n_ratings, probability, previous, settings)


def judge(
    note: npt.NDArray[np.int32],
    n_ratings: npt.NDArray[np.int64],
    probability: npt.NDArray[np.float64],
    previous: pl.DataFrame,
    settings: PredictedHelpfulSettings,
) -> pl.DataFrame:
    """Compare probabilities with the threshold of each note's number of ratings.

    A note that was above stays above down to a lower probability, below which it is revoked.

    Parameters
    ----------
    note, n_ratings, probability : numpy.ndarray, shape (n,)
    previous : polars.DataFrame
        note, previous_ms: positive = was above.
    settings : PredictedHelpfulSettings

    Returns
    -------
    polars.DataFrame
        `PREDICTIONS_SCHEMA`.
    """
    before = previous.filter(pl.col("previous_ms") > 0)["note"].to_numpy()
    was_above = np.isin(note, before)
    revoked = was_above & (probability < settings.revoke_below)
    is_above = np.where(was_above, ~revoked, probability >= thresholds(n_ratings, settings))
    counts = n_ratings.astype(np.float64)
    return pl.DataFrame(
        {
            "note": note,
            "pcrh_exit_n": counts,
            "pcrh_exit_proba": probability,
            "pcrh_revoked": revoked,
            "pcrh_revoke_n": pl.Series(np.where(revoked, counts, np.nan)).fill_nan(None),
            "pcrh_final_pred": is_above,
        },
        schema=PREDICTIONS_SCHEMA,
    )


def thresholds(
    n_ratings: npt.NDArray[np.int64], settings: PredictedHelpfulSettings
) -> npt.NDArray[np.float64]:
    """Return the threshold of the nearest listed number of ratings; of two the smaller number."""
    listed = np.array(settings.cascade)
    nearest = np.abs(n_ratings[:, None] - listed).argmin(axis=1)
    return np.asarray(np.array([p for _, p in settings.thresholds])[nearest])


def _in_order(
    values: npt.NDArray[np.float64], have: list[str], want: tuple[str, ...]
) -> npt.NDArray[np.float64]:
    """Return the columns a model learned from; those that are missing are 0."""
    if tuple(have) == want:
        return values
    out = np.zeros((len(values), len(want)))
    for k, name in enumerate(want):
        if name in have:
            out[:, k] = values[:, have.index(name)]
    return out
