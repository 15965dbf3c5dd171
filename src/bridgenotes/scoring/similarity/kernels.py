"""Compiled loops of rater similarity: sorting, counting partners, growing groups.

Pairs are counted one rater at a time against a row of counters over all raters, so
memory never depends on the number of pairs.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def distinct_posts(start, post):  # type: ignore[no-untyped-def]
    """Count the distinct posts of each rater, int64; posts of one rater need no order."""
    total = np.zeros(len(start) - 1, np.int64)
    for k in range(len(total)):
        mine = np.sort(post[start[k] : start[k + 1]])
        for i in range(len(mine)):
            total[k] += i == 0 or mine[i] != mine[i - 1]
    return total


@njit(cache=True, nogil=True)
def has_company(place, time, window):  # type: ignore[no-untyped-def]
    """Mark ratings with another rating of the same note within the window; sorted by place, time."""
    out = np.zeros(len(place), np.bool_)
    for i in range(1, len(place)):
        if place[i] == place[i - 1] and time[i] - time[i - 1] <= window:
            out[i] = True
            out[i - 1] = True
    return out


@njit(cache=True, nogil=True)
def is_suspect(  # type: ignore[no-untyped-def]
    together, total_x, total_y, grand_total, regularisation, pseudocount, min_npmi, min_overlap
):
    """Judge a pair by mutual information or overlap (spec 02 B.2 steps 5 to 7)."""
    if together / (min(total_x, total_y) + pseudocount) >= min_overlap:
        return True
    lift = together * grand_total / ((total_x + regularisation) * (total_y + regularisation))
    return np.log(lift) / -np.log(together / grand_total) >= min_npmi


@njit(cache=True, nogil=True)
def _append(pairs, size, x, y, value):  # type: ignore[no-untyped-def]
    if size == len(pairs):
        longer = np.empty((2 * size, 3), np.int32)
        longer[:size] = pairs
        pairs = longer
    pairs[size, 0] = x
    pairs[size, 1] = y
    pairs[size, 2] = value
    return pairs


@njit(cache=True, nogil=True)
def close_pairs(  # type: ignore[no-untyped-def]
    first, last, start, position, rater, time, place, post_of_place, total, grand_total,
    window, regularisation, pseudocount, min_npmi, min_overlap, least,
):  # fmt: skip
    """Find the suspect pairs x < y with x in [first, last): int32 (n, 3) of x, y, posts together.

    ``rater``, ``time`` and ``place`` are sorted by place and time; ``position`` lists each
    rater's rows by place, so the rows of a post come together and it counts once.
    """
    n = len(start) - 1
    together = np.zeros(n, np.int32)
    seen_at = np.full(n, -1, np.int32)
    partners = np.empty(n, np.int32)
    found = np.empty((64, 3), np.int32)
    n_found = 0
    step = -1
    for x in range(first, last):
        n_partners = 0
        post = -1
        for i in range(start[x], start[x + 1]):
            p = np.int64(position[i])
            here, now = place[p], time[p]
            if post_of_place[here] != post:
                post = post_of_place[here]
                step += 1
            low = p
            while low > 0 and place[low - 1] == here and now - time[low - 1] <= window:
                low -= 1
            q = low
            while q < len(rater) and place[q] == here and time[q] - now <= window:
                y = rater[q]
                q += 1
                if y > x and seen_at[y] != step:
                    seen_at[y] = step
                    if together[y] == 0:
                        partners[n_partners] = y
                        n_partners += 1
                    together[y] += 1
        for i in range(n_partners):
            y = partners[i]
            if together[y] >= least and is_suspect(
                together[y], total[x], total[y], grand_total,
                regularisation, pseudocount, min_npmi, min_overlap,
            ):  # fmt: skip
                found = _append(found, n_found, x, y, together[y])
                n_found += 1
            together[y] = 0
    return found[:n_found].copy()


@njit(cache=True, nogil=True)
def agreeing_pairs(  # type: ignore[no-untyped-def]
    first, last, start, action, action_start, action_rater, post_of_action, min_matches, max_weak
):
    """Count shared actions of pairs x < y with x in [first, last), once per post.

    Returns which raters agree with a partner on ``min_matches`` posts, bool (n_raters,), and the
    pairs with more than ``max_weak``: int32 (n, 3) of x, y, posts. Raters of an action ascend.
    """
    n = len(start) - 1
    matches = np.zeros(n, np.int32)
    seen_at = np.full(n, -1, np.int32)
    partners = np.empty(n, np.int32)
    agrees = np.zeros(n, np.bool_)
    found = np.empty((64, 3), np.int32)
    n_found = 0
    step = -1
    for x in range(first, last):
        n_partners = 0
        post = -1
        for i in range(start[x], start[x + 1]):
            a = action[i]
            if post_of_action[a] != post:
                post = post_of_action[a]
                step += 1
            q = action_start[a + 1] - 1
            while action_rater[q] > x:
                y = action_rater[q]
                q -= 1
                if seen_at[y] != step:
                    seen_at[y] = step
                    if matches[y] == 0:
                        partners[n_partners] = y
                        n_partners += 1
                    matches[y] += 1
        for i in range(n_partners):
            y = partners[i]
            if matches[y] >= min_matches:
                agrees[x] = True
                agrees[y] = True
                if matches[y] > max_weak:
                    found = _append(found, n_found, x, y, matches[y])
                    n_found += 1
            matches[y] = 0
    return agrees, found[:n_found].copy()


@njit(cache=True, nogil=True)
def next_seed(i, seeds, is_used):  # type: ignore[no-untyped-def]
    """Return the first seed from ``i`` on with neither end used, or the number of seeds."""
    while i < len(seeds) and (is_used[seeds[i, 0]] or is_used[seeds[i, 1]]):
        i += 1
    return i


@njit(cache=True, nogil=True)
def _needed(size, share, least):  # type: ignore[no-untyped-def]
    """Return how many members must take an action for the group to take it."""
    return max(np.int64(np.ceil(share * size)), min(size, least))


@njit(cache=True, nogil=True)
def _switch(  # type: ignore[no-untyped-def]
    a, change, action_start, action_rater, action_visit, post_of_action,
    visit_actions, n_joined, post_actions, known, is_known, n_known,
):  # fmt: skip
    """Let the group take (change = 1) or leave (-1) an action; return the changes of posts and known raters."""
    edge = 1 if change == 1 else 0
    for k in range(action_start[a], action_start[a + 1]):
        r, visit = action_rater[k], action_visit[k]
        visit_actions[visit] += change
        if visit_actions[visit] == edge:
            n_joined[r] += change
            if not is_known[r]:
                is_known[r] = True
                known[n_known] = r
                n_known += 1
    post = post_of_action[a]
    post_actions[post] += change
    return change * (post_actions[post] == edge), n_known


@njit(cache=True, nogil=True)
def _best_candidate(known, n_known, n_joined, is_member, largest_first):  # type: ignore[no-untyped-def]
    """Return the outsider that joined most posts of the group, or -1."""
    candidate, most = -1, 0
    for k in range(n_known):
        r = known[k]
        is_tie = most > 0 and n_joined[r] == most and (r > candidate) == largest_first
        if (n_joined[r] > most or is_tie) and not is_member[r]:
            candidate, most = r, n_joined[r]
    return candidate


@njit(cache=True, nogil=True)
def _all_take_part(members, n_joined, least, idle_stay):  # type: ignore[no-untyped-def]
    """Whether members joined enough posts; with ``idle_stay`` those that joined none are not looked at."""
    n_idle = 0
    for r in members:
        n_idle += n_joined[r] < least and (n_joined[r] > 0 or not idle_stay)
    return n_idle == 0


@njit(cache=True, nogil=True)
def _clear(  # type: ignore[no-untyped-def]
    touched, members, action_start, action_visit, post_of_action,
    n_takers, is_taken, visit_actions, n_joined, post_actions, known, is_known, is_member,
):  # fmt: skip
    """Zero what growing wrote to the scratch arrays."""
    for a in touched:
        n_takers[a] = 0
        if is_taken[a]:
            is_taken[a] = False
            post_actions[post_of_action[a]] = 0
            for k in range(action_start[a], action_start[a + 1]):
                visit_actions[action_visit[k]] = 0
    for r in known:
        n_joined[r] = 0
        is_known[r] = False
    for r in members:
        is_member[r] = False


@njit(cache=True, nogil=True)
def grow(  # type: ignore[no-untyped-def]  # noqa: C901 (one loop, told in the order of the spec)
    seed_x, seed_y, start, action, action_start, action_rater, action_visit, post_of_action,
    action_share, min_action_raters, rater_share, min_posts, max_additions, largest_first,
    idle_members_stay, n_takers, is_taken, touched, visit_actions, n_joined, post_actions, known, is_known, is_member,
):  # fmt: skip
    """Grow a seed pair and return its members, int32, in the order they joined (spec 02 B.4.3).

    The last nine arguments are scratch arrays, all zero before and after (``touched`` and
    ``known`` hold leftovers). ``n_joined`` counts, for every rater of the pool, the posts among
    the group's actions that the rater joined; it changes only with the actions that the group
    takes or leaves, which is what makes growing cheap.
    """
    members = np.empty(2 + max_additions, np.int32)
    members[0] = seed_x
    members[1] = seed_y
    size, n_touched, n_known, n_posts, need = 0, 0, 0, 0, 0
    while size < len(members):
        if size >= 2:
            members[size] = _best_candidate(known, n_known, n_joined, is_member, largest_first)
            if members[size] < 0:
                break
        candidate = members[size]
        is_member[candidate] = True
        size += 1
        theirs = action[start[candidate] : start[candidate + 1]]
        for a in theirs:
            if n_takers[a] == 0:
                touched[n_touched] = a
                n_touched += 1
            n_takers[a] += 1
        if size < 2:
            continue
        before, need = need, _needed(size, action_share, min_action_raters)
        if need > before:
            for a in touched[:n_touched]:
                if is_taken[a] and n_takers[a] < need:
                    is_taken[a] = False
                    change, n_known = _switch(
                        a, -1, action_start, action_rater, action_visit, post_of_action,
                        visit_actions, n_joined, post_actions, known, is_known, n_known,
                    )  # fmt: skip
                    n_posts += change
        for a in theirs if size > 2 else touched[:n_touched]:
            if not is_taken[a] and n_takers[a] >= need:
                is_taken[a] = True
                change, n_known = _switch(
                    a, 1, action_start, action_rater, action_visit, post_of_action,
                    visit_actions, n_joined, post_actions, known, is_known, n_known,
                )  # fmt: skip
                n_posts += change
        is_fine = n_posts >= min_posts and _all_take_part(
            members[:size], n_joined, rater_share * n_posts, idle_members_stay
        )
        if size > 2 and not is_fine:
            size -= 1
            is_member[candidate] = False
            break
    _clear(
        touched[:n_touched], members[:size], action_start, action_visit, post_of_action,
        n_takers, is_taken, visit_actions, n_joined, post_actions, known[:n_known], is_known, is_member,
    )  # fmt: skip
    return members[:size].copy()
