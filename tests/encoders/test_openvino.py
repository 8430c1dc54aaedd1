"""OpenVINO gives the vectors of torch, without torch; a model that it reads otherwise is left to torch."""

import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from begriff.encoders import MiniLM, SentenceTransformer
from begriff.encoders._openvino import in_openvino
from begriff.errors import InputError, MissingExtraError
from tests.encoders.test_encoders import TEXTS

# importing it here would let it report
pytestmark = pytest.mark.skipif(find_spec("openvino") is None, reason="no [openvino]")


@pytest.mark.parametrize(("precision", "least"), [("float32", 0.999999), ("bfloat16", 0.9995)])
def test_its_vectors_are_those_of_torch(precision, least):
    ours = MiniLM(precision=precision, backend="openvino").encode(TEXTS)
    assert (ours * MiniLM(precision="float32", backend="torch").encode(TEXTS)).sum(1).min() > least
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)


def test_it_needs_no_torch_once_converted_and_reports_nothing():
    MiniLM().encode(["a"])
    code = (
        "import sys; sys.modules['torch'] = None\nfrom begriff.encoders import"
        " MiniLM\nprint(MiniLM().encode(['graph']).shape)\nassert sys.modules['openvino_telemetry']"
        " is None and 'transformers' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "(1, 384)", done.stderr


def odd_module():
    """A module whose trace holds for the length alone that it was traced with."""
    import torch
    from torch import nn

    class Odd(nn.Module):
        def forward(self, ids, mask):
            counts = (torch.eye(4)[ids % 4] * mask[:, :, None]).sum(1) * torch.arange(4)
            return nn.functional.normalize(counts.flip(1) if ids.shape[1] > 100 else counts)

    return Odd()


def test_a_model_that_it_reads_otherwise_is_left_to_torch(tmp_path, monkeypatch):
    monkeypatch.setenv("BEGRIFF_CACHE", str(tmp_path))
    for _ in range(2):  # the second time it is known without trying
        with pytest.raises(InputError, match=r"OpenVINO .*backend='torch'"):
            in_openvino("odd", "float32", odd_module)
    monkeypatch.setattr(
        "begriff.encoders._openvino.in_openvino",
        lambda *_: in_openvino("odd", "float32", odd_module),
    )
    assert MiniLM(precision="float32").encode(["graph"]).shape == (1, 384)
    with pytest.raises(InputError, match="backend='torch'"):
        MiniLM(backend="openvino").encode(["graph"])


def test_a_damaged_model_is_said_and_left_to_torch(tmp_path, monkeypatch):
    monkeypatch.setenv("BEGRIFF_CACHE", str(tmp_path))
    MiniLM(precision="float32").encode(["graph"])
    (kept,) = tmp_path.iterdir()
    for path in kept.iterdir():
        path.write_bytes(b"damaged")
    with pytest.raises(InputError, match="delete the folder"):
        MiniLM(precision="float32", backend="openvino").encode(["graph"])
    assert MiniLM(precision="float32").encode(["graph"]).shape == (1, 384)


def test_a_killed_conversion_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("BEGRIFF_CACHE", str(tmp_path))

    def die():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_openvino("odd", "float32", die)
    assert not list(tmp_path.iterdir())


def test_which_backend_is_used(monkeypatch):
    assert MiniLM()._picked() == MiniLM(device="cpu")._picked() == "openvino"
    assert MiniLM(device="cuda")._picked() == MiniLM(backend="torch")._picked() == "torch"
    with pytest.raises(
        InputError, match=r"backend='onnx': must be one of 'auto', 'torch', 'openvino'"
    ):
        SentenceTransformer(MiniLM.folder(), backend="onnx")
    monkeypatch.setattr("begriff.encoders.sentences.find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert MiniLM()._picked() == "torch"
    with pytest.raises(MissingExtraError, match=r"begriff\[openvino\]"):
        MiniLM(backend="openvino").encode(["graph"])
