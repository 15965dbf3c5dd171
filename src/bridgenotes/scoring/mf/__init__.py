"""Biased rank-1 matrix factorization: one objective, two trainers (spec chapter 00)."""
