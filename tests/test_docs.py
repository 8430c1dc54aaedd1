"""Documentation that cannot drift: docstrings run, commands and names are documented, links lead somewhere, examples run."""

import doctest
import importlib
import inspect
import re
import runpy
from pathlib import Path

import pytest
from numpydoc.docscrape import NumpyDocString

import begriff as bg
from begriff import catalog
from tests.test_exports import MODULES

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "benchmarks" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


@pytest.mark.parametrize("name", ["begriff", *MODULES])
def test_docstring_examples_run(name):
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_thing_has_a_docstring_that_parses(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for n in getattr(module, "__all__", []):
        thing = getattr(module, n)
        if (inspect.isclass(thing) or inspect.isfunction(thing)) and thing.__module__ == name:
            assert inspect.getdoc(thing), n
            parsed = NumpyDocString(inspect.getdoc(thing))
            documented = {p.name for entry in parsed["Parameters"] for p in [entry]}
            single = {x.strip() for d in documented for x in d.split(",")}
            if inspect.isfunction(thing) and single:
                assert single <= set(inspect.signature(thing).parameters), (n, single)


def _commands():
    import typer

    from begriff.cli.main import app, register

    register()

    return typer.main.get_command(app).commands


def test_every_command_and_option_is_documented():
    text = (ROOT / "docs" / "cli.md").read_text()
    for name, command in _commands().items():
        assert f"## begriff {name}" in text, name
        for parameter in command.params:
            said = {
                parameter.opts[-1],
                parameter.opts[-1].upper(),
                parameter.metavar or parameter.opts[-1],
            }
            assert any(s in text for s in said), (name, parameter.opts)


def test_every_dictionary_and_public_name_is_documented():
    text = "".join(p.read_text() for p in PAGES)
    for name in [
        *catalog.names("dictionaries"),
        *catalog.names("encoders"),
        *catalog.names("probes"),
        *bg.__all__,
    ]:
        assert re.search(rf"\b{name}\b", text), name


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_examples_run(example, tmp_path, monkeypatch, capsys, fits_here):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_python_blocks_parse(page):
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.S):
        assert compile(block, page.name, "exec")


def test_the_examples_of_how_to_add_a_method_run():
    text = (ROOT / "docs" / "add-a-method.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(blocks) >= 9
    namespace = {"__name__": "examples"}
    for block in blocks:
        exec(compile(block, "add-a-method.md", "exec"), namespace)


def test_every_benchmark_has_a_page_and_every_page_a_benchmark():
    folder = ROOT / "benchmarks"
    scripts = {p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")}
    pages = {p.stem for p in folder.glob("*.md") if p.stem != "README"}
    assert scripts == pages
    listed = set(re.findall(r"\((\w+)\.md\)", (folder / "README.md").read_text()))
    assert listed == pages
