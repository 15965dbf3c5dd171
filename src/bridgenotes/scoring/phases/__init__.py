"""The phases of a run: each takes tables and the phase before, and gives tables (spec 06)."""
