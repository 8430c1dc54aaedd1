"""THE training loop: batches, optimiser, schedule, clipping, progress. Module and loss plug in."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from begriff.errors import InputError
from begriff.kinds.checks import Floats, Progress

__all__ = [
    "ArrayRows",
    "Group",
    "half_precision",
    "pick_device",
    "Rows",
    "Schedule",
    "threads_for",
    "train",
]

_LEAST_WORK = 2**27
"""Multiplications of a step, about 2 ms on one core, from which several threads pay."""


class Trainable(Protocol):
    """What the loop asks of a module besides its parameters."""

    def parameters(self) -> object: ...
    def before_step(self) -> None: ...
    def after_step(self) -> None: ...


class Rows(Protocol):
    """What a module is trained on: vectors, pairs, triples, images."""

    def __len__(self) -> int: ...

    def rows(self, indices: NDArray[np.int64]) -> tuple[Tensor, ...]:
        """Tensors of the rows at ``indices`` (n,), each with n entries; read when asked for."""


@dataclass(frozen=True)
class ArrayRows:
    """Rows of an array or memory map X (n_items, n_dims)."""

    X: Floats

    def __len__(self) -> int:
        return len(self.X)

    def rows(self, indices: NDArray[np.int64]) -> tuple[Tensor, ...]:
        """One tensor (n, n_dims)."""
        return (torch.from_numpy(np.ascontiguousarray(self.X[indices])),)


@dataclass(frozen=True)
class Group:
    """Parameters that are trained alike.

    Attributes
    ----------
    parameters : sequence of nn.Parameter
    rate : float
        Times the learning rate of the schedule.
    frozen : bool
        Whether they stay as they are.
    """

    parameters: Sequence[nn.Parameter]
    rate: float = 1.0
    frozen: bool = False


@dataclass(frozen=True)
class Schedule:
    """Optimiser settings.

    Attributes
    ----------
    learning_rate : float
        Peak rate of Adam; reached after ``warmup`` steps, falls linearly to zero over the last
        ``decay`` share.
    batch_size : int
    max_epochs : int
    tol : float
        Stop when an epoch's mean loss improves by less than this share of the one before; 0 trains
        all epochs.
    clip : float
        Largest gradient norm.
    betas : tuple (float, float)
        Adam's decay rates.
    """

    learning_rate: float = 1e-3
    batch_size: int = 1024
    max_epochs: int = 25
    tol: float = 0.0
    warmup: int = 50
    decay: float = 0.2
    clip: float = 1.0
    betas: tuple[float, float] = (0.9, 0.999)

    def rate(self, step: int, steps: int) -> float:
        """Learning rate of ``step`` out of ``steps``."""
        rise = min(1.0, (step + 1) / self.warmup)
        fall = min(1.0, (1 - step / steps) / self.decay) if self.decay > 0 else 1.0
        return self.learning_rate * rise * fall


def pick_device(device: str) -> torch.device:
    """``"auto"`` is the GPU when there is one, else the CPU.

    Raises
    ------
    InputError
        For a device that this machine does not have.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found = torch.device(device)
        torch.empty(1, device=found)
    except (AssertionError, RuntimeError) as e:
        raise InputError(
            f"device={device!r} is not here ({str(e).splitlines()[0]}): give 'auto', 'cpu', or one"
            " that torch finds"
        ) from e
    return found


def half_precision(device: torch.device) -> bool:
    """Whether bfloat16 products are fast: on a GPU, with AMX, with AMD's AVX512-BF16; with Intel's
    they take 1.7 times as long.

    Not where torch was told to use less than the processor has (``ATEN_CPU_CAPABILITY``).
    """
    if device.type != "cpu":
        return True
    if "AVX512" not in torch.backends.cpu.get_cpu_capability():
        return False
    if torch.cpu._is_amx_tile_supported():
        return True
    return bool(torch.cpu._is_avx512_bf16_supported()) and "AMD" in _cpu()


def _cpu() -> str:
    """Who made the processor, as the system says it."""
    listed = Path("/proc/cpuinfo")
    return listed.read_text()[:200] if listed.exists() else platform.processor()


