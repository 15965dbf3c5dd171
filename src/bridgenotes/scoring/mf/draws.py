"""Random numbers of the reference's library, so that a seed begins the same fit here as there.

PyTorch on a CPU draws from the Mersenne Twister; a uniform float32 takes the lower 24 bits of
one word. M. Matsumoto and T. Nishimura, "Mersenne Twister", TOMACS 1998; spec 00 section 1.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

BITS: Final = 24
BLOCK: Final = 16
"""Normal numbers are made in blocks of this many; an incomplete last block is drawn anew as a whole."""
DOUBLE_BITS: Final = 53


class Draws:
    """A stream of random numbers.

    Parameters
    ----------
    seed : int
        The same seed gives the same stream; only its lower 32 bits count.
    """

    def __init__(self, seed: int) -> None:
        self._words = np.random.RandomState(seed % 2**32)
        self._spare: float | None = None

    def uniform(self, size: int, bound: float) -> npt.NDArray[np.float64]:
        """Return numbers between -bound and bound on the float32 grid, shape (size,)."""
        width = np.float32(2 * bound)
        drawn: npt.NDArray[np.float32] = self._unit(size) * width - np.float32(bound)
        return drawn.astype(np.float64)

    def normal(self, size: int) -> npt.NDArray[np.float64]:
        """Return standard normal numbers on the float32 grid, shape (size,).

        Notes
        -----
        Box and Muller's transform on blocks of 16: the first eight uniform numbers of a block give
        radii, the last eight angles (G. E. P. Box and M. E. Muller, 1958).
        """
        if size < BLOCK:
            return np.array([self._one_normal() for _ in range(size)], np.float32).astype(np.float64)
        drawn, rest = self._unit(size), size % BLOCK
        if not rest:
            return _box_muller(drawn)
        return np.concatenate([_box_muller(drawn[:-rest])[: size - BLOCK], _box_muller(self._unit(BLOCK))])

    def skip_normal(self, size: int) -> None:
        """Draw normal numbers that nobody needs."""
        if size < BLOCK:
            self.normal(size)
        else:
            self._unit(size + (BLOCK if size % BLOCK else 0))

    def _one_normal(self) -> float:
        """Return one normal number; few are made in pairs of which the second is kept for the next call."""
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        high, low, high2, low2 = (int(w) for w in self._words.randint(0, 2**32, size=4, dtype=np.uint32))
        turn, size = (
            (word % 2**DOUBLE_BITS) * 2.0**-DOUBLE_BITS for word in (high << 32 | low, high2 << 32 | low2)
        )
        radius, angle = float(np.sqrt(-2 * np.log1p(-size))), 2 * np.pi * turn
        self._spare = radius * float(np.sin(angle))
        return radius * float(np.cos(angle))

    def _unit(self, size: int) -> npt.NDArray[np.float32]:
        """Return numbers from 0 to below 1, float32, shape (size,)."""
        words = self._words.randint(0, 2**32, size=size, dtype=np.uint32)
        return (words & np.uint32(2**BITS - 1)).astype(np.float32) * np.float32(2**-BITS)


def _box_muller(unit: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    blocks = unit.reshape(-1, 2, BLOCK // 2)
    radius = np.sqrt(np.float32(-2) * np.log(np.float32(1) - blocks[:, 0]))
    angle = np.float32(2 * np.pi) * blocks[:, 1]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return pairs.reshape(-1).astype(np.float64)
