"""The laboratory: made-up communities whose truth is known."""
