"""What gets lost on a cluster: run by its workers, sent there by value."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ray import cloudpickle

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.shard import Shard

# Workers do not find the tests' folder.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def process_of(shard: Shard) -> int:
    return os.getpid()


def dies_once(marker: str, value: int) -> int:
    """Double a value; the first process to try is killed."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * value


def fails(value: int) -> int:
    raise ValueError(f"{value} is not to my liking")
