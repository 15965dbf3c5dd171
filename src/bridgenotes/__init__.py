"""Bridgenotes: notes that people who usually disagree find helpful."""

__version__ = "0.1.0"
