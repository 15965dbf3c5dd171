"""Notes that take several steps at once go where they go step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from bridgenotes.scoring.mf.note_descent_kernels import STEPS_AT_ONCE, descend_notes


@dataclass(frozen=True)
class Problem:
    """Arguments of `descend_notes`."""

    sums: np.ndarray
    start: np.ndarray
    ridge: tuple[float, float, float] = (1.5, 0.3, 0.2)
    n_ratings: float = 1.0
    learning_rate: float = 0.2
    convergence: float = 1e-7
    max_epochs: int = 20_000
    patience: int = 100

    def run(self) -> tuple[np.ndarray, int, float, bool]:
        x = self.start.copy()
        return x, *descend_notes(
            self.sums, self.ridge, 0.5, self.n_ratings, x, self.learning_rate, self.convergence,
            self.max_epochs, self.patience, 1.0,
        )  # fmt: skip

    def plainly(self) -> tuple[np.ndarray, int, bool]:
        """Adam as spec 00 section 1.2 has it, all notes one step after the other."""
        s0, s1, s2, t1, t2, t3 = self.sums.T
        (a, b, diamond), x = self.ridge, self.start.copy()
        m, v = np.zeros((2, len(x)))
        previous, epoch = np.float32(1e10), 0
        while True:
            i, f = np.split(x, 2)
            error = (t3 + s0 * i * i + 2 * s1 * i * f + s2 * f * f - 2 * (t1 * i + t2 * f)).sum()
            penalty = 0.5 + (a * i * i + b * f * f + diamond * np.abs(i * f)).sum()
            loss = np.float32(error / self.n_ratings) + np.float32(penalty / self.n_ratings)
            if abs(float(loss) - float(previous)) <= self.convergence or (
                epoch > self.patience and loss > previous
            ):
                return x, epoch, True
            if epoch >= self.max_epochs:
                return x, epoch, False
            previous, epoch = loss, epoch + 1
            sign = diamond * np.sign(i * f)
            slope_i = 2 * (s0 * i + s1 * f - t1 + a * i) + sign * f
            slope_f = 2 * (s1 * i + s2 * f - t2 + b * f) + sign * i
            slope = np.concatenate([slope_i, slope_f]) / self.n_ratings
            slope *= min(1.0, 1.0 / (np.sqrt((slope**2).sum()) + 1e-6))
            m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
            root = np.sqrt(v) / np.sqrt(1 - 0.999**epoch) + 1e-8
            x = (x - self.learning_rate / (1 - 0.9**epoch) * m / root).astype(np.float32).astype(np.float64)


def problem(n_notes: int, *, steep: float = 1.0) -> Problem:
    """Notes with up to 40 ratings each; ``steep`` times the slopes, so that they are clipped at first."""
    rng = np.random.default_rng(n_notes)
    sums = np.empty((n_notes, 6))
    for e in range(n_notes):
        n = rng.integers(1, 40)
        factor, label = rng.normal(0, 0.5, n), rng.integers(0, 3, n) / 2 - rng.normal(0.2, 0.2, n)
        left = [label.sum(), (label * factor).sum(), (label * label).sum()]
        sums[e] = [n, factor.sum(), (factor * factor).sum(), *left]
    start = rng.normal(0, 0.3, 2 * n_notes).astype(np.float32).astype(np.float64)
    return Problem(sums * steep, start, n_ratings=float(sums[:, 0].sum()))


CASES = {
    "one note": problem(1),
    "a whole vector": problem(8),
    "some left over": problem(203),
    "clipped at first": problem(50, steep=300.0),
    "no diamond": replace(problem(20), ridge=(1.5, 0.3, 0.0)),
    "ends when it rises": replace(problem(30), convergence=-1.0, patience=30),
    "given up in the middle": replace(problem(30), max_epochs=STEPS_AT_ONCE + 5),
    "given up at once": replace(problem(30), max_epochs=0),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_it_is_adam_step_by_step(case: Problem) -> None:
    x, epochs, _, has_ended = case.run()
    expected, expected_epochs, expected_end = case.plainly()
    assert has_ended == expected_end
    # Sums are added in another order; the float32 loss may fall on the other side of a tie.
    assert abs(epochs - expected_epochs) <= 1
    np.testing.assert_allclose(x, expected, atol=2e-4)


def test_a_clipped_descent_is_clipped() -> None:
    """The case above is what it says: without clipping it ends elsewhere or later."""
    case = CASES["clipped at first"]
    s, (a, b, _), (i, f) = case.sums.T, case.ridge, np.split(case.start, 2)
    slope_i, slope_f = s[0] * i + s[1] * f - s[3] + a * i, s[1] * i + s[2] * f - s[4] + b * f
    assert np.hypot(np.linalg.norm(slope_i), np.linalg.norm(slope_f)) * 2 / case.n_ratings > 1


def test_the_last_change_is_that_of_the_loss() -> None:
    x, epochs, change, has_ended = CASES["some left over"].run()
    assert has_ended
    assert abs(change) <= 1e-7
    assert epochs % STEPS_AT_ONCE  # it ended in the middle, and what came after is taken back
    shorter = replace(CASES["some left over"], max_epochs=epochs - 1).run()
    assert shorter[1] == epochs - 1
    assert not np.array_equal(shorter[0], x)
