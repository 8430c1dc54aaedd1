"""Bytes and text of a file: decompressed, decoded, in lines of bounded length."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

__all__ = ["BROKEN", "lines", "LONGEST", "open_bytes", "open_seekable", "open_text", "PACKED", "suffix_of"]

LONGEST = 16 * 2**20
PACKED = (".gz", ".zst")
BROKEN = (EOFError, OSError, zlib.error)
_SAMPLE = 64 * 1024
_WESTERN = "cp1252"
_FEW = 40
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def suffix_of(path: Path) -> str:
    """The suffix that says what a file holds: ".csv" of "a.csv.gz"."""
    return (path.with_suffix("") if path.suffix.lower() in PACKED else path).suffix.lower()


def open_bytes(path: Path) -> IO[bytes]:
    """A file's content, decompressed while it is read. What is broken in it raises one of ``BROKEN``."""
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if path.suffix.lower() == ".zst":
        import pyarrow as pa

        return cast("IO[bytes]", io.BufferedReader(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")))
    return path.open("rb")


@contextlib.contextmanager
def open_seekable(path: Path) -> Iterator[Any]:
    """The same for kinds of files that are not read from front to back; a packed one is unpacked on disk first."""
    if path.suffix.lower() not in PACKED:
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=suffix_of(path)) as whole, open_bytes(path) as packed:
        shutil.copyfileobj(packed, whole, 2**20)
        whole.flush()
        yield Path(whole.name)


def open_text(path: Path) -> IO[str]:
    """A file's text without its byte-order mark. Bytes that are not text in its encoding become lone surrogates."""
    with open_bytes(path) as f:
        encoding = _encoding(f.read(_SAMPLE))
    return io.TextIOWrapper(cast("Any", open_bytes(path)), encoding=encoding, errors="surrogateescape", newline="")


def _encoding(sample: bytes) -> str:
    """By its mark; UTF-8 where the sample is; else the likeliest."""
    for mark, name in _MARKS.items():
        if sample.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # a character that the sample cuts off is no error
    except UnicodeDecodeError:
        return _likeliest(sample)
    return "utf-8"


def _likeliest(sample: bytes) -> str:
    """What ``charset-normalizer`` finds best, unless Western European does as well, or too few bytes speak against it."""
    from charset_normalizer import from_bytes

    matches = from_bytes(sample)
    best, western = matches.best(), next((m for m in matches if m.encoding == _WESTERN), None)
    marked = sum(b > 127 for b in sample)
    if best is None:
        return "utf-8"
    if western is not None and (western.chaos, -western.coherence) <= (best.chaos, -best.coherence):
        return _WESTERN
    return _WESTERN if marked < _FEW and marked < 0.3 * len(sample) else best.encoding


def lines(stream: IO[str]) -> Iterator[tuple[int, str | None]]:
    """Line numbers, from 1, and lines; None in place of one of more than ``LONGEST`` characters, which is skipped."""
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        if len(line) <= LONGEST:
            yield number, line
            continue
        while line and not line.endswith(("\n", "\r")):
            line = stream.readline(LONGEST)
        yield number, None
