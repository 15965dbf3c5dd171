"""Does a run change too much at once? (spec 06 section 9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridgenotes.data.vocabulary import CRH
from bridgenotes.scoring.errors import ScoringError

if TYPE_CHECKING:
    import polars as pl

    from bridgenotes.scoring.rescoring import Selection

MIN_NOTES: Final = 200
SMOOTHING: Final = 100


class TooManyFlipsError(ScoringError):
    """More notes won or lost the Helpful status than a run may change; nothing was written.

    Attributes
    ----------
    violations : tuple of str
        One sentence per limit that was exceeded.
    """

    def __init__(self, violations: tuple[str, ...]) -> None:
        self.violations = violations
        super().__init__(
            "this run would change too many statuses at once, so it is held back:\n  "
            + "\n  ".join(violations)
            + "\nLook at what changed in the input; to write the results all the same, run with --no-check-flips"
        )


def check_flips(history: pl.DataFrame, status: pl.Series, selection: Selection) -> None:
    """Refuse a run that changes too much.

    Parameters
    ----------
    history : polars.DataFrame
        Before the run, one row per scored note: current_status, status_lock_at_ms.
    status : polars.Series
        Their final statuses.
    selection : Selection
        Subsets with their limits.

    Raises
    ------
    TooManyFlipsError
        Naming every subset that exceeds a limit.
    """
    if history.height <= MIN_NOTES:
        return
    was = (history["current_status"] == CRH).fill_null(value=False)
    now = (status == CRH).fill_null(value=False)
    free = history["status_lock_at_ms"].is_null()
    violations = []
    for subset in selection.subsets:
        among = free & subset.members
        before, after = int((was & among).sum()), int((now & among).sum())
        if not before or not after:
            continue
        won, lost = int((now & ~was & among).sum()), int((was & ~now & among).sum())
        for count, word, limit in ((won, "become", subset.max_new), (lost, "cease to be", subset.max_lost)):
            share = count / (before + SMOOTHING)
            if share > limit:
                violations.append(
                    f"{subset.name}: {count:,} notes {word} Helpful, {before:,} were; "
                    f"{share:.1%} is more than {limit:.0%}"
                )
    if violations:
        raise TooManyFlipsError(tuple(violations))
