"""What all benchmarks share: the machine, the store of results, medians."""

from __future__ import annotations

import json
import os
import platform
import statistics
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("numpy", "scipy", "numba", "polars")


def machine() -> dict[str, Any]:
    """Describe where a figure comes from, without naming the place."""
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def environment() -> dict[str, str]:
    """Return the environment of measured runs: modules are kept compiled, as of an installed package."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def store(name: str, figures: dict[str, Any]) -> None:
    """Print figures and keep them with machine and date."""
    RESULTS.mkdir(exist_ok=True)
    record = {"date": datetime.now(UTC).date().isoformat(), "machine": machine(), "figures": figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
    for key, value in figures.items():
        print(f"{key:48} {value}")


def interleaved(runs: int, *functions: Callable[[], float]) -> list[float]:
    """Call the functions in turn ``runs`` times and return each one's median."""
    taken: list[list[float]] = [[] for _ in functions]
    for _ in range(runs):
        for k, function in enumerate(functions):
            taken[k].append(function())
    return [statistics.median(values) for values in taken]


def reference_data() -> Path:
    """Return the folder with real and reference data."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BRIDGENOTES_REFERENCE_DATA", default))
    if not folder.is_dir():
        raise SystemExit(f"no reference data at {folder}; set BRIDGENOTES_REFERENCE_DATA")
    return folder


def rounded(values: Sequence[float], digits: int = 4) -> list[float]:
    """Round figures for storage."""
    return [round(v, digits) for v in values]
