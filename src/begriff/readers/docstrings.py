"""The documentation of the Python packages installed here, read with ``ast``: nothing is imported or executed."""

from __future__ import annotations

import ast
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["read_docstrings"]

_LARGEST = 400_000


def read_docstrings(folders: list[Path] | None = None, *, most: int = 10_000) -> list[dict[str, Any]]:
    """Docstrings of public modules, classes and functions.

    Parameters
    ----------
    folders : list of Path, optional
        Where packages lie; the standard library and site-packages of this Python when not given.
    most : int
        Items at most; packages take turns, so that none crowds the others out.

    Returns
    -------
    list of dict
        ``id`` (dotted name), ``name``, ``text`` (the docstring), ``package``, ``kind``, ``length`` (characters).
    """
    if folders is None:
        paths = sysconfig.get_paths()
        folders = [Path(paths["purelib"]), Path(paths["platlib"]), Path(paths["stdlib"])]
    packages: dict[str, Iterator[dict[str, Any]]] = {}
    for folder in dict.fromkeys(f.resolve() for f in folders if f.is_dir()):
        for entry in sorted(folder.iterdir()):
            name = entry.stem if entry.suffix == ".py" else entry.name
            if name.isidentifier() and not name.startswith("_") and name not in packages and name not in ("test", "tests", "idlelib"):
                packages[name] = _package(entry, name)
    return _take_turns(packages, most)


def _take_turns(packages: dict[str, Iterator[dict[str, Any]]], most: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    seen: set[str] = set()
    while packages and len(items) < most:
        for name in list(packages):
            item = next(packages[name], None)
            if item is None:
                del packages[name]
            elif seen.isdisjoint((item["id"], item["text"])) and len(items) < most:  # a property and its setter share a name
                seen.update((item["id"], item["text"]))
                items.append(item)
    return items


def _package(entry: Path, name: str) -> Iterator[dict[str, Any]]:
    files = [entry] if entry.suffix == ".py" else sorted(entry.rglob("*.py"))
    for path in files:
        inner = path.relative_to(entry).with_suffix("").parts if path != entry else ()
        dotted = [name, *(p for p in inner if p != "__init__")]
        if any(p.startswith(("_", "test")) for p in dotted):
            continue
        try:
            if path.stat().st_size <= _LARGEST:
                yield from _module(ast.parse(path.read_bytes()), ".".join(dotted), name)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # a broken or foreign file of another package is not ours to report


def _module(tree: ast.Module, dotted: str, package: str) -> Iterator[dict[str, Any]]:
    yield from _item(tree, dotted, package, "module")
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _item(node, f"{dotted}.{node.name}", package, "class")
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _item(inner, f"{dotted}.{node.name}.{inner.name}", package, "method")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _item(node, f"{dotted}.{node.name}", package, "function")


def _item(node: Any, dotted: str, package: str, kind: str) -> Iterator[dict[str, Any]]:
    name = dotted.rsplit(".", 1)[-1]
    text = ast.get_docstring(node)
    if text and len(text) >= 40 and not name.startswith("_"):
        yield {"id": dotted, "name": name, "text": text[:2000], "package": package, "kind": kind, "length": len(text)}
