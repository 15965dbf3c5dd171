"""Models of how sure a status is: flip prediction and predicted Helpful (spec 10)."""

from bridgenotes.scoring.confidence.above import (
    above_times,
    previous_above,
    suppress_after_rules,
    suppress_at_end,
)
from bridgenotes.scoring.confidence.factors import RaterFactors
from bridgenotes.scoring.confidence.flip_model import FlipModel
from bridgenotes.scoring.confidence.flips import flip_notes, flip_ratings, learn_flips, predict_flips
from bridgenotes.scoring.confidence.helpful import (
    PredictedHelpfulModel,
    learn_predicted_helpful,
    predict_helpful,
)
from bridgenotes.scoring.confidence.settings import FlipSettings, PredictedHelpfulSettings
from bridgenotes.scoring.confidence.storage import ConfidenceModelError
from bridgenotes.scoring.confidence.warm_up import compile_confidence

__all__ = [
    "ConfidenceModelError",
    "FlipModel",
    "FlipSettings",
    "PredictedHelpfulModel",
    "PredictedHelpfulSettings",
    "RaterFactors",
    "above_times",
    "compile_confidence",
    "flip_notes",
    "flip_ratings",
    "learn_flips",
    "learn_predicted_helpful",
    "predict_flips",
    "predict_helpful",
    "previous_above",
    "suppress_after_rules",
    "suppress_at_end",
]
