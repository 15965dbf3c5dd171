"""The laboratory: made-up communities and attacks on them."""
