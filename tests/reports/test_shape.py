"""The report on a dictionary's shape; its measures are tested in tests/analysis."""

import pytest

import begriff as bg


def test_report(atlas, tmp_path):
    pytest.importorskip("matplotlib")
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text(
        "".join(
            f"{r}\t{r} {w}\t{w}\n"
            for r in ("protein", "graph")
            for w in ("edge", "node", "pixel", "arm")
        )
    )
    found = bg.geometry(atlas, pairs=pairs, n_clusters=4)
    assert {r.relation for r in found.relations} == {"protein", "graph"}
    assert -1 <= found.lobes.ami_random <= 0.3
    assert found.spectrum.slope < 0
    assert len(found.tables()) == 4
    found.plot().savefig(tmp_path / "g.png")
    assert "Lobes" in found.to_markdown()


@pytest.mark.parametrize(("line", "said"), [("one\ttwo\n", "line 1"), ("a\tb\t\n", "line 1")])
def test_bad_pairs(atlas, tmp_path, line, said):
    (tmp_path / "p.tsv").write_text(line)
    with pytest.raises(bg.InputError, match=said):
        bg.geometry(atlas, pairs=tmp_path / "p.tsv")
    with pytest.raises(bg.InputError, match="no readable pairs"):
        bg.geometry(atlas, pairs=tmp_path / "none.tsv")
    with pytest.raises(bg.InputError, match="n_clusters=1"):
        bg.geometry(atlas, n_clusters=1)