@contextlib.contextmanager
def threads_for(n_products: int, *, least: int = _LEAST_WORK) -> Iterator[None]:
    """One thread where a step takes fewer than ``least`` multiplications; what was set before is
    restored.

    Torch's workers spin after each product, waiting for the next. Small steps gain little from a
    second thread, and where anything else runs (numpy, another process) the spinning threads take
    the cores from whoever has work: a step of 8 ms took 50 to 74. The rule looks at sizes only, so
    that equal input gives equal results whatever else the machine does.
    """
    before = torch.get_num_threads()
    if n_products < least and before > 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


def train(
    module: nn.Module,
    data: Rows,
    loss: Callable[..., Tensor],
    schedule: Schedule,
    *,
    generator: torch.Generator,
    device: torch.device,
    groups: Sequence[Group] | None = None,
    progress: Progress | None = None,
) -> list[float]:
    """Minimise ``loss`` over shuffled batches of ``data``.

    Parameters
    ----------
    module : nn.Module
        Has ``before_step`` and ``after_step``, called around the optimiser's step.
    data : Rows
        Read a batch at a time; every epoch visits each full batch of a fresh permutation once.
        :class:`ArrayRows` makes it of an array.
    loss : callable
        Takes the tensors of a batch and returns a scalar; sees every batch in training order.
    schedule : Schedule
    generator : torch.Generator
        Shuffles the rows.
    device : torch.device
    groups : sequence of Group, optional
        The parameters that are trained; all of the module when not given.
    progress : callable, optional
        Called with (step, steps).

    Returns
    -------
    list of float
        Mean loss of every epoch.

    Notes
    -----
    Small steps (batch size times weights below 2**27) run on one thread, see :func:`threads_for`.
    """
    size = min(schedule.batch_size, len(data))
    weights = sum(p.numel() for p in module.parameters())
    trained = [g for g in groups or [Group(list(module.parameters()))] if not g.frozen]
    step = _Step(module, trained, schedule)
    with threads_for(size * weights):
        return _epochs(
            data, loss, step, size, generator=generator, device=device, progress=progress
        )


class _Step:
    """One step of the optimiser."""

    def __init__(self, module: nn.Module, groups: Sequence[Group], schedule: Schedule) -> None:
        self.module, self.schedule = module, schedule
        self.parameters = [p for g in groups for p in g.parameters]
        self.rates = [g.rate for g in groups]
        self.optimiser = torch.optim.Adam(
            [{"params": list(g.parameters)} for g in groups], betas=schedule.betas, fused=True
        )

    def __call__(self, value: Tensor, rate: float) -> Tensor:
        for group, times in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * times
        self.module.zero_grad(set_to_none=True)
        value.backward()
        self.module.before_step()  # type: ignore[operator]
        nn.utils.clip_grad_norm_(self.parameters, self.schedule.clip)
        self.optimiser.step()
        self.module.after_step()  # type: ignore[operator]
        return value.detach()


def _epochs(
    data: Rows,
    loss: Callable[..., Tensor],
    step: _Step,
    size: int,
    *,
    generator: torch.Generator,
    device: torch.device,
    progress: Progress | None,
) -> list[float]:
    """Mean loss of every epoch of batches of ``size`` rows."""
    schedule, per_epoch = step.schedule, len(data) // size
    steps, history = schedule.max_epochs * per_epoch, []
    for epoch in range(schedule.max_epochs):
        order = torch.randperm(len(data), generator=generator).numpy()
        total = torch.zeros((), device=device)
        for i in range(per_epoch):
            batch = data.rows(order[i * size : (i + 1) * size])
            n = epoch * per_epoch + i
            total += step(loss(*(t.to(device) for t in batch)), schedule.rate(n, steps))
            if progress is not None:
                progress(n + 1, steps)
        history.append(float(total) / per_epoch)
        if (
            schedule.tol > 0
            and len(history) > 1
            and history[-2] - history[-1] < schedule.tol * history[-2]
        ):
            break
    return history
