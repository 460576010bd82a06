"""From labelled shadow updates to one trained network per layer, and from target updates to scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from attacks.attack import FittedAttack, Progress, Scores
from attacks.cnn.fusion import fuse
from attacks.cnn.layer_data import LayerData
from attacks.cnn.network import LayerNetwork
from attacks.cnn.pools import matrix
from attacks.cnn.standard import Standard, standard
from attacks.cnn.training import Lesson, probabilities, torch_threads, train
from attacks.shadow import Shadow
from attacks.splits import held_out_speakers, held_out_updates, spread
from attacks.update_set import UpdateSet
from fedser.artifacts.files import value_hash
from fedser.errors import InputError
from fedser.metrics.recall import Ints
from fedser.seeds import Stream

if TYPE_CHECKING:
    from attacks.cnn.attack import Cnn

BLOCK = 500
"""Target updates between two reports of progress."""


@dataclass(frozen=True)
class FittedLayer:
    """A trained network and the normalisation of its inputs."""

    network: nn.Module
    standard: Standard


@dataclass(frozen=True)
class FittedCnn(FittedAttack):
    """One trained network per layer; ``fused`` appears where there are several."""

    cnn: "Cnn"
    layers: Mapping[str, FittedLayer]

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        scaled = target.scaled_by(self.cnn.steps)
        with torch_threads(self.cnn.threads):
            scores = {layer: self._layer_scores(scaled, layer, progress) for layer in self.layers}
        if len(scores) == 1:
            return scores
        sizes = {layer: float(np.prod(matrix(layer, self.shadow.parameters))) for layer in scores}
        return scores | {"fused": fuse(scores, sizes)}

    def _layer_scores(self, target: UpdateSet, layer: str, progress: Progress) -> Scores:
        fitted = self.layers[layer]
        data, parts = LayerData(target, layer, fitted.standard), []
        for start in range(0, len(target), BLOCK):
            block = np.arange(start, min(start + BLOCK, len(target)))
            parts.append(probabilities(fitted.network, data, block, self.cnn.batch_size))
            progress(f"cnn on {layer}, scores", int(block[-1]) + 1, len(target))
        return np.concatenate(parts)


def fit(cnn: "Cnn", shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> FittedCnn:
    """Choose the updates, split them, and train one network per layer of ``cnn``."""
    shadow = shadow.scaled_by(cnn.steps)
    if cnn.max_updates is not None and cnn.max_updates < len(shadow.labels):
        shadow = shadow.subset(spread(shadow.updates.rows, cnn.max_updates, stream("updates")))
    hold_out = held_out_speakers if cnn.split == "client" else held_out_updates
    held = hold_out(shadow, cnn.validation, stream("split"))
    if len(shadow.labels) - len(held) < 2:
        raise InputError(
            f"attack cnn: of {len(shadow.labels)} shadow updates, {len(held)} to validate on, only one is left to train"
            " on; at least two are needed (raise max_updates, or lower validation)"
        )
    layers = cnn.needs(shadow.updates.public.parameters)
    with torch_threads(cnn.threads):
        fitted = {
            layer: _fit_layer(cnn, layer, shadow, held, stream("layer", layer), workdir, progress) for layer in layers
        }
    return FittedCnn(shadow.updates.public, cnn, fitted)


def _fit_layer(
    cnn: "Cnn", layer: str, shadow: Shadow, held: Ints, stream: Stream, workdir: Path, progress: Progress
) -> FittedLayer:
    normalise = standard(shadow.updates, layer, cnn.epsilon, progress)
    network = _network(cnn, layer, shadow, stream)
    trained = np.setdiff1d(np.arange(len(shadow.labels)), held)
    lesson = Lesson(LayerData(shadow.updates, layer, normalise), shadow.truth, trained, held)
    path = workdir / f"{layer}-{_identity(cnn, shadow, held, stream, normalise)}.safetensors"
    train(network, lesson, cnn, stream, path, progress)
    return FittedLayer(network, normalise)


def _network(cnn: "Cnn", layer: str, shadow: Shadow, stream: Stream) -> nn.Module:
    parameters = shadow.updates.public.parameters
    network = LayerNetwork(
        matrix(layer, parameters),
        cnn.convolutions,
        cnn.pools_of(layer, parameters),
        cnn.hidden,
        len(shadow.classes),
        cnn.dropout,
        stream("init").torch(),
    )
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _identity(cnn: "Cnn", shadow: Shadow, held: Ints, stream: Stream, normalise: Standard) -> str:
    """A name for all that a network depends on, so that a checkpoint is only found by the fit that wrote it."""
    what = [cnn.model_dump(mode="json"), shadow.labels, shadow.updates.rows, held.tolist(), normalise.digest()]
    return value_hash([*what, stream.seed, stream.names])[:16]
