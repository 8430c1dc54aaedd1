"""Points inside polygons, against shapes whose inside is known."""

import numpy as np

from begriff.linalg.polygon import inside


def test_a_circle():
    points = np.random.default_rng(0).random((4000, 2))
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = 0.5 + 0.3 * np.stack([np.cos(angle), np.sin(angle)], 1)
    distance = np.linalg.norm(points - 0.5, axis=1)
    clear = np.abs(distance - 0.3) > 1e-3
    assert (inside(points, circle) == (distance < 0.3))[clear].all()


def test_a_hollow_shape_either_way_round():
    horseshoe = np.array(
        [[0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3]], dtype=float
    )
    points = np.array([[0.5, 2.0], [1.5, 2.0], [2.5, 2.0], [1.5, 0.5], [4.0, 1.0]])
    wanted = [True, False, True, True, False]
    assert inside(points, horseshoe).tolist() == wanted
    assert inside(points, horseshoe[::-1]).tolist() == wanted


def test_nothing_is_near():
    assert not inside(np.array([[5.0, 5.0]]), np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])).any()
    assert inside(np.empty((0, 2)), np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])).shape == (0,)
