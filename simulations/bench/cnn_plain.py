"""The other side of the CNN bench: a training loop as one writes it in PyTorch, in the style of the code behind Feng
et al. 2021.

Modules of ``torch.nn`` one after the other (convolution, batch normalisation, ReLU, max-pool, dropout of maps), the
updates as dictionaries in memory, a DataLoader, torch.optim.Adam as it is by default, and after each batch its loss,
its predictions and scikit-learn's scores. It is kinder than that code: nothing is printed or written, and the updates
are normalised before the clock runs.
"""

import itertools

import numpy as np
import torch
from sklearn.metrics import confusion_matrix, recall_score
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from attacks.cnn.network import LayerNetwork
from fedser.metrics.recall import Ints
from simulations.bench.cnn_job import CnnJob

Sample = dict[str, Tensor]


class Updates(Dataset[Sample]):
    """The normalised updates of ``job`` in memory, as one collects them."""

    def __init__(self, job: CnnJob) -> None:
        each = [np.array([index]) for index in range(len(job.lesson.labels))]
        labels = torch.from_numpy(job.lesson.labels)
        self._samples = [
            {"weight": weight, "bias": bias[0], "label": labels[index[0]]}
            for index, weight, bias in job.lesson.data.batches(each)
        ]

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        return self._samples[index]


class PlainNetwork(nn.Module):
    """Log-probabilities [batch, classes] of weight [batch, 1, outputs, inputs] and bias [batch, outputs].

    It takes over the layers of ``initial``, in PyTorch's own memory format.
    """

    def __init__(self, initial: LayerNetwork, drop_maps: nn.Module, drop: nn.Module) -> None:
        super().__init__()
        stages: list[nn.Module | None] = []
        for stage in initial.stages:
            pool = nn.MaxPool2d(stage.pool.kernel, stage.pool.stride) if stage.pool else None
            stages += [stage.conv, stage.norm, nn.ReLU(), pool, drop_maps]
        self.convolutional = nn.Sequential(*filter(None, stages))
        *hidden, last = initial.dense
        self.dense = nn.Sequential(*itertools.chain.from_iterable((layer, nn.ReLU(), drop) for layer in hidden), last)

    def forward(self, weight: Tensor, bias: Tensor) -> Tensor:
        """One pass."""
        x = self.convolutional(weight)
        x = torch.cat((x.view(x.size(0), -1), bias), dim=1)
        return torch.log_softmax(self.dense(x), dim=1)


class PlainLoop:
    """Trains and validates pass by pass; dropout comes from PyTorch's global generator unless modules are given."""

    name = "plain"

    def __init__(self, job: CnnJob, drop_maps: nn.Module | None = None, drop: nn.Module | None = None) -> None:
        self._job, rate, adam = job, job.cnn.dropout, job.cnn.adam
        self.network = PlainNetwork(job.network(), drop_maps or nn.Dropout2d(rate), drop or nn.Dropout(rate))
        self._optimizer = torch.optim.Adam(
            self.network.parameters(), adam.learning_rate, adam.betas, adam.epsilon, adam.weight_decay
        )
        self._updates = Updates(job)

    def train(self, number: int) -> float:
        """Pass ``number`` over the training updates; returns their mean loss."""
        self.network.train()
        return self._pass(self._job.order(number), learn=True)

    def validate(self) -> float:
        """The mean loss of the validation updates."""
        self.network.eval()
        with torch.no_grad():
            return self._pass(self._job.lesson.validation, learn=False)

    def _pass(self, order: Ints, learn: bool) -> float:
        criterion, losses, sizes = nn.NLLLoss(), [], []
        for batch in DataLoader(self._updates, self._job.cnn.batch_size, sampler=order.tolist()):
            output = self.network(batch["weight"], batch["bias"])
            loss = criterion(output, batch["label"])
            if learn:
                self._optimizer.zero_grad()
                loss.backward()
                self._optimizer.step()
            losses.append(loss.item())
            sizes.append(len(output))
            _score(batch["label"].numpy(), np.argmax(output.detach().cpu().numpy(), axis=1))
        return float(np.average(losses, weights=sizes))


def _score(truth: Ints, predicted: Ints) -> tuple[float, Ints]:
    """What such a loop shows of its progress after a batch."""
    present = np.unique(truth)  # the recall of a class without examples is not defined
    recall = recall_score(truth, predicted, labels=present, average="macro")
    return float(recall), confusion_matrix(truth, predicted, labels=[0, 1])
