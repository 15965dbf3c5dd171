"""A fixed clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 7, 1, 12, tzinfo=UTC)
