"""What can go wrong in the engine; every message carries its numbers and what to do."""

from __future__ import annotations


class ScoringError(Exception):
    """Base of all errors of the engine."""


class ShapeError(ScoringError, ValueError):
    """Arrays that belong together differ in length."""


class NotConvergedError(ScoringError):
    """The solver stopped before its tolerance.

    Attributes
    ----------
    iterations : int
        Iterations spent.
    change : float
        Largest change of a note intercept in the last iteration.
    tolerance : float
        What was asked for.
    """

    def __init__(self, *, iterations: int, change: float, tolerance: float) -> None:
        self.iterations = iterations
        self.change = change
        self.tolerance = tolerance
        super().__init__(
            f"note intercepts still change by {change:.2e} (tolerance {tolerance:.0e}) after "
            f"{iterations} iterations; raise max_iterations or look for non-finite ratings"
        )


class UnfitForFactorizationError(ScoringError):
    """The first fit explains the ratings too badly to go on (spec 03 C.5 step 3)."""
