"""Families and prefixes of an atlas."""

import pytest

import begriff as bg


def test_prefixes_put_fine_concepts_below_the_core(atlas):
    found = bg.tree(atlas, by="prefixes")
    n_core = len(atlas.snapshot.concept_records)
    ids = {c.id for c in atlas.snapshot.concept_records}
    assert found.families
    for f in found.families:
        assert f.root.concept.id in ids
        assert all(n.concept.id not in ids for n in f.root.children)
    assert sum(f.cosine for f in found.families) / len(found.families) > found.random_cosine
    assert found.concepts > n_core


def test_families_go_from_frequent_to_rare(drifting):
    found = bg.tree(drifting)

    def falls(node):
        return all(c.frequency <= node.frequency and falls(c) for c in node.children)

    assert all(falls(f.root) for f in found.families)
    assert str(found)


def test_bad_trees(atlas, rows, tmp_path):
    from tests.conftest import BagOfWords

    with pytest.raises(bg.InputError, match="by='names'"):
        bg.tree(atlas, by="names")
    flat = bg.build(
        rows, text="body", out=tmp_path / "k.atlas", encoder=BagOfWords(), dictionary="KMeans"
    )
    with pytest.raises(bg.InputError, match="has one layer"):
        bg.tree(flat, by="prefixes")
