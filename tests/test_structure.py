"""How modules stand on one another: the layers are contracts in pyproject.toml, and nothing goes round in a circle."""

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
