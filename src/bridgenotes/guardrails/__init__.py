"""Measures over everything shown, the remedy in force, and what operators must be told (GR)."""
