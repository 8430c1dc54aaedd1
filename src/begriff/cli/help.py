"""The list of commands in ``begriff --help``: in groups, with whole sentences."""

from __future__ import annotations

from gettext import gettext

import typer.core

__all__ = ["CONCEPTS", "Groups", "GROW", "LABELS", "REPORTS", "SEARCH", "START"]

START = "Start"
SEARCH = "Search and read"
REPORTS = "Compare and report"
CONCEPTS = "Edit concepts"
LABELS = "Predict, correct, erase"
GROW = "Grow and look after an atlas"
_OTHERS = "More"


class Groups(typer.core.TyperGroup):
    """Commands under the heading that each is registered with (``rich_help_panel``)."""

    def format_commands(self, ctx: typer.Context, formatter: typer.core.HelpFormatter) -> None:  # type: ignore[override, name-defined]
        """Write a section for every group; descriptions wrap, none is cut."""
        groups: dict[str, list[tuple[str, str]]] = {
            name: [] for name in (START, SEARCH, REPORTS, CONCEPTS, LABELS, GROW, _OTHERS)
        }
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is None or command.hidden:
                continue
            panel = getattr(command, "rich_help_panel", None)
            groups.setdefault(panel if isinstance(panel, str) else _OTHERS, []).append(
                (name, command.get_short_help_str(limit=1000))
            )
        full = {heading: rows for heading, rows in groups.items() if rows}
        for heading, rows in full.items():
            with formatter.section(gettext(heading if len(full) > 1 else "Commands")):
                formatter.write_dl(rows)
