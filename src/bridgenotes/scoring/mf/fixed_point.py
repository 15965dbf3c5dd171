"""Sums that come out the same in whatever order and in however many parts they are added: int64 fixed point.

Floating-point addition is not associative, so a sum over shards would depend on the cut. Here each
term is rounded once to a multiple of ``2**-bits``; from there on only integers are added.

No sum can overflow. A sum of at most m terms, each smaller than ``2**TERM_BITS`` in size, gets
``62 - TERM_BITS - bit_length(m)`` binary places: the integer stays below 2**62. That terms are so
small is checked where they are made (`FixedPoint.check`). For the note with the most ratings of a
large community, 10**5, it leaves 33 places (1e-10 per rating); for totals over 10**9 ratings, 20.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from bridgenotes.scoring.errors import ScoringError

if TYPE_CHECKING:
    import numpy.typing as npt

TERM_BITS: Final = 12
LARGEST_TERM: Final = 2.0**TERM_BITS
PLACES: Final = 62


class TermTooLargeError(ScoringError):
    """A parameter grew beyond what sums over shards can hold."""


@dataclass(frozen=True)
class FixedPoint:
    """Numbers with a fixed number of binary places.

    Attributes
    ----------
    bits : int
        Places after the point.
    """

    bits: int

    @classmethod
    def for_sums_of(cls, most: int) -> FixedPoint:
        """Return the finest in which ``most`` terms can be added."""
        return cls(PLACES - TERM_BITS - int(most).bit_length())

    @property
    def scale(self) -> float:
        """What a number is multiplied by to become an integer."""
        return 2.0**self.bits

    @staticmethod
    def check(size: float) -> None:
        """Refuse terms whose size is not below `LARGEST_TERM`.

        Raises
        ------
        TermTooLargeError
            With the size, also where it is not a number.
        """
        if not size < LARGEST_TERM:
            raise TermTooLargeError(
                f"a parameter or label came to {size:.3g}, and sums over shards hold terms up to {LARGEST_TERM:.0f}; "
                "fit without shards, or look for weights or ratings that are not finite"
            )

    def total(self, values: npt.NDArray[np.float64]) -> int:
        """Return the sum of values, each rounded, as an integer.

        Raises
        ------
        TermTooLargeError
            If the sum of their sizes might not fit.
        """
        self.check(float(np.abs(values).sum()) * self.scale / 2.0 ** (PLACES - TERM_BITS))
        return int(np.rint(values * self.scale).astype(np.int64).sum())

    def value(self, total: int) -> float:
        """Return the number an integer stands for."""
        return total / (1 << self.bits)


def joined(halves: npt.NDArray[np.int64]) -> int:
    """Return the sum of integers, however large, whose high and low 32 bits were added apart.

    Parameters
    ----------
    halves : numpy.ndarray, int64, shape (n, 2)
        Sums of (integer >> 32, integer & 0xFFFFFFFF); over all n rows, of up to 2**31 integers.
    """
    high, low = halves.sum(axis=0).tolist()
    return (int(high) << 32) + int(low)
