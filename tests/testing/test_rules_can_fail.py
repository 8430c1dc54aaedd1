"""The control of every suite: a method that breaks one promise is caught, by the name of the rule."""

from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_array

from begriff import testing
from begriff.bottlenecks import Influence, SparseLinear
from begriff.dictionaries import KMeans
from begriff.encoders import Passages, Static
from begriff.erasers import LEACE, Projection
from begriff.importance import hsic
from begriff.indexes import ExactIndex
from begriff.kinds import Eraser
from begriff.models import TextTransformer
from begriff.naming import Contrast
from begriff.probes import DiffMean
from begriff.testing import PlantedLanguageModel


class Dictionary(KMeans):
    """A dictionary.

    Source: a test.
    """


class Negative(Dictionary):
    def _encode(self, X):
        return csr_array(-super()._encode(X).toarray())


class Doubling(Dictionary):
    def inverse_transform(self, codes):
        return 2 * super().inverse_transform(codes)


class Blind(Dictionary):
    def _encode(self, X):
        return 0 * super()._encode(X)


class Restless(Dictionary):
    def fit(self, X, y=None):
        super().fit(X)
        self.components_ = self.components_ + np.float32(1e-3 * np.random.default_rng().random())
        return self


class Global(Dictionary):
    def fit(self, X, y=None):
        np.random.random()  # noqa: NPY002
        return super().fit(X)


class Joining(Dictionary):
    """Codes of a row and of the first row.

    Source: a test.
    """

    def _encode(self, X):
        codes = super()._encode(X).toarray()
        return csr_array(codes + codes[:1])


class Boasting(Dictionary):
    anchors = True


class Forgetful(Dictionary):
    def save(self, folder):
        kept, self.bias_ = self.bias_, np.zeros_like(self.bias_)
        super().save(folder)
        self.bias_ = kept
        self.components_ = self.components_ + 0


class Careless(Dictionary):
    def transform(self, X):
        return super().transform(np.nan_to_num(X, posinf=0))


class Undocumented(KMeans):
    pass


Undocumented.__doc__ = ""


class Nothing(LEACE):
    def fit(self, X, y):
        super().fit(X, y)
        self.matrix_ = np.eye(X.shape[1])
        return self


class Widening(LEACE):
    def transform(self, X, y=None):
        return super().transform(X).astype(np.float64)


class Bent(Projection):
    def transform(self, X, y=None):
        edited = super().transform(X)
        return edited + 0.01 * np.sin(edited).astype(edited.dtype)


class Streaming(Projection):
    streams = True


class Scaled(DiffMean):
    def decision_function(self, X):
        return 2 * super().decision_function(X)


class Backwards(DiffMean):
    def _direction(self, X, positive, weight):
        return -super()._direction(X, positive, weight)


class Lying(SparseLinear):
    def parts(self, C):
        return super().parts(C) + 0.1


class Constant(SparseLinear):
    def fit(self, C, y):
        super().fit(C, y)
        self.coef_ = 0 * self.coef_
        return self


class First(ExactIndex):
    exhaustive = False

    def candidates(self, query, k, *, mask=None):
        return super().candidates(query, k, mask=mask)[:k]


class Unmasked(ExactIndex):
    def candidates(self, query, k, *, mask=None):
        return super().candidates(query, k)


class Long(Static):
    def encode(self, texts, *, progress=None):
        return 2 * super().encode(texts)


class Same(Static):
    def encode(self, texts, *, progress=None):
        vectors = super().encode(texts)
        return np.repeat(vectors[:1], len(texts), axis=0) if len(texts) else vectors


class Repeating(Contrast):
    def names(self, task):
        return [["graph"] for _ in range(task.codes.shape[1])]


class Unsettled(Contrast):
    def names(self, task):
        from dataclasses import replace

        return super().names(replace(task, settled={}))


class Cutting(Passages):
    def regions(self, contents):
        return [listed[:-1] for listed in super().regions(contents)]


class Deaf(TextTransformer):
    def forward_from(self, inputs, layer, values):
        return self.outputs(inputs)


class Flat(TextTransformer):
    def vjp(self, inputs, layer, cotangent):
        return 0 * super().vjp(inputs, layer, cotangent)


