"""Where and how clients are trained: settings that several engines share, and the measured rule behind ``auto``."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

import torch
from pydantic import Field

from fedser.config import Frozen
from fedser.devices import Device, resolve
from fedser.engine.client import Clients
from fedser.engine.client_states import ClientStates
from fedser.engine.cohort.bench import Bench
from fedser.engine.cohort.scoring import Scorer
from fedser.engine.cohort.single import Memory, SingleLearner
from fedser.engine.cohort.stacked import StackedLearner
from fedser.engine.data import OpenData
from fedser.engine.inline import ModuleLearner, module_evaluation
from fedser.engine.learner import Learner
from fedser.engine.loop import Evaluate
from fedser.engine.simulation import Simulation
from fedser.errors import ConfigError, EngineError
from fedser.models.kernel import Precision
from fedser.pool.heap import keep_freed_memory
from fedser.updates.update import PART

Method = Literal["single", "stacked"]

STACKED_UP_TO = 60_000
"""Parameters up to which stacking is faster on a CPU.

Measured, ms per client update on one core, one at a time against 64 in a stack (FedSGD; FedAvg with Adam, 42
utterances): 88-64-4 0.47 against 0.13, 0.79 against 0.23; 88-128-64-4 0.65 against 0.28, 1.15 against 0.53; 988-64-4
0.60 against 0.35, 1.4 against 1.1; 988-256-128-4 0.7 against 1.2, 2.2 against 2.9.
"""

GPU_WIDTH = 1024
"""Clients in a stack on a GPU, at most."""

_COPIES = 6
"""Of a client's parameters in a stack: parameters, gradients, two moments, and what is sent, on its way."""


class InlineWarning(UserWarning):
    """A training falls back to the module's own arithmetic, slowly."""


def _slow(simulation: Simulation) -> str:
    """Why the module's own arithmetic is wanted."""
    if simulation.algorithm.watched:
        return "with a plateau clients may stop early, which no explicit passes do"
    return f"model {simulation.model.name} has no passes of its own"


class Compute(Frozen):
    """How clients are trained. On a CPU none of it changes a bit, but for ``method`` and ``precision``.

    On a GPU the last bits of a client's update may depend on the stack that it is in, since cuBLAS chooses another way
    to sum for another shape. ``memory`` is shared by the processes of this machine. Of a stack, parameters, gradients,
    moments, what is sent and one batch are counted; the features of trainings, the activations and a library's own
    buffers are not. Of trainings side by side, a process, the updates it holds and the held-out features are.
    """

    device: Device = "auto"
    method: Method | Literal["auto"] = Field("auto", description="one client at a time, or all of a round in a stack")
    memory: float = Field(4.0, gt=0, description="GiB that trainings side by side, or stacks of clients, may take")
    precision: Precision = Field(
        "float32", description="of matrix products; tf32 (on a GPU) and bf16 are faster there, and change results"
    )

    @property
    def compute(self) -> "Compute":
        """These settings alone."""
        return Compute(**{name: getattr(self, name) for name in Compute.model_fields})

    @property
    def alters(self) -> Mapping[str, str]:
        """``precision``, unless it is that of all engines."""
        return {} if self.precision == "float32" else {"precision": self.precision}

    @property
    def torch_device(self) -> torch.device:
        """The device; raises ConfigError where this machine has none of that name, or where tf32 needs another."""
        device = resolve(self.device, "engine.device")
        if self.precision == "tf32" and device.type == "cpu":
            raise ConfigError("engine.precision: tf32 needs a GPU (choose from float32, bf16)")
        return device

    def check(self) -> None:
        """Raise ConfigError as ``torch_device`` does."""
        _ = self.torch_device

    @contextmanager
    def within_memory(self) -> Iterator[None]:
        """Raise EngineError where the block finds a GPU without memory left."""
        try:
            yield
        except torch.OutOfMemoryError as error:
            raise EngineError(
                f"engine.memory: {self.memory:g} GiB of stacked clients, but the GPU is full; lower it,"
                f" or choose device: cpu ({str(error).splitlines()[0]})"
            ) from error

    def bench(self, simulation: Simulation, *data: OpenData) -> Bench:
        """The data of trainings like ``simulation``, and their model, on the device; raises ConfigError as it does."""
        keep_freed_memory()
        return Bench(simulation, data, self.torch_device, self.precision)

    def clients(self, simulation: Simulation, data: OpenData, states: ClientStates | None = None) -> Clients:
        """The clients of a training, trained in this process by the learner that is fastest here."""
        return Clients(simulation, data, self.learner(self.bench(simulation, data), data), states)

    def learner(self, bench: Bench, data: OpenData, memory: Memory | None = None) -> Learner:
        """The fastest way to train these clients here; warns where only the module's own arithmetic is left.

        One that trains a client at a time puts what each sends into ``memory``.
        """
        if not bench.has_kernel:
            warnings.warn(
                f"training {bench.simulation.training}: {_slow(bench.simulation)};"
                " its clients are trained as engine: inline does, slowly;"
                " engine.device and engine.precision are not used",
                InlineWarning,
                stacklevel=2,
            )
            return ModuleLearner(bench.simulation, data)
        if self.method_for(bench.layout.size) == "single":
            return SingleLearner(bench, memory)
        return StackedLearner(bench, self.width(bench))

    def evaluation(self, bench: Bench, data: OpenData) -> Evaluate:
        """How models are scored here."""
        return Scorer(bench, data) if bench.has_kernel else module_evaluation(bench.simulation, data)

    def method_for(self, parameters: int) -> Method:
        """As chosen; by itself a stack on a GPU, and on a CPU for models of few parameters."""
        if self.method != "auto":
            return self.method
        return "stacked" if self.torch_device.type != "cpu" or parameters <= STACKED_UP_TO else "single"

    def width(self, bench: Bench) -> int:
        """Clients in a stack: no more than a round has or ``memory`` holds, nor than is of use on this device."""
        batch = bench.simulation.algorithm.batch_size
        one = 4 * (_COPIES * bench.layout.size + 4 * batch * bench.features)
        most = PART if bench.device.type == "cpu" else GPU_WIDTH
        return max(1, min(most, bench.cohort, int(self.memory * 2**30 / one)))
