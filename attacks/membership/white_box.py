"""The target's architecture in the adversary's hands: losses and gradients of candidates at any model it has seen."""

from typing import Any, Self

import numpy as np
import torch
from pydantic import TypeAdapter
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from attacks.membership.gradients import Gradients
from fedser.errors import ConfigError
from fedser.metrics.recall import Floats, Ints
from fedser.models import ModelConfig
from fedser.models.parameters import load
from fedser.updates.public import PublicParameters
from fedser.updates.update import Array, Arrays


class WhiteBox:
    """Passes without dropout through a network of dense layers; raises ConfigError for any other network."""

    def __init__(self, public: PublicParameters) -> None:
        model: Any = TypeAdapter(ModelConfig).validate_python(public.model, strict=False)
        self._network = model.build(public.features, len(public.classes), torch.Generator().manual_seed(0))
        self._layers = {name: one for name, one in self._network.named_modules() if isinstance(one, nn.Linear)}
        dense = {f"{layer}.{name}" for layer in self._layers for name in ("weight", "bias")}
        others = sorted(set(dict(self._network.named_parameters())) - dense)
        if others:
            raise ConfigError(f"white box: the model has parameters outside dense layers: {', '.join(others)}")

    def losses(self, model: Arrays, x: Array, y: Ints) -> Floats:
        """The cross-entropy of each record, [records]."""
        logits, labels = self._logits(model, x), _tensor(y, np.int64)
        losses: Floats = cross_entropy(logits, labels, reduction="none").numpy()
        return losses

    def log_odds(self, model: Arrays, x: Array, y: Ints) -> Floats:
        """log(p_y / (1 - p_y)) of each record, [records], without loss of digits where p_y is near one."""
        logits, label = self._logits(model, x), _tensor(y, np.int64)[:, None]
        own = logits.gather(1, label)[:, 0]
        odds: Floats = (own - logits.scatter(1, label, -torch.inf).logsumexp(dim=1)).numpy()
        return odds

    def gradients(self, model: Arrays, x: Array, y: Ints) -> Gradients:
        """Each record's own gradient of its own loss."""
        return Gradients(self.at(model).factors(_tensor(x), _tensor(y, np.int64)))

    def probabilities(self, model: Arrays, x: Array) -> Floats:
        """What it predicts of each record, float64 [records, classes]."""
        said: Floats = self._logits(model, x).softmax(dim=1).numpy()
        return said

    def at(self, model: Arrays) -> Self:
        """The same, with the weights of ``model`` loaded for ``factors``."""
        load(self._network, model)
        return self

    def factors(self, x: Tensor, y: Tensor, graph: bool = False) -> dict[str, tuple[Tensor, Tensor]]:
        """By layer, the inputs [records, in] and the deltas [records, out] of the records' own losses; with ``graph``
        they can be derived by ``x``.
        """
        inputs, outputs = dict[str, Tensor](), dict[str, Tensor]()
        hooks = [layer.register_forward_hook(_recorder(name, inputs, outputs)) for name, layer in self._layers.items()]
        logits = self._network(x, None)
        for hook in hooks:
            hook.remove()
        loss = cross_entropy(logits, y, reduction="sum")
        deltas = torch.autograd.grad(loss, list(outputs.values()), create_graph=graph)
        given = {name: value if graph else value.detach() for name, value in inputs.items()}
        return {name: (given[name], delta) for name, delta in zip(outputs, deltas, strict=True)}

    @torch.no_grad()
    def _logits(self, model: Arrays, x: Array) -> Tensor:
        load(self._network, model)
        return torch.as_tensor(self._network(_tensor(x), None)).double()


def _tensor(array: Array | Ints, kind: type[np.generic] = np.float32) -> Tensor:
    """In memory of its own where the array may not be written to, of which torch warns."""
    return torch.from_numpy(np.require(array, kind, requirements=("C", "W")))


def _recorder(name: str, inputs: dict[str, Tensor], outputs: dict[str, Tensor]) -> Any:
    def record(layer: nn.Module, given: tuple[Tensor], output: Tensor) -> None:
        inputs[name], outputs[name] = given[0], output

    return record
