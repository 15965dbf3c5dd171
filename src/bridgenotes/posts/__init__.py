"""What notes are about: posts anywhere, supplied by hosts or by a pasted link. Knows no note and no person."""
