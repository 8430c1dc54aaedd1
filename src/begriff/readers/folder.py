"""A folder of documents: texts, Markdown, HTML and PDF files, each an item."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from begriff.errors import MissingExtraError
from begriff.readers.records import Record
from begriff.readers.streams import open_text, repaired

__all__ = ["DOCUMENTS", "read_folder"]

LARGEST = 64 * 2**20
_UNWANTED = ("script", "style", "noscript", "template", "svg", "head")


def read_folder(folder: Path, files: list[Path]) -> Iterator[Record]:
    """A row a file: ``id`` (path inside the folder), ``title``, ``text``, ``folder``, ``modified``.

    Raises
    ------
    MissingExtraError
        For an HTML or PDF file without the ``[documents]`` extra.
    """
    for number, path in enumerate(files, 1):
        name = path.relative_to(folder).as_posix()
        try:
            if path.stat().st_size > LARGEST:
                raise ValueError(f"larger than {LARGEST:,} bytes")
            title, text = DOCUMENTS[path.suffix.lower()](path)
        except MissingExtraError:
            raise
        # a parser of foreign formats may fail in any way; the file is listed with what it said
        except Exception as e:
            yield Record(
                number,
                None,
                f"cannot be read: {' '.join(str(e).split())[:200] or type(e).__name__}",
                name,
            )
            continue
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(
            tzinfo=None, microsecond=0
        )
        row = {
            "id": name,
            "title": title or path.stem,
            "text": text,
            "folder": Path(name).parent.as_posix(),
            "modified": modified,
        }
        yield Record(number, row, file=name)


def _plain(path: Path) -> tuple[str, str]:
    with open_text(path) as f:
        text = f.read()
    if "\0" in text:
        raise ValueError("not a text file: it holds zero bytes")
    return "", repaired(text)


def _markdown(path: Path) -> tuple[str, str]:
    text = _plain(path)[1]
    front = re.match(r"---\r?\n(.*?)\r?\n---\r?\n", text, re.DOTALL)
    named = re.search(r"^title:\s*(.+)$", front.group(1), re.MULTILINE) if front else None
    body = text[front.end() :] if front else text
    heading = re.search(r"^#+\s+(.+?)\s*#*$", body, re.MULTILINE)
    found = named or heading
    return (found.group(1).strip("\"' ") if found else ""), body


def _html(path: Path) -> tuple[str, str]:
    with open_text(path) as f:
        return html_text(f.read())


def html_text(markup: str) -> tuple[str, str]:
    """Title and readable text of HTML.

    Raises
    ------
    MissingExtraError
        Without the ``[documents]`` extra.
    """
    try:
        from bs4 import BeautifulSoup
    except ImportError as e:
        raise MissingExtraError("reading HTML", "documents") from e
    soup: Any = BeautifulSoup(markup, "html.parser")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    for tag in soup(_UNWANTED):
        tag.decompose()
    return title, soup.get_text(" ", strip=True)


def _pdf(path: Path) -> tuple[str, str]:
    try:
        from pypdf import PdfReader
    except ImportError as e:
        raise MissingExtraError("reading PDF files", "documents") from e
    import logging

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    with path.open("rb") as f:
        pdf = PdfReader(f)
        if pdf.is_encrypted and not pdf.decrypt(""):
            raise ValueError("it asks for a password")
        text = "\n".join(page.extract_text() for page in pdf.pages)
        title = str(pdf.metadata.title or "") if pdf.metadata else ""
    if not text.strip():
        raise ValueError("it holds no text; pictures of pages need to be recognised first")
    return title.strip(), text


DOCUMENTS: dict[str, Callable[[Path], tuple[str, str]]] = {
    ".txt": _plain,
    ".md": _markdown,
    ".markdown": _markdown,
    ".rst": _plain,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
}
