"""What a model reads is found, what it does not read is not, and shuffled columns are hardly ever called important."""

import numpy as np
import pytest

import begriff as bg
from begriff.errors import InputError
from tests.conftest import BagOfWords, make_rows


@pytest.fixture(scope="module")
def modelled(tmp_path_factory):
    """Enough items for tests to have power."""
    atlas = bg.build(
        make_rows(1600),
        text="body",
        out=tmp_path_factory.mktemp("matters") / "a.atlas",
        encoder=BagOfWords(),
    )
    bg.classify(atlas, "topic", controls=False)
    return atlas


def test_what_goes_with_a_class_matters_and_shuffled_columns_do_not(modelled):
    found = bg.what_matters(modelled, "topic", of="graph", limit=12)
    best = found.concepts[0]
    assert best.matters
    assert best.spread > 0
    assert sum(c.matters for c in found.concepts) > 3 * found.shuffled
    assert found.shuffled <= 1
    assert "Control" in found.to_markdown()


def test_any_model_over_vectors_is_tested(modelled):
    column = max(
        (c for c in modelled.snapshot.concept_records if c.well_named), key=lambda c: c.frequency
    )
    direction = np.asarray(modelled.components[column.row])
    found = bg.what_matters(modelled, lambda X: X @ direction, limit=8)
    assert found.concepts[0].matters
    assert column.id in [c.concept.id for c in found.concepts if c.matters]


def test_a_model_that_reads_nothing_depends_on_nothing(modelled):
    rng = np.random.default_rng(0)
    found = bg.what_matters(modelled, lambda X: rng.standard_normal(len(X)), limit=12)
    assert sum(c.matters for c in found.concepts) == 0


def test_a_fitted_estimator_of_several_classes_needs_one(modelled):
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(
        np.asarray(modelled.item_vectors), modelled.snapshot.items.column("topic")
    )
    with pytest.raises(InputError, match="target"):
        bg.what_matters(modelled, model)
    assert bg.what_matters(modelled, model, of="speech", limit=6).concepts[0].matters


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        ("topic", {}, "give of=CLASS"),
        ("topic", {"of": "nothing"}, "class"),
        ("none", {"of": "graph"}, "model"),
        ("topic", {"of": "graph", "limit": 0}, "limit"),
    ],
)
def test_bad_input_is_refused(modelled, model, options, said):
    with pytest.raises(InputError, match=said):
        bg.what_matters(modelled, model, **options)
