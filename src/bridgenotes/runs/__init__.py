"""Scoring runs: what the engine is given, when, and how its results become statuses."""
