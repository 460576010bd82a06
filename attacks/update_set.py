"""What an attacker reads: captured updates of one or several trainings, as gradients, one at a time from disk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from attacks.pseudo_gradient import Steps, pseudo_gradient
from fedser.errors import CaptureError, InputError
from fedser.metrics.recall import Ints
from fedser.updates.public import PublicParameters
from fedser.updates.reductions import ReductionConfig
from fedser.updates.store import Row, UpdateStore
from fedser.updates.update import Arrays, layer_of, model_parameters


class Store(Protocol):
    """What is read of a training: an UpdateStore on disk, or what is made of one, such as means of its updates."""

    @property
    def folder(self) -> Path: ...
    @property
    def public(self) -> PublicParameters: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def layers(self) -> tuple[str, ...]: ...
    @property
    def reductions(self) -> tuple[ReductionConfig, ...]: ...
    def arrays(self, number: int, client: str, names: tuple[str, ...] | None = None) -> Arrays:
        """As UpdateStore says."""

    def broadcast(self, number: int, names: tuple[str, ...] | None = None) -> Arrays:
        """As UpdateStore says."""

    def reduced(self, number: int, client: str, reduction: ReductionConfig) -> Arrays:
        """As UpdateStore says."""


@dataclass(frozen=True)
class UpdateSet:
    """A read-only choice of updates from stores of one architecture; nothing is held in memory but the rows
    and, once they were asked for, the reductions.

    ``stores`` is keyed by training, ``rows`` says which updates and in which order, and ``steps`` how pseudo-gradients
    are scaled when the stores hold models (FedAvg). Raises InputError for no store or for stores that differ in
    architecture or in what clients send.
    """

    stores: Mapping[str, Store]
    rows: tuple[Row, ...]
    steps: Steps = "actual"

    def __post_init__(self) -> None:
        if not self.stores:
            raise InputError("no update store is given: there is nothing to attack")
        for training, store in self.stores.items():
            refuse_other_architecture(self.public, store.public, f"training {training}")

    @classmethod
    def of(cls, stores: Iterable[UpdateStore], steps: Steps = "actual") -> Self:
        """All updates of ``stores``, store after store, by round and then client."""
        listed = list(stores)
        by_training = {store.public.training: store for store in listed}
        if len(by_training) < len(listed):
            names = ", ".join(store.public.training for store in listed)
            raise InputError(f"two update stores of the same training: {names}")
        return cls(by_training, tuple(row for store in listed for row in store.rows()), steps)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def public(self) -> PublicParameters:
        """The public parameters of the first store, whose architecture is that of all."""
        return next(iter(self.stores.values())).public

    @property
    def rounds(self) -> Ints:
        """The round of each update, int64 [updates]."""
        return np.array([row.round for row in self.rows], dtype=np.int64)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers captured in every store, in the model's order."""
        first, *rest = (store.layers for store in self.stores.values())
        return tuple(layer for layer in first if all(layer in other for other in rest))

    def subset(self, indices: Iterable[int]) -> Self:
        """The updates at ``indices``, in that order."""
        return replace(self, rows=tuple(self.rows[index] for index in indices))

    def scaled_by(self, steps: Steps) -> Self:
        """The same updates with T of eq. 5 counted as ``steps`` says."""
        return replace(self, steps=steps)

    def gradient(self, index: int, layer: str) -> Arrays:
        """The gradient of update ``index`` in ``layer``, as sent or as derived (eq. 5).

        Float32 arrays under the parameter's last name: ``weight`` [out, in] and ``bias`` [out]. Raises CaptureError
        when the layer was not captured.
        """
        row = self.rows[index]
        store = self.stores[row.training]
        names = tuple(name for name in store.names if layer_of(name) == layer)
        arrays = store.arrays(row.round, row.client, names)
        if not names or len(arrays) < len(names):
            raise CaptureError(f"{store.folder}: layer {layer} of {row.client} in round {row.round} was not captured")
        if store.public.sends == "parameters":
            before = store.broadcast(row.round, names)
            arrays = pseudo_gradient(before, arrays, row.examples, store.public, self.steps)
        return {name.rpartition(".")[2]: array for name, array in arrays.items()}

    def gradients(self, layer: str, indices: Sequence[int] | None = None) -> Iterator[Arrays]:
        """The gradients of ``layer`` one after the other, in the order of the rows or of ``indices``."""
        return (self.gradient(index, layer) for index in (range(len(self)) if indices is None else indices))

    def reductions(self, reduction: ReductionConfig) -> Iterator[Arrays]:
        """What ``reduction`` makes of each update, in the order of the rows: read-only, and the same bits whether it
        was captured or is computed now. Each store computes it once; raises CaptureError where it cannot.
        """
        return (self.stores[row.training].reduced(row.round, row.client, reduction) for row in self.rows)

    def broadcast(self, index: int) -> Arrays:
        """The model that was sent out in the round of update ``index``."""
        row = self.rows[index]
        return self.stores[row.training].broadcast(row.round)


def refuse_other_architecture(expected: PublicParameters, found: PublicParameters, place: str) -> None:
    """Raise InputError unless both trainings' models have the same parameters, and their clients send the same thing.

    What travels beside a model may differ: a static adversary's shadows lack what a defense has added.
    """
    if model_parameters(found.parameters) != model_parameters(expected.parameters):
        raise InputError(
            f"{place}: parameters {_shapes(found)}, but {expected.training} has {_shapes(expected)};"
            " an attack needs one architecture"
        )
    if found.sends != expected.sends:
        raise InputError(f"{place}: its clients send {found.sends}, but those of {expected.training} {expected.sends}")


def _shapes(public: PublicParameters) -> str:
    return ", ".join(f"{name} {list(shape)}" for name, shape in public.parameters.items())
