"""The documentation of Python's standard library, read with ``ast``: nothing is imported or
executed.
"""

from __future__ import annotations

import ast
import re
import sysconfig
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

__all__ = ["read_docstrings"]

_LARGEST = 400_000
_SHORTEST, _LONGEST = 40, 800
_NO_DOCUMENTATION = {
    "antigravity",
    "distutils",
    "encodings",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "test",
    "tests",
    "this",
}
_GOLDEN = 0.6180339887498949
_SECTION = re.compile(
    r"\n\s*\n(?=[^\n]+\n\s*[-=~]{3,}\s*\n)|\n\s*(?=>>>|:param|:return|Args:|Returns:|Usage:|Example)"
)


def read_docstrings(
    folders: list[Path] | None = None, *, most: int = 10_000
) -> list[dict[str, Any]]:
    """What public modules, classes and functions are for, each said once.

    Where the standard library keeps a class in a private module (``concurrent.futures._base``,
    ``_pydecimal``), its name is the one that people import it by (``concurrent.futures.Executor``,
    ``decimal.Decimal``).

    Parameters
    ----------
    folders : list of Path, optional
        Where packages lie; the standard library of this Python when not given.
    most : int
        Items at most. Packages take turns, so that none crowds the others out, and each gives items
        from all of its parts.

    Returns
    -------
    list of dict
        ``title`` (dotted name, which no two share), ``text`` (the docstring up to its first section
        or example, at most 800 characters), ``package`` and ``kind`` (module, class, method or
        function).
    """
    if folders is None:
        folders = [Path(sysconfig.get_paths()["stdlib"])]
    packages: dict[str, list[dict[str, Any]]] = {}
    for folder in folders:
        for entry in sorted(folder.iterdir()):
            name = (entry.stem if entry.suffix == ".py" else entry.name).removeprefix("_py")
            if name.isidentifier() and not name.startswith("_") and name not in _NO_DOCUMENTATION:
                packages.setdefault(name, []).extend(_package(entry, name))
    return _without_repeats(_in_turn([_spread(items) for items in packages.values()]), most)


def _spread(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In an order whose every beginning comes from all parts of the list."""
    return [items[i] for i in sorted(range(len(items)), key=lambda i: i * _GOLDEN % 1)]


def _in_turn(packages: list[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    for items in zip_longest(*packages):
        yield from (item for item in items if item is not None)


def _without_repeats(items: Iterator[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The first items of a name and of a text: setters, overloads, aliases and inherited docstrings
    say nothing new.
    """
    kept: list[dict[str, Any]] = []
    seen: set[str] = set()
    for item in items:
        if len(kept) == most:
            break
        text = " ".join(re.findall(r"\w+", item["text"].lower()))
        if seen.isdisjoint((item["title"], text)):
            seen.update((item["title"], text))
            kept.append(item)
    return kept


def _package(entry: Path, name: str) -> Iterator[dict[str, Any]]:
    for path in [entry] if entry.suffix == ".py" else sorted(entry.rglob("*.py")):
        inner = path.relative_to(entry).with_suffix("").parts if path != entry else ()
        if any(p.startswith("test") for p in inner):
            continue
        dotted = ".".join([name, *(p for p in inner if not p.startswith("_"))])
        try:
            if path.stat().st_size <= _LARGEST:
                yield from _module(
                    ast.parse(path.read_bytes()),
                    dotted,
                    name,
                    private=path.stem.startswith("_") and path.stem != "__init__",
                )
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # a broken or foreign file of another package is not ours to report


def _module(
    tree: ast.Module, dotted: str, package: str, *, private: bool
) -> Iterator[dict[str, Any]]:
    if not private:
        yield from _item(tree, dotted, package, "module")
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _item(node, f"{dotted}.{node.name}", package, "class")
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _item(inner, f"{dotted}.{node.name}.{inner.name}", package, "method")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _item(node, f"{dotted}.{node.name}", package, "function")


def _item(node: Any, dotted: str, package: str, kind: str) -> Iterator[dict[str, Any]]:
    text = _description(ast.get_docstring(node) or "")
    if len(text) >= _SHORTEST and not dotted.rsplit(".", 1)[-1].startswith("_"):
        yield {"title": dotted, "text": text, "package": package, "kind": kind}


def _description(docstring: str) -> str:
    """The docstring up to its first section or example, and no more than 800 characters of it, to
    the end of a sentence.
    """
    text = _SECTION.split(docstring, maxsplit=1)[0].strip()
    if len(text) <= _LONGEST:
        return text
    ends = [m.end() for m in re.finditer(r"[.!?](?=\s)|(?=\n\s*\n)", text[:_LONGEST])]
    return text[: ends[-1] if ends else _LONGEST].strip()
