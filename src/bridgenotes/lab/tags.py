"""Which reasons raters give: by the kind of note and the level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.vocabulary import HELPFULNESS_LEVELS, TAGS, tag_bit
from bridgenotes.lab.chance import Stage, generator
from bridgenotes.lab.notes import KINDS, NOT_NEEDED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

LOTS: Final = 4096
"""Draws prepared per kind and level."""
_HELPFUL: Final = {
    "helpfulOther": 0.3,
    "helpfulClear": 4.0,
    "helpfulGoodSources": 4.0,
    "helpfulAddressesClaim": 4.0,
    "helpfulImportantContext": 4.0,
    "helpfulUnbiasedLanguage": 2.0,
}
_NOT_HELPFUL: Final = {
    "notHelpfulOther": 0.3,
    "notHelpfulIncorrect": 2.0,
    "notHelpfulSourcesMissingOrUnreliable": 3.0,
    "notHelpfulMissingKeyPoints": 2.5,
    "notHelpfulHardToUnderstand": 0.5,
    "notHelpfulArgumentativeOrBiased": 2.5,
    "notHelpfulSpamHarassmentOrAbuse": 0.08,
    "notHelpfulIrrelevantSources": 1.2,
    "notHelpfulOpinionSpeculation": 2.0,
    "notHelpfulNoteNotNeeded": 3.0,
}
_TYPICAL: Final[tuple[Mapping[str, float], ...]] = (
    {},
    {"notHelpfulArgumentativeOrBiased": 3.0, "notHelpfulMissingKeyPoints": 1.5},
    {"notHelpfulArgumentativeOrBiased": 3.0, "notHelpfulMissingKeyPoints": 1.5},
    {"notHelpfulIncorrect": 5.0, "notHelpfulSourcesMissingOrUnreliable": 3.0},
    {"notHelpfulSpamHarassmentOrAbuse": 120.0, "notHelpfulArgumentativeOrBiased": 2.0},
    {"notHelpfulOpinionSpeculation": 6.0, "helpfulGoodSources": 0.2},
    {"notHelpfulMissingKeyPoints": 2.0},
    {"notHelpfulNoteNotNeeded": 6.0},
)
"""Per kind of `KINDS`, then `NOT_NEEDED`: how much likelier a reason is than usual."""


class TagLottery:
    """Prepared draws of rating forms.

    Attributes
    ----------
    form : numpy.ndarray, int32, shape (n_kinds + 1, 3, LOTS)
        Number of the form for kind, level and lot.
    text : polars.Series, String
        Per form the public columns from ``version`` to the last tag, joined by tabs.
    """

    def __init__(self, seed: int) -> None:
        masks = np.stack(
            [
                np.stack(
                    [_masks(generator(seed, Stage.TAGS, 3 * kind + level), kind, level) for level in range(3)]
                )
                for kind in range(NOT_NEEDED + 1)
            ]
        )
        keyed = masks * 3 + np.arange(3)[None, :, None]
        forms, inverse = np.unique(keyed, return_inverse=True)
        self.form: npt.NDArray[np.int32] = inverse.reshape(masks.shape).astype(np.int32)
        self.text = pl.Series("form", [_form(int(key) // 3, int(key) % 3) for key in forms], dtype=pl.String)


def _masks(rng: np.random.Generator, kind: int, level: int) -> npt.NDArray[np.int64]:
    """Return `LOTS` tag masks of one to three tags; SOMEWHAT_HELPFUL has tags of both sides."""
    how_many = rng.choice([1, 2, 3], LOTS, p=[0.5, 0.35, 0.15])
    if level == 2:
        return _draw(rng, kind, _HELPFUL, how_many)
    if level == 0:
        return _draw(rng, kind, _NOT_HELPFUL, how_many)
    helpful = rng.integers(1, 3, LOTS)
    not_helpful = np.where(helpful == 2, 1, rng.integers(1, 3, LOTS))
    return _draw(rng, kind, _HELPFUL, helpful) | _draw(rng, kind, _NOT_HELPFUL, not_helpful)


def _draw(
    rng: np.random.Generator, kind: int, usual: Mapping[str, float], how_many: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return masks of ``how_many`` different tags (weighted draws without replacement)."""
    tags = list(usual)
    weight = np.array([usual[tag] * _TYPICAL[kind].get(tag, 1.0) for tag in tags])
    rank = np.argsort(rng.exponential(1.0, (LOTS, len(tags))) / weight, axis=1)
    bits = np.array([tag_bit(tag) for tag in tags], dtype=np.int64)[rank]
    chosen: npt.NDArray[np.int64] = (bits * (np.arange(len(tags)) < how_many[:, None])).sum(axis=1)
    return chosen


def _form(mask: int, level: int) -> str:
    """Return the columns version, agree, disagree, helpful, notHelpful, level and tags."""
    ticks = ("1" if mask >> k & 1 else "0" for k in range(len(TAGS)))
    return "\t".join(("2", "0", "0", "0", "0", HELPFULNESS_LEVELS[level], *ticks))


assert len(_TYPICAL) == len(KINDS) + 1
