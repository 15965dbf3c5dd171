"""Float32 arithmetic that compiles to vector instructions: exponentials and logarithms."""

from __future__ import annotations

import numpy as np
from numba import njit

F32 = np.float32
BLOCK = 4096
"""Terms are added in float32 over at most so many ratings, then in float64."""
SUMMING = {"reassoc", "contract", "nsz", "nnan"}
"""What a compiler may do to a sum so that it becomes vector instructions."""

LOG2_E = F32(1.44269504)
LN2_HIGH, LN2_LOW = F32(0.693359375), F32(-2.12194440e-4)
EXP_LIMIT = F32(87.0)


@njit(fastmath={"contract"}, error_model="numpy", nogil=True, forceinline=True)
def fast_exp(x):  # type: ignore[no-untyped-def]
    """Exponential in float32, 1e-7 relative, flat beyond +-87: polynomial times a built power of two.

    x = n ln 2 + r with |r| <= ln 2 / 2 (ln 2 in two parts); coefficients: S. L. Moshier, Cephes, expf.
    """
    x = min(max(x, -EXP_LIMIT), EXP_LIMIT)
    n = np.floor(x * LOG2_E + F32(0.5))
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    y = F32(1.9875691500e-4)
    y = y * r + F32(1.3981999507e-3)
    y = y * r + F32(8.3334519073e-3)
    y = y * r + F32(4.1665795894e-2)
    y = y * r + F32(1.6666665459e-1)
    y = y * r + F32(5.0000001201e-1)
    y = y * r * r + r + F32(1.0)
    power = (np.int32(n) + np.int32(127)) << np.int32(23)
    return y * np.int32(power).view(np.float32)


@njit(fastmath={"contract"}, error_model="numpy", nogil=True, forceinline=True)
def fast_log1p(x):  # type: ignore[no-untyped-def]
    """log(1 + x) for 0 <= x <= 1 in float32, 2.5e-7 relative: 2 artanh(x / (2 + x)) as a series."""
    z = x / (F32(2.0) + x)
    s = z * z
    y = F32(2.0 / 15)
    y = y * s + F32(2.0 / 13)
    y = y * s + F32(2.0 / 11)
    y = y * s + F32(2.0 / 9)
    y = y * s + F32(2.0 / 7)
    y = y * s + F32(2.0 / 5)
    y = y * s + F32(2.0 / 3)
    y = y * s + F32(2.0)
    return y * z


@njit(fastmath={"contract"}, error_model="numpy", nogil=True, forceinline=True)
def fast_softplus(x):  # type: ignore[no-untyped-def]
    """log(1 + exp(x)) in float32, 3e-7 relative."""
    return max(x, F32(0.0)) + fast_log1p(fast_exp(-abs(x)))
