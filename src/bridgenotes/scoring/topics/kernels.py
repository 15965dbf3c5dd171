"""The compiled loop of topic regression, nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgenotes.scoring.compiled import kernel


def _made(*given: Any) -> tuple[Any, Any]:
    chunks, weights = given[3], given[5]
    n_chunks = len(chunks) - 1
    return np.zeros(n_chunks), np.zeros((n_chunks, *weights.shape))


@kernel(makes=_made)
def misfit_and_slope(  # type: ignore[no-untyped-def]
    first, last, start, packed, values, chunks, right, weights, n_fixed, misfit, slope
):  # fmt: skip
    """Per chunk of posts: the sum of -ln p(right class), and its slope in ``weights``.

    Post i has ``values`` at the tokens ``packed``, both from ``start[i]`` to ``start[i + 1]``. Rows of ``weights`` are
    tokens, the last one intercepts; columns are classes, of which the first ``n_fixed`` have scores of 0 instead.
    """
    n_free, intercepts = weights.shape[1], weights[-1]
    scores = np.zeros(n_fixed + n_free)
    for chunk in range(first, last):
        for i in range(chunks[chunk], chunks[chunk + 1]):
            scores[:] = 0.0
            for r in range(start[i], start[i + 1]):
                for c in range(n_free):
                    scores[n_fixed + c] += values[r] * weights[packed[r], c]
            for c in range(n_free):
                scores[n_fixed + c] += intercepts[c]
            scores -= scores.max()
            misfit[chunk] -= scores[right[i]]
            total = 0.0
            for c in range(len(scores)):
                scores[c] = np.exp(scores[c])
                total += scores[c]
            misfit[chunk] += np.log(total)
            scores /= total
            scores[right[i]] -= 1.0
            for c in range(n_free):
                slope[chunk, -1, c] += scores[n_fixed + c]
            for r in range(start[i], start[i + 1]):
                for c in range(n_free):
                    slope[chunk, packed[r], c] += values[r] * scores[n_fixed + c]
