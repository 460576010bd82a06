"""A round whose clients meet by SecAgg+: each is a node's one client, and the server learns their mean alone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from flwr.serverapp import Grid

from fedser.defenses.secure_aggregation import SecureAggregation
from fedser.engine.client import named
from fedser.engine.flower.arrays import pack
from fedser.engine.flower.exchange import Exchange
from fedser.engine.flower.messages import Run, write_work
from fedser.engine.loop import Wanted
from fedser.engine.parts import Part
from fedser.engine.training import Training
from fedser.errors import ClientError, ConfigError
from fedser.models.layout import Layout
from fedser.updates.update import Arrays, Update

if TYPE_CHECKING:
    from fedser.engine.flower.secagg_server import Summed


class SecureRounds:
    """The rounds of a training, between the nodes of an exchange, at least as many as clients take part."""

    def __init__(
        self, grid: Grid, exchange: Exchange, training: Training, job: str, defense: SecureAggregation, timeout: float
    ) -> None:
        """``job`` is what nodes are told of the training; raises ConfigError where a client weighs more than fits."""
        self._grid, self._exchange, self._job = grid, exchange, job
        self._training, self._defense, self._timeout = training, defense, timeout
        self._max_weight = max_weight(training, defense)

    def __call__(self, wanted: Wanted) -> Iterator[Part]:
        """The round as one part, of the mean; raises a client's error, and ClientError where any node is lost."""
        from fedser.engine.flower.secagg_server import secure_sum

        clients = {self._exchange.node(place): client for place, client in enumerate(wanted.clients)}
        packed = pack(wanted.broadcast)
        letters = {
            node: write_work(
                self._job, wanted.number, Run([client], place, len(clients), place, len(clients)), False, packed
            )
            for place, (node, client) in enumerate(clients.items())
        }
        summed = secure_sum(self._grid, self._defense, self._max_weight, letters, self._timeout)
        yield self._part(wanted, clients, summed)

    def _part(self, wanted: Wanted, clients: dict[int, str], summed: "Summed") -> Part:
        place = f"training {self._training.simulation.training}, round {wanted.number}"
        if summed.lost or summed.mean is None:
            lost = [client for node, client in clients.items() if node in summed.lost]
            why = next(iter(summed.lost.values()), "SecAgg+ has halted")
            raise ClientError(f"{place}, {named(lost)}: {why}")
        mean = Layout.of(wanted.broadcast).arrays(summed.mean.astype(np.float32))
        told = [summed.told[node] for node in clients]
        examples, losses = tuple(n for n, _ in told), tuple(loss for _, loss in told)
        seen = _seen(wanted, sum(examples), mean) if wanted.shown else None
        return Part(0, 1, examples, losses, seen, mean=mean, averaged=True, met=True)


def max_weight(training: Training, defense: SecureAggregation) -> int:
    """W: a power of two, so that n_k / W is a whole number of the steps by which weights are rounded.

    Raises ConfigError where these are fewer than the n_k of the largest client.
    """
    data, simulation = training.data.open(), training.simulation
    largest = max(simulation.plan(client, 0, len(data.train_rows(client))).examples for client in data.clients)
    steps = 2 ** defense.bits_among(simulation.algorithm.cohort_size(len(data.clients)))
    if largest > steps:
        raise ConfigError(f"secure_aggregation.bits: {steps} steps, but a client has n_k {largest}; choose more bits")
    return 1 << (largest - 1).bit_length()


def _seen(wanted: Wanted, examples: int, mean: Arrays) -> tuple[Update, ...]:
    """The one update that there is to see, as ``Sight`` would show it."""
    return (Update(wanted.number, "group-00000", examples, mean, tuple(wanted.clients)),)
