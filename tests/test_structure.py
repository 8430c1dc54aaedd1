"""How modules stand on one another: the layers are contracts in pyproject.toml, and nothing goes round in a circle."""

import ast
from pathlib import Path

import grimp
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def circles(imports):
    """Groups of modules that import one another, at whatever place and for whatever reason, types included."""
    modules = sorted({*imports, *(m for into in imports.values() for m in into)})
    number = {m: i for i, m in enumerate(modules)}
    pairs = (
        np.array([(number[a], number[b]) for a, into in imports.items() for b in into])
        .reshape(-1, 2)
        .T
    )
    graph = coo_array((np.ones(pairs.shape[1]), pairs), shape=(len(modules), len(modules)))
    _, group = connected_components(graph, connection="strong")
    together = [
        [m for m in modules if group[number[m]] == g]
        for g in np.flatnonzero(np.bincount(group) > 1)
    ]
    # commands register with their application
    return [ms for ms in together if not all(m.startswith("begriff.cli.") for m in ms)]


def test_no_module_imports_itself_over_others():
    graph = grimp.build_graph("begriff", cache_dir=None)
    imports = {m: graph.find_modules_directly_imported_by(m) for m in graph.modules}
    assert circles(imports) == []
    # it would be seen
    assert circles({**imports, "begriff.errors": {"begriff.atlas.atlas"}})[0][0].startswith(
        "begriff."
    )


LONGEST_MODULE, LONGEST_BODY, USUAL_BODY = 400, 60, 25


def bodies(source):
    """Lines of every function body of a module, without its docstring."""
    out = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body:
                out[f"{node.name}, line {node.lineno}"] = body[-1].end_lineno - body[0].lineno + 1
    return out


def test_modules_and_functions_can_be_read_at_once():
    sources = {p: p.read_text() for p in (Path(__file__).parent.parent / "src").rglob("*.py")}
    assert not {str(p): s.count("\n") for p, s in sources.items() if s.count("\n") > LONGEST_MODULE}
    lengths = {f"{p.name}: {k}": n for p, s in sources.items() for k, n in bodies(s).items()}
    assert not {k: n for k, n in lengths.items() if n > LONGEST_BODY}
    assert sum(n <= USUAL_BODY for n in lengths.values()) > 0.9 * len(lengths)
    # the control: a long body is counted, a docstring is not
    long = 'def f():\n    """One.\n\n    Two.\n    """\n' + "    x = 1\n" * 61
    assert bodies(long) == {"f, line 1": 61}


def test_a_file_name_means_one_thing():
    """A name stands once among the packages, but for families of commands, routes and suites."""
    root = Path(__file__).parent.parent / "src" / "begriff"
    places = {}
    for path in root.rglob("*.py"):
        folder = str(path.parent.relative_to(root))
        if path.name != "__init__.py" and folder not in ("cli", "server/routes", "testing", "."):
            places.setdefault(path.name, []).append(folder)
    several = {name: sorted(at) for name, at in places.items() if len(at) > 1}
    # tasks have the same parts, and what a client does is called as in the facade
    assert set(several) <= {"documents.py", "storage.py", "fit.py", "edits.py"}, several
