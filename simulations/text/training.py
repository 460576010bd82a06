"""One training of one model: weighted cross-entropy, RMSprop, and an end when validation gets no better (sec. 5.1)."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from fedser.metrics.recall import Floats, Ints, confusion, uar
from fedser.seeds import Stream
from simulations.text.inputs import Inputs
from simulations.text.models import TextModel
from simulations.text.network import Encoder, Heads, learning
from simulations.text.study import Training
from simulations.text.task import CLASSES, UNKNOWN
from simulations.text.texts import Texts
from simulations.true_inputs import Array

if TYPE_CHECKING:
    from torch import Tensor

_ASKED = 256  # texts of a batch that nothing is learned from


@dataclass(frozen=True)
class Part:
    """Texts and what the network is given of them."""

    texts: Texts
    inputs: Inputs


@dataclass
class Network:
    """Encoder and heads, as they are being trained."""

    encoder: Encoder
    heads: Heads

    @classmethod
    def begun(cls, encoder: Encoder, dims: int, training: Training, stream: Stream) -> "Network":
        """With new heads, drawn from ``stream``: of one stream they are the same for every model."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(stream.integer())
            heads = Heads(dims, training.hidden, 2, training.dropout)
        if training.tune != "head":
            encoder.train_top(None if training.tune == "all" else int(training.tune))
        return cls(encoder, heads)

    @property
    def modules(self) -> tuple[nn.Module, nn.Module]:
        """Both."""
        return self.encoder, self.heads

    def state(self) -> dict[str, Any]:
        """A copy of all that may have learned, by name."""
        frozen = not any(True for _ in learning(self.encoder))
        kept = {} if frozen else {f"encoder.{name}": t for name, t in self.encoder.state_dict().items()}
        kept |= {f"heads.{name}": tensor for name, tensor in self.heads.state_dict().items()}
        return {name: tensor.detach().clone().contiguous() for name, tensor in kept.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put such a copy back."""
        for name, module in (("encoder.", self.encoder), ("heads.", self.heads)):
            own = {key.removeprefix(name): tensor for key, tensor in state.items() if key.startswith(name)}
            if own:
                module.load_state_dict(own)

    def said(self, part: Part) -> tuple[Floats, Array]:
        """The probability of each class [texts, classes], and the embedding [texts, hidden]."""
        answers, embedded = [], []
        for module in self.modules:
            module.eval()
        with torch.no_grad():
            for rows in np.array_split(np.arange(len(part.texts)), -(-len(part.texts) // _ASKED)):
                pooled = part.inputs.pooled(rows, self.encoder)
                answers.append(self.heads(pooled).softmax(dim=1).double().numpy())
                embedded.append(self.heads.embedding(pooled).numpy())
        return np.concatenate(answers), np.concatenate(embedded)


def train(
    network: Network, model: TextModel, training: Training, train: Part, validation: Part, stream: Stream
) -> list[dict[str, float]]:
    """Train ``network`` until its validation UAR has not risen for ``patience`` epochs, and leave the best of it there.

    Returns its history, epoch by epoch: mean loss of the task, and validation UAR.
    """
    optimiser = torch.optim.RMSprop(
        [
            {"params": list(network.heads.parameters()), "lr": training.learning_rate},
            {"params": list(learning(network.encoder)), "lr": training.encoder_rate},
        ]
    )
    losses, history = _Losses.of(train.texts), list[dict[str, float]]()
    best, kept, waited = -1.0, network.state(), 0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream("dropout").integer())
        for epoch in range(1, training.epochs + 1):
            loss = _epoch(network, model, losses, training, train, optimiser, stream("batches", epoch))
            reached = validation_uar(network, validation)
            history.append({"epoch": epoch, "loss": loss, "validation_uar": reached})
            if reached > best:
                best, kept, waited = reached, network.state(), 0
            else:
                waited += 1
                if waited == training.patience:
                    break
    network.restore(copy.copy(kept))
    return history


def validation_uar(network: Network, part: Part) -> float:
    """The UAR of the classes of ``part``'s texts."""
    return uar(confusion(part.texts.labels, network.said(part)[0].argmax(axis=1), len(CLASSES)))


def _epoch(
    network: Network,
    model: TextModel,
    losses: "_Losses",
    training: Training,
    part: Part,
    optimiser: torch.optim.Optimizer,
    stream: Stream,
) -> float:
    for module in network.modules:
        module.train()
    if not any(True for _ in learning(network.encoder)):
        network.encoder.eval()
    told = []
    for rows in _batches(len(part.texts), training.batch_size, stream):
        optimiser.zero_grad()
        pooled = part.inputs.pooled(rows, network.encoder)
        task = losses.task(network.heads(pooled), rows)
        said = model.attribute_logits(network.heads.attribute, network.heads.embedding(pooled))
        total = task if said is None else task + losses.attribute(said, rows)
        total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        told.append(task.item())
    return float(np.mean(told))


def _batches(number: int, size: int, stream: Stream) -> Iterator[Ints]:
    order = stream.numpy().permutation(number)
    return (order[start : start + size] for start in range(0, number, size))


@dataclass(frozen=True)
class _Losses:
    """Cross-entropies in which each class, and each value, weighs the same over all texts."""

    labels: "Tensor"
    values: "Tensor"
    class_weights: "Tensor"
    value_weights: "Tensor"

    @classmethod
    def of(cls, texts: Texts) -> "_Losses":
        return cls(
            torch.from_numpy(texts.labels),
            torch.from_numpy(texts.values),
            _balanced(texts.labels, len(CLASSES)),
            _balanced(texts.values, 2),
        )

    def task(self, logits: "Tensor", rows: Ints) -> "Tensor":
        return _mean_loss(logits, self.labels[torch.from_numpy(rows)], self.class_weights)

    def attribute(self, logits: "Tensor", rows: Ints) -> "Tensor":
        return _mean_loss(logits, self.values[torch.from_numpy(rows)], self.value_weights)


def _balanced(numbers: Ints, kinds: int) -> "Tensor":
    """n / (kinds n_kind); 0 for a kind that does not occur."""
    counts = np.bincount(numbers[numbers != UNKNOWN], minlength=kinds).astype(np.float64)
    shares = np.divide(counts.sum(), kinds * counts, out=np.zeros(kinds), where=counts > 0)
    return torch.from_numpy(shares.astype(np.float32))


def _mean_loss(logits: "Tensor", truth: "Tensor", weights: "Tensor") -> "Tensor":
    """Over the rows of which the truth is known; 0 where it is of none."""
    losses = functional.cross_entropy(logits, truth, weights, ignore_index=UNKNOWN, reduction="sum")
    return losses / (truth != UNKNOWN).sum().clamp(min=1)
