"""A learned flip prediction: the few terms with weight, and what is needed to compute them (spec 10.4, 10.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.scoring.confidence.flip_features import TOKENS_PER_RATER
from bridgenotes.scoring.confidence.quantities import Bins, Limits, quantities
from bridgenotes.scoring.confidence.storage import pack, unpack
from bridgenotes.scoring.confidence.terms import MAX_DEGREE, ProductFamily, TokenFamily, bags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.scoring.confidence.flip_features import FlipFeatures
    from bridgenotes.scoring.confidence.settings import FlipSettings
    from bridgenotes.scoring.confidence.sparse_logistic import SparseFit
    from bridgenotes.scoring.confidence.terms import Family

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_KIND: Final = "flip"
_FORM: Final = 1
"""To be raised whenever the stored form changes."""
_NOTHING: Final = -1
"""Fills up products of fewer than `MAX_DEGREE` bins."""


@dataclass(frozen=True)
class FlipModel:
    """Linear in products of bins and in tokens.

    Attributes
    ----------
    limits : Limits
        Where values are cut.
    bins : Bins
        Bins of quantities.
    quantity, bin : numpy.ndarray, int64, shape (n_products, `MAX_DEGREE`)
        What each product multiplies, filled up with -1.
    product_weight : numpy.ndarray, float64, shape (n_products,)
    bag, said : numpy.ndarray, int64, shape (n_tokens,)
        Where a token counts, and level or tag bit.
    contributor_id : tuple of str
        Public id of each token's contributor.
    token_weight : numpy.ndarray, float64, shape (n_tokens,)
    intercept, threshold : float
        A note with a larger score than ``threshold`` is predicted to flip.
    learned_from : dict of str to int
        Number of rows, of rows that flipped, of candidate terms; for the run's record.
    """

    limits: Limits
    bins: Bins
    quantity: IntArray
    bin: IntArray
    product_weight: FloatArray
    bag: IntArray
    said: IntArray
    contributor_id: tuple[str, ...]
    token_weight: FloatArray
    intercept: float
    threshold: float
    learned_from: dict[str, int]

    def scores(
        self, features: FlipFeatures, contributor_ids: pl.Series, settings: FlipSettings
    ) -> FloatArray:
        """Return log-odds of a flip: float64, shape (n_rows,).

        Parameters
        ----------
        features : FlipFeatures
            Rows to judge.
        contributor_ids : polars.Series
            Public ids by contributor code, as in the data the rows are of.
        settings : FlipSettings
            As in training.
        """
        codes = self.bins.of(quantities(features, self.limits, settings))
        out = np.full(len(features), self.intercept)
        for quantity, bins, weight in zip(self.quantity, self.bin, self.product_weight, strict=True):
            used = quantity >= 0
            out[(codes[quantity[used]] == bins[used, None]).all(axis=0)] += weight
        token = self._tokens(contributor_ids)
        found = bags(features)
        for bag, one, weight in zip(self.bag, token, self.token_weight, strict=True):
            out[found[bag].row[found[bag].token == one]] += weight
        return out

    def _tokens(self, contributor_ids: pl.Series) -> IntArray:
        """Return the tokens in codes of other data, -1 for contributors it does not know."""
        codes = pl.DataFrame(
            {"id": contributor_ids, "code": np.arange(len(contributor_ids), dtype=np.int64)},
            schema_overrides={"id": pl.String},
        )
        wanted = pl.DataFrame({"id": self.contributor_id}, schema={"id": pl.String})
        code = wanted.join(codes, on="id", how="left", maintain_order="left")["code"]
        known = code.fill_null(-1).to_numpy()
        return np.where(known < 0, -1, known * TOKENS_PER_RATER + self.said)

    def to_bytes(self) -> bytes:
        """Return the model as an ``.npz`` archive of plain arrays."""
        about = {
            "contributor_id": self.contributor_id,
            "intercept": self.intercept,
            "threshold": self.threshold,
            "latency_limit": self.limits.latency,
            "learned_from": self.learned_from,
        }
        return pack(_KIND, _FORM, about, self._arrays())

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        limits = self.limits
        return {
            "shares": limits.shares, "arrivals": limits.arrivals, "peers": limits.peers,
            "edges": self.bins.edges, "quantity": self.quantity, "bin": self.bin,
            "product_weight": self.product_weight, "bag": self.bag, "said": self.said,
            "token_weight": self.token_weight,
        }  # fmt: skip

    @classmethod
    def from_bytes(cls, data: bytes) -> FlipModel:
        """Return the model that `to_bytes` stored.

        Raises
        ------
        ConfidenceModelError
            If ``data`` is something else.
        """
        names = (
            "shares", "arrivals", "peers", "edges", "quantity", "bin", "product_weight",
            "bag", "said", "token_weight",
        )  # fmt: skip
        about, arrays = unpack(data, _KIND, _FORM, names)
        limits = Limits(arrays["shares"], arrays["arrivals"], about["latency_limit"], arrays["peers"])
        return cls(
            limits=limits,
            bins=Bins(arrays["edges"]),
            contributor_id=tuple(about["contributor_id"]),
            intercept=about["intercept"],
            threshold=about["threshold"],
            learned_from=about["learned_from"],
            **{name: arrays[name] for name in names[4:]},
        )


@dataclass(frozen=True)
class Fitted:
    """What training found, before it is put into public ids."""

    families: Sequence[Family]
    fit: SparseFit
    limits: Limits
    bins: Bins
    threshold: float
    learned_from: dict[str, int]


def pick_terms(found: Fitted, contributor_ids: pl.Series) -> FlipModel:
    """Return the model of the terms with weight."""
    factors: list[tuple[IntArray, IntArray]] = []
    tokens: list[tuple[int, int]] = []
    product_weight: list[float] = []
    token_weight: list[float] = []
    for number, term, weight in zip(found.fit.family, found.fit.term, found.fit.weight, strict=True):
        family = found.families[number]
        if isinstance(family, TokenFamily):
            tokens.append((family.bag, int(family.tokens[term])))
            token_weight.append(weight)
        elif isinstance(family, ProductFamily):
            factors.append(family.factors(int(term)))
            product_weight.append(weight)
    bag, token = np.array(tokens, np.int64).reshape(-1, 2).T
    filled = np.full((2, len(factors), MAX_DEGREE), _NOTHING, np.int64)
    for k, (quantity, bins) in enumerate(factors):
        filled[0, k, : len(quantity)] = quantity
        filled[1, k, : len(bins)] = bins
    return FlipModel(
        limits=found.limits,
        bins=found.bins,
        quantity=filled[0],
        bin=filled[1],
        product_weight=np.array(product_weight),
        bag=bag,
        said=token % TOKENS_PER_RATER,
        contributor_id=tuple(contributor_ids[int(code)] for code in token // TOKENS_PER_RATER),
        token_weight=np.array(token_weight),
        intercept=found.fit.intercept,
        threshold=found.threshold,
        learned_from=found.learned_from,
    )
