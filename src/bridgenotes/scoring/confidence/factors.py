"""Rater factors as the confidence models look them up (spec 10.2.5 and 10.6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.confidence.settings import CORE, FLIP_SCORERS, TOPIC_SCORER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.scoring.handover import Handover

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RaterFactors:
    """Factors by contributor code: float64, shape (n_contributors,), NaN where there is none.

    Attributes
    ----------
    flips : numpy.ndarray
        Of Core, else Expansion, else Expansion Plus.
    core : numpy.ndarray
        Of Core's last fit.
    any_core : numpy.ndarray
        Of Core's last fit, else of its first.
    topics : dict of str to numpy.ndarray
        Per topic, of the topic's scorer.
    """

    flips: FloatArray
    core: FloatArray
    any_core: FloatArray
    topics: dict[str, FloatArray]

    @classmethod
    def gather(cls, handovers: Mapping[str, Handover], n_contributors: int) -> RaterFactors:
        """Look factors up in prescoring results; scorers that learned nothing may be missing."""

        def values(scorer: str, column: str) -> FloatArray:
            if scorer not in handovers:
                return np.full(n_contributors, np.nan)
            return handovers[scorer].rater_values(column, n_contributors)

        core, *others = (values(scorer, "factor") for scorer in FLIP_SCORERS)
        flips = core
        for other in others:
            flips = np.where(np.isnan(flips), other, flips)
        topics = {
            name.removeprefix(TOPIC_SCORER_PREFIX): values(name, "factor")
            for name in handovers
            if name.startswith(TOPIC_SCORER_PREFIX)
        }
        first = values(CORE, "first_round_factor")
        return cls(flips, core, np.where(np.isnan(core), first, core), topics)
