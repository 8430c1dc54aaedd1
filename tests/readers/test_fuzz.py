"""Files that are cut, mixed, flipped and lied about: no traceback, no hang, no more memory than a row; what is readable is read.

200 inputs are in the gate, 10,000 under ``-m slow``; the seed of each is in its name.
"""

import contextlib
import gzip
import io
import json
import random
import time
import tracemalloc
import zlib

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from begriff.errors import InputError
from begriff.readers import infer_columns, open_source
from tests.readers.test_sources import ATOM, ITEM, ROWS, RSS, delimited, pdf

_SLOWEST = 10.0
_MOST = 200 * 2**20


def seeds():
    """A good file of every kind."""
    table, out = pa.Table.from_pylist(ROWS), {}
    lines = "".join(json.dumps(r) + "\n" for r in ROWS).encode()
    out |= {
        "jsonl": lines,
        "json": json.dumps({"meta": 1, "results": ROWS}).encode(),
        "csv": delimited().encode(),
        "tsv": delimited("\t").encode("cp1252"),
    }
    for name, write in [("parquet", pq.write_table), ("feather", pyarrow.feather.write_feather)]:
        sink = io.BytesIO()
        write(table, sink)
        out[name] = sink.getvalue()
    out |= {
        "rss": (RSS % "".join(ITEM % (i, i, i) for i in range(5))).encode(),
        "xml": ATOM.encode(),
        "pdf": pdf("Some words of a page"),
    }
    out |= {
        "html": b"<html><title>T</title><body><p>words</p></body></html>" * 3,
        "md": b"---\ntitle: x\n---\n# H\ntext\n",
        "txt": "Wörter".encode("cp1252") * 50,
    }
    out |= {
        "jsonl.gz": gzip.compress(lines),
        "csv.zst": pa.compress(delimited().encode(), "zstd", asbytes=True),
    }
    return out


SEEDS = seeds()
TOKENS = [
    b'"',
    b"\n",
    b"\r",
    b"\0",
    b",",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"<![CDATA[",
    b"]]>",
    b"&a;",
    b"NaN",
    b"1e999",
    b"-",
    b"\\u",
    b"\\ud800",
    b"null",
]


def mangled(rng):
    """A kind and bytes: a good file with some harm done to it, or to which another name was given."""
    kind = rng.choice(list(SEEDS))
    raw = bytearray(SEEDS[kind])
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(raw) + 1)
        harm = rng.randrange(7)
        if harm == 0:
            del raw[at:]
        elif harm == 1 and raw:
            raw[min(at, len(raw) - 1)] ^= 1 << rng.randrange(8)
        elif harm == 2:
            raw[at:at] = rng.choice(TOKENS) * rng.choice([1, 1, 3, 2000])
        elif harm == 3:
            raw[at:at] = rng.randbytes(rng.randint(1, 40))
        elif harm == 4:
            del raw[at : at + rng.randint(1, 200)]
        elif harm == 5:
            raw[at:at] = raw[: rng.randint(0, 500)]
        elif harm == 6:
            other = SEEDS[rng.choice(list(SEEDS))]
            raw[at:] = other[rng.randrange(len(other)) :]
    if rng.random() < 0.1:
        kind = rng.choice(list(SEEDS))
    return kind, bytes(raw) or b"x"


def read(folder, seed):
    """Read one mangled file as a build would: all rows, their kinds, their values."""
    kind, raw = mangled(random.Random(seed))
    where = folder / "documents" if kind in ("pdf", "html", "md", "txt") else folder
    where.mkdir(exist_ok=True)
    path = where / f"fuzz.{kind}"
    path.write_bytes(raw)
    started, good = time.monotonic(), []
    with contextlib.suppress(InputError):
        rows = list(open_source(where if where != folder else path))
        good = [r.row for r in rows if r.row is not None]
        assert all(r.row is not None or r.reason for r in rows), f"seed {seed}"
        columns = infer_columns(good, typed=kind not in ("csv", "tsv", "csv.zst"))
        for row in good:
            with contextlib.suppress(InputError):
                json.dumps(columns.convert(row).values, default=str).encode()
    path.unlink()
    assert time.monotonic() - started < _SLOWEST, f"seed {seed}"
    return len(good)


def run(folder, first, n):
    tracemalloc.start()
    try:
        for seed in range(first, first + n):
            try:
                read(folder, seed)
            except Exception as e:  # so that the seed is said
                raise AssertionError(f"seed {seed}: {type(e).__name__}: {e}") from e
        assert tracemalloc.get_traced_memory()[1] < _MOST
    finally:
        tracemalloc.stop()


@pytest.mark.filterwarnings("ignore")
def test_two_hundred_files(tmp_path):
    run(tmp_path, 0, 200)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("first", range(200, 10_200, 1000))
def test_ten_thousand_files(tmp_path, first):
    run(tmp_path, first, 1000)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [2707])  # a length of a table that asks for 72 petabytes
def test_files_that_were_not_read_well_once(tmp_path, seed):
    assert read(tmp_path, seed) == 0


def test_what_was_not_harmed_is_read(tmp_path):
    """One broken line, row or batch costs itself alone."""
    rng = random.Random(1)
    lines = SEEDS["jsonl"].splitlines(keepends=True)
    for i in (3, 17, 30):
        lines[i] = lines[i][: len(lines[i]) // 2] + b"\n"
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines))
    assert sum(r.row is not None for r in open_source(tmp_path / "a.jsonl")) == len(ROWS) - 3
    whole = "".join(
        json.dumps({"id": i, "text": rng.random()}) + "\n" for i in range(5000)
    ).encode()
    packed = gzip.compress(whole)
    (tmp_path / "b.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    known = len(zlib.decompressobj(31).decompress(packed[: len(packed) // 2]).splitlines())
    assert sum(r.row is not None for r in open_source(tmp_path / "b.jsonl.gz")) >= known - 200
