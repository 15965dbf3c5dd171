"""What the command line shows while it works: stages, elapsed time, memory."""

from __future__ import annotations

import resource
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator

stderr = Console(stderr=True, highlight=False)
stdout = Console(highlight=False)


def peak_memory_bytes() -> int:
    """Return the largest resident size this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@dataclass
class Stages:
    """Prints each stage with its duration and the memory so far, and keeps every step for the record.

    A step is called ``stage`` or ``stage: detail``; steps may run side by side in several threads.

    Attributes
    ----------
    quiet : bool
        Print nothing, only keep the record.
    record : list of dict
        Per ended step: step, began (the machine's monotonic clock, seconds), seconds, cpu_seconds of its
        own thread, peak_bytes of the process.
    """

    quiet: bool = False
    record: list[dict[str, float | str]] = field(default_factory=list)
    _begun: dict[str, float] = field(default_factory=dict)
    _active: dict[str, int] = field(default_factory=dict)
    _start: float = field(default_factory=time.perf_counter)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step and show that it runs."""
        stage, _, detail = name.partition(": ")
        began, cpu = time.perf_counter(), time.thread_time()
        self._begin(stage, detail)
        try:
            yield
        finally:
            with self._lock:
                self._active[stage] -= 1
                self.record.append(
                    {
                        "step": name,
                        "began": round(began, 3),
                        "seconds": round(time.perf_counter() - began, 3),
                        "cpu_seconds": round(time.thread_time() - cpu, 3),
                        "peak_bytes": peak_memory_bytes(),
                    }
                )

    def _begin(self, stage: str, detail: str) -> None:
        with self._lock:
            self._close(but=stage)
            self._begun.setdefault(stage, time.perf_counter())
            self._active[stage] = self._active.get(stage, 0) + 1
            if not self.quiet and stderr.is_terminal:
                line = f"{self.elapsed:7.1f} s             {stage} {detail} …"
                stderr.print(f"[dim]{line:<78}[/]", end="\r", soft_wrap=True)

    def _close(self, but: str | None = None) -> None:
        """Print the stages of which no step runs any more."""
        for stage in [s for s in self._begun if s != but and not self._active[s]]:
            took = time.perf_counter() - self._begun.pop(stage)
            if not self.quiet:
                stderr.print(
                    f"[dim]{self.elapsed:7.1f} s  {peak_memory_bytes() / 1e6:6.0f} MB[/]  "
                    f"{f'{stage} ({took:.1f} s)':<60}"
                )

    def end(self) -> None:
        """Print what has not been printed yet."""
        with self._lock:
            self._close()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._start
