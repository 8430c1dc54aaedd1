"""What autoencoders share whose concepts are active above a threshold: items have as many as they
need.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from begriff.dictionaries._autoencoder import Autoencoder
from begriff.kinds.checks import Floats

__all__ = ["ThresholdAutoencoder"]


class ThresholdAutoencoder(Autoencoder):
    """A concept is active where its pre-activation exceeds ``threshold_`` (n_concepts,), so that an
    item's codes depend on it alone.
    """

    _learnt: ClassVar[tuple[str, ...]] = (*Autoencoder._learnt, "threshold_")

    threshold_: Floats

    def _active(self, pre: Floats) -> NDArray[np.bool_]:
        return pre > self.threshold_

    def _bars(self, pre: Floats, rows: NDArray[np.int64]) -> Floats:
        return self.threshold_[None, rows]

    def _keep(self, module: Any, X: Floats) -> None:
        super()._keep(module, X)
        self.threshold_ = self._thresholds(X)

    def _thresholds(self, X: Floats) -> Floats:
        """Thresholds (n_concepts,) in units of X, of at least 0."""
        return np.zeros(len(self.components_), dtype=np.float32)
