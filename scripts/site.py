"""A hook of MkDocs: pages that lie outside docs/, and a reference page for every public package."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from begriff import catalog

ROOT = Path(__file__).parent.parent
FROM_ROOT = ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CITATION.cff", "LICENSE")
PACKAGES = {
    "begriff": "Build, open, compare",
    "begriff.kinds": "Kinds: what a new method fills",
    "begriff.dictionaries": "Dictionaries",
    "begriff.encoders": "Encoders",
    "begriff.models": "Models",
    "begriff.naming": "Namers",
    "begriff.probes": "Probes",
    "begriff.bottlenecks": "Bottlenecks",
    "begriff.erasers": "Erasers",
    "begriff.importance": "Importance",
    "begriff.indexes": "Indexes",
    "begriff.metrics": "Metrics",
    "begriff.testing": "Conformance suites",
    "begriff.errors": "Errors",
}


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from elsewhere, and those of the reference."""
    for path in sorted((ROOT / "benchmarks").glob("*.md")):
        files.append(_copied(config, f"benchmarks/{path.name}", path))
    for name in FROM_ROOT:
        files.append(_copied(config, name, ROOT / name))
    files.append(File.generated(config, "methods.md", content=methods_page()))
    rows = [f"- [{title}]({package}.md): `{package}`" for package, title in PACKAGES.items()]
    index = "\n".join(["# API", "", "The public names of every package.", "", *rows, ""])
    files.append(File.generated(config, "reference/index.md", content=index))
    for package, title in PACKAGES.items():
        content = f"# {title}\n\n" + "\n\n".join(f"::: {place}" for place in _public(package))
        files.append(File.generated(config, f"reference/{package}.md", content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links out of docs/ lead to the copies of those pages."""
    folder = "../" if page.file.src_uri.startswith("benchmarks/") else ""
    if folder:
        return markdown.replace("](../docs/", "](../")
    if page.file.src_uri in FROM_ROOT:
        return re.sub(r"\]\((?:docs/)", "](", markdown)
    return re.sub(r"\]\(\.\./(benchmarks/[\w.]+|[A-Z]+\.(?:md|cff))", r"](\1", markdown)


def methods_page() -> str:
    """Every method of the catalogue, a table for each kind."""
    parts = [
        "# All methods",
        "What `begriff methods` and `GET /api/v1/methods` list: the name that commands take, what"
        " the method is, and the papers that it is after.",
    ]
    for kind in catalog.KINDS:
        head = ["| name | method | what it is | source |", "|---|---|---|---|"]
        rows = [
            f"| `{m.name}` | `{m.class_name}` | {_cell(m.summary)} | {_cell(m.source or '')} |"
            for m in catalog.methods(kind)
            if not m.plugin
        ]
        parts.append("\n".join([f"## {kind.capitalize()}", "", *head, *rows]))
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    """Text for a cell of a table: no bars, no roles of Sphinx."""
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("|", "\\|").replace("``", "`")


def _copied(config: Any, uri: str, path: Path) -> File:
    return File.generated(config, uri, abs_src_path=str(path))


def _public(package: str) -> list[str]:
    """Where the public names of a package are defined."""
    module = import_module(package)
    lazy: dict[str, str] = getattr(module, "_LAZY", {})
    return [f"{lazy.get(name, package)}.{name}" for name in module.__all__]
