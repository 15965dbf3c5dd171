"""Status rules: ordered lists of small pure functions (spec chapter 05)."""
