"""Training of one layer's network: mini-batches, plateau, early stopping, and the epoch of the best validation UAR.

Every draw is a function of the epoch, so that a resumed training draws as an uninterrupted one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import ReduceLROnPlateau

from attacks.attack import Progress, Scores
from attacks.cnn.checkpoint import Epoch, Learned, Machinery, load, save
from attacks.cnn.layer_data import LayerData, runs
from fedser.metrics.recall import Ints, confusion, uar
from fedser.seeds import Stream

if TYPE_CHECKING:
    from attacks.cnn.attack import Cnn


@dataclass(frozen=True)
class Lesson:
    """What one network is taught: the layer's updates with their labels [updates], and who trains and validates."""

    data: LayerData
    labels: Ints
    train: Ints
    validation: Ints


def train(network: nn.Module, lesson: Lesson, cnn: "Cnn", stream: Stream, path: Path, progress: Progress) -> Learned:
    """Train ``network`` to the end, or from where ``path`` left it, and leave it with its best weights."""
    machinery = _machinery(network, cnn)
    learned = load(path, machinery)
    while len(learned.epochs) < cnn.epochs and learned.waited < cnn.stopping.patience:
        number = len(learned.epochs) + 1
        rate = machinery.optimizer.param_groups[0]["lr"]
        train_loss = _train_epoch(machinery, lesson, cnn, stream("epoch", number), number, progress)
        loss, score = validate(network, lesson, cnn.batch_size)
        machinery.scheduler.step(loss)
        learned = _advance(learned, Epoch(train_loss, loss, score, rate), network, cnn)
        save(path, learned, machinery)
    network.load_state_dict(learned.best)
    return learned


def validate(network: nn.Module, lesson: Lesson, batch_size: int) -> tuple[float, float]:
    """Mean cross-entropy and UAR on the validation updates."""
    scores = probabilities(network, lesson.data, lesson.validation, batch_size)
    labels = lesson.labels[lesson.validation]
    loss = -np.log(np.maximum(scores[np.arange(len(labels)), labels], np.finfo(np.float64).tiny))
    return float(loss.mean()), uar(confusion(labels, scores.argmax(axis=1), scores.shape[1]))


def probabilities(network: nn.Module, data: LayerData, order: Ints, batch_size: int) -> Scores:
    """The softmax scores of the updates in ``order``, [updates, classes], without dropout."""
    network.eval()
    with torch.inference_mode():
        batches = data.batches(runs(order, batch_size))
        parts = [torch.softmax(network(weight, bias).double(), dim=1) for _, weight, bias in batches]
    scores: Scores = torch.cat(parts).numpy()
    return scores


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch compute on ``count`` threads, then on as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _machinery(network: nn.Module, cnn: "Cnn") -> Machinery:
    adam, plateau = cnn.adam, cnn.plateau
    optimizer = torch.optim.Adam(
        network.parameters(),
        lr=adam.learning_rate,
        betas=adam.betas,
        eps=adam.epsilon,
        weight_decay=adam.weight_decay,
    )
    scheduler = ReduceLROnPlateau(optimizer, patience=plateau.patience, factor=plateau.factor, min_lr=plateau.minimum)
    return Machinery(network, optimizer, scheduler)


def _train_epoch(
    machinery: Machinery, lesson: Lesson, cnn: "Cnn", stream: Stream, number: int, progress: Progress
) -> float:
    order = lesson.train[stream("order").numpy().permutation(len(lesson.train))]
    masks, batches, total = stream("dropout").torch(), runs(order, cnn.batch_size, cnn.smallest_batch), 0.0
    machinery.network.train()
    for place, (chosen, weight, bias) in enumerate(lesson.data.batches(batches), start=1):
        machinery.optimizer.zero_grad()
        loss = cross_entropy(machinery.network(weight, bias, masks), torch.from_numpy(lesson.labels[chosen]))
        loss.backward()  # type: ignore[no-untyped-call]
        machinery.optimizer.step()
        total += loss.item() * len(chosen)
        done = (number - 1) * len(batches) + place
        progress(f"cnn on {lesson.data.layer}, epoch {number} of {cnn.epochs}", done, cnn.epochs * len(batches))
    return total / len(order)


def _advance(learned: Learned, epoch: Epoch, network: nn.Module, cnn: "Cnn") -> Learned:
    epochs = (*learned.epochs, epoch)
    best_uar, best = learned.best_uar, learned.best
    if epoch.validation_uar > best_uar:
        best_uar, best = epoch.validation_uar, _copy(network)
    lowest, waited = learned.lowest, learned.waited
    if len(epochs) > cnn.stopping.after:
        waited = 0 if epoch.validation_loss < lowest else waited + 1
        lowest = min(lowest, epoch.validation_loss)
    return Learned(epochs, best_uar, best, lowest, waited)


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
