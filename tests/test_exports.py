"""Public names: one sorted list in every module, and all of them exist."""

import importlib
import pkgutil

import pytest

import begriff

MODULES = [
    m.name
    for m in pkgutil.walk_packages(begriff.__path__, "begriff.")
    if not m.name.endswith("__main__")
]


@pytest.mark.parametrize("name", ["begriff", *MODULES])
def test_all_is_sorted_and_exists(name):
    module = importlib.import_module(name)
    names = getattr(module, "__all__", [])
    assert list(names) == sorted(names, key=str.lower)
    assert len(set(names)) == len(names)
    for n in names:
        assert getattr(module, n) is not None


def test_importing_begriff_imports_nothing_heavy():
    import subprocess
    import sys

    code = (
        "import sys, begriff, begriff.dictionaries; bad = {'torch', 'transformers', 'lance',"
        " 'tantivy'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_extra_names_itself(monkeypatch):
    import sys

    from begriff.dictionaries import CCE, TopKSAE
    from begriff.encoders import MiniLM, Static

    for library in ("torch", "tokenizers", "model2vec"):
        monkeypatch.setitem(sys.modules, library, None)
    X = [[0.0, 1.0]] * 3
    for call in (
        lambda: TopKSAE(4, k=2).fit(X),
        lambda: TopKSAE(4, k=2).starts(X),
        lambda: CCE(2, n_attributes=1).fit(X),
        lambda: MiniLM().encode(["a"]),
        lambda: Static().encode(["a"]),
    ):
        with pytest.raises(
            begriff.MissingExtraError, match=r"pip install 'begriff\[text\]'"
        ) as caught:
            call()
        assert isinstance(caught.value, ImportError)


@pytest.mark.parametrize(
    "old",
    [
        "base.Encoder",
        "base.check_vectors",
        "base.write_whole",
        "estimators.Editor",
        "editing.LEACE",
        "guard.TextGuard",
    ],
)
def test_names_that_moved_work_and_say_where_they_are(old):
    module, name = old.split(".")
    with pytest.warns(
        DeprecationWarning, match=rf"begriff\.{module}\.{name} is now begriff\."
    ) as told:
        value = getattr(importlib.import_module(f"begriff.{module}"), name)
    package, _, now = str(told[0].message).split(" is now ")[1].rpartition(".")
    assert value is getattr(importlib.import_module(package), now)
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = importlib.import_module(f"begriff.{module}").nothing_of_that_name
