"""Who may write, and whose ratings count: scores and states of contributors (spec 04)."""
