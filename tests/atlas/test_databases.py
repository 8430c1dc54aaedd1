"""Vectors that live in a database become an atlas, and its codes and names go back beside them."""

import json
import os
import pickle
import shutil
import sqlite3

import numpy as np
import pytest

import begriff as bg
from begriff.errors import InputError, RemoteError
from begriff.readers import open_source
from begriff.readers.qdrant import open_client
from tests.conftest import BagOfWords, make_rows

lancedb = pytest.importorskip("lancedb")
qdrant = pytest.importorskip("qdrant_client")
models = qdrant.models

ROWS = make_rows(120)
VECTORS = BagOfWords().encode([r["body"] for r in ROWS]) * 2.5  # of any length


def rows_of(first=0, last=120):
    return [
        {"id": str(i), "body": ROWS[i]["body"], "year": ROWS[i]["year"]} for i in range(first, last)
    ]


def with_vectors(rows):
    return [{**r, "vector": VECTORS[int(r["id"])].tolist()} for r in rows]


@pytest.fixture
def lance(tmp_path):
    import pyarrow as pa

    db = lancedb.connect(tmp_path / "db")
    table = pa.Table.from_pylist(rows_of(0, 110)).append_column(
        "vector",
        pa.FixedSizeListArray.from_arrays(
            pa.array(VECTORS[:110].ravel(), pa.float32()), VECTORS.shape[1]
        ),
    )
    return db.create_table("papers", table), f"lancedb:{tmp_path / 'db'}#papers"


def points(rows):
    return [
        models.PointStruct(
            id=int(r["id"]),
            vector=VECTORS[int(r["id"])].tolist(),
            payload={"id": "mine", **{k: v for k, v in r.items() if k != "id"}},
        )
        for r in rows
    ]


@pytest.fixture
def collection(tmp_path):
    client = qdrant.QdrantClient(path=str(tmp_path / "q"))
    client.create_collection(
        "papers",
        vectors_config=models.VectorParams(size=VECTORS.shape[1], distance=models.Distance.COSINE),
    )
    client.upsert("papers", points(rows_of(0, 110)))
    client.close()
    return tmp_path / "q", f"qdrant:{tmp_path / 'q'}#papers"


def build(address, tmp_path, **options):
    return bg.build(
        address,
        **{
            "text": "body",
            "out": tmp_path / "a.atlas",
            "encoder": BagOfWords(),
            "layout": False,
            **options,
        },
    )


def check(made):
    assert made.n_items == 110
    unit = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    np.testing.assert_allclose(
        made.item_vectors, unit[[int(i) for i in made.snapshot.items.column("_id")]], atol=1e-6
    )
    assert made.search(ROWS[7]["body"], k=1)[0].id == "7"
    assert "vector" not in made.columns


def named(made):
    """The most frequent concept that has a name, its name, and the ids of its items."""
    record = max(
        (c for c in made.snapshot.concept_records if c.name and not c.hidden),
        key=lambda c: c.frequency,
    )
    active = made.snapshot.merged_codes[:, [record.row]].toarray()[:, 0] > 0
    return record, {str(i) for i in np.array(made.snapshot.items.column("_id"))[active]}


def test_a_table_of_lancedb(lance, tmp_path):
    table, address = lance
    made = build(address, tmp_path)
    check(made)
    record, ids = named(made)
    for again in range(2):
        written = made.write_back()
        assert (written.rows, written.items) == (110, 110), again
    table.checkout_latest()
    quoted = record.name.replace("'", "''")
    found = table.search().where(f"array_has(begriff_concepts, '{quoted}')").limit(500).to_list()
    assert {r["id"] for r in found} == ids
    assert 0 < len(ids) < 110
    for r in found[:5]:
        strengths = dict(zip(r["begriff_code_ids"], r["begriff_code_strengths"], strict=True))
        code = made.snapshot.item_codes[[made.snapshot.row_of(r["id"])]]
        assert strengths == pytest.approx(
            {
                int(made.snapshot.ids[j]): v
                for j, v in zip(code.indices, code.data, strict=True)
                if v > 0
            }
        )
        assert r["begriff_strengths"] == sorted(r["begriff_strengths"], reverse=True)
    assert build(address, tmp_path).version == made.version  # what was written back is no new input


def test_a_table_that_grew(lance, tmp_path):
    table, address = lance
    made = build(address, tmp_path)
    made.write_back()
    table.checkout_latest()
    table.add([{**r, "begriff_concepts": None} for r in with_vectors(rows_of(110, 120))])
    table.delete("id = '3'")
    growth = made.add(address)
    assert (growth.added, growth.updated, growth.unchanged) == (10, 0, 109)
    now = bg.open(made.path, encoder=BagOfWords())
    assert now.write_back().items == 119
    table.checkout_latest()
    assert table.count_rows("begriff_concepts IS NULL") == 0


def test_a_collection_of_qdrant(collection, tmp_path):
    path, address = collection
    made = build(address, tmp_path)
    check(made)
    assert set(made.columns) == {"id", "payload_id", "body", "year"}
    record, ids = named(made)
    for _ in range(2):
        assert made.write_back().items == 110
    client = qdrant.QdrantClient(path=str(path))
    wanted = models.Filter(
        must=[
            models.FieldCondition(
                key="begriff_concepts", match=models.MatchValue(value=record.name)
            )
        ]
    )
    found, _ = client.scroll("papers", scroll_filter=wanted, limit=500)
    assert {str(p.id) for p in found} == ids
    asked = models.SparseVector(indices=[record.id], values=[1.0])
    best = client.query_points("papers", query=asked, using="begriff", limit=3).points
    strengths = made.snapshot.item_codes.toarray()[:, record.row]
    assert [p.score for p in best] == pytest.approx(np.sort(strengths)[::-1][:3].tolist(), abs=1e-5)
    client.close()
    assert build(address, tmp_path).version == made.version


