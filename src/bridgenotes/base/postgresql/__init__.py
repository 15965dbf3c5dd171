"""PostgreSQL as Django knows it, for pages that ask the same again and again (Django looks for `base`)."""
