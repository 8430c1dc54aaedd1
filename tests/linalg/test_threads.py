"""BLAS is limited for a while, and only for that."""

from threadpoolctl import threadpool_info, threadpool_limits

from begriff.linalg.blas_threads import one_blas_thread
from begriff.naming import Contrast
from begriff.pipeline import name_trial as label


def blas_threads():
    return {p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"}


def test_blas_has_one_thread_inside_and_what_it_had_outside():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == before
    assert before == {2}


def test_concepts_are_named_and_judged_on_one_thread(rows, tmp_path, monkeypatch):
    from tests.atlas.test_build import build_small

    seen, judge, names = [], label.judge, Contrast.names
    monkeypatch.setattr(
        label, "judge", lambda *a, **k: (seen.append(blas_threads()), judge(*a, **k))[1]
    )
    monkeypatch.setattr(
        Contrast,
        "names",
        lambda *a, **k: (seen.append(blas_threads()), names(*a, **k))[1],
    )
    with threadpool_limits(2, user_api="blas"):
        build_small(rows, tmp_path / "a.atlas")
    assert len(seen) > 4
    assert all(n == {1} for n in seen)
