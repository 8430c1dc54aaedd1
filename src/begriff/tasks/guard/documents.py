"""What a guard says of texts: the same documents from the library, ``--json`` and the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["ConceptScore", "GuardInfo", "Nearest", "Verdict", "Verdicts"]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConceptScore(_Document):
    """How far a text lies beyond the threshold in one concept, in log-odds; flagged above 0."""

    name: str
    score: float


class Nearest(_Document):
    """The harmful prompt that a text is most like; text is None where the guard was
    given vectors.
    """

    concept: str
    text: str | None
    cosine: float


class Verdict(_Document):
    """What is said of one text: by its worst passage, whose range of characters and first words are
    given.
    """

    flagged: bool
    score: float
    concepts: list[ConceptScore]
    nearest: Nearest
    start: int
    end: int
    excerpt: str


class Verdicts(_Document):
    """One verdict for every text, in their order; ``fpr`` is the share of harmless texts that may
    be flagged.
    """

    verdicts: list[Verdict]
    encoder: str
    fpr: float

    def __iter__(self) -> Iterator[Verdict]:  # type: ignore[override]
        return iter(self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

    def __getitem__(self, i: int) -> Verdict:
        return self.verdicts[i]

    def __rich__(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        made = Table(
            "",
            "score",
            "concept",
            "text",
            "nearest prompt",
            box=None,
            pad_edge=False,
            header_style="dim",
        )
        for v in self.verdicts:
            mark = Text("flagged", "bold red") if v.flagged else Text("passes", "green")
            near = " ".join((v.nearest.text or "(a vector)").split())[:50]
            top = max(v.concepts, key=lambda c: c.score).name
            made.add_row(
                mark,
                f"{v.score:+.2f}",
                Text(top),
                Text(v.excerpt[:60]),
                Text(f"{v.nearest.cosine:.2f} {near}"),
            )
        return made


class GuardInfo(_Document):
    """What a guard holds: examples and prompts of every concept, the encoder, and what
    it promises.
    """

    concepts: list[str]
    prompts: list[int]
    encoder: str
    fpr: float
    calibrated_on: int
    bytes: int | None = None

    def __rich__(self) -> Any:
        from rich.text import Text

        held = ", ".join(
            f"{n} ({k} prompts)" for n, k in zip(self.concepts, self.prompts, strict=True)
        )
        said = (
            f"flags at most {self.fpr:.1%} of harmless texts, calibrated on {self.calibrated_on} of"
            " them"
        )
        return Text(f"guard against {held}; encoder {self.encoder}; {said}")
