"""Arrays and codes of the published version of an atlas folder."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.errors import AtlasError, NotFoundError
from begriff.kinds.checks import Floats
from begriff.linalg.sparse_sums import max_rows
from begriff.store.manifest import Manifest
from begriff.store.stages import Store, load_codes

if TYPE_CHECKING:
    from begriff.kinds import Dictionary

__all__ = ["StoredAtlas"]


class StoredAtlas:
    """Arrays, codes and the dictionary of one version, read when they are asked for."""

    def __init__(self, path: str | Path) -> None:
        self._store = Store(path)
        self._manifest = self._store.hold()

    @property
    def path(self) -> Path:
        """The folder."""
        return self._store.path

    @property
    def version(self) -> int:
        """Grows by one with every build that changed something."""
        return int(self._manifest["version"])

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self._manifest["counts"]["items"])

    @property
    def grown(self) -> list[dict[str, Any]]:
        """What came and went since the dictionary was learnt, oldest first: numbers of items, and
        the variance left unexplained.
        """
        return list(self._manifest.get("grown", ()))

    @property
    def fitted_on(self) -> int:
        """Number of items that the dictionary was learnt on."""
        return int(self._manifest.get("fitted_on", self.n_items))

    @cached_property
    def vectors(self) -> Floats:
        """Unit vectors of passages, a memory map (n_passages, n_dims) float32."""
        return self._store.array("vectors", "vectors")

    @cached_property
    def item_vectors(self) -> Floats:
        """Unit vectors of items (n_items, n_dims): the normalised mean of an item's passages."""
        return self._store.array("vectors", "items") if self._several else self.vectors

    @cached_property
    def spans(self) -> NDArray[np.int64]:
        """Item, first and last character of every passage (n_passages, 3)."""
        return self._store.array("vectors", "spans")

    @cached_property
    def codes(self) -> csr_array:
        """Activations of every item, the largest over its passages (n_items, n_concepts), csr_array
        float32.
        """
        return (
            max_rows(self.region_codes, self.spans[:, 0], self.n_items)
            if self._several
            else self.region_codes
        )

    @cached_property
    def region_codes(self) -> csr_array:
        """Activations of every passage (n_passages, n_concepts), csr_array float32; ``spans`` says
        whose passage each row is.
        """
        return self._codes("codes")

    @cached_property
    def item_codes(self) -> csr_array:
        """Codes of the mean vectors of items (n_items, n_concepts), csr_array float32.

        .. deprecated:: 0.2
            Use :attr:`codes`; the two are equal where every item is one passage.
        """
        return self._codes("itemcodes") if self._several else self.region_codes

    @cached_property
    def dictionary(self) -> Dictionary:
        """The fitted dictionary."""
        from begriff.kinds import Dictionary

        return Dictionary.load(self._store.folder("dictionary"))

    @cached_property
    def components(self) -> Floats:
        """Concepts (n_concepts, n_dims)."""
        return self._arrays["components_"]

    @cached_property
    def bias(self) -> Floats:
        """What a vector without concepts is rewritten to (n_dims,)."""
        return self._arrays["bias_"]

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """Id of every row of ``components`` (n_concepts,): kept by every refit that finds the
        concept again.
        """
        stages = self._manifest["stages"]
        return (
            np.asarray(self._store.array("identity", "ids"))
            if "identity" in stages
            else np.arange(len(self.components))
        )

    def best_passages(self, scores: Floats) -> NDArray[np.int64]:
        """The best passage of every item (n_items,), given scores of passages."""
        if not self._several:
            return self.first_passages
        order = np.lexsort((-scores, self.spans[:, 0]))
        return order[self.first_passages]

    @cached_property
    def first_passages(self) -> NDArray[np.int64]:
        """The first passage of every item (n_items,)."""
        return np.searchsorted(self.spans[:, 0], np.arange(self.n_items))

    @property
    def _several(self) -> bool:
        return len(self.spans) != self.n_items

    @cached_property
    def _arrays(self) -> dict[str, Floats]:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        path = self._store.folder("dictionary") / "dictionary.safetensors"
        try:
            return load_file(path)
        except (OSError, SafetensorError) as e:
            raise AtlasError(
                f"{path} is damaged ({e}): run `begriff check {self.path} --repair`"
            ) from e

    def _codes(self, name: str) -> csr_array:
        folder = self._store.folder("codes")
        try:
            return load_codes(folder, name, len(self.components))
        except (OSError, ValueError) as e:
            raise AtlasError(
                f"{folder} is damaged ({e}): run `begriff check {self.path} --repair`"
            ) from e

    @cached_property
    def layout(self) -> tuple[NDArray[np.uint16], dict[str, Any]]:
        """Places of the items (n_items, 2) on the map, 65535 for 1, and how they were made.

        Raises
        ------
        NotFoundError
            When there is no layout.
        """
        if "map" not in self._manifest["stages"]:
            raise NotFoundError(
                "this atlas has no layout: install it with pip install 'begriff[map]' and run"
                f" `begriff map {self.path.name}` where it lies"
            )
        return self._store.array("map", "points"), self._store.json("map", "layout")

    @property
    def manifest(self) -> Manifest:
        """What the version consists of, and how it was made."""
        return self._manifest

    @property
    def store(self) -> Store:
        """The folder's stages."""
        return self._store
