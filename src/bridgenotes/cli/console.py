"""What the command line shows while it works: stages, elapsed time, memory."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, field

from rich.console import Console

stderr = Console(stderr=True, highlight=False)
stdout = Console(highlight=False)


def peak_memory_bytes() -> int:
    """Return the largest resident size this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@dataclass
class Stages:
    """Prints each stage with its duration and the memory so far; keeps them for the record.

    Attributes
    ----------
    quiet : bool
        Print nothing, only keep the record.
    """

    quiet: bool = False
    record: list[dict[str, float | str]] = field(default_factory=list)
    _name: str | None = None
    _began: float = 0.0
    _start: float = field(default_factory=time.perf_counter)

    def __call__(self, name: str) -> None:
        """End the running stage and begin ``name``; ``stage: detail`` only names a step of one stage."""
        stage, _, detail = name.partition(": ")
        if stage != self._name:
            self.end()
            self._name, self._began = stage, time.perf_counter()
        if not self.quiet and stderr.is_terminal:
            line = f"{self.elapsed:7.1f} s             {stage} {detail} …"
            stderr.print(f"[dim]{line:<78}[/]", end="\r", soft_wrap=True)

    def end(self) -> None:
        """End the running stage."""
        if self._name is None:
            return
        took = time.perf_counter() - self._began
        memory = peak_memory_bytes()
        self.record.append({"stage": self._name, "seconds": round(took, 3), "peak_bytes": memory})
        if not self.quiet:
            stderr.print(
                f"[dim]{self.elapsed:7.1f} s  {memory / 1e6:6.0f} MB[/]  {f'{self._name} ({took:.1f} s)':<60}"
            )
        self._name = None

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._start
