"""Areas of the map as a part of a condition: the same items as the polygon selects, in every place that takes a condition."""

import numpy as np
import pytest

from begriff import InputError, NotFoundError
from begriff.search.map_view import select
from begriff.store.areas import split_areas

LEFT = "0 0, 0.5 0, 0.5 1, 0 1"
CORNERS = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]


@pytest.mark.parametrize(
    ("condition", "rest", "n_areas"),
    [
        (f"on_map('{LEFT}')", "", 1),
        (f"year > 2000 AND on_map('{LEFT}')", "year > 2000", 1),
        (
            f"ON_MAP ( '{LEFT}' ) and (year < 3 or year > 5) AND title LIKE 'a and b%'",
            "( year < 3 or year > 5 ) AND title LIKE 'a and b%'",
            1,
        ),
        (
            f"on_map('{LEFT}') AND year BETWEEN 2001 AND 2003 AND on_map('{LEFT}')",
            "year BETWEEN 2001 AND 2003",
            2,
        ),
        ("title = 'on_map(' OR year = 3", "title = 'on_map(' OR year = 3", 0),
    ],
)
def test_areas_are_taken_out_of_a_condition(condition, rest, n_areas):
    found, areas = split_areas(condition)
    assert (found, [a.tolist() for a in areas]) == (rest, [[list(c) for c in CORNERS]] * n_areas)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (f"year > 2000 OR on_map('{LEFT}')", "by OR"),
        (f"year > 2000 OR year < 3 AND on_map('{LEFT}')", "by OR"),
        (f"NOT on_map('{LEFT}')", "joined to the rest by AND"),
        (f"(year > 3 OR on_map('{LEFT}'))", "joined to the rest by AND"),
        ("on_map(year)", "joined to the rest by AND"),
        ("on_map", "joined to the rest by AND"),
        ("on_map('0 0, 1 1')", "3 to 400 corners"),
        ("on_map('0 0, 1 1, x y')", "3 to 400 corners"),
        ("on_map('0 0, 1 1, 1 1e9')", "3 to 400 corners"),
        ("on_map('')", "3 to 400 corners"),
    ],
)
def test_what_is_no_area_is_refused(condition, message):
    with pytest.raises(InputError, match=message):
        split_areas(condition)


def test_an_area_filters_like_a_polygon(placed):
    inside = select(placed.snapshot, CORNERS)
    late = placed.snapshot.where("year > 2005")
    assert 0 < inside.sum() < len(inside)
    np.testing.assert_array_equal(placed.snapshot.where(f"on_map('{LEFT}')"), inside)
    np.testing.assert_array_equal(
        placed.snapshot.where(f"year > 2005 AND on_map('{LEFT}')"), inside & late
    )
    hits = placed.search("graph", k=5, where=f"on_map('{LEFT}')")
    assert hits.query.candidates == inside.sum()


@pytest.fixture
def placed(atlas, monkeypatch):
    """The planted atlas with places on a map, without the seconds that a layout takes."""
    points = np.random.default_rng(0).integers(0, 65536, (atlas.n_items, 2)).astype(np.uint16)
    monkeypatch.setattr(type(atlas.snapshot), "layout", property(lambda self: (points, {})))
    atlas.snapshot._masks.clear()
    yield atlas
    atlas.snapshot._masks.clear()


def test_an_atlas_without_a_map_says_so(atlas):
    with pytest.raises(NotFoundError, match="no layout"):
        atlas.snapshot.where(f"on_map('{LEFT}')")
