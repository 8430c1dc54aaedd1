"""Every importance method of the catalogue ranks first, through the public function, the concept that a planted model reads."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import begriff as bg
from begriff import catalog
from begriff.errors import InputError
from tests.cli.command import run
from tests.conftest import BagOfWords, make_rows

OF_AN_ITEM = ["local-skit", "sobol"]
METHODS = [m.name for m in catalog.methods("importance")]


@pytest.fixture(scope="module")
def modelled(tmp_path_factory):
    """Enough items for tests to have power, openable on the command line."""
    rows = make_rows(1600)
    vectors = BagOfWords().encode([r["body"] for r in rows])
    path = tmp_path_factory.mktemp("matters") / "a.atlas"
    atlas = bg.build(rows, text="body", vectors=vectors, encoder=None, out=path)
    bg.classify(atlas, "topic", controls=False)
    return atlas


def ask(atlas, method, model="topic", **options):
    if method in OF_AN_ITEM and "item" not in options:
        options["item"] = next(
            str(i)
            for i, t in zip(
                atlas.snapshot.items.column("_id"), atlas.snapshot.column("topic"), strict=True
            )
            if t == "graph"
        )
    return bg.what_matters(atlas, model, limit=8, **options, method=method)


def test_the_catalogue_holds_all_seven():
    assert METHODS == [
        "conditional-skit",
        "hsic",
        "linear",
        "local-skit",
        "permutation",
        "skit",
        "sobol",
    ]


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_reads_one_concept_shows_it(modelled, method):
    """A linear function of the vectors along one concept; the control is a concept that it hardly reads."""
    of = bg.Classifier(modelled, "topic").space
    frequent = sorted(range(len(of.refs)), key=lambda i: -of.codes[:, [i]].nnz)[:4]
    direction = np.asarray(of.directions[frequent[0]], dtype=np.float64)
    model = LogisticRegression()
    model.coef_, model.intercept_, model.classes_ = direction[None], np.zeros(1), np.array([0, 1])
    row = int(np.argmax(of.codes[:, [frequent[0]]].toarray()))
    options = (
        {"item": str(modelled.snapshot.items.column("_id")[row])} if method in OF_AN_ITEM else {}
    )
    found = ask(modelled, method, model, **options)
    values = [c.value for c in found.concepts]
    assert values == sorted(values, reverse=True)
    place = [c.concept.id for c in found.concepts].index(of.refs[frequent[0]].id)
    # concepts of the same topic go along with it, and matter too
    if "skit" in method and method != "local-skit":
        assert found.concepts[place].matters
    else:
        assert place < 3
        assert values[0] > 2 * max(values[-1], 0)
    assert found.method.replace("_", "-").startswith(method)
    assert (found.shuffled is not None) == (method in ("conditional-skit", "hsic", "skit"))
    assert method not in ("hsic", "skit") or found.shuffled <= 1


@pytest.mark.parametrize("method", [m for m in METHODS if m != "linear"])
def test_a_model_that_reads_nothing_depends_on_nothing(modelled, method):
    rng = np.random.default_rng(0)
    noise = {n: rng.standard_normal(n) for n in range(1, 2100)}
    model = (
        (lambda X: np.zeros(len(X)))
        if method in ("sobol", "permutation")
        else (lambda X: noise[len(X)])
    )
    found = ask(modelled, method, model)
    called = sum(c.matters is True for c in found.concepts)
    # its sampler is estimated: the control tells how many are its errors
    false = found.shuffled + 2 if method == "conditional-skit" else 0
    assert called <= false
    assert method != "sobol" or all(c.value == 0 for c in found.concepts)


@pytest.mark.parametrize("method", METHODS)
def test_a_model_of_the_atlas_is_taken_too(modelled, method):
    found = ask(modelled, method, of="graph")
    assert len(found.concepts) == 8
    assert found.concepts[0].value > 0
    assert found.to_markdown()


def test_linear_effects_are_the_spreads_that_the_model_has(modelled):
    found = ask(modelled, "linear", of="graph")
    model = bg.Classifier(modelled, "topic")
    weights = {
        r.id: w
        for r, w in zip(model.space.refs, model.coef[model.classes.index("graph")], strict=True)
    }
    assert all((c.value > 0) == (weights[c.concept.id] != 0) for c in found.concepts)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "permutate"}, "no importance method 'permutate'; near: 'permutation'"),
        ({"method": "sobol"}, "give the item's id"),
        ({"method": "hsic", "item": "item1"}, "leave the item out, or choose local-skit or sobol"),
        ({"item": "item1"}, "give a method of one item"),
        ({"method": "sobol", "item": "nobody"}, "nobody"),
    ],
)
def test_what_does_not_fit_is_refused(modelled, options, said):
    with pytest.raises(InputError, match=said):
        bg.what_matters(modelled, "topic", of="graph", **options)


def test_a_model_without_weights_has_no_linear_effects(modelled):
    with pytest.raises(InputError, match="without coef_"):
        bg.what_matters(modelled, lambda X: X[:, 0], method="linear")


def test_the_command_takes_a_method_and_an_item(modelled):
    done = run(
        "what-matters",
        modelled.path,
        "topic",
        "graph",
        "--method",
        "permutation",
        "--limit",
        "5",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["method"] == "permutation_importance"
    done = run(
        "what-matters",
        modelled.path,
        "topic",
        "graph",
        "--method",
        "sobol",
        "--item",
        "item3",
        "--limit",
        "5",
    )
    assert "item3" in done.stdout
    assert (
        run("what-matters", modelled.path, "topic", "graph", "--method", "nosuch").returncode == 2
    )
