"""A community's life through HTTP alone: sign-up to a note on a post, in time that the tests move.

`story` tells it, `doors` knows the addresses, `snapshot` keeps the rows so that it is lived once for many tests,
`crawler` looks at everything it left behind.
"""