class Drawn(Influence):
    def scores(self, seen):
        return super().scores(seen) + np.random.default_rng().random()


class Talkative(PlantedLanguageModel):
    def complete(self, prompts, **options):
        return super().complete(prompts)


def shuffled_hsic(Z, y):
    return hsic(y, Z[:, ::-1])


CASES = {
    "codes_are_sparse_and_sized": partial(testing.check_dictionary, Negative(8)),
    "the_inverse_is_bias_plus": partial(testing.check_dictionary, Doubling(8)),
    "it_explains_more": partial(testing.check_dictionary, Blind(8)),
    "equal_fits_are_equal": partial(testing.check_dictionary, Restless(8)),
    "equal_fits_are_equal of dictionaries: A second": partial(testing.check_dictionary, Global(8)),
    "a_code_does_not_depend": partial(testing.check_dictionary, Joining(8)),
    "capabilities_are_true": partial(testing.check_dictionary, Boasting(8)),
    "mistakes_are_refused": partial(testing.check_dictionary, Careless(8)),
    "it_is_documented": partial(testing.check_dictionary, Undocumented(8)),
    "it_hides_the_label": partial(testing.check_eraser, Nothing()),
    "vectors_keep_their_shape": partial(testing.check_eraser, Widening()),
    "it_is_affine": partial(testing.check_eraser, Bent()),
    "batches_give_what": partial(testing.check_eraser, Streaming()),
    "the_decision_is": partial(testing.check_probe, Scaled()),
    "it_finds_what_is_there": partial(testing.check_probe, Backwards()),
    "parts_sum_to": partial(testing.check_bottleneck, Lying()),
    "it_learns": partial(testing.check_bottleneck, Constant()),
    "the_nearest_are_among": partial(testing.check_index, First()),
    "a_mask_is_kept": partial(testing.check_index, Unmasked()),
    "vectors_have_length_one": partial(testing.check_encoder, Long()),
    "vectors_tell_contents_apart": partial(testing.check_encoder, Same()),
    "evidence_is_followed": partial(testing.check_namer, Repeating()),
    "settled_names_stay": partial(testing.check_namer, Unsettled()),
    "every_content_has_regions": partial(testing.check_segmenter, Cutting(Static())),
    "going_on_from_the_same": partial(testing.check_model, Deaf()),
    "the_vjp_is_the_slope": partial(testing.check_model, Flat()),
    "equal_policies_score": partial(testing.check_policy, Drawn),
    "what_matters_stands_out": partial(
        testing.check_importance, hsic, shuffled_hsic, lambda r: r.value
    ),
    "stop_and_length": partial(
        testing.check_language_model, Talkative({"sky": "blue as ever", "make": "four of them"})
    ),
}


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    """Saved methods are found by their names."""
    from begriff import catalog

    find = catalog.find
    here = {c.__name__: c for c in (*Dictionary.__subclasses__(), Dictionary, Undocumented)}
    here |= {c.__name__: c for c in (Nothing, Widening, Bent, Streaming)}
    monkeypatch.setattr(catalog, "find", lambda kind, name: here.get(name) or find(kind, name))


@pytest.mark.parametrize("rule", CASES)
def test_what_breaks_a_rule_is_caught_by_its_name(rule):
    with pytest.raises(AssertionError, match=f"breaks the rule {rule}"):
        CASES[rule]()


def test_the_controls_without_a_fault_pass():
    testing.check_dictionary(Dictionary(8))
    testing.check_importance(hsic, lambda Z, y: hsic(y, Z), lambda r: r.value)


def test_a_rule_may_be_left_out_and_one_that_does_not_exist_is_refused():
    testing.check_dictionary(Undocumented(8), skip=("it_is_documented",))
    with pytest.raises(AssertionError, match="no rules"):
        testing.check_dictionary(Dictionary(8), skip=("nonsense",))


def test_what_a_file_forgets_is_seen():
    class Empty(Nothing):
        """An eraser.

        Source: a test.
        """

    assert issubclass(Empty, Eraser)
    with pytest.raises(AssertionError):
        testing.check_dictionary(Forgetful(8))
