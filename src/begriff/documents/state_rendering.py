"""What an atlas is and how it grows, as text."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from begriff.documents import models as d

__all__ = ["checked_panel", "growth_panel", "info_panel", "number", "version_table"]


def info_panel(info: d.Info) -> RenderableType:
    """What an atlas is, and its quality figures with their controls."""
    note = Text(
        "shuffled: names of other concepts; frozen: the same pipeline on a random decoder that"
        " never learnt",
        style="dim",
    )
    return Group(*_head(info), _quality_table(info.quality), note)


def _quality_table(quality: dict[str, Any]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("quality", "here", "shuffled", "frozen"):
        table.add_column(name, justify="left" if name == "quality" else "right", no_wrap=True)
    fit, names = quality["dictionary"], quality["names"]
    shuffled, frozen, control = (
        quality["shuffled_names"],
        quality["frozen_decoder"],
        fit["frozen_decoder"],
    )
    strongest = [of["strongest_decile"] for of in (names, shuffled, frozen)]
    every = [of["all_active"] for of in (names, shuffled, frozen)]
    rows: list[tuple[Any, ...]] = [
        ("names: AUROC on strongest decile", *strongest),
        ("names: AUROC on all active items", *every),
        ("ceiling: the concept's own direction", names["ceiling"][0], None, frozen["ceiling"][0]),
        ("share of concepts with score .8 or more", quality["well_named"], None, None),
        ("share of core activation under such names", fit["mass_well_named"], None, None),
        ("unexplained variance, core", fit["fvu_core"], None, control["fvu_core"]),
        ("unexplained variance, whole", fit["fvu"], None, control["fvu"]),
        ("active concepts an item, core / whole", f"{fit['l0_core']} / {fit['l0']}", None, None),
        ("dead concepts", fit["dead"], None, control["dead"]),
        ("background concepts", fit["background"], None, None),
        (
            "mean cosine with another sample's concepts",
            fit["stability"],
            None,
            fit["stability_random"],
        ),
        ("share found again (cosine .7)", fit["found_again"], None, None),
    ]
    for label, *values in rows:
        table.add_row(label, *(number(v) if not isinstance(v, str) else v for v in values))
    return table


def _head(info: d.Info) -> list[Text]:
    """Lines above the table: counts, source, edits, growth."""
    lines = [
        Text(f"{info.path}, version {info.version}", style="bold"),
        Text(f"{info.items:,} items, {info.passages:,} passages, {info.rejected:,} rows rejected"),
        Text(f"{info.concepts:,} concepts; core {info.core:,}, of which {info.named:,} are named"),
    ]
    repeats = info.quality.get("repeats", {"items": 0})
    if repeats["items"]:
        lines.append(
            Text(
                f"{repeats['items']:,} of {repeats.get('of', 0):,} items that were looked at nearly"
                " repeat another: `begriff duplicates` lists them"
            )
        )
    lines.append(Text("columns: " + ", ".join(f"{k} ({v})" for k, v in info.columns.items())))
    if not info.ids:
        lines.append(Text(_row_numbers(info)))
    made, lost = info.made, len(info.lost_edits)
    preview = ", a preview" * bool(made["source"].get("preview"))
    lines += [
        Text(f"made {made['when']} from {made['source']['name']}{preview}"),
        Text(f"with {_encoder(made['encoder'])} and {made['dictionary']['class']}"),
        Text(f"{len(info.edits)} edits" + (f", {lost} of them lost their concept" if lost else "")),
    ]
    if info.grown:
        came = sum(g["added"] + g["updated"] for g in info.grown)
        gone = sum(g["removed"] for g in info.grown)
        lines.append(
            Text(
                f"since the concepts were learnt {came:,} items came or changed and {gone:,} went,"
                f" in {len(info.grown)} steps"
            )
        )
    return lines


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


def checked_panel(found: d.Checked) -> RenderableType:
    """What a check found, and what it made again."""
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


def growth_panel(growth: d.Growth) -> RenderableType:
    """What came and went, and how well the dictionary fits it."""
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


def version_table(found: d.VersionList) -> RenderableType:
    """The versions that a folder keeps."""
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


def number(value: float | None) -> str:
    """A figure with three digits; a dash for none."""
    return "-" if value is None else f"{value:.3f}"
