"""Finding notes by their words, language and status: one question, one backend per database."""
