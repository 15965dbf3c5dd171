"""Pages: thin views over services and queries, templates, styles. No rule lives here."""
