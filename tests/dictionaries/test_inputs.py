"""Random states, numbers, files and outputs as scikit-learn's users have them."""

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from begriff.dictionaries import CCE, KMeans, PretrainedSAE, TopKSAE
from begriff.errors import InputError
from begriff.kinds import Dictionary

X = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
SMALL = {"n_concepts": 12, "max_epochs": 1}


@pytest.mark.parametrize("method", [TopKSAE, CCE])
def test_any_random_state_of_scikit_learn(method, tmp_path):
    sizes = {**SMALL, **({"n_attributes": 3} if method is CCE else {"k": np.int64(3)})}
    drawn = [method(**sizes, random_state=np.random.RandomState(5)).fit(X) for _ in range(2)]
    assert np.array_equal(drawn[0].components_, drawn[1].components_)
    assert not np.array_equal(
        method(**sizes, random_state=None).fit(X).components_,
        method(**sizes, random_state=None).fit(X).components_,
    )
    again = method(**sizes, random_state=drawn[0].seed_).fit(X)
    assert np.array_equal(again.components_, drawn[0].components_)
    drawn[0].save(tmp_path)
    assert np.array_equal(
        Dictionary.load(tmp_path).transform(X).toarray(), drawn[0].transform(X).toarray()
    )
    with pytest.raises(InputError, match="random_state='x'"):
        method(**sizes, random_state="x").fit(X)


def test_frames_as_output():
    fitted = KMeans(n_concepts=4).fit(X).set_output(transform="pandas")
    frame = fitted.transform(pd.DataFrame(X, index=[f"r{i}" for i in range(200)]))
    assert list(frame.columns) == ["concept0", "concept1", "concept2", "concept3"]
    assert frame.index[3] == "r3"
    assert np.array_equal(
        frame.to_numpy(), fitted.set_output(transform="default").transform(X).toarray()
    )


def test_lists_and_tensors_are_vectors():
    torch = pytest.importorskip("torch")
    fitted = KMeans(n_concepts=4).fit(X.tolist())
    assert np.array_equal(
        fitted.transform(torch.from_numpy(X)).toarray(), fitted.transform(X).toarray()
    )


def test_weights_in_bfloat16_are_read(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    from begriff.dictionaries.pretrained_sae import write_sae

    write_sae(TopKSAE(**SMALL, k=3).fit(X), tmp_path, format="sparsify")
    path = tmp_path / "sae.safetensors"
    whole = {k: torch.from_numpy(v) for k, v in load_file(path).items()}
    before = PretrainedSAE(tmp_path).fit(X)
    save_file({k: v.to(torch.bfloat16) for k, v in whole.items()}, path)
    after = PretrainedSAE(tmp_path).fit(X)
    assert np.allclose(after.components_, before.components_, atol=0.01)
    assert not np.array_equal(after.components_, before.components_)
