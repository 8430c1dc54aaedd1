"""The map: a stage of its own, colours that mean what the legend says, selections by polygon."""

import shutil

import numpy as np
import pytest

import begriff as bg
from begriff import InputError, NotFoundError
from begriff.atlas.making import add_map
from begriff.search.map_view import colours, describe_map, highlight, select, titles
from begriff.search.seeds import resolver_of
from tests.conftest import BagOfWords


@pytest.fixture(scope="module")
def mapped(atlas, tmp_path_factory):
    pytest.importorskip("umap")
    path = tmp_path_factory.mktemp("map") / "m.atlas"
    shutil.copytree(atlas.path, path)
    add_map(path)
    return bg.open(path, encoder=BagOfWords())


def test_an_atlas_without_a_layout_says_how_to_get_one(atlas):
    assert not atlas.info().map
    with pytest.raises(NotFoundError, match=r"pip install 'begriff\[map\]' and run `begriff map"):
        describe_map(atlas.snapshot)


def test_a_layout_is_a_new_version_and_nothing_else_changes(atlas, mapped):
    assert (mapped.version, mapped.info().map) == (atlas.version + 1, True)
    assert mapped.snapshot.layout[0].shape == (400, 2)
    assert [c.id for c in mapped.snapshot.concept_records] == [
        c.id for c in atlas.snapshot.concept_records
    ]


def test_a_rebuild_keeps_the_layout(rows, mapped, tmp_path):
    shutil.copytree(mapped.path, tmp_path / "again.atlas")
    again = bg.build(rows, text="body", out=tmp_path / "again.atlas", encoder=BagOfWords())
    assert (again.version, again.info().map) == (mapped.version, True)


def test_a_layout_that_is_wanted_without_its_extra_is_refused(rows, tmp_path):
    # conftest hides umap from builds
    with pytest.raises(bg.MissingExtraError, match=r"begriff\[map\]"):
        bg.build(rows, text="body", out=tmp_path / "w.atlas", encoder=BagOfWords(), layout=True)
    assert not (tmp_path / "w.atlas").exists()
    with pytest.raises(InputError, match="no atlas at"):
        add_map(tmp_path / "w.atlas")


def test_a_build_without_a_layout_drops_it(rows, mapped, tmp_path):
    shutil.copytree(mapped.path, tmp_path / "bare.atlas")
    bare = bg.build(
        rows, text="body", out=tmp_path / "bare.atlas", encoder=BagOfWords(), layout=False
    )
    assert not bare.info().map


def test_regions_are_named_by_well_named_concepts_near_their_items(mapped):
    found = describe_map(mapped.snapshot)
    assert found.n == 400 and found.regions
    points = np.asarray(mapped.snapshot.layout[0]) / 65535
    for region in found.regions:
        concept = resolver_of(mapped.snapshot).find(region.concept)
        assert concept.well_named and region.name == concept.label
        held = np.flatnonzero(mapped.snapshot.item_codes[:, [concept.row]].toarray().ravel() > 0)
        here, there = (
            np.linalg.norm(points[r] - (region.x, region.y), axis=1) for r in (held, np.arange(400))
        )
        assert np.quantile(here, 0.25) < np.quantile(there, 0.25)


def test_colours_follow_their_legend(mapped):
    legend, values = colours(mapped.snapshot, column="topic")
    topics = mapped.snapshot.column("topic")
    assert [legend.values[v].value for v in values] == topics.tolist()
    legend, values = colours(mapped.snapshot, column="year")
    years = np.asarray(mapped.snapshot.column("year"))
    assert (legend.low, legend.high) == (2000, 2019) and values.min() == 0 and values.max() == 254
    assert (np.diff(values[np.argsort(years, kind="stable")].astype(int)) >= 0).all()
    named = next(c for c in mapped.snapshot.concept_records if c.well_named)
    legend, values = colours(mapped.snapshot, concept=named.id)
    held = mapped.snapshot.item_codes[:, [named.row]].toarray().ravel()
    assert legend.label == named.label and ((values > 0) == (held > 0)).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "one of the two"),
        ({"concept": 1, "column": "year"}, "one of the two"),
        ({"column": "body"}, "holds text"),
        ({"column": "x"}, "no column"),
    ],
)
def test_bad_colours(mapped, options, said):
    with pytest.raises(InputError, match=said):
        colours(mapped.snapshot, **options)


def test_highlight_is_the_filter_and_the_best_hits_inside_it(mapped):
    assert highlight(mapped.snapshot, None).all()
    assert (
        highlight(mapped.snapshot, None, where="year < 2005")
        == mapped.snapshot.where("year < 2005")
    ).all()
    lit = highlight(mapped.snapshot, "graph", where="year < 2015")
    best = {h.id for h in mapped.search("graph", k=200, where="year < 2015", explain=False)}
    assert {r.id for r in mapped.snapshot.records(np.flatnonzero(lit))} == best


def test_a_selection_is_compared_with_the_rest(mapped):
    points = np.asarray(mapped.snapshot.layout[0]) / 65535
    topics = mapped.snapshot.column("topic")
    low, high = np.quantile(points[topics == "speech"], [0.05, 0.95], axis=0)
    inside = select(
        mapped.snapshot,
        [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])],
    )
    assert (inside == ((points >= low) & (points <= high)).all(1)).mean() > 0.99
    found = bg.diff(mapped, b=inside)
    assert found.b.items == inside.sum() and found.a.items == 400 - inside.sum()
    assert found.a.name.startswith("all others than a selection of")
    with pytest.raises(InputError, match="no item lies inside"):
        select(mapped.snapshot, [(1.5, 1.5), (1.6, 1.5), (1.6, 1.6)])
    with pytest.raises(InputError, match="must be bool"):
        bg.diff(mapped, a=np.ones(3))


def test_titles(mapped):
    found = titles(mapped.snapshot, [5, 2]).items
    assert [(t.row, t.id) for t in found] == [
        (5, mapped.snapshot.records([5])[0].id),
        (2, mapped.snapshot.records([2])[0].id),
    ]
    with pytest.raises(InputError, match="row 400"):
        titles(mapped.snapshot, [400])
