"""Bytes and text of a file: unpacked, decoded, in lines of bounded length."""

from __future__ import annotations

import bz2
import codecs
import contextlib
import gzip
import io
import lzma
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from begriff.errors import InputError

__all__ = [
    "BROKEN",
    "is_repairable",
    "lines",
    "LONGEST",
    "open_bytes",
    "open_seekable",
    "open_text",
    "PACKED",
    "repaired",
    "suffix_of",
    "Utf8",
]

LONGEST = 16 * 2**20  # characters of a line
PACKED = (".gz", ".zst", ".bz2", ".xz", ".zip")
BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_SAMPLE = 64 * 1024
_WESTERN = "cp1252"
_FEW = 40  # bytes above 127 that are too few to tell encodings apart
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_STRAYS = re.compile("[\udc80-\udcff]")
"""Bytes that are not text in a file's encoding, as Python's "surrogateescape" decodes them: no text
holds these code points.
"""
_PARSED = re.compile("[\U0010ff80-\U0010ffff]")
_SHIFT = 0x10FF00 - 0xDC00
"""The same bytes as parsers of UTF-8 take them, which refuse half a character."""


def is_repairable(text: str) -> bool:
    """Whether some bytes of a text that :func:`open_text` decoded were not text in the file's
    encoding.
    """
    return not text.isascii() and _STRAYS.search(text) is not None


def repaired(text: str) -> str:
    """The text with such bytes read as Windows-1252, in which stray bytes most often
    are written.
    """
    return _STRAYS.sub(lambda m: bytes([ord(m.group()) - 0xDC00]).decode(_WESTERN, "replace"), text)


def suffix_of(path: Path) -> str:
    """The suffix that says what a file holds: ".csv" of "a.csv.gz", and of "a.zip" where that is
    what lies in it.
    """
    if path.suffix.lower() == ".zip" and path.is_file():
        return PurePosixPath(_member(path).filename).suffix.lower()
    return (path.with_suffix("") if path.suffix.lower() in PACKED else path).suffix.lower()


def _member(path: Path) -> zipfile.ZipInfo:
    """The one file in a zip archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = [
                i
                for i in archive.infolist()
                if not i.is_dir() and not re.search(r"(^|/)(__MACOSX/|\.)", i.filename)
            ]
    except (*BROKEN, UnicodeError) as e:
        raise InputError(f"{path.name!r} is no readable zip archive: {e}") from e
    if len(files) != 1:
        raise InputError(
            f"{path.name!r} holds {len(files)} files: unpack it, and give the file or the folder"
            " that you mean"
        )
    if files[0].flag_bits & 1:
        raise InputError(f"{path.name!r} is encrypted: unpack it first")
    return files[0]


def open_bytes(path: Path) -> IO[bytes]:
    """A file's content, unpacked while it is read.

    What is broken in it raises one of ``BROKEN``.
    """
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return zipfile.ZipFile(path).open(_member(path))
    if suffix == ".zst":
        import pyarrow as pa

        return cast(
            "IO[bytes]", io.BufferedReader(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"))
        )
    openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    return cast("IO[bytes]", openers.get(suffix, open)(path, "rb"))


@contextlib.contextmanager
def open_seekable(path: Path) -> Iterator[Any]:
    """The same for kinds of files that are not read from front to back; a packed one is unpacked on
    disk first.
    """
    if path.suffix.lower() not in PACKED:
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=suffix_of(path)) as whole, open_bytes(path) as packed:
        shutil.copyfileobj(packed, whole, 2**20)
        whole.flush()
        yield Path(whole.name)


def open_text(path: Path) -> IO[str]:
    """A file's text without its byte-order mark.

    For bytes that are not text in its encoding see :func:`is_repairable`.
    """
    with open_bytes(path) as f:
        encoding = _encoding(f.read(_SAMPLE))
    return io.TextIOWrapper(
        cast("Any", open_bytes(path)), encoding=encoding, errors="surrogateescape", newline=""
    )


class Utf8:
    """The text of a file as bytes in UTF-8, for parsers that take bytes; :meth:`decoded` undoes
    what that takes for stray bytes.
    """

    def __init__(self, path: Path) -> None:
        self._text, self._has_strays = open_text(path), False

    def read(self, n: int = -1) -> bytes:
        """At most ``n`` characters."""
        text = self._text.read(n)
        if is_repairable(text):
            self._has_strays = True
            text = _STRAYS.sub(lambda m: chr(ord(m.group()) + _SHIFT), text)
        return text.encode("utf-8", "replace")

    def decoded(self, text: str) -> str:
        """A string that the parser made, as :func:`open_text` would have given it."""
        return (
            _PARSED.sub(lambda m: chr(ord(m.group()) - _SHIFT), text)
            if self._has_strays and not text.isascii()
            else text
        )

    def __enter__(self) -> Utf8:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()


def _encoding(sample: bytes) -> str:
    """By its mark; UTF-8 where that explains more bytes than it leaves; else the likeliest."""
    for mark, name in _MARKS.items():
        if sample.startswith(mark):
            return name
    half = len(sample) // 2
    for name, zeros in (("utf-16-le", sample[1::2].count(0)), ("utf-16-be", sample[::2].count(0))):
        if half > _FEW and zeros > half / 3:  # Latin text in UTF-16 without a mark
            return name
    # a character that the sample cuts off is no error
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(sample)
    strays = len(_STRAYS.findall(text))
    beyond_ascii = sum(not c.isascii() for c in text) - strays
    return "utf-8" if beyond_ascii >= strays else _likeliest(sample)


def _likeliest(sample: bytes) -> str:
    """What ``charset-normalizer`` finds best, unless Western European does as well, or too few
    bytes speak against it.
    """
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
    """Line numbers, from 1, and lines; None in place of one of more than ``LONGEST`` characters,
    which is skipped.
    """
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        if len(line) <= LONGEST:
            yield number, line
            continue
        while line and not line.endswith(("\n", "\r")):
            line = stream.readline(LONGEST)
        yield number, None
