"""Pseudonymous participants: alias, enrollment, impact, settings. Knows no account and no person."""
