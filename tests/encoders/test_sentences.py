"""A folder of sentence-transformers gives the vectors that it is made for, and nothing in it is executed."""

import json
import shutil

import numpy as np
import pytest

import begriff as bg
from begriff.encoders import MiniLM, SentenceTransformer
from begriff.errors import InputError
from begriff.pipeline.plan import make_encoder
from tests.conftest import make_rows

TEXTS = [
    "Protein folding with a neural network.",
    "graphs",
    "",
    "Speech recognition for low-resource languages. " * 60,
]


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    return shutil.copy(MiniLM.folder() / "model.safetensors", tmp_path_factory.mktemp("weights"))


@pytest.fixture
def folder(tmp_path, weights):
    """A copy of MiniLM, its large file a link to one copy for all."""
    path = shutil.copytree(
        MiniLM.folder(), tmp_path / "model", ignore=shutil.ignore_patterns("model.safetensors")
    )
    (path / "model.safetensors").symlink_to(weights)
    return path


def change(path, **fields):
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def reference(texts, pool, n_tokens=256):
    """The same in plain torch, one text at a time and without a mask."""
    import torch

    plain = MiniLM(precision="float32", max_tokens=n_tokens)
    model, tokenizer = plain._model().eval(), plain._short
    out = []
    for text in texts:
        with torch.inference_mode():
            states = model(torch.tensor([tokenizer.encode(text or " ").ids])).last_hidden_state[0]
        v = pool(states)
        out.append((v / v.norm()).numpy())
    return np.stack(out)


def test_the_folder_of_minilm_is_minilm(folder):
    found = SentenceTransformer(folder, precision="float32")
    assert (found.n_dims, found.max_tokens) == (384, 256)
    np.testing.assert_allclose(
        found.encode(TEXTS), MiniLM(precision="float32").encode(TEXTS), atol=1e-5
    )
    np.testing.assert_allclose(
        found.encode(TEXTS), reference(TEXTS, lambda s: s.mean(0)), atol=1e-5
    )
    assert found.spans(TEXTS) == MiniLM().spans(TEXTS)


@pytest.mark.parametrize(
    ("mode", "pool"),
    [
        ("cls_token", lambda s: s[0]),
        ("max_tokens", lambda s: s.max(0).values),
        ("lasttoken", lambda s: s[-1]),
    ],
)
def test_every_pooling(folder, mode, pool):
    change(
        folder / "1_Pooling" / "config.json",
        pooling_mode_mean_tokens=False,
        **{f"pooling_mode_{mode}": True},
    )
    np.testing.assert_allclose(
        SentenceTransformer(folder, precision="float32").encode(TEXTS),
        reference(TEXTS, pool),
        atol=1e-5,
    )


def test_a_dense_module(folder):
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    weight, bias = torch.randn(24, 384), torch.randn(24)
    (folder / "2_Dense").mkdir()
    save_file(
        {"linear.weight": weight, "linear.bias": bias}, folder / "2_Dense" / "model.safetensors"
    )
    config = {
        "in_features": 384,
        "out_features": 24,
        "bias": True,
        "activation_function": "torch.nn.modules.activation.Tanh",
    }
    (folder / "2_Dense" / "config.json").write_text(json.dumps(config))
    modules = json.loads((folder / "modules.json").read_text())
    modules[2:2] = [
        {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"}
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    found = SentenceTransformer(folder, precision="float32")
    assert found.n_dims == 24
    np.testing.assert_allclose(
        found.encode(TEXTS),
        reference(TEXTS, lambda s: torch.tanh(weight @ s.mean(0) + bias)),
        atol=1e-5,
    )
    change(folder / "2_Dense" / "config.json", activation_function="os.system")
    with pytest.raises(InputError, match="'system'"):
        SentenceTransformer(folder).encode(["a"])


def test_prompts_of_the_folder_and_of_the_user(folder):
    change(
        folder / "config_sentence_transformers.json",
        prompts={"query": "query: ", "passage": "passage: "},
    )
    found, plain = SentenceTransformer(folder, precision="float32"), MiniLM(precision="float32")
    np.testing.assert_allclose(
        found.encode(TEXTS[:2]), plain.encode([f"passage: {t}" for t in TEXTS[:2]]), atol=1e-5
    )
    np.testing.assert_allclose(
        found.encode_queries(TEXTS[:2]), plain.encode([f"query: {t}" for t in TEXTS[:2]]), atol=1e-5
    )
    other = SentenceTransformer(folder, precision="float32", query_prefix="", item_prefix="")
    np.testing.assert_allclose(other.encode_queries(TEXTS[:2]), plain.encode(TEXTS[:2]), atol=1e-5)
    assert found.name != other.name


def test_an_atlas_finds_its_encoder_again_and_refuses_another(folder, tmp_path):
    atlas = bg.build(
        make_rows(60), text="body", out=tmp_path / "a.atlas", encoder=folder, layout=False
    )
    again = bg.open(atlas.path)
    assert again.search("graph node", k=3).hits[0].score > 0
    change(folder / "config.json", hidden_act="relu")
    with pytest.raises(InputError, match="holds another model than before"):
        bg.open(atlas.path).search("graph")
    shutil.rmtree(folder)
    with pytest.raises(InputError, match="no folder"):
        bg.open(atlas.path).search("graph")


def break_modules(folder, kind):
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["type"] = kind
    (folder / "modules.json").write_text(json.dumps(modules))


def damage(file):
    file.unlink()
    file.write_bytes(b"junk")


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda f: break_modules(f, "evil.Module"), "type 'evil.Module'"),
        (lambda f: break_modules(f, "sentence_transformers.models.WordWeights"), "WordWeights"),
        (
            lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin"),
            "no safetensors; other weights can execute code",
        ),
        (lambda f: (f / "tokenizer.json").unlink(), "no tokenizer.json"),
        (lambda f: (f / "modules.json").unlink(), "modules.json cannot be read"),
        (lambda f: (f / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda f: (f / "tokenizer.json").write_text("{}"), "no readable tokenizer"),
        (lambda f: damage(f / "model.safetensors"), "cannot be loaded"),
        (
            lambda f: change(f / "1_Pooling" / "config.json", pooling_mode_mean_tokens=False),
            "of no kind",
        ),
        (
            lambda f: change(
                f / "1_Pooling" / "config.json", pooling_mode_weightedmean_tokens=True
            ),
            "weightedmean_tokens",
        ),
        (
            lambda f: change(
                f / "config.json",
                model_type="own",
                auto_map={"AutoModel": "own.Model", "AutoConfig": "own.Config"},
            ),
            "cannot be loaded",
        ),
    ],
)
def test_what_cannot_be_read_safely_is_refused(folder, work, says):
    (folder / "own.py").write_text("raise SystemExit('executed')")
    work(folder)
    with pytest.raises(InputError, match=says):
        SentenceTransformer(folder, precision="float32").encode(["a"])


def test_a_module_outside_the_folder_is_refused(folder):
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["path"] = "../../etc"
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(InputError, match="outside its folder"):
        SentenceTransformer(folder)


def test_encoders_are_made_from_what_is_given(folder):
    assert isinstance(make_encoder("minilm"), MiniLM)
    assert isinstance(make_encoder(str(folder)), SentenceTransformer)
    assert make_encoder("http://localhost/v1", model="m").model == "m"
    for given, settings, says in [
        ("minlm", {}, "minilm"),
        ("minilm", {"model": "x"}, "no setting 'model'"),
        ("http://localhost/v1", {}, "name of the model"),
    ]:
        with pytest.raises(InputError, match=says):
            make_encoder(given, **settings)
