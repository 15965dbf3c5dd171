"""The language and the address space of a request, kept in its thread.

Django keeps them so that coroutines share them with threads, and pays for it at every sentence and every address
of a page. This site has no coroutines: each request is answered by one thread from beginning to end.
"""

from __future__ import annotations

import threading
from typing import Final

from django.urls import base as addresses
from django.utils import timezone
from django.utils.translation import trans_real

KEPT: Final = (
    (trans_real, "_active"),
    (addresses, "_prefixes"),
    (addresses, "_urlconfs"),
    (timezone, "_active"),
)
"""Where Django keeps what is active for a request."""


def keep_in_threads() -> None:
    """Make Django keep it there.

    Raises
    ------
    AttributeError
        If this version of Django keeps it elsewhere.
    """
    for module, name in KEPT:
        getattr(module, name)
        setattr(module, name, threading.local())
