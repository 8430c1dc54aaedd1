"""What the sparse autoencoders share: fitting through the one loop, coding without torch."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from sklearn.base import clone

from begriff.dictionaries.refit_activations import refit
from begriff.errors import InputError, MissingExtraError
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, Progress, check_vectors, row_batches, seed_of
from begriff.linalg.topk import top_columns
from begriff.linalg.unit_rows import unit

__all__ = ["Autoencoder", "need_torch"]


class Autoencoder(Dictionary):
    """Directions and an encoder that chooses among them, trained together; activations are solved
    for.

    A subclass says which network and loss are trained (``_network``), and which pre-activations are
    active (``_active``). As they are here, concepts lie anywhere and the strongest few of each
    group are active.
    """

    stepwise: ClassVar[bool] = True
    anchors: ClassVar[bool] = True
    warm_start: ClassVar[bool] = True

    _learnt: ClassVar[tuple[str, ...]] = ("components_", "bias_", "encoder_", "encoder_bias_")
    _learnt_scalars: ClassVar[tuple[str, ...]] = (*Dictionary._learnt_scalars, "seed_")

    _kept: ClassVar[dict[str, tuple[str, bool]]] = {
        "encoder": ("encoder_", False),
        "encoder_bias": ("encoder_bias_", True),
        "threshold": ("threshold_", True),
        "log_scale": ("log_scale_", False),
        "magnitude_bias": ("magnitude_bias_", True),
    }
    """What a network has for every concept -> what is kept of it, and whether it is in units of X.
    """

    _betas: ClassVar[tuple[float, float]] = (0.9, 0.95)
    """Adam's decay rates.

    The second is short: training takes some hundred steps, and gradients shrink while it lasts.
    """

    _fastest: ClassVar[float] = 8e-3
    """Largest learning rate that is chosen by size."""

    encoder_: Floats
    encoder_bias_: Floats

    def __init__(
        self,
        n_concepts: int = 1024,
        *,
        k: int = 32,
        learning_rate: float | None = None,
        batch_size: int = 1024,
        max_epochs: int = 30,
        tol: float = 0.0,
        slack: float = 0.6,
        max_frequency: float = 0.1,
        freeze_decoder: bool = False,
        random_state: int = 0,
        device: str = "auto",
    ) -> None:
        self.n_concepts = n_concepts
        self.k = k
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.tol = tol
        self.slack = slack
        self.max_frequency = max_frequency
        self.freeze_decoder = freeze_decoder
        self.random_state = random_state
        self.device = device

    def _groups(self) -> list[tuple[int, int]]:
        """(concepts, active ones) of every group."""
        return [(self.n_concepts, self.k)]

    def rate(self) -> float:
        """The learning rate: what was given, or what suits so many concepts (Gao et al.

        2024: as 1 / sqrt(n_concepts)).
        """
        return (
            min(self._fastest, 0.128 / float(self.n_concepts) ** 0.5)
            if self.learning_rate is None
            else self.learning_rate
        )

    def _network(self, decoder: Any, common: dict[str, Any], patience: int) -> tuple[Any, Any]:
        """The module around a decoder, and its loss."""
        from begriff.nets.activations import TopK
        from begriff.nets.autoencoder import SparseAutoencoder
        from begriff.nets.losses import NestedReconstruction

        module = SparseAutoencoder(decoder, TopK(self._groups()), **common)
        return module, NestedReconstruction(module, patience)

    def _decoder(self, X: Floats, bias: Floats, scale: float, anchors: Floats | None) -> Any:
        """Where concepts start and may lie."""
        import torch

        from begriff.nets.directions import Directions

        start = torch.from_numpy(self._start(X, bias, scale, anchors))
        return Directions(
            start, n_anchored=0 if anchors is None else len(anchors), slack=self.slack
        )

    def _active(self, pre: Floats) -> NDArray[np.bool_]:
        """Which of pre-activations (n, n_concepts) are active: the largest of each group, if they
        are above 0.
        """
        active, start = np.zeros(pre.shape, dtype=np.bool_), 0
        for size, k in self._groups():
            np.put_along_axis(
                active[:, start : start + size],
                top_columns(pre[:, start : start + size], k),
                True,
                axis=1,
            )
            start += size
        return np.asarray(active & (pre > 0))

    def _keep(self, module: Any, X: Floats) -> None:
        """Keep what was learnt of a trained module, in units of X."""
        self.components_ = module.decoder().detach().cpu().numpy()
        self.bias_ = module.bias.detach().cpu().numpy() * np.float32(module.scale)
        for name, (learnt, in_units) in self._kept.items():
            if hasattr(module, name):
                value = getattr(module, name).detach().cpu().numpy()
                setattr(self, learnt, value * np.float32(module.scale) if in_units else value)
        self.n_features_in_ = X.shape[1]
        self.n_core_ = self._groups()[0][0]

    def fit(
        self,
        X: Any,
        y: None = None,
        *,
        anchors: Floats | None = None,
        start: Autoencoder | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Train on X (n_items, n_dims).

        Parameters
        ----------
        X : array_like, memmap, torch.Tensor or iterable of batches
        y : ignored
        anchors : ndarray (m, n_dims), optional
            Unit directions, at most as many as the core has concepts: concept i starts at anchor i
            and stays within ``slack`` of it.
        start : Autoencoder, optional
            A fitted one to go on from: its concepts start as they are, group by group, and keep
            their rows.
        progress : callable, optional
            Called with (step, steps).

        Raises
        ------
        InputError
            For vectors that are not finite, fewer than 2 items, or a parameter out of range.
        MissingExtraError
            Without torch.
        """
        groups = self._check_groups()
        X = check_vectors(X, minimum=2)
        self.seed_ = seed_of(self.random_state)
        if anchors is not None:
            anchors = check_vectors(anchors, n_dims=X.shape[1], name="anchors")
            if len(anchors) > groups[0][0]:
                raise InputError(
                    f"{len(anchors)} anchors for a core of {groups[0][0]} concepts: give at most as"
                    " many as the core has"
                )
        if start is not None and start.n_features_in_ != X.shape[1]:
            raise InputError(
                f"start has {start.n_features_in_} dimensions, X has {X.shape[1]}: go on from a"
                " dictionary of the same encoder"
            )
        self._keep(self._train(X, anchors, start, progress), X)
        return self

    def _fit_with(
        self,
        X: Any,
        anchors: Floats | None,
        start: Any,
        progress: Progress | None,
    ) -> Self:
        if start is None:
            return self.fit(X, anchors=anchors, progress=progress)
        asked = self.get_params()
        # small steps, not far: concepts that people know should follow the corpus, not wander
        self.set_params(
            max_epochs=max(1, self.max_epochs // 3),
            learning_rate=self.rate() / 30,
            slack=min(self.slack, 0.3),
        )
        return self.fit(X, anchors=anchors, start=start, progress=progress).set_params(**asked)

    def fit_control(self, X: Any, *, progress: Progress | None = None) -> Self:
        """The same autoencoder around random directions that never learn; a third of the epochs
        are plenty for its encoder.
        """
        frozen = clone(self).set_params(
            freeze_decoder=True, max_epochs=max(1, self.max_epochs // 3)
        )
        return frozen.fit(X, progress=progress)

    def sized(self, n_concepts: int, k: int, batch_size: int) -> Self:
        """Set the numbers of concepts, of active ones, and of items in a batch."""
        return self.set_params(n_concepts=n_concepts, k=k, batch_size=batch_size)

    def starts(self, X: Any) -> Floats:
        """Unit directions (n_concepts, n_dims) that ``fit`` starts from without anchors."""
        need_torch(type(self).__name__)
        X = check_vectors(X, minimum=2)
        scale, bias = _moments(X, self._seed)
        return np.asarray(self._decoder(X, bias, scale, None)().detach().numpy())

    @property
    def _seed(self) -> int:
        """The random state as a whole number, which stays the same through a fit."""
        return self.seed_ if hasattr(self, "seed_") else seed_of(self.random_state)

    def _train(
        self,
        X: Floats,
        anchors: Floats | None,
        start: Autoencoder | None,
        progress: Progress | None,
    ) -> Any:
        need_torch(type(self).__name__)
        import torch

        from begriff.nets.training import (
            ArrayRows,
            Schedule,
            half_precision,
            pick_device,
            train,
        )

        device = pick_device(self.device)
        generator = torch.Generator().manual_seed(self._seed)
        scale, bias = _moments(X, self._seed)
        decoder = self._decoder(X, bias, scale, anchors).to(device)
        common = {
            "bias": torch.from_numpy(bias).to(device),
            "scale": scale,
            "half": half_precision(device),
            "max_frequency": self.max_frequency,
        }
        module, loss = self._network(decoder, common, max(1, len(X) // self.batch_size))
        if start is not None:
            self._go_on(module, start)
        decoder.requires_grad_(not self.freeze_decoder)
        schedule = Schedule(
            self.rate(), self.batch_size, self.max_epochs, self.tol, betas=self._betas
        )
        train(
            module,
            ArrayRows(X),
            loss,
            schedule,
            generator=generator,
            device=device,
            progress=progress,
        )
        return module

    def _start(self, X: Floats, bias: Floats, scale: float, anchors: Floats | None) -> Floats:
        """First directions: anchors, then centred items (fewer die than of random ones); all random
        when frozen.
        """
        rng = np.random.default_rng(self._seed)
        directions = rng.standard_normal((self.n_concepts, X.shape[1])).astype(np.float32)
        if not self.freeze_decoder:
            rows = np.sort(rng.choice(len(X), min(self.n_concepts, len(X)), replace=False))
            # no direction for an item at the bias
            directions[: len(rows)] = (X[rows] - bias) / scale + 1e-3 * directions[: len(rows)]
        if anchors is not None:
            directions[: len(anchors)] = anchors
        return unit(directions)

    def _go_on(self, module: Any, start: Autoencoder) -> None:
        """Copy what another dictionary learnt, as many concepts of every group as both have."""
        import torch

        scale = np.float32(module.scale)
        pairs = [self._directions(module.decoder, start)]
        for name, (learnt, in_units) in self._kept.items():
            if hasattr(module, name) and hasattr(start, learnt):
                pairs.append(
                    (
                        getattr(module, name),
                        getattr(start, learnt) / (scale if in_units else np.float32(1)),
                    )
                )
        with torch.no_grad():
            module.bias.copy_(torch.from_numpy(start.bias_ / scale))
            for to, values in pairs:
                here = there = 0
                for (size, _), (old, _) in zip(self._groups(), start._groups(), strict=False):
                    kept = torch.from_numpy(values[there : there + min(size, old)])
                    to[here : here + len(kept)].copy_(kept)
                    here, there = here + size, there + old

    def _directions(self, decoder: Any, start: Autoencoder) -> tuple[Any, Floats]:
        """Where a decoder keeps what its concepts start at, and what another dictionary
        puts there.
        """
        return decoder.weight, start.components_

    def revive(
        self, rows: NDArray[np.int64], directions: Floats, X: Floats, n_items: float
    ) -> None:
        """Put ``directions`` (n, n_dims) into n ``rows`` of the core.

        Each is active on about ``n_items`` vectors of X, so that it does not crowd out what was
        learnt.
        """
        pre = self._pre_activations(X)[:, : self.n_core_]
        margin = (X - self.bias_) @ directions.T - self._bars(pre, rows)
        self.components_[rows] = self.encoder_[rows] = directions
        self.encoder_bias_[rows] = -np.quantile(margin, 1 - min(1.0, n_items / len(X)), axis=0)

    def _bars(self, pre: Floats, rows: NDArray[np.int64]) -> Floats:
        """What a pre-activation of each item must exceed to be active in ``rows``: the weakest
        active one of the other concepts, or 0.
        """
        others = np.setdiff1d(np.arange(pre.shape[1]), rows)
        k = self._groups()[0][1]
        if len(others) < k:
            return np.zeros((len(pre), 1), dtype=np.float32)
        return np.asarray(np.maximum(-np.partition(-pre[:, others], k - 1, axis=1)[:, [k - 1]], 0))

    def _encode(self, X: Floats) -> csr_array:
        parts = [
            csr_array(self._active(self._pre_activations(x)), dtype=np.float32)
            for _, x in row_batches(X, 4096)
        ]
        support = csr_array(vstack(parts, format="csr"))
        return refit(support, X, self.components_, self.bias_, n_core=self.n_core_)

    def _pre_activations(self, X: Floats) -> Floats:
        return np.asarray((X - self.bias_) @ self.encoder_.T + self.encoder_bias_)

    def _check_groups(self) -> list[tuple[int, int]]:
        groups = self._groups()
        for size, k in groups:
            if not (
                isinstance(size, int | np.integer)
                and isinstance(k, int | np.integer)
                and 1 <= k <= size
            ):
                raise InputError(
                    f"k={k} of a group of {size} concepts: whole numbers, k from 1 to the number of"
                    " concepts"
                )
        self._check_positive("batch_size", "max_epochs", "learning_rate")
        if not 0 < self.max_frequency <= 1:
            raise InputError(
                f"max_frequency={self.max_frequency}: a share of items, above 0 and at most 1"
            )
        if self.slack < 0:
            raise InputError(f"slack={self.slack}: a distance, at least 0")
        return groups


def need_torch(method: str) -> None:
    """Refuse a method where torch is missing."""
    try:
        import torch  # noqa: F401
    except ImportError as e:
        raise MissingExtraError(method, "text") from e


def _moments(X: Floats, seed: int) -> tuple[float, Floats]:
    """Root of the total variance, and per-dimension median, of at most 20,000 rows."""
    n = min(len(X), 20_000)
    rows = np.sort(np.random.default_rng(seed).choice(len(X), n, replace=False))
    sample = np.asarray(X[rows])
    variance = float(((sample - sample.mean(0)) ** 2).sum(1).mean())
    # 1 for a corpus of equal vectors
    return float(np.sqrt(variance)) or 1.0, np.median(sample, axis=0).astype(np.float32)
