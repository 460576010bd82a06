"""Training of one layer's network: mini-batches, plateau, early stopping, and the epoch of the best validation UAR.

Every draw is a function of the epoch, so that a resumed training draws as an uninterrupted one.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from attacks.attack import Progress, Scores
from attacks.cnn.checkpoint import Epoch, Learned, Machinery, load, save
from attacks.cnn.layer_data import Batches, runs
from attacks.cnn.passes import Passes
from fedser.metrics.recall import Ints, confusion, uar
from fedser.seeds import Stream

if TYPE_CHECKING:
    from attacks.cnn.attack import Cnn


@dataclass(frozen=True)
class Lesson:
    """What one network is taught: a layer's updates with their labels [updates], and who trains and validates."""

    layer: str
    data: Batches
    labels: Ints
    train: Ints
    validation: Ints


def train(passes: Passes, lesson: Lesson, cnn: "Cnn", stream: Stream, path: Path, progress: Progress) -> Learned:
    """Train the network of ``passes`` to the end, or from where ``path`` left it; it is left with its best weights."""
    network = passes.network
    machinery = machinery_of(network, cnn)
    learned = load(path, machinery)
    while len(learned.epochs) < cnn.epochs and learned.waited < cnn.stopping.patience:
        number = len(learned.epochs) + 1
        rate = machinery.optimizer.param_groups[0]["lr"]
        train_loss = train_epoch(passes, machinery.optimizer, lesson, cnn, stream("epoch", number), number, progress)
        loss, score = validate(passes, lesson, cnn.batch_size)
        machinery.scheduler.step(loss)
        learned = _advance(learned, Epoch(train_loss, loss, score, rate), network, cnn)
        save(path, learned, machinery)
    network.load_state_dict(learned.best)
    return learned


def train_epoch(
    passes: Passes,
    optimizer: torch.optim.Optimizer,
    lesson: Lesson,
    cnn: "Cnn",
    stream: Stream,
    number: int,
    progress: Progress,
) -> float:
    """One pass over the training updates, in an order that ``stream`` draws; returns their mean loss.

    The losses are added up where they are computed: to look at each would make a GPU wait.
    """
    order = drawn_order(lesson, stream)
    masks, batches = stream("dropout").torch(), runs(order, cnn.batch_size, cnn.smallest_batch)
    labels, total = torch.from_numpy(lesson.labels), torch.zeros((), dtype=torch.float64, device=passes.device)
    passes.network.train()
    for place, (chosen, weight, bias) in enumerate(lesson.data.batches(batches), start=1):
        optimizer.zero_grad()
        loss = passes.backward(weight, bias, labels[torch.from_numpy(chosen)].to(passes.device), masks)
        optimizer.step()
        total += loss * len(chosen)
        done = (number - 1) * len(batches) + place
        progress(f"cnn on {lesson.layer}, epoch {number} of {cnn.epochs}", done, cnn.epochs * len(batches))
    return float(total) / len(order)


def drawn_order(lesson: Lesson, stream: Stream) -> Ints:
    """The training updates in the order of the epoch whose stream this is."""
    return lesson.train[stream("order").numpy().permutation(len(lesson.train))]


def validate(passes: Passes, lesson: Lesson, batch_size: int) -> tuple[float, float]:
    """Mean cross-entropy and UAR on the validation updates."""
    scores = probabilities(passes, lesson.data, lesson.validation, batch_size)
    labels = lesson.labels[lesson.validation]
    loss = -np.log(np.maximum(scores[np.arange(len(labels)), labels], np.finfo(np.float64).tiny))
    return float(loss.mean()), uar(confusion(labels, scores.argmax(axis=1), scores.shape[1]))


def probabilities(passes: Passes, data: Batches, order: Ints, batch_size: int) -> Scores:
    """The softmax scores of the updates in ``order``, [updates, classes], without dropout."""
    passes.network.eval()
    batches = data.batches(runs(order, batch_size))
    logits = torch.cat([passes.logits(weight, bias) for _, weight, bias in batches])
    scores: Scores = torch.softmax(logits.double(), dim=1).cpu().numpy()
    return scores


def machinery_of(network: nn.Module, cnn: "Cnn") -> Machinery:
    """A new optimiser and a new scheduler of its rate."""
    adam, plateau = cnn.adam, cnn.plateau
    optimizer = torch.optim.Adam(
        network.parameters(),
        lr=adam.learning_rate,
        betas=adam.betas,
        eps=adam.epsilon,
        weight_decay=adam.weight_decay,
        fused=True,
    )
    scheduler = ReduceLROnPlateau(optimizer, patience=plateau.patience, factor=plateau.factor, min_lr=plateau.minimum)
    return Machinery(network, optimizer, scheduler)


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
