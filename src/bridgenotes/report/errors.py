"""What can stop an explanation or a report."""

from __future__ import annotations


class ReportError(Exception):
    """A run that cannot be explained or drawn; the message says what to do."""
