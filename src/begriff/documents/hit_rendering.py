"""Hits and their reasons as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from begriff.documents import models as d
from begriff.documents.roles import column_roles

__all__ = ["about_of", "cut_line", "hit_panel", "hit_table", "reason_of", "shorten"]


_ABOUT = ("authors", "venue", "year", "doi", "url")

_LONGEST_ABOUT = 80


def hit_table(hits: d.Hits, explain: bool) -> RenderableType:
    """All hits of an answer, and what should be known of it."""
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
    return Group(*head, *(hit_panel(h, i, explain) for i, h in enumerate(hits.hits, 1)))


def hit_panel(hit: d.Hit, rank: int, explain: bool) -> RenderableType:
    """One hit: what it is, where, and why it came up."""
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


def cut_line(text: Text) -> Text:
    """One line, cut where the terminal ends."""
    text.no_wrap, text.overflow = True, "ellipsis"
    return text
