"""The model as one writes it by hand: torch's layers in a row, with their own dropout."""

import itertools

from torch import Tensor, nn

from simulations.bench.side import Job


def plain_network(job: Job) -> nn.Module:
    """A network of the job's shape, drawn as torch draws; its parameters bear the names of ours."""
    simulation, features = job.simulation, job.data.open().x.shape[1]
    widths = features, *simulation.model.hidden, len(simulation.task.classes)
    layers: dict[str, nn.Module] = {}
    for number, (inputs, outputs) in enumerate(itertools.pairwise(widths), start=1):
        layers[f"dense{number}"] = nn.Linear(inputs, outputs)
        if number < len(widths) - 1:
            layers[f"relu{number}"] = nn.ReLU()
            layers[f"dropout{number}"] = nn.Dropout(simulation.model.dropout[number - 1])
    network = nn.Sequential()
    for name, layer in layers.items():
        network.add_module(name, layer)
    return network


def initial(job: Job) -> dict[str, Tensor]:
    """The initial weights of our sides, by the same names."""
    return dict(job.network().state_dict())
