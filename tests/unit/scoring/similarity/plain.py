"""Spec 02 B.1 to B.4 word for word: slow, and meant to be read beside it."""

from __future__ import annotations

from itertools import combinations
from math import log

import polars as pl

from bridgenotes.data.dataset import Dataset
from bridgenotes.data.vocabulary import MISLEADING
from bridgenotes.scoring.similarity.settings import AuthorPairs, QuasiCliques, RaterPairs

Pair = tuple[int, int]


def author_pairs(data: Dataset, settings: AuthorPairs) -> set[Pair]:
    notes = {row["note"]: row for row in data.notes.to_dicts()}
    helpful = [
        row
        for row in data.ratings.to_dicts()
        if row["note"] in notes and row["level"] == 2 and row["has_level"]
    ]
    found = set()
    for window in settings.windows:
        early = [
            (notes[row["note"]]["author"], row["rater"])
            for row in helpful
            if row["created_at_ms"] - notes[row["note"]]["created_at_ms"] <= window.window_ms
        ]
        for author, rater in set(early):
            together = early.count((author, rater))
            written = sum(row["author"] == author for row in notes.values())
            made = sum(r == rater for _, r in early)
            if written >= settings.min_notes and together / written >= window.min_coverage:
                found.add((author, rater))
            if made >= settings.min_ratings and together / made >= window.min_affinity:
                found.add((author, rater))
    return found


def rater_pairs(data: Dataset, settings: RaterPairs) -> set[Pair]:
    posts = {n: p for n, p in data.notes.select("note", "post_id").iter_rows() if p != -1}
    rows = [row for row in data.ratings.to_dicts() if row["note"] in posts]
    raters = sorted({row["rater"] for row in rows})
    total = {x: len({posts[row["note"]] for row in rows if row["rater"] == x}) for x in raters}
    everything = sum(total.values())
    close: dict[Pair, set[int]] = {}
    for a, b in combinations(sorted(rows, key=lambda row: row["rater"]), 2):
        if a["note"] == b["note"] and abs(a["created_at_ms"] - b["created_at_ms"]) <= settings.window_ms:
            close.setdefault((a["rater"], b["rater"]), set()).add(posts[a["note"]])
    found = set()
    for (x, y), together in close.items():
        if min(total[x], total[y]) < settings.min_posts:
            continue
        n, k = len(together), settings.regularisation
        npmi = log(n * everything / ((total[x] + k) * (total[y] + k))) / -log(n / everything)
        overlap = n / (min(total[x], total[y]) + settings.pseudocount)
        if npmi >= settings.min_npmi or overlap >= settings.min_overlap:
            found.add((x, y))
    return found


Action = tuple[int, int, int]


def pool_and_counts(data: Dataset, settings: QuasiCliques) -> tuple[dict[int, set[Action]], dict[Pair, int]]:
    """The pool's actions by rater, and the posts on which pairs agree."""
    joined = data.ratings.join(data.notes, on="note", suffix="_note")
    if joined.is_empty():
        return {}, {}
    newest = joined["created_at_ms_note"].max()
    rows = joined.filter(
        (pl.col("created_at_ms_note") > newest - settings.recent_ms)
        & (pl.col("post_id") != -1)
        & (pl.col("classification") == MISLEADING)
    )
    actions: dict[int, set[Action]] = {}
    for rater, *action in rows.select("rater", "post_id", "note", "level").iter_rows():
        actions.setdefault(rater, set()).add(tuple(action))
    counts = {
        (x, y): len({post for post, *_ in actions[x] & actions[y]})
        for x, y in combinations(sorted(actions), 2)
    }
    counts = {pair: n for pair, n in counts.items() if n >= settings.min_matches}
    return {x: actions[x] for x in actions if any(x in pair for pair in counts)}, counts


def grow(pool: dict[int, set[Action]], seed: Pair, settings: QuasiCliques) -> set[int]:
    def actions_of(group: set[int]) -> set[Action]:
        takers: dict[Action, int] = {}
        for x in group:
            for action in pool[x]:
                takers[action] = takers.get(action, 0) + 1
        size = len(group)
        least = min(size, settings.min_action_raters)
        return {a for a, n in takers.items() if n >= settings.action_share * size and n >= least}

    def posts(actions: set[Action]) -> int:
        return len({post for post, *_ in actions})

    group = set(seed)
    for _ in range(settings.max_additions):
        taken = actions_of(group)
        joined = {x: posts(taken & pool[x]) for x in pool if x not in group}
        sign = 1 if settings.largest_first else -1
        best = max(joined, key=lambda x: (joined[x], sign * x), default=None)
        if best is None or joined[best] == 0:
            return group
        larger = group | {best}
        taken = actions_of(larger)
        matches = [posts(taken & pool[x]) for x in larger if taken & pool[x]]
        total = posts(taken)
        if total < settings.min_posts or any(m < settings.rater_share * total for m in matches):
            return group
        group = larger
    return group


def cliques(data: Dataset, settings: QuasiCliques) -> list[set[int]]:
    pool, counts = pool_and_counts(data, settings)
    seeds = {pair: n for pair, n in counts.items() if n > settings.max_weak_matches}
    kept = []
    while seeds:
        group = grow(pool, min(seeds, key=lambda pair: (-seeds[pair], pair)), settings)
        seeds = {pair: n for pair, n in seeds.items() if not group & set(pair)}
        if len(group) >= settings.min_raters:
            kept.append(group)
    return sorted(kept, key=len)
