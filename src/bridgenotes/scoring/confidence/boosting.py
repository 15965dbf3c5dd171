"""Gradient-boosted trees: trained by scikit-learn, kept and evaluated as plain arrays (spec 10.6.3 step 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from bridgenotes.scoring.confidence.kernels import tree_sums
from bridgenotes.scoring.confidence.threads import one_thread

if TYPE_CHECKING:
    from bridgenotes.scoring.confidence.settings import Boosting

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Trees:
    """The nodes of all trees in one list.

    Attributes
    ----------
    feature : numpy.ndarray, int64, shape (n_nodes,)
        Column compared, -1 at leaves.
    threshold : numpy.ndarray, float64, shape (n_nodes,)
        Values up to it go left.
    left, right : numpy.ndarray, int64, shape (n_nodes,)
        Nodes to go to.
    leaf : numpy.ndarray, float64, shape (n_nodes,)
        Log-odds added at leaves.
    roots : numpy.ndarray, int64, shape (n_trees,)
    baseline : float
        Log-odds without any tree.
    """

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    leaf: FloatArray
    roots: IntArray
    baseline: float

    def probabilities(self, values: FloatArray) -> FloatArray:
        """Return the probability of class 1 of each row of ``values``, shape (n_rows, n_features)."""
        out = tree_sums(values, self.feature, self.threshold, self.left, self.right, self.leaf, self.roots)
        return np.asarray(special.expit(out + self.baseline))


def split(outcome: BoolArray, settings: Boosting, seed: int) -> tuple[IntArray, IntArray]:
    """Return the rows to learn from and those that decide when to stop, as the library draws them."""
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 (slow to import)

    drawn = np.random.RandomState(seed).randint(np.iinfo(np.uint32).max, dtype="u8")
    training, validation = train_test_split(
        np.arange(len(outcome)), test_size=settings.validation_share, stratify=outcome, random_state=drawn
    )
    return training, validation


def boost(
    values: FloatArray,
    outcome: BoolArray,
    settings: Boosting,
    seed: int,
    *,
    validation: tuple[FloatArray, BoolArray],
) -> Trees:
    """Learn trees.

    Parameters
    ----------
    values : numpy.ndarray, float64, shape (n_rows, n_features)
        No NaN. Not standardised: trees see nothing but the order of values.
    outcome : numpy.ndarray, bool, shape (n_rows,)
        Both values must occur.
    settings : Boosting
    seed : int
        Of the rows that bins are made from, where there are many.
    validation : tuple
        Values and outcomes of other rows, which decide when to stop.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 (slow to import)

    model = HistGradientBoostingClassifier(
        max_iter=settings.max_trees,
        max_depth=settings.max_depth,
        learning_rate=settings.learning_rate,
        random_state=seed,
        early_stopping=True,
        n_iter_no_change=settings.patience,
    )
    with one_thread():
        model.fit(values, outcome, X_val=validation[0], y_val=validation[1])
    # The trees have no public form; a test holds these arrays against the library's own predictions.
    nodes = [tree.nodes for (tree,) in model._predictors]  # noqa: SLF001
    first = np.cumsum([0, *(len(tree) for tree in nodes)])
    joined = np.concatenate(nodes)
    shift = np.repeat(first[:-1], np.diff(first))
    is_leaf = joined["is_leaf"].astype(np.bool_)
    return Trees(
        feature=np.where(is_leaf, -1, joined["feature_idx"]).astype(np.int64),
        threshold=joined["num_threshold"].astype(np.float64),
        left=joined["left"].astype(np.int64) + shift,
        right=joined["right"].astype(np.int64) + shift,
        leaf=np.where(is_leaf, joined["value"], 0.0),
        roots=first[:-1].astype(np.int64),
        baseline=float(model._baseline_prediction[0, 0]),  # noqa: SLF001
    )
