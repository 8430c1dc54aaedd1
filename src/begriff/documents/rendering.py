"""Documents as text for a terminal and as HTML for a notebook, from one description."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from begriff.documents import models as d
from begriff.documents.hit_rendering import (
    about_of,
    cut_line,
    hit_panel,
    hit_table,
    reason_of,
    shorten,
)
from begriff.documents.state_rendering import (
    checked_panel,
    growth_panel,
    info_panel,
    number,
    version_table,
)

__all__ = ["about_of", "as_html", "as_text", "reason_of", "render", "shorten"]


def as_text(document: Any, width: int = 110) -> str:
    """Plain text of a document."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(render(document))
    return str(console.file.getvalue()).rstrip()  # type: ignore[attr-defined]


def as_html(document: Any) -> str:
    """HTML of a document, in the colours and the width of the page around it; text of the corpus is
    escaped.
    """
    from html import escape

    return f'<pre style="white-space:pre-wrap">{escape(as_text(document))}</pre>'


def render(document: Any, *, explain: bool = True) -> RenderableType:
    """What rich prints for a document."""
    if isinstance(document, d.Hits):
        return hit_table(document, explain)
    if isinstance(document, d.Hit):
        return hit_panel(document, 1, explain)
    if isinstance(document, d.ConceptList):
        return _concepts(document)
    if isinstance(document, d.ConceptDetail):
        return _concept(document)
    if isinstance(document, d.ItemDetail):
        return _item(document)
    if isinstance(document, d.SeedList):
        return Group(*map(_seed, document.seeds)) if document.seeds else Text("no seeded concepts")
    if isinstance(document, d.Seed):
        return _seed(document)
    if isinstance(document, d.Info):
        return info_panel(document)
    if isinstance(document, d.Checked):
        return checked_panel(document)
    if isinstance(document, d.Growth):
        return growth_panel(document)
    if isinstance(document, d.VersionList):
        return version_table(document)
    if isinstance(document, d.Written):
        return Text(
            f"{document.items:,} of {document.rows:,} rows of {document.target} hold concepts now"
            f" (of {document.path})"
        )
    return document if hasattr(document, "__rich__") else Text(document.model_dump_json(indent=1))


def _concepts(concepts: d.ConceptList) -> RenderableType:
    if not concepts.concepts:
        return Text("no such concept")
    examples = ", strongest items" if any(c.strongest for c in concepts) else ""
    lines = [
        cut_line(
            Text(f"{'id':>5} {'score':>6} {'items':>7} {'again':>6}  name{examples}", style="bold")
        )
    ]
    for c in concepts:
        flags = (
            " (background)"
            if c.background
            else " (hidden)"
            if c.hidden
            else " (two meanings?)"
            if c.polysemous
            else ""
        )
        line = Text(
            f"{c.id:>5} {number(c.score):>6} {c.frequency:>7.2%} {number(c.stability):>6}  "
        )
        line.append(c.label, style="bold").append(flags)
        line.append(
            "  " + " | ".join(shorten(" ".join(s.split()), 50) for s in c.strongest), style="dim"
        )
        lines.append(cut_line(line))
    if concepts.next:
        lines.append(Text(f"more: --after {concepts.next}", style="dim"))
    return Group(*lines)


def _concept(detail: d.ConceptDetail) -> RenderableType:
    c = detail.concept
    judged = ", ".join(f"{k} {v[0]:.2f}/{v[1]:.2f}" for k, v in c.judges.items() if v)
    lines: list[RenderableType] = [
        Text(f"concept {c.id}: {c.label}", style="bold"),
        Text(f"  also: {', '.join(c.aliases) or '-'}"),
        Text(
            f"  score {number(c.score)} (strongest decile), {number(c.score_all)} (all active);"
            f" judges: {judged or '-'}"
        ),
        Text(f"  on {c.frequency:.2%} of items; found again at cosine {number(c.stability)}"),
    ]
    if c.note:
        lines.append(Text(f"  note: {c.note}", style="italic"))
    if c.polysemous:
        lines.append(
            Text(
                "  its strongest items fall into two groups: it may mean two things", style="yellow"
            )
        )
    for said, listed in (
        ("near", detail.neighbours),
        ("opposite", detail.opposites),
        ("together with", detail.together),
    ):
        lines.append(
            Text(
                f"  {said}: "
                + (", ".join(f"{i} {label} ({value:.2f})" for i, label, value in listed) or "-")
            )
        )
    lines.append(Text("examples, from strong to weak", style="bold"))
    lines += [_example(e) for e in detail.examples]
    if detail.fails:
        lines.append(Text("where the name fails", style="bold"))
        lines += [_example(e) for e in detail.fails]
    return Group(*lines)


def _example(e: d.Example) -> RenderableType:
    return cut_line(Text(f"  {e.strength:.3f}  [{e.id}]  {' '.join(e.text.split())}"))


def _item(detail: d.ItemDetail) -> RenderableType:
    lines: list[RenderableType] = [
        Text(f"{detail.id}: {' '.join(detail.text.split())[:200]}", style="bold")
    ]
    lines += [
        Text(f"  {k}: {str(v)[:90]}", style="dim")
        for k, v in detail.item.items()
        if v not in (None, "") and len(str(v)) < 90
    ]
    named = [c for c in detail.concepts if c.name]
    lines += [Text(f"  {c.value:.3f}  {c.name}  [{c.concept}]") for c in named[:15]]
    unnamed = sum(c.value for c in detail.concepts) - sum(c.value for c in named[:15])
    lines.append(Text(f"  {unnamed:.3f}  {len(detail.concepts) - len(named[:15])} other concepts"))
    lines.append(Text(f"  concepts leave {detail.unexplained:.0%} of the vector unexplained"))
    return Group(*lines)


def _seed(seed: d.Seed) -> RenderableType:
    said = [f"words ({'; '.join(seed.words)})"] if seed.words else []
    made = " and ".join(
        [*said, *([f"{len(seed.yes)} yes, {len(seed.no)} no"] if seed.yes or seed.no else [])]
    )
    others = ", ".join(f"{k} {v:.2f}" for k, v in seed.compared.items() if k != seed.method)
    line = Text.assemble(
        (seed.name, "bold"), f"  from {made}; active on {seed.frequency:.2%} of items; "
    )
    if seed.score is None:
        line.append(f"{seed.method}; too few examples for a score", style="dim")
    else:
        between = (
            f", 95 % interval {seed.interval[0]:.2f} to {seed.interval[1]:.2f}"
            if seed.interval
            else ""
        )
        line.append(
            f"{seed.method}, held-out AUROC {seed.score:.2f} on {len(seed.yes)} yes{between}"
        )
        line.append(f" ({others})" if others else "", style="dim")
    if seed.near:
        id, name, cosine = seed.near[0]
        line.append(f"; nearly the concept {name!r} [{id}] (cosine {cosine:.2f})", style="yellow")
    return line
