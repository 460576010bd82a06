"""From labelled shadow updates to one trained network per layer, and from target updates to scores."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from attacks.attack import FittedAttack, Progress, Scores
from attacks.cnn.arithmetic import arithmetic
from attacks.cnn.fusion import fuse
from attacks.cnn.layer_data import LayerData
from attacks.cnn.network import LayerNetwork
from attacks.cnn.on_device import on_device
from attacks.cnn.passes import Passes
from attacks.cnn.pools import matrix
from attacks.cnn.standard import Standard, standard
from attacks.cnn.training import Lesson, probabilities, train
from attacks.shadow import Shadow
from attacks.splits import held_out_speakers, held_out_updates, spread
from attacks.staged import Staged, stage_weights
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

    network: LayerNetwork
    standard: Standard


@dataclass(frozen=True)
class FittedCnn(FittedAttack):
    """One trained network per layer; ``fused`` appears where there are several."""

    cnn: "Cnn"
    layers: Mapping[str, FittedLayer]
    worth: Mapping[str, Staged] = field(default_factory=dict)

    @property
    def stages(self) -> Mapping[str, Staged]:
        """By the shadow speakers to validate on; of held-out updates of speakers that it knows nothing is told."""
        return self.worth

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        scaled = target.scaled_by(self.cnn.steps)
        with arithmetic(self.cnn) as device:
            scores = {layer: self._layer_scores(scaled, layer, device, progress) for layer in self.layers}
        if len(scores) == 1:
            return scores
        sizes = {layer: float(np.prod(matrix(layer, self.shadow.parameters))) for layer in scores}
        return scores | {"fused": fuse(scores, sizes)}

    def _layer_scores(self, target: UpdateSet, layer: str, device: torch.device, progress: Progress) -> Scores:
        fitted = self.layers[layer]
        passes = Passes(fitted.network, device, self.cnn.precision, self.cnn.largest_batch)
        data, parts = on_device(LayerData(target, layer, fitted.standard), device, share=0), []
        for start in range(0, len(target), BLOCK):
            block = np.arange(start, min(start + BLOCK, len(target)))
            parts.append(probabilities(passes, data, block, self.cnn.batch_size))
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
    trained = np.setdiff1d(np.arange(len(shadow.labels)), held)
    with arithmetic(cnn) as device:
        learner = _Learner(cnn, shadow, trained, held, device, workdir, progress)
        fitted = {layer: learner.fit(layer, stream("layer", layer)) for layer in layers}
    found = FittedCnn(shadow.updates.public, cnn, fitted)
    if cnn.split == "update":
        return found
    heard = shadow.subset(held)
    scores = found.scores(heard.updates, progress)
    return replace(found, worth={layer: stage_weights(one, heard) for layer, one in scores.items()})


@dataclass(frozen=True)
class _Learner:
    """What the networks of all layers have in common."""

    cnn: "Cnn"
    shadow: Shadow
    trained: Ints
    held: Ints
    device: torch.device
    workdir: Path
    progress: Progress

    def fit(self, layer: str, stream: Stream) -> FittedLayer:
        normalise = standard(self.shadow.updates, layer, self.cnn.epsilon, self.progress)
        data = on_device(LayerData(self.shadow.updates, layer, normalise), self.device, self.cnn.resident)
        network = self._network(layer, stream("init"))
        passes = Passes(network, self.device, self.cnn.precision, self.cnn.largest_batch)
        lesson = Lesson(layer, data, self.shadow.truth, self.trained, self.held)
        path = self.workdir / f"{layer}-{self._identity(stream, normalise)}.safetensors"
        train(passes, lesson, self.cnn, stream, path, self.progress)
        return FittedLayer(network, normalise)

    def _network(self, layer: str, init: Stream) -> LayerNetwork:
        parameters, cnn = self.shadow.updates.public.parameters, self.cnn
        pools, classes = cnn.pools_of(layer, parameters), len(self.shadow.classes)
        shape, convolutions = matrix(layer, parameters), cnn.convolutions
        network = LayerNetwork(shape, convolutions, pools, cnn.hidden, classes, cnn.dropout, init.torch())
        return network.on(self.device, cnn.precision)

    def _identity(self, stream: Stream, normalise: Standard) -> str:
        """A name for all that a network depends on, so that a checkpoint is only found by the fit that wrote it."""
        settings = self.cnn.model_dump(mode="json", exclude={"resident"}) | {"device": self.device.type}
        what = [settings, self.shadow.labels, self.shadow.updates.rows, self.held.tolist(), normalise.digest()]
        return value_hash([*what, stream.seed, stream.names])[:16]
