"""What every phase of a run is told besides its data."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bridgenotes.scoring.mf.trainers import Trainers
from bridgenotes.scoring.shelf import IN_MEMORY

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from bridgenotes.scoring.graph import Elsewhere, Watch
    from bridgenotes.scoring.shelf import Shelf

BASE_BYTES: Final = 400_000_000
"""Libraries and compiled kernels."""
HELD_PER_RATING: Final = 20
"""Bytes of the table of ratings, of the list of its rows that a phase works on, and of what is told of notes."""


@dataclass(frozen=True)
class Context:
    """The circumstances of a run.

    Attributes
    ----------
    now_ms : int
        Clock of the run, epoch milliseconds.
    seed : int
        For models with a random start.
    executor : concurrent.futures.Executor, Elsewhere or None
        Runs independent steps side by side.
    watch : callable
        Context entered with a step's name around each step.
    traces : bool
        Whether to record which rule decided on which note.
    checks_flips : bool
        Whether a run that changes too many statuses at once is refused.
    trainers : Trainers
        Where prescoring fits all parameters.
    memory : int or None
        Bytes that the run may take; steps that do not fit beside each other then wait for each other.
    shelf : Shelf
        Where tables wait for later steps; in memory unless all steps run in this process.
    """

    now_ms: int
    seed: int = 1
    executor: Executor | Elsewhere | None = None
    watch: Watch = nullcontext
    traces: bool = False
    checks_flips: bool = False
    trainers: Trainers = field(default_factory=Trainers)
    memory: int | None = None
    shelf: Shelf = IN_MEMORY

    def for_steps(self) -> Context:
        """Return what steps may know, also in other processes: not by whom they are run and watched."""
        return replace(self, executor=None, watch=nullcontext)

    def room(self, n_ratings: int) -> float:
        """Return the bytes for steps side by side: what is left beside libraries and the ratings."""
        if self.memory is None:
            return math.inf
        return max(0, self.memory - BASE_BYTES - HELD_PER_RATING * n_ratings)
