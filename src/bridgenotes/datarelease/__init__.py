"""The public tables from the database: what the engine scores, and what everybody may download."""
