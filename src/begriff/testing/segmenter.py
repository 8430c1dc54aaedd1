"""What every segmenter promises."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from begriff.kinds import Segmenter
from begriff.testing.rules import Rules, must

__all__ = ["check_segmenter"]

rules = Rules("segmenters")

_TEXTS = ("One sentence.", "Many words. " * 300, "")


@dataclass
class _Case:
    segmenter: Segmenter
    contents: Sequence[Any]


def check_segmenter(
    segmenter: Segmenter, *, contents: Sequence[Any] = _TEXTS, skip: Collection[str] = ()
) -> None:
    """Check what :class:`begriff.kinds.Segmenter` promises.

    Parameters
    ----------
    segmenter : Segmenter
    contents : sequence
        Texts by default.
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.encoders import Passages, Static
    >>> from begriff.testing import check_segmenter
    >>> check_segmenter(Passages(Static()))
    """
    rules.check(_Case(segmenter, contents), type(segmenter).__name__, skip)


@rules
def every_content_has_regions(c: _Case) -> None:
    """At least one region for every content, each a tuple of whole numbers, of one length."""
    regions = c.segmenter.regions(c.contents)
    must(len(regions) == len(c.contents), f"{len(regions)} lists for {len(c.contents)} contents")
    must(all(regions), "a content without a region")
    lengths = {len(region) for listed in regions for region in listed}
    must(len(lengths) == 1, f"regions of {sorted(lengths)} numbers")
    whole = all(isinstance(n, int) for listed in regions for region in listed for n in region)
    must(whole, "a place that is no whole number")


@rules
def every_region_can_be_cut(c: _Case) -> None:
    """cut gives content of the kind that came."""
    for content, listed in zip(c.contents, c.segmenter.regions(c.contents), strict=True):
        for region in listed:
            part = c.segmenter.cut(content, region)
            must(isinstance(part, type(content)), f"{type(part).__name__} of {region}")


@rules
def regions_do_not_depend_on_the_other_contents(c: _Case) -> None:
    """A content has the same regions alone."""
    together = c.segmenter.regions(c.contents)
    alone = [c.segmenter.regions([content])[0] for content in c.contents]
    must(alone == together, "other regions alone")
