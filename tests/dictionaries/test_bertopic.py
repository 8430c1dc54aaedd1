"""A saved BERTopic model is a dictionary: its assignment by cosine, its words and labels; what is not safe is not read."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

import begriff as bg
from begriff.dictionaries import BERTopic
from begriff.errors import InputError
from begriff.kinds import Dictionary
from tests.conftest import BagOfWords, make_rows

ROWS = make_rows(200)
X = BagOfWords().encode([r["body"] for r in ROWS])
TOPICS = sorted({r["topic"] for r in ROWS})


def saved(folder, *, outliers=1, labels=None, width=None):
    """A model as ``BERTopic.save(serialization="safetensors")`` writes it: the mean of each topic's vectors; outliers first."""
    folder.mkdir(exist_ok=True)
    topic = np.array([r["topic"] for r in ROWS])
    means = np.stack([X[topic == t].mean(0) for t in TOPICS])
    every = (
        np.concatenate([[X.mean(0)] * outliers, means])[:, :width] if outliers else means[:, :width]
    )
    save_file(
        {"topic_embeddings": np.ascontiguousarray(every, dtype=np.float32)},
        folder / "topic_embeddings.safetensors",
    )
    words = {str(i): [["zzz", 0.5], [t, 0.4], ["the", 0.1]] for i, t in enumerate(TOPICS)}
    said = {
        "topic_representations": {"-1": [["the", 0.1]], **words},
        "topics": [],
        "custom_labels": labels,
        "_outliers": outliers,
    }
    (folder / "topics.json").write_text(json.dumps(said))
    return folder, every


@pytest.mark.parametrize("outliers", [0, 1])
def test_assignment_is_that_of_a_loaded_model(tmp_path, outliers):
    folder, every = saved(tmp_path / "m", outliers=outliers)
    made = BERTopic(folder).fit(X)
    # as BERTopic.transform
    expected = (X @ (every / np.linalg.norm(every, axis=1, keepdims=True)).T).argmax(1) - outliers
    codes = made.transform(X).toarray()
    assert (np.where(codes.any(1), codes.argmax(1), -1) == expected).all()
    assert ((codes > 0).sum(1) == (expected >= 0)).all()
    assert (expected < 0).any() == bool(outliers)
    made.save(tmp_path / "d")
    assert (Dictionary.load(tmp_path / "d").transform(X) != made.transform(X)).nnz == 0


def test_an_atlas_of_topics(tmp_path):
    folder, _ = saved(
        tmp_path / "m", labels=["outliers", "a label of mine", *[""] * (len(TOPICS) - 1)]
    )
    made = bg.build(
        ROWS,
        text="body",
        out=tmp_path / "a.atlas",
        encoder=BagOfWords(),
        dictionary=f"bertopic:{folder}",
        layout=False,
    )
    assert len(made.snapshot.concept_records) == len(TOPICS)
    assert made.snapshot.concept_records[0].label == "a label of mine"
    assert [e["who"] for e in made.edits.list()] == ["BERTopic"]
    kept = [c.name == t for c, t in zip(made.snapshot.concept_records[1:], TOPICS[1:], strict=True)]
    # a name that fits much better than the model's word takes its place
    assert sum(kept) >= len(kept) - 1
    version = made.version
    assert (
        bg.build(
            ROWS,
            text="body",
            out=tmp_path / "a.atlas",
            encoder=BagOfWords(),
            dictionary=f"bertopic:{folder}",
            layout=False,
        ).version
        == version
    )
    assert len(bg.open(made.path).edits.list()) == 1
    saved(folder, outliers=0)
    assert (
        bg.build(
            ROWS,
            text="body",
            out=tmp_path / "a.atlas",
            encoder=BagOfWords(),
            dictionary=f"bertopic:{folder}",
            layout=False,
        ).version
        == version + 1
    )


def test_what_is_no_model_says_so(tmp_path):
    with pytest.raises(InputError, match="no readable topics"):
        BERTopic(tmp_path).fit(X)
    folder, _ = saved(tmp_path / "m", width=7)
    with pytest.raises(InputError, match="7 dimensions, the vectors 48"):
        BERTopic(folder).fit(X)
    (folder / "topic_embeddings.safetensors").rename(folder / "topic_embeddings.bin")
    with pytest.raises(InputError, match="serialization='safetensors'"):
        BERTopic(folder).fit(X)
    save_file(
        {"topic_embeddings": np.zeros((3, 48), np.float32)}, folder / "topic_embeddings.safetensors"
    )
    with pytest.raises(InputError, match="zero"):
        BERTopic(folder).fit(X)
    folder, _ = saved(tmp_path / "m")
    (folder / "topics.json").write_text("[]")
    with pytest.raises(InputError, match="no object"):
        BERTopic(folder).fit(X)
