"""Reads for pages and API, by what they show."""
