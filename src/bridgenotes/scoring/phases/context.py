"""What every phase of a run is told besides its data."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgenotes.scoring.mf.trainers import Trainers

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from bridgenotes.scoring.graph import Elsewhere, Watch


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
    """

    now_ms: int
    seed: int = 1
    executor: Executor | Elsewhere | None = None
    watch: Watch = nullcontext
    traces: bool = False
    checks_flips: bool = False
    trainers: Trainers = field(default_factory=Trainers)

    def for_steps(self) -> Context:
        """Return what steps may know, also in other processes: not by whom they are run and watched."""
        return replace(self, executor=None, watch=nullcontext)
