"""Draws docs/search.svg, the picture in the guide, from a real search on the demo's atlas.

begriff demo && python scripts/picture.py demo.atlas
"""

import io
import re
import sys
from pathlib import Path

from rich.console import Console

import begriff as bg
from begriff.documents.rendering import render

atlas = bg.open(sys.argv[1])
console = Console(record=True, width=118, file=io.StringIO())
console.print(
    '[bold]$ begriff search demo.atlas "read a compressed file" --more "progress bars" --explain -k'
    " 4[/bold]"
)
console.print(render(atlas.search("read a compressed file", more="progress bars", k=4)))
console.print('\n[bold]$ begriff concepts demo.atlas --like "time" --limit 5[/bold]')
console.print(render(atlas.list_concepts(like="time", limit=5, examples=True)))
out = Path(__file__).parents[1] / "docs" / "search.svg"
# no font is fetched from anywhere
svg = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="begriff"), flags=re.S)
out.write_text(svg.replace("Fira Code", "Menlo, DejaVu Sans Mono, Consolas"))
