"""`python -m bridgenotes.cli.leashed ...`: the command on a leash; it ends when its standard input closes.

A worker starts the engine so. If the worker is killed, the system closes the pipe, and the engine does not
go on alone beside the one the next worker starts.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Final

CUT: Final = 137


def _hold() -> None:
    """Wait until nobody holds the other end."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(CUT)


if __name__ == "__main__":
    threading.Thread(target=_hold, daemon=True).start()
    from bridgenotes.cli.main import run

    run()
