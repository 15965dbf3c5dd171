"""The classifier of posts: words that go with the terms of a topic (spec 09 sections 4 and 5)."""

from __future__ import annotations

import io
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from bridgenotes.scoring.errors import ScoringError, ShapeError
from bridgenotes.scoring.topics import kernels
from bridgenotes.scoring.topics.settings import TopicSettings, parse_settings
from bridgenotes.scoring.topics.text import count_known_tokens

if TYPE_CHECKING:
    from bridgenotes.scoring.topics.posts import Posts

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

_FORM: Final = 1
"""To be raised whenever the stored form of a model changes."""
_UNREADABLE: Final = (BadZipFile, zlib.error, EOFError, KeyError, OSError, TypeError, ValueError)
"""What NumPy, zip or JSON raise for bytes that are no model."""
CHUNKS: Final = 16
POSTS_PER_CHUNK: Final = 20_000
"""Up to so many chunks of so many posts are added up apart, however many threads do it."""


class TopicModelError(ScoringError):
    """Bytes that hold no model, or one of another version."""


@dataclass(frozen=True)
class TopicModel:
    """A trained classifier, together with the settings it was trained with.

    Attributes
    ----------
    settings : TopicSettings
        Topics and terms.
    classes : numpy.ndarray, int, shape (n_classes,)
        Numbers of the topics that occurred in training, ascending; 0 is "no topic".
    tokens : tuple of str
        The features, sorted.
    idf : numpy.ndarray, float64, shape (n_tokens,)
        Weight of each token.
    coefficients : numpy.ndarray, float64, shape (n_classes, n_tokens)
        Of two classes the first has zeros.
    intercepts : numpy.ndarray, float64, shape (n_classes,)
        As above.
    """

    settings: TopicSettings
    classes: IntArray
    tokens: tuple[str, ...]
    idf: FloatArray
    coefficients: FloatArray
    intercepts: FloatArray

    def __post_init__(self) -> None:
        """Check that the arrays belong together."""
        shape = (len(self.classes), len(self.tokens))
        if (
            self.coefficients.shape != shape
            or self.intercepts.shape != shape[:1]
            or self.idf.shape != shape[1:]
        ):
            raise ShapeError(f"a model of {shape[0]} classes and {shape[1]} tokens got other arrays")

    def count(self, posts: Posts) -> sparse.csr_array:
        """Return the occurrences of the model's tokens: int, shape (n_posts, n_tokens)."""
        return count_known_tokens(posts.texts, {token: k for k, token in enumerate(self.tokens)})

    def probabilities(self, counts: sparse.csr_array) -> FloatArray:
        """Return the probability of each topic number, 0 for those absent from training.

        Parameters
        ----------
        counts : scipy.sparse.csr_array, shape (n_posts, n_tokens)
            Occurrences of the model's tokens.

        Returns
        -------
        numpy.ndarray, float64, shape (n_posts, 1 + number of topics)
            Rows add up to 1, unless nothing was trained.
        """
        out = np.zeros((counts.shape[0], 1 + len(self.settings.topics)))
        if len(self.classes):
            scores = weigh(counts, self.idf) @ self.coefficients.T + self.intercepts
            likely = np.exp(scores - scores.max(axis=1, keepdims=True))
            out[:, self.classes] = likely / likely.sum(axis=1, keepdims=True)
        return out

    def to_bytes(self) -> bytes:
        """Return the model as an ``.npz`` archive of plain arrays."""
        archive = io.BytesIO()
        about = {"form": _FORM, "settings": self.settings.to_document(), "tokens": self.tokens}
        np.savez_compressed(
            archive,
            about=np.frombuffer(json.dumps(about).encode(), np.uint8),
            classes=self.classes,
            idf=self.idf,
            coefficients=self.coefficients,
            intercepts=self.intercepts,
        )
        return archive.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> TopicModel:
        """Return the model that `to_bytes` stored; nothing in ``data`` is executed.

        Raises
        ------
        TopicModelError
            If ``data`` is something else.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                about = json.loads(archive["about"].tobytes())
                arrays = {name: archive[name] for name in ("classes", "idf", "coefficients", "intercepts")}
        except _UNREADABLE as error:
            raise TopicModelError(f"these bytes hold no topic model: {error}") from error
        if about.get("form") != _FORM:
            raise TopicModelError(f"form {about.get('form')} of topic models is not {_FORM}; train again")
        return cls(settings=parse_settings(about["settings"]), tokens=tuple(about["tokens"]), **arrays)


def train(posts: Posts, settings: TopicSettings, counts: sparse.csr_array, tokens: list[str]) -> TopicModel:
    """Return the classifier of the posts that are not contested.

    Parameters
    ----------
    posts : Posts
        All posts.
    settings : TopicSettings
        Terms, features and regression.
    counts, tokens : scipy.sparse.csr_array, list of str
        Occurrences of all tokens in all posts, and the tokens.

    Notes
    -----
    idf = ln((1 + n) / (1 + df)) + 1. Posts of one class only, or without a usable token, leave the
    logarithms of the classes' shares as intercepts, which is what the regression tends to.
    """
    uncontested = ~posts.contested
    rows = counts[uncontested]
    target = posts.seeds[uncontested]
    in_posts = np.bincount(rows.indices, minlength=len(tokens))
    features = _features(tokens, in_posts, settings, len(posts))
    rows = rows[:, features]
    idf = np.log((1 + rows.shape[0]) / (1 + in_posts[features])) + 1
    classes, sizes = np.unique(target, return_counts=True)
    if len(classes) < 2 or not len(features):
        coefficients = np.zeros((len(classes), len(features)))
        intercepts = np.log(sizes / max(1, sizes.sum()))
    else:
        coefficients, intercepts = _regress(weigh(rows, idf), target, settings)
    return TopicModel(settings, classes, tuple(tokens[k] for k in features), idf, coefficients, intercepts)


def weigh(counts: sparse.csr_array, idf: FloatArray) -> sparse.csr_array:
    """Return counts times ``idf`` with rows of unit Euclidean length; empty rows stay empty."""
    values = counts.data * idf[counts.indices]
    post = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    length = np.sqrt(np.bincount(post, weights=values**2, minlength=counts.shape[0]))
    return sparse.csr_array((values / length[post], counts.indices, counts.indptr), shape=counts.shape)


def _features(tokens: list[str], in_posts: IntArray, settings: TopicSettings, n_posts: int) -> IntArray:
    """Return the columns of the tokens in neither too few nor too many posts that do not contain a term."""
    rule = settings.training
    least = 1 if n_posts < rule.few_posts else rule.min_posts_per_token
    most = max(rule.always_allowed_posts, int(rule.max_share_of_posts * n_posts))
    fragments = {fragment for topic in settings.topics for fragment in topic.fragments}
    candidates = np.flatnonzero((in_posts >= least) & (in_posts <= most))
    kept = [k for k in candidates if not any(fragment in tokens[k] for fragment in fragments)]
    return np.array(sorted(kept, key=tokens.__getitem__), np.intp)


def _regress(
    features: sparse.csr_array, target: IntArray, settings: TopicSettings
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and intercepts of the logistic regression, one row per class.

    Notes
    -----
    Minimised is C * sum_posts -ln p(target) + sum coefficients^2 / 2, p = softmax(coefficients x +
    intercepts). Of two classes the first has zeros, which makes p the sigmoid of the second's score.
    The solver, its start at 0 and when it stops are part of the model's definition: with few posts
    per token the objective is flat, and another stop moves coefficients by some 1e-3.
    """
    rule = settings.training
    numbers, right = np.unique(target, return_inverse=True)
    n_fixed = 1 if len(numbers) == 2 else 0
    shape = (features.shape[1] + 1, len(numbers) - n_fixed)
    n_chunks = min(CHUNKS, 1 + len(target) // POSTS_PER_CHUNK)
    chunks = np.linspace(0, len(target), n_chunks + 1).astype(np.int64)
    start, tokens = features.indptr.astype(np.int64), features.indices.astype(np.int32)
    lines = np.zeros((shape[0], -(-len(numbers) // kernels.LANES) * kernels.LANES))
    free = slice(n_fixed, len(numbers))

    def loss_and_slope(flat: FloatArray) -> tuple[float, FloatArray]:
        weights = flat.reshape(shape)
        lines[:, free] = weights
        misfits, slopes = kernels.misfit_and_slope(
            start, tokens, features.data, chunks, right, lines.ravel(), len(numbers), lines.shape[1]
        )
        slope = rule.inverse_regularisation * slopes.sum(axis=0).reshape(lines.shape)[:, free]
        slope[:-1] += weights[:-1]
        loss = rule.inverse_regularisation * misfits.sum() + (weights[:-1] ** 2).sum() / 2
        return float(loss), slope.ravel()

    found = optimize.minimize(
        loss_and_slope,
        np.zeros(shape[0] * shape[1]),
        jac=True,
        method="L-BFGS-B",
        options={
            "maxiter": rule.max_iterations,
            "gtol": rule.tolerance,
            "ftol": rule.relative_reduction,
        },
    )
    rows = np.vstack([np.zeros((n_fixed, shape[0])), found.x.reshape(shape).T])
    return rows[:, :-1], rows[:, -1]
