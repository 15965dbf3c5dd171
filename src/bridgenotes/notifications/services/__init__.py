"""Verbs of notifications: tell of changes, ask to rate, tell people of hosts, send mails."""
