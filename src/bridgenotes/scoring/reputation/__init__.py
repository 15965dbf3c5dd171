"""Reputation models: raters whose judgement of notes counts by what it proved to be worth."""
