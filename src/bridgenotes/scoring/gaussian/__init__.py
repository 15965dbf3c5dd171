"""Gaussian scores: how helpful a note looks from fixed viewpoints on the factor axis (spec chapter 07)."""
