"""Documents as text for a terminal and as HTML for a notebook, from one description."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from begriff.documents import models as d
from begriff.documents.roles import column_roles

__all__ = ["about_of", "as_html", "as_text", "reason_of", "render", "shorten"]

_ABOUT = ("authors", "venue", "year", "doi", "url")
_LONGEST_ABOUT = 80


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
        return _hits(document, explain)
    if isinstance(document, d.Hit):
        return _hit(document, 1, explain)
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
        return _info(document)
    if isinstance(document, d.Checked):
        return _checked(document)
    if isinstance(document, d.Growth):
        return _growth(document)
    if isinstance(document, d.VersionList):
        return _versions(document)
    if isinstance(document, d.Written):
        return Text(
            f"{document.items:,} of {document.rows:,} rows of {document.target} hold concepts now"
            f" (of {document.path})"
        )
    return document if hasattr(document, "__rich__") else Text(document.model_dump_json(indent=1))


def _hits(hits: d.Hits, explain: bool) -> RenderableType:
    head = []
    for kind in ("more", "less", "has"):
        for s in getattr(hits.query, kind):
            made = (
                f"a concept made from these words; near: {', '.join(s.near)}"
                if s.near
                else "a seeded concept"
            )
            what = made if s.seeded else f"concept {s.concept} ({s.name})"
            head.append(Text(f"{kind} {s.given!r}: {what}", style="dim"))
    head += [Text(note, style="yellow") for note in hits.query.notes]
    if not hits.hits:
        searched = (
            f"nothing found among {hits.query.candidates:,} items"
            if hits.query.candidates
            else "no item meets the filter"
        )
        head.append(Text(searched))
    return Group(*head, *(_hit(h, i, explain) for i, h in enumerate(hits.hits, 1)))


def _hit(hit: d.Hit, rank: int, explain: bool) -> RenderableType:
    parts: list[RenderableType] = [
        Text.assemble(
            (f"{rank:>2}  {hit.score:.3f}  ", "bold"),
            (shorten(hit.title, 90), "bold cyan"),
            f"  [{hit.id}]",
        )
    ]
    if about := about_of(hit.item):
        parts.append(Text(f"      {about}", style="dim"))
    if not explain:
        return Group(*parts)
    if hit.parts:
        ranks = ", ".join(
            f"{n} rank {p.rank} ({p.score:.3f})" if p else f"{n}: not among the first"
            for n, p in hit.parts.items()
        )
        parts.append(Text(f"      {ranks}", style="dim"))
    if hit.terms:
        parts.append(
            Text(
                "      words: " + ", ".join(f"{t.term} {t.value:+.2f}" for t in hit.terms),
                style="dim",
            )
        )
    if hit.explanation is not None:
        parts.append(_reason(hit))
    if hit.steering:
        parts.append(
            Text("      steered by: " + ", ".join(map(_steering, hit.steering)), style="dim")
        )
    return Group(*parts)


def about_of(item: Mapping[str, Any]) -> str:
    """Authors, venue, year and DOI of an item, or its link: what stands in the columns that are
    called so.
    """
    roles = column_roles(item)
    told = {
        role: item[roles[role]]
        for role in _ABOUT
        if role in roles and item[roles[role]] not in (None, "", [])
    }
    if "doi" in told:
        told.pop("url", None)
    texts = [
        ", ".join(map(str, t)) if isinstance(t, list | tuple) else " ".join(str(t).split())
        for t in told.values()
    ]
    return ", ".join(shorten(t, _LONGEST_ABOUT) for t in texts)


def shorten(text: str, most: int) -> str:
    """At most so many characters, cut between words where that is near, with an ellipsis."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head[: head.rfind(" ")] if head.rfind(" ") > most * 0.7 else head).rstrip(
        " ,;"
    ) + "\u2026"


def reason_of(hit: d.Hit) -> str:
    """Why a hit came up, in a line."""
    words = ", ".join(f"{t.term} {t.value:+.2f}" for t in hit.terms or ())
    reason = _reason(hit).plain.strip() if hit.explanation is not None else ""
    steering = "steered by " + ", ".join(map(_steering, hit.steering)) if hit.steering else ""
    return "; ".join(t for t in (reason, f"words: {words}" if words else "", steering) if t)


def _steering(s: d.Steering) -> str:
    return (
        f"{s.how} {s.name} {s.activation:.3f}"
        if s.value is None
        else f"{s.how} {s.name} {s.value:+.3f}"
    )


