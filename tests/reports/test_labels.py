"""Labels are read from columns, files and concepts; what cannot be used is said and listed."""

import json

import numpy as np
import pytest

import begriff as bg
from begriff.errors import InputError
from begriff.reports.labels import concept_labels, read_labels
from tests.conftest import BagOfWords


def test_a_column_is_classes(atlas):
    known = read_labels(atlas, "topic")
    assert known.classes == sorted(set(atlas.snapshot.items.column("topic")))
    assert len(known.rows) == atlas.n_items


@pytest.mark.parametrize("end", ["csv", "tsv", "jsonl"])
def test_a_file_is_matched_by_id_and_strangers_are_listed(atlas, tmp_path, end):
    pairs = [("item3", "yes"), ("item1", "no"), ("nobody", "yes")]
    path = tmp_path / f"labels.{end}"
    if end == "jsonl":
        path.write_text("".join(json.dumps({"id": i, "label": v}) + "\n" for i, v in pairs))
    else:
        mark = "," if end == "csv" else "\t"
        path.write_text("".join(f"{i}{mark}{v}\n" for i, v in [("id", "label"), *pairs]))
    known = read_labels(atlas, path)
    assert [atlas.snapshot.records([r])[0].id for r in known.rows] == ["item1", "item3"]
    assert known.values.tolist() == ["no", "yes"]
    assert known.unknown_ids == ["nobody"]


def test_whole_numbers_and_truths_are_plain_text(atlas):
    known = read_labels(
        atlas, {"item0": 1.0, "item1": True, "item2": None, "item3": float("nan"), "item4": ""}
    )
    assert known.values.tolist() == ["1", "true"]


def test_small_classes_are_left_out_and_counted(atlas):
    labels = {f"item{i}": "big" if i < 30 else "also" for i in range(60)} | {
        "item70": "tiny",
        "item71": "tiny",
    }
    known = read_labels(atlas, labels).enough(10)
    assert known.classes == ["also", "big"]
    assert known.small == {"tiny": 2}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({f"item{i}": "one" for i in range(40)}, "leaves 1 class of at least 10 items"),
        (
            {**{f"item{i}": "one" for i in range(40)}, "item50": "two", "item51": "two"},
            r"'two' \(2\)",
        ),
        ({"a": "x", "b": "y"}, "none of the 2 labelled ids belongs to an item"),
        ("colour", "no column 'colour'|unknown column|colour"),
        ("body", "holds text"),
        ("missing.csv", "no file"),
    ],
)
def test_what_cannot_be_used_is_refused(atlas, labels, said):
    with pytest.raises(InputError, match=said):
        read_labels(atlas, labels).enough(10)


def test_two_labels_of_one_item_are_refused(atlas, tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text("id,label\nitem1,a\nitem1,b\n")
    with pytest.raises(InputError, match="'item1' twice"):
        read_labels(atlas, path)


def test_a_concept_is_where_it_is_active(atlas):
    concept = max(atlas.snapshot.concept_records, key=lambda c: c.frequency)
    known = concept_labels(atlas, concept.id)
    active = atlas.snapshot.merged_codes[:, [concept.row]].toarray().ravel() > 0
    np.testing.assert_array_equal(known.values == "yes", active)


def test_a_blank_is_no_label(tmp_path, rows):
    some = [{**r, "stage": ("early", "late", "", " ", None)[i % 5]} for i, r in enumerate(rows)]
    path = tmp_path / "blank.atlas"
    atlas = bg.build(some, text="body", out=path, encoder=BagOfWords(), types={"stage": "category"})
    known = read_labels(atlas, "stage")
    assert known.classes == ["early", "late"]
    assert len(known.rows) == 160
