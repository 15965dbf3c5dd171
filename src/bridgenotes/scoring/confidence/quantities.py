"""Numbers of a row made fit for bins: cut at quantiles, logarithms, bins by k-means (spec 10.4.2 to 10.4.4)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.confidence.flip_features import N_STATISTICS
from bridgenotes.scoring.confidence.flip_sets import SETS
from bridgenotes.scoring.confidence.k_means import inner_edges

if TYPE_CHECKING:
    from bridgenotes.scoring.confidence.flip_features import FlipFeatures
    from bridgenotes.scoring.confidence.settings import FlipSettings

FloatArray = npt.NDArray[np.float64]

N_SHARES: Final = 66
N_COUNTS: Final = 27
N_ARRIVALS: Final = 24
N_PEERS: Final = 5

SHARES: Final = slice(0, N_SHARES)
COUNTS: Final = slice(SHARES.stop, SHARES.stop + N_COUNTS)
STATISTICS: Final = slice(COUNTS.stop, COUNTS.stop + N_STATISTICS * len(SETS))
ARRIVALS: Final = slice(STATISTICS.stop, STATISTICS.stop + N_ARRIVALS)
LATENCY: Final = slice(ARRIVALS.stop, ARRIVALS.stop + 1)
PEERS: Final = slice(LATENCY.stop, LATENCY.stop + N_PEERS)
PEERS_TWICE_LOGGED: Final = slice(PEERS.stop, PEERS.stop + N_PEERS)
"""The cross of peer counters takes the logarithm of the logarithm."""
N_QUANTITIES: Final = PEERS_TWICE_LOGGED.stop


@dataclass(frozen=True)
class Limits:
    """Largest values of the training rows; larger ones are cut to them.

    Attributes
    ----------
    shares : numpy.ndarray, float64, shape (66,)
    arrivals : numpy.ndarray, float64, shape (24,)
    latency : float
    peers : numpy.ndarray, float64, shape (5,)
    """

    shares: FloatArray
    arrivals: FloatArray
    latency: float
    peers: FloatArray

    @classmethod
    def learn(cls, features: FlipFeatures, settings: FlipSettings) -> Limits:
        """Take quantiles of training rows, ignoring NaN; 0 where there is nothing else."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # columns of NaN
            shares = np.nanquantile(features.shares, settings.share_quantile, axis=0)
        return cls(
            shares=np.nan_to_num(shares),
            arrivals=np.quantile(features.arrivals, settings.arrival_quantile, axis=0),
            latency=float(np.quantile(features.latency_ms, settings.arrival_quantile)),
            peers=np.quantile(features.peers, settings.peer_quantile, axis=0),
        )


def quantities(features: FlipFeatures, limits: Limits, settings: FlipSettings) -> FloatArray:
    """Return transformed numbers, float64, shape (n_rows, `N_QUANTITIES`), none NaN.

    Notes
    -----
    Totals and counts become log2(1 + x), the latency log2(x). Notes older than a millisecond before
    their post (spec 10.4.2: minus infinity) count as one millisecond after it.
    """
    out = np.empty((len(features), N_QUANTITIES))
    shares = np.where(np.isnan(features.shares), settings.missing_share, features.shares)
    out[:, SHARES] = np.minimum(shares, limits.shares)
    out[:, COUNTS] = np.log2(1 + features.counts)
    out[:, STATISTICS] = np.where(
        np.isnan(features.statistics), settings.missing_statistic, features.statistics
    )
    arrivals = np.minimum(features.arrivals, limits.arrivals)
    n_windows = len(settings.windows_min)
    is_total = np.arange(N_ARRIVALS) // n_windows % 2 == 0
    arrivals[:, is_total] = np.log2(1 + arrivals[:, is_total])
    out[:, ARRIVALS] = arrivals
    out[:, LATENCY] = np.log2(np.maximum(np.minimum(features.latency_ms, limits.latency), 1))[:, None]
    out[:, PEERS] = np.log2(1 + np.minimum(features.peers, limits.peers))
    out[:, PEERS_TWICE_LOGGED] = np.log2(1 + out[:, PEERS])
    return out


def bins_per_quantity(settings: FlipSettings) -> npt.NDArray[np.int64]:
    """Return how many bins each quantity is cut into at most."""
    out = np.empty(N_QUANTITIES, np.int64)
    out[SHARES] = settings.share_bins
    out[COUNTS] = settings.count_bins
    out[STATISTICS] = settings.statistic_bins
    out[ARRIVALS] = settings.arrival_bins
    out[LATENCY] = settings.latency_bins
    out[PEERS] = settings.peer_bins
    out[PEERS_TWICE_LOGGED] = settings.peer_bins
    return out


@dataclass(frozen=True)
class Bins:
    """Bins of quantities.

    Attributes
    ----------
    edges : numpy.ndarray, float64, shape (n_quantities, most_bins - 1)
        Inner edges, ascending, filled up with infinity. A value at an edge is in the upper bin.
    """

    edges: FloatArray

    @classmethod
    def learn(cls, values: FloatArray, n_bins: npt.NDArray[np.int64]) -> Bins:
        """Cut each column between the centres of a one-dimensional k-means (spec 10.4.4).

        Parameters
        ----------
        values : numpy.ndarray, float64, shape (n_rows, n_quantities)
            Of training rows.
        n_bins : numpy.ndarray, int64, shape (n_quantities,)
            Bins at most; constant columns have one.
        """
        edges = np.full((values.shape[1], int(n_bins.max()) - 1), np.inf)
        for column in np.flatnonzero(np.ptp(values, axis=0) > 0):
            found = inner_edges(np.ascontiguousarray(values[:, column]), int(n_bins[column]))
            edges[column, : len(found)] = found
        return cls(edges)

    def of(self, values: FloatArray) -> npt.NDArray[np.int8]:
        """Return the bin of each value: int8, shape (n_quantities, n_rows), rows contiguous."""
        out = np.empty((values.shape[1], values.shape[0]), np.int8)
        for column, edges in enumerate(self.edges):
            out[column] = np.searchsorted(edges, values[:, column], side="right")
        return out
