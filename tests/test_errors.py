"""Unknown names: what is near, once each; all names where they are few; no list that means nothing."""

import pytest

from begriff.errors import NotFoundError, unknown

MANY = [
    "one",
    "new",
    "new",
    "new",
    "graph",
    "graph neural",
    "monograph",
    *(f"concept {i}" for i in range(40)),
]


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("nope", MANY, "no concept 'nope'; nothing has a name like it"),
        ("Grpah", MANY, "no concept 'Grpah'; near: 'graph'"),
        ("gra", MANY, "no concept 'gra'; near: 'graph', 'graph neural', 'monograph'"),
        ("zzz", ["a", "b", "a"], "no concept 'zzz'; there are: 'a', 'b'"),
        ("zzz", ["a"], "no concept 'zzz'; there is: 'a'"),
        ("zzz", [], "no concept 'zzz'; none exist"),
        ("NEW", MANY, "no concept 'NEW'; near: 'new', 'one'"),
        (3, [1, 2, 30], "no concept '3'; near: '30'"),
    ],
)
def test_what_is_near(name, known, said):
    error = unknown("concept", name, known)
    assert isinstance(error, NotFoundError) and str(error) == said


def test_at_most_five_and_a_hint():
    said = str(unknown("file", "name1", [f"name{i}" for i in range(30)], hint="look again"))
    assert said.count("'name") == 6 and said.endswith(". look again")