def test_named_vectors_and_what_is_missing(lance, tmp_path):
    client = qdrant.QdrantClient(path=str(tmp_path / "n"))
    size = models.VectorParams(size=VECTORS.shape[1], distance=models.Distance.COSINE)
    client.create_collection("two", vectors_config={"a": size, "b": size})
    client.create_collection("none", vectors_config=size)
    client.upsert(
        "two", [models.PointStruct(id=i, vector={"a": VECTORS[i].tolist()}) for i in range(3)]
    )
    client.close()
    place = f"qdrant:{tmp_path / 'n'}"
    assert np.concatenate(list(open_source(f"{place}#two/a").vectors())).shape == (
        3,
        VECTORS.shape[1],
    )
    for address, says in [
        (f"{place}#two", "name one, as #two/a"), (f"{place}#two/c", "no vector 'c'"), (f"{place}#two/b", "has no vector 'b'"), (f"{place}#none", "is empty"),
        (f"{place}#x", "no collection 'x'"), (f"{place}", "names no table"), (f"qdrant:{tmp_path}/db#x", "neither an address"),
        (lance[1].replace("#papers", "#paper"), "did you mean 'papers'|no table 'paper'"), ("lancedb:/none#x", "no folder"), (lance[1] + "/x", "no vector 'x'"),
    ]:  # fmt: skip
        with pytest.raises(InputError, match=says):
            open_source(address)
    with pytest.raises(RemoteError, match="does not answer"):
        open_source("qdrant:http://127.0.0.1:9#x")


def test_only_what_is_named_gets_codes_and_keys(collection, tmp_path, monkeypatch):
    """An atlas of somebody else's names a server; nothing is sent there because it says so."""
    made = build(collection[1], tmp_path)
    manifest = json.loads((made.path / "manifest.json").read_text())
    manifest["made"]["source"]["address"] = "qdrant:http://elsewhere.example:6333#papers"
    (made.path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="write it out"):
        bg.open(made.path).write_back()


def test_codes_go_to_no_other_point(collection, tmp_path):
    rows = [{"id": f"00{i}" if i % 2 else str(i), "body": r["body"]} for i, r in enumerate(ROWS)]
    made = bg.build(rows, text="body", out=tmp_path / "z.atlas", encoder=BagOfWords(), layout=False)
    assert made.write_back(collection[1]).items == 55  # "007" is not point 7
    named = bg.build(
        [{"doc": str(i), **r} for i, r in enumerate(rows)],
        text="body",
        id="doc",
        out=tmp_path / "d.atlas",
        encoder=BagOfWords(),
        layout=False,
    )
    with pytest.raises(InputError, match="not of points"):
        named.write_back(collection[1])


def test_two_clients_at_once_and_damage(collection, tmp_path):
    from qdrant_client.local import persistence

    path, address = collection
    shutil.copytree(path, tmp_path / "other")
    with open_client(str(path)):
        with open_client(str(tmp_path / "other")):
            pass
        assert persistence.pickle is not pickle
    assert persistence.pickle is pickle
    for name, content in [
        ("meta.json", b"{}"),
        ("meta.json", b'{"coll'),
        ("storage.sqlite", b"no database at all" * 99),
    ]:
        damaged = shutil.copytree(path, tmp_path / "damaged", dirs_exist_ok=True)
        next(damaged.rglob(name)).write_bytes(content)
        with pytest.raises(InputError, match="cannot be read"):
            open_source(address.replace(str(path), str(damaged)))
        shutil.rmtree(damaged)
    with open_client(str(path)) as client:
        several = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
        client.create_collection(
            "many",
            vectors_config=models.VectorParams(
                size=4, distance=models.Distance.COSINE, multivector_config=several
            ),
        )
    with pytest.raises(InputError, match="several vectors a point"):
        open_source(f"qdrant:{path}#many")


def test_what_cannot_be_written_back(atlas, lance, tmp_path):
    with pytest.raises(InputError, match="is no database"):
        atlas.write_back()
    with pytest.raises(InputError, match="no table"):
        atlas.write_back(lance[1].replace("papers", "none"))
    assert atlas.write_back(lance[1]).items == 0  # no id of it is there
    rows = bg.build(
        [{"body": r["body"]} for r in ROWS],
        text="body",
        out=tmp_path / "r.atlas",
        encoder=BagOfWords(),
        layout=False,
    )
    with pytest.raises(InputError, match="row numbers"):
        rows.write_back(lance[1])


class Attack:
    def __reduce__(self):
        return (open, ("/tmp/begriff-was-attacked", "w"))


def test_points_of_the_embedded_mode_execute_nothing(collection):
    path, address = collection
    (file,) = path.rglob("storage.sqlite")
    with sqlite3.connect(file) as db:
        db.execute("UPDATE points SET point = ? WHERE rowid = 5", (pickle.dumps(Attack()),))
    with pytest.raises(InputError, match=r"names _?io\.open|names builtins\.open"):
        open_source(address)
    assert not os.path.exists("/tmp/begriff-was-attacked")


def test_an_encoder_that_did_not_make_the_vectors_is_refused(lance, tmp_path):
    class Other(BagOfWords):
        name = "other"

        def encode(self, texts, *, progress=None):
            made = super().encode(texts)
            return made[:, np.random.default_rng(0).permutation(made.shape[1])]

    with pytest.raises(InputError, match=r"did not make these vectors.*encoder none"):
        build(lance[1], tmp_path, encoder=Other())
    assert build(lance[1], tmp_path, encoder=None).n_items == 110
