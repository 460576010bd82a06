"""A client without a DataLoader: its tensors are gathered at once, and batches are slices of them."""

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from fedser.algorithms import AlgorithmConfig
from fedser.engine.data import OpenData
from fedser.partition.ragged import Rows
from fedser.seeds import Stream
from simulations.bench.plain_client import Sent


def train_lean(model: nn.Module, data: OpenData, rows: Rows, algorithm: AlgorithmConfig, stream: Stream) -> Sent:
    """Local epochs with torch's own optimiser, on the batches that our engines draw; TypeError where none are taken."""
    if algorithm.local_steps is None:
        raise TypeError(f"{algorithm.name}: its clients take no steps")
    optimizer = algorithm.local_steps[0].build(model.parameters(), algorithm.local_steps[1])
    model.train()
    plan, x, y = algorithm.plan(len(rows), stream), torch.from_numpy(data.x[rows]), torch.from_numpy(data.y[rows])
    found: list[float] = []
    for batch in plan.batches:
        chosen = torch.from_numpy(batch)
        optimizer.zero_grad()
        loss = cross_entropy(model(x[chosen]), y[chosen])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        found.append(loss.item())
    sizes = [len(batch) for batch in plan.batches]
    return Sent(model.state_dict(), plan.examples, float(np.average(found, weights=sizes)))
