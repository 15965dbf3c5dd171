"""What a dataset holds, in numbers: the content of ``bridgenotes check``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from bridgenotes.data.vocabulary import HELPFULNESS_LEVELS, TAGS

if TYPE_CHECKING:
    from bridgenotes.data.dataset import Dataset

_QUANTILES: Final = {"min": 0.0, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9, "p99": 0.99, "max": 1.0}


def describe(dataset: Dataset) -> dict[str, Any]:
    """Return counts and distributions of a dataset.

    Returns
    -------
    dict
        Of dicts, strings, ints, floats and None only; times are epoch milliseconds, shares
        lie between 0 and 1 and are None where nothing is counted.
    """
    return {
        "rows": {
            "notes": len(dataset.notes),
            "ratings": len(dataset.ratings),
            "note_status_history": len(dataset.status_history),
            "user_enrollment": len(dataset.enrollment),
            "note_requests": len(dataset.requests),
        },
        "known_notes": dataset.n_notes,
        "known_contributors": dataset.n_contributors,
        "notes": _notes(dataset.notes),
        "ratings": _ratings(dataset.ratings),
        "status_history": _history(dataset.status_history),
        "enrollment": {
            "by_state": _counts(dataset.enrollment["enrollment_state"]),
            "by_group": _counts(dataset.enrollment["modeling_group"]),
        },
    }


def _notes(notes: pl.DataFrame) -> dict[str, Any]:
    return {
        "by_classification": _counts(notes["classification"]),
        "created": _span(notes["created_at_ms"]),
        "authors": notes["author"].drop_nulls().n_unique(),
        "media_notes": int(notes["is_media_note"].sum()),
        "collaborative_notes": int(notes["is_collaborative_note"].sum()),
        "without_post": int((notes["post_id"] == -1).sum()),
    }


def _ratings(ratings: pl.DataFrame) -> dict[str, Any]:
    levels = _counts(ratings["level"])
    tags = ratings.select(
        ((pl.col("tags") // (1 << bit)) % 2).sum().alias(tag) for bit, tag in enumerate(TAGS)
    )
    return {
        "by_level": {word: levels.get(str(level), 0) for level, word in enumerate(HELPFULNESS_LEVELS)},
        "by_form": {
            "level": int(ratings["has_level"].sum()),
            "helpful_or_not": int((~ratings["has_level"]).sum()),
        },
        "given": _span(ratings["created_at_ms"]),
        "raters": ratings["rater"].n_unique(),
        "rated_notes": ratings["note"].n_unique(),
        "per_rater": _quantiles(ratings["rater"]),
        "per_note": _quantiles(ratings["note"]),
        "population_sampled_share": _share(ratings["is_population_sampled"]),
        "by_tag": {tag: int(tags[tag][0]) for tag in TAGS},
    }


def _history(history: pl.DataFrame) -> dict[str, Any]:
    return {
        "by_current_status": _counts(history["current_status"]),
        "by_locked_status": _counts(history["locked_status"].drop_nulls()),
        "locked": int(history["locked_status"].is_not_null().sum()),
        "by_decided_by": _counts(history["current_decided_by"]),
    }


def _counts(values: pl.Series) -> dict[str, int]:
    """Return how often each value occurs, most frequent first; null is called ``none``."""
    table = values.cast(pl.String).fill_null("none").alias("value").value_counts()
    ordered = table.sort(["count", "value"], descending=[True, False])
    return {str(value): int(count) for value, count in ordered.iter_rows()}


def _span(times: pl.Series) -> dict[str, int | None]:
    if times.is_empty():
        return {"first_ms": None, "last_ms": None}
    return {"first_ms": int(times.drop_nulls().min()), "last_ms": int(times.drop_nulls().max())}  # type: ignore[arg-type]


def _quantiles(keys: pl.Series) -> dict[str, float | None]:
    """Return quantiles of the number of rows per key."""
    counts = keys.value_counts()["count"]
    return {name: counts.quantile(share, "linear") for name, share in _QUANTILES.items()}


def _share(flags: pl.Series) -> float | None:
    return None if flags.is_empty() else float(flags.mean())  # type: ignore[arg-type]
