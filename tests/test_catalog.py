"""The catalogue lists every method of every kind, and those of packages that are installed beside begriff."""

import importlib.util
import inspect
import json
import re
from pathlib import Path

import numpy as np
import pytest

import begriff as bg
from begriff import catalog, testing
from begriff.documents.method_list import list_methods
from begriff.errors import InputError
from tests.cli.command import run
from tests.conftest import BagOfWords, make_rows
from tests.plugin import plugin  # noqa: F401

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("kind", catalog.KINDS)
def test_every_method_is_found_by_the_name_that_is_listed(kind):
    listed = catalog.methods(kind)
    assert listed
    assert len({m.name for m in listed}) == len(listed)
    for m in listed:
        thing = catalog.find(kind, m.name)
        assert (
            thing
            is catalog.find(kind, m.class_name)
            is catalog.find(kind, m.name.upper().replace("-", "_"))
        )
        assert thing.__name__ == m.class_name
        assert [p.name for p in m.parameters] == list(inspect.signature(thing).parameters)
        assert m.summary
        assert not m.plugin


@pytest.mark.parametrize(
    ("kind", "name", "parameter", "default"),
    [
        ("erasers", "leace", "tol", 1e-8),
        ("dictionaries", "topk", "k", 32),
        ("importance", "hsic", "n_permutations", 199),
    ],
)
def test_defaults_are_those_of_the_signature(kind, name, parameter, default):
    method = next(m for m in catalog.methods(kind) if m.name == name)
    assert next(p for p in method.parameters if p.name == parameter).default == default
    assert re.search(r"et al\. \d{4}", method.source or "")


def test_names_are_spelled_as_people_type_them():
    names = {m.name for m in catalog.methods()}
    assert {
        "topk",
        "batch-topk",
        "jump-relu",
        "kmeans",
        "mean-matching",
        "oracle-leace",
        "sparse-linear",
        "sobol",
        "minilm",
    } <= names


def test_all_kinds_are_one_json_document():
    document = list_methods()
    assert {m.kind for m in document.methods} == set(catalog.KINDS)
    back = type(document).model_validate_json(document.model_dump_json())
    assert back == document


def test_every_method_stands_on_the_page_that_the_site_makes():
    pytest.importorskip("mkdocs", reason="the site is built with the [docs] extra")
    spec = importlib.util.spec_from_file_location("site_hook", DOCS.parent / "scripts" / "site.py")
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    page = hook.methods_page()
    assert all(f"| `{m.name}` | `{m.class_name}` |" in page for m in catalog.methods())
    assert all(f"## {kind.capitalize()}" in page for kind in catalog.KINDS)


def test_a_kind_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"no kind 'eraser'; near: 'erasers'"):
        catalog.methods("eraser")
    done = run("methods", "eraser", "--json")
    assert done.returncode == 2
    assert "near: 'erasers'" in json.loads(done.stdout)["error"]


def test_the_command_lists_methods_as_tables_and_as_json():
    table = run("methods", "erasers")
    assert table.returncode == 0
    assert all(m.name in table.stdout for m in catalog.methods("erasers"))
    assert "topk" not in table.stdout
    listed = json.loads(run("methods", "--json").stdout)["methods"]
    assert {(m["kind"], m["name"]) for m in listed} == {(m.kind, m.name) for m in catalog.methods()}


def test_a_plugin_is_listed_with_its_package(plugin):  # noqa: F811
    listed = {
        m["name"]: m for m in json.loads(run("methods", "dictionaries", "--json").stdout)["methods"]
    }
    assert (listed["halves"]["package"], listed["halves"]["plugin"]) == ("begriff-halves", True)
    assert listed["halves"]["class_name"] == "HalfSpaces"
    assert listed["halves"]["source"] == "nobody 2001."
    assert listed["halves"]["parameters"] == [
        {"name": "n_concepts", "type": "", "required": False, "default": 4}
    ]
    assert "begriff-halves" in run("methods", "erasers").stdout
    assert listed["topk"]["plugin"] is False


def test_methods_of_a_plugin_keep_the_promises_of_their_kinds(plugin):  # noqa: F811
    testing.check_dictionary(catalog.find("dictionaries", "halves")())
    testing.check_eraser(catalog.find("erasers", "flat")())
    testing.check_probe(catalog.find("probes", "middle")())
    testing.check_namer(catalog.find("namers", "longest")())
    served = {(m.kind, m.name): m.package for m in list_methods().methods}
    for kind, name in (("erasers", "flat"), ("probes", "middle"), ("namers", "longest")):
        assert served[kind, name] == "begriff-halves"


def test_without_the_plugin_nothing_of_it_is_listed():
    assert not [m for m in catalog.methods() if m.plugin]
    with pytest.raises(InputError, match="'halves'"):
        catalog.find("dictionaries", "halves")


def test_a_plugin_builds_an_atlas_and_erases_from_it(plugin, tmp_path):  # noqa: F811
    rows = [{**r, "graph": "yes" if r["topic"] == "graph" else "no"} for r in make_rows(400)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    np.save(tmp_path / "v.npy", BagOfWords().encode([r["body"] for r in rows]))
    options = [
        "--text",
        "body",
        "--vectors",
        "v.npy",
        "--encoder",
        "none",
        "--no-map",
        "--dictionary",
        "halves",
    ]
    done = run("build", "rows.jsonl", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    # a file names the class, not the entry point
    assert type(bg.open(tmp_path / "rows.atlas").dictionary).__name__ == "HalfSpaces"

    done = run(
        "erase",
        "rows.atlas",
        "--concept",
        "graph",
        "--labels",
        "graph",
        "--method",
        "flat",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert np.ptp(bg.open(tmp_path / "rows.atlas").item_vectors, axis=0).max() < 1e-6
    assert bg.open(tmp_path / "rows.atlas").snapshot.erasers[0].__class__.__name__ == "Flattening"


def test_a_plugin_that_cannot_be_imported_is_named(plugin):  # noqa: F811
    (plugin / "begriff_halves-1.0.dist-info" / "entry_points.txt").write_text(
        "[begriff.erasers]\ngone = begriff_halves:Gone\n"
    )
    with pytest.raises(
        InputError, match=r"begriff-halves names begriff_halves:Gone.*install it again"
    ):
        catalog.methods("erasers")
