"""Another namer goes through a build, is judged by others than itself, and is kept by a refit."""

import json

import pytest

import begriff as bg
from begriff.errors import InputError
from begriff.kinds import Namer
from begriff.naming import Contrast
from tests.conftest import BagOfWords


class FirstWord(Namer):
    """The most frequent long word of the strongest items, which need be no phrase of the corpus."""

    def names(self, task):
        out, taken = [], set(task.settled.values())
        for concept in range(task.codes.shape[1]):
            if concept in task.settled:
                out.append([task.settled[concept]])
                continue
            strongest = task.codes[:, [concept]].toarray().ravel().argsort()[::-1][:10]
            words = [w for i in strongest for w in task.texts[i].split() if len(w) > 4]
            free = [w for w in sorted(set(words), key=words.count) if w not in taken]
            taken.update(free[-1:])
            out.append(free[-1:])
        return out


class Constant(Namer):
    """The control: words that say nothing of the concept."""

    def names(self, task):
        return [[f"nothing{i}"] for i in range(task.codes.shape[1])]


def quality(atlas):
    return json.loads((atlas.snapshot.store.folder("names") / "quality.json").read_text())


@pytest.fixture(scope="module")
def named(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("named")
    return {
        type(n).__name__: bg.build(
            rows, text="body", out=folder / f"{i}.atlas", encoder=BagOfWords(), namer=n
        )
        for i, n in enumerate((Contrast(), FirstWord(), Constant()))
    }


def test_names_of_every_namer_are_judged_alike(named):
    scores = {k: quality(a)["names"]["words"][0] for k, a in named.items()}
    assert min(scores["Contrast"], scores["FirstWord"]) > 0.58, scores
    assert scores["Constant"] == pytest.approx(0.5, abs=0.01)
    assert quality(named["Constant"])["named"] < 0.1 < 0.5 < quality(named["Contrast"])["named"]


def test_a_namer_that_is_no_default_has_files_of_its_own_and_the_rest_is_shared(named):
    stages = {k: a.snapshot.store.require()["stages"] for k, a in named.items()}
    assert stages["Contrast"]["codes"] == stages["FirstWord"]["codes"]
    assert stages["Contrast"]["names"] != stages["FirstWord"]["names"]
    made = named["FirstWord"].snapshot.store.require()["made"]
    assert made["namer"] == {"class": "FirstWord", "params": {}}


def test_a_namer_that_does_not_exist_is_refused(rows, tmp_path):
    with pytest.raises(
        InputError, match=r"no name in begriff\.namers 'contrasts'; near: 'contrast'"
    ):
        bg.build(rows, text="body", out=tmp_path / "a.atlas", namer="contrasts")