def _reason(hit: d.Hit) -> Text:
    assert hit.explanation is not None
    gap = hit.explanation.gap
    if gap is None:
        return Text("      too few results to compare with", style="dim")
    if not gap.shown:
        words = ", ".join(
            dict.fromkeys(hit.passage.text[a:b].lower() for a, b, _ in hit.passage.words)
        )
        return Text(
            f"      not explained by named concepts; words that matter: {words or '-'}",
            style="yellow",
        )
    chosen = {c.concept: c for c in gap.contributions}
    pluses = [chosen[i] for i in gap.named]
    minuses = [c for c in gap.contributions if c.value < -0.005 and c.name][:2]
    line = Text(f"      {gap.value:+.3f} above the background: ", style="dim")
    for c in [*pluses, *minuses]:
        line.append(f"{c.name} {c.value:+.3f}", style="green" if c.value > 0 else "red")
        line.append(" shared  " if c.shared else "  ", style="dim")
    rest = gap.value - sum(c.value for c in [*pluses, *minuses])
    line.append(f"rest {rest:+.3f}", style="dim")
    return line


def _concepts(concepts: d.ConceptList) -> RenderableType:
    if not concepts.concepts:
        return Text("no such concept")
    examples = ", strongest items" if any(c.strongest for c in concepts) else ""
    lines = [
        _line(
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
            f"{c.id:>5} {_number(c.score):>6} {c.frequency:>7.2%} {_number(c.stability):>6}  "
        )
        line.append(c.label, style="bold").append(flags)
        line.append(
            "  " + " | ".join(shorten(" ".join(s.split()), 50) for s in c.strongest), style="dim"
        )
        lines.append(_line(line))
    if concepts.next:
        lines.append(Text(f"more: --after {concepts.next}", style="dim"))
    return Group(*lines)


def _line(text: Text) -> Text:
    """One line, cut where the terminal ends."""
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _concept(detail: d.ConceptDetail) -> RenderableType:
    c = detail.concept
    judged = ", ".join(f"{k} {v[0]:.2f}/{v[1]:.2f}" for k, v in c.judges.items() if v)
    lines: list[RenderableType] = [
        Text(f"concept {c.id}: {c.label}", style="bold"),
        Text(f"  also: {', '.join(c.aliases) or '-'}"),
        Text(
            f"  score {_number(c.score)} (strongest decile), {_number(c.score_all)} (all active);"
            f" judges: {judged or '-'}"
        ),
        Text(f"  on {c.frequency:.2%} of items; found again at cosine {_number(c.stability)}"),
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
    return _line(Text(f"  {e.strength:.3f}  [{e.id}]  {' '.join(e.text.split())}"))


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


def _info(info: d.Info) -> RenderableType:
    q, f = info.quality, info.quality["dictionary"]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("quality", "here", "shuffled", "frozen"):
        table.add_column(name, justify="left" if name == "quality" else "right", no_wrap=True)
    n, s, z = q["names"], q["shuffled_names"], q["frozen_decoder"]
    rows = [
        (
            "names: AUROC on strongest decile",
            n["strongest_decile"],
            s["strongest_decile"],
            z["strongest_decile"],
        ),
        ("names: AUROC on all active items", n["all_active"], s["all_active"], z["all_active"]),
        ("ceiling: the concept's own direction", n["ceiling"][0], None, z["ceiling"][0]),
        ("share of concepts with score .8 or more", q["well_named"], None, None),
        ("share of core strength under such names", f["mass_well_named"], None, None),
        ("unexplained variance, core", f["fvu_core"], None, f["frozen_decoder"]["fvu_core"]),
        ("unexplained variance, whole", f["fvu"], None, f["frozen_decoder"]["fvu"]),
        ("active concepts an item, core / whole", f"{f['l0_core']} / {f['l0']}", None, None),
        ("dead concepts", f["dead"], None, f["frozen_decoder"]["dead"]),
        ("background concepts", f["background"], None, None),
        ("mean cosine with another sample's concepts", f["stability"], None, f["stability_random"]),
        ("share found again (cosine .7)", f["found_again"], None, None),
    ]
    for label, *values in rows:
        table.add_row(label, *(_number(v) if not isinstance(v, str) else v for v in values))
    repeats = q.get("repeats", {"items": 0})
    said = (
        f"{repeats['items']:,} of {repeats.get('of', 0):,} items that were looked at nearly repeat"
        " another: `begriff duplicates` lists them"
    )
    head = [
        Text(f"{info.path}, version {info.version}", style="bold"),
        Text(f"{info.items:,} items, {info.passages:,} passages, {info.rejected:,} rows rejected"),
        Text(f"{info.concepts:,} concepts; core {info.core:,}, of which {info.named:,} are named"),
        *([Text(said)] if repeats["items"] else []),
        Text("columns: " + ", ".join(f"{k} ({v})" for k, v in info.columns.items())),
        *([] if info.ids else [Text(_row_numbers(info))]),
        Text(
            f"made {info.made['when']} from {info.made['source']['name']}"
            + ", a preview" * bool(info.made["source"].get("preview"))
        ),
        Text(f"with {_encoder(info.made['encoder'])} and {info.made['dictionary']['class']}"),
        Text(
            f"{len(info.edits)} edits"
            + (f", {len(info.lost_edits)} of them lost their concept" if info.lost_edits else "")
        ),
    ]
    if info.grown:
        came, gone = (
            sum(g["added"] + g["updated"] for g in info.grown),
            sum(g["removed"] for g in info.grown),
        )
        head.append(
            Text(
                f"since the concepts were learnt {came:,} items came or changed and {gone:,} went,"
                f" in {len(info.grown)} steps"
            )
        )
    note = Text(
        "shuffled: names handed out at random; frozen: the same pipeline on a random decoder that"
        " never learnt",
        style="dim",
    )
    return Group(*head, table, note)


def _row_numbers(info: d.Info) -> str:
    """Why ids are row numbers, and what to do about it."""
    why = "ids are row numbers, since no column is called id and none was named"
    could = ", ".join(info.possible_ids)
    return (
        f"{why}: {could} {'differs' if len(info.possible_ids) == 1 else 'differ'} in every row,"
        " build with --id"
        if could
        else why
    )


def _checked(found: d.Checked) -> RenderableType:
    lines = [
        Text(
            f"{found.path}, version {found.version}: {found.files:,} files,"
            f" {found.bytes / 1e6:,.1f} MB",
            style="bold",
        )
    ]
    lines += [Text(f"made again: {', '.join(found.repaired)}")] if found.repaired else []
    lines += [Text(f"{p.stage}: {p.what}; {p.way_out}", style="red") for p in found.problems]
    if found.left_over:
        lines.append(
            Text(
                f"{len(found.left_over)} folders that no version needs; begriff check {found.path}"
                " --repair deletes them"
            )
        )
    return Group(*lines, Text("whole" if found.whole else "damaged"))


def _growth(growth: d.Growth) -> RenderableType:
    if not growth.added + growth.updated + growth.removed + growth.purged:
        return Text(
            f"{growth.path} stays as it is: {growth.unchanged:,} items are there already;"
            f" {growth.rejected:,} rows rejected"
        )
    did = [
        (growth.added, "added"),
        (growth.updated, "updated"),
        (growth.unchanged, "unchanged"),
        (growth.removed, "removed"),
    ]
    lines: list[RenderableType] = [
        Text(f"{growth.path}, version {growth.version}: {growth.items:,} items", style="bold"),
        Text(
            ", ".join(f"{n:,} {what}" for n, what in did if n)
            + f"; {growth.rejected:,} rows rejected"
        ),
    ]
    if growth.rejected_file is not None:
        lines.append(Text(f"bad rows are listed in {growth.rejected_file}", style="dim"))
    if growth.columns_left_out:
        names = ", ".join(growth.columns_left_out[:8])
        lines.append(
            Text(
                f"not taken in, since the atlas has no such columns: {names}; a build from all rows"
                " takes them",
                style="yellow",
            )
        )
    if growth.fvu_fresh is not None:
        usual = (
            f"{growth.fvu_before:.1%} of the corpus, {growth.fvu_expected:.1%} expected of more"
            " like it"
        )
        lines.append(Text(f"unexplained variance: {growth.fvu_fresh:.1%} of what came; {usual}"))
    if growth.drift:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in ("concept", "of items before", "of those that came"):
            table.add_column(name, justify="left" if name == "concept" else "right")
        for c in growth.drift[:8]:
            table.add_row(f"{c.name} [{c.concept}]", f"{c.before:.1%}", f"{c.fresh:.1%}")
        lines.append(table)
    due = (
        f"a refit is due: {growth.why}; run `begriff refit {growth.path}`"
        if growth.refit_due
        else "the concepts still fit: no refit is due"
    )
    if growth.purged:
        lines.append(Text("nothing of them is left in the folder, nor any earlier version"))
    return Group(*lines, Text(due))


def _versions(found: d.VersionList) -> RenderableType:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("version", "when", "what happened", "items", "size", "its own"):
        table.add_column(
            name,
            justify="left" if name in ("when", "what happened") else "right",
            no_wrap=name != "what happened",
        )
    for v in found.versions:
        size, own = (f"{n / 1e6:,.1f} MB" for n in (v.bytes, v.own_bytes))
        when = "-" if v.when is None else v.when[:16].replace("T", " ")
        what = (v.what or "-") + ", current" * v.current
        table.add_row(
            str(v.version),
            when,
            what,
            f"{v.items:,}",
            size,
            own,
            style="bold" if v.current else None,
        )
    kept = (
        "only the current version is" if found.keep == 1 else f"the last {found.keep} versions are"
    )
    return Group(
        table, Text(f"{found.path}: {found.bytes / 1e6:,.1f} MB in all; {kept} kept", style="dim")
    )


def _encoder(made: dict[str, Any] | None) -> str:
    return "given vectors, no encoder" if made is None else str(made["class"])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
