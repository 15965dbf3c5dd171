"""Notes and what contributors do with them: write, rate, request, ask for review. Knows contributors, no account."""
