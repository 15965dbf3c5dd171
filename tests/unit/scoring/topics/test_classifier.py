"""The classifier: which tokens it uses, what it learns, how it is stored."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from bridgenotes.scoring.errors import ShapeError
from bridgenotes.scoring.topics.assign import train_topics
from bridgenotes.scoring.topics.classifier import TopicModel, TopicModelError, weigh
from bridgenotes.scoring.topics.posts import read_posts
from bridgenotes.scoring.topics.settings import load_settings
from unit.scoring.topics.made_up import community, notes_of

SETTINGS = load_settings()


def test_tokens_that_contain_a_term_are_no_features() -> None:
    notes = notes_of(
        "scam discover wallet", "pro-ukrainian front", "photo undisclosed thing", "gaza kiev both"
    )
    assert train_topics(notes).tokens == ("front", "photo", "pro", "thing", "wallet")


def test_contested_posts_teach_nothing_but_count_as_posts() -> None:
    rule = replace(SETTINGS.training, few_posts=4, min_posts_per_token=2)
    settings = replace(SETTINGS, training=rule)
    three = ["photo", "photo claim", "claim video"]
    assert train_topics(notes_of(*three), settings).tokens == ("claim", "photo", "video")
    assert train_topics(notes_of(*three, "gaza kiev video"), settings).tokens == ("claim", "photo")


@pytest.mark.parametrize(("always", "share", "kept"), [(1, 0.0, False), (2, 0.0, True), (1, 0.5, True)])
def test_tokens_in_too_many_posts_are_no_features(always: int, share: float, kept: bool) -> None:
    rule = replace(SETTINGS.training, always_allowed_posts=always, max_share_of_posts=share)
    model = train_topics(notes_of("photo", "photo claim", "video", "gaza"), replace(SETTINGS, training=rule))
    assert ("photo" in model.tokens) == kept


def test_rows_have_unit_length_or_none() -> None:
    counts = sparse.csr_array(np.array([[2, 1], [0, 0], [0, 3]], np.int32))
    idf = np.array([1.0, 2.0])
    np.testing.assert_allclose(
        weigh(counts, idf).toarray(), [[np.sqrt(0.5), np.sqrt(0.5)], [0, 0], [0, 1]], rtol=1e-15
    )


@pytest.mark.parametrize("topics", [("Scams",), ("Scams", "GazaConflict"), ("MessiRonaldo",)])
def test_the_fit_is_the_optimum_of_the_documented_loss(topics: tuple[str, ...]) -> None:
    """With one topic the loss is binary: its slope is taken along one row of coefficients only."""
    notes = community(150, topics)
    rule = replace(SETTINGS.training, tolerance=1e-7, relative_reduction=0.0)
    model = train_topics(notes, replace(SETTINGS, training=rule))
    posts = read_posts(notes, SETTINGS)
    counts = model.count(posts)
    features = weigh(counts, model.idf)
    target = posts.seeds[:, None] == model.classes
    residuals = (model.probabilities(counts)[:, model.classes] - target).T
    learned = slice(1, None) if len(topics) == 1 else slice(None)
    slopes = (features.T @ residuals.T).T + model.coefficients
    assert len(model.classes) == 1 + len(topics)
    np.testing.assert_allclose(slopes[learned], 0, atol=1e-5)
    np.testing.assert_allclose(residuals.sum(axis=1), 0, atol=1e-5)
    assert np.abs(model.coefficients[learned]).max() > 0.1


def test_probabilities_cover_all_topics() -> None:
    model = train_topics(community(100, ("Scams",)))
    posts = read_posts(notes_of("wallet crypto giveaway", "photo", "", "नमस्ते"), SETTINGS)
    p = model.probabilities(model.count(posts))
    assert p.shape == (4, 6)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_array_equal(p[:, [1, 2, 3, 5]], 0)
    assert p[0, 4] > p[2, 4] > p[1, 4]
    np.testing.assert_array_equal(p[2], p[3])


def test_one_class_is_certain() -> None:
    model = train_topics(notes_of("photo claim", "video"))
    assert model.classes.tolist() == [0]
    assert model.probabilities(sparse.csr_array((2, 3), dtype=np.int32))[:, 0].tolist() == [1, 1]


def test_no_features_leave_the_shares() -> None:
    model = train_topics(notes_of("scam", "!", "a", ""))
    assert model.tokens == ()
    p = model.probabilities(sparse.csr_array((1, 0), dtype=np.int32))[0]
    np.testing.assert_allclose(p, [0.75, 0, 0, 0, 0.25, 0])


def test_nothing_to_learn_from() -> None:
    for notes in (notes_of(), notes_of("gaza kiev")):
        model = train_topics(notes)
        assert len(model.classes) == 0
        assert model.probabilities(sparse.csr_array((1, len(model.tokens)), dtype=np.int32)).tolist() == [
            [0] * 6
        ]


def test_training_is_deterministic_whatever_the_order_of_rows() -> None:
    notes = community()
    one = train_topics(notes)
    for other in (notes, notes.sample(fraction=1.0, shuffle=True, seed=3), notes.reverse()):
        assert train_topics(other).to_bytes() == one.to_bytes()


def test_a_model_survives_storing() -> None:
    model = train_topics(community(80))
    again = TopicModel.from_bytes(model.to_bytes())
    assert (again.settings, again.tokens) == (model.settings, model.tokens)
    for name in ("classes", "idf", "coefficients", "intercepts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(model, name))
        assert getattr(again, name).dtype == getattr(model, name).dtype


def test_bytes_that_hold_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    data = train_topics(community(40)).to_bytes()
    array = io.BytesIO()
    np.save(array, np.arange(3))
    for broken in (b"", b"PK nonsense", b"PK\x03\x04", data[: len(data) // 2], array.getvalue()):
        with pytest.raises(TopicModelError, match="hold no topic model"):
            TopicModel.from_bytes(broken)
    monkeypatch.setattr("bridgenotes.scoring.topics.classifier._FORM", 2)
    with pytest.raises(TopicModelError, match="form 1 of topic models is not 2; train again"):
        TopicModel.from_bytes(data)


def test_arrays_that_do_not_belong_together() -> None:
    model = train_topics(community(40))
    with pytest.raises(ShapeError):
        replace(model, idf=model.idf[1:])
