"""Labels are read from files as a build reads rows."""

import json

import pytest

import begriff as bg
from begriff.errors import InputError
from begriff.reports.labels import file_labels
from tests.conftest import BagOfWords, make_rows


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    out = tmp_path_factory.mktemp("labels") / "a.atlas"
    rows = [{"key": str(i), "body": r["body"]} for i, r in enumerate(make_rows(80))]
    return bg.build(
        rows,
        text="body",
        id="key",
        encoder=BagOfWords(),
        dictionary="kmeans",
        layout=False,
        out=out,
    )


PAIRS = [(str(i), "xy"[i % 2]) for i in range(80)]


@pytest.mark.parametrize(("name", "content"), [
    ("a.csv", "id;label\n" + "".join(f"{i};{v}\n" for i, v in PAIRS)),
    ("a.csv", "sep=|\nid|label\n" + "".join(f"{i}|{v}\n" for i, v in PAIRS)),
    ("a.tsv", "id\tlabel\n" + "".join(f"{i}\t{v}\n" for i, v in PAIRS)),
    ("a.csv", "key,label\n" + "".join(f"{i},{v}\n" for i, v in PAIRS)),
    ("a.jsonl", "".join(json.dumps({"id": float(i), "label": v}) + "\n" for i, v in PAIRS)),
    ("a.json", json.dumps({"labels": [{"id": int(i), "label": v} for i, v in PAIRS]})),
    ("a.jsonl", "".join(json.dumps({"id": i, "label": v}) + "\n" for i, v in PAIRS) + '{"id": "79"}\n'.replace("79", "none")),
])  # fmt: skip
def test_labels_of_any_file(labelled, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    labels = file_labels(labelled, tmp_path / name)
    assert labels.rows.tolist() == list(range(80))
    assert labels.values.tolist() == [v for _, v in PAIRS]


@pytest.mark.parametrize(("content", "says"), [
    ("id,name\n1,x\n", "id and label are needed"), ("name,label\n1,x\n", "id and label are needed"), ("id,label\n1,x\n1,y\n", "labels '1' twice"),
    ("id,label\n1,x\n2\n", "line 3"),
])  # fmt: skip
def test_files_that_hold_no_labels(labelled, tmp_path, content, says):
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(InputError, match=says):
        file_labels(labelled, tmp_path / "a.csv")
    with pytest.raises(InputError, match="no file"):
        file_labels(labelled, tmp_path / "none.csv")
