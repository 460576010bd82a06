"""A half-trained network on disk: one safetensors file, replaced whole after each epoch, resumed bit for bit."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from fedser.artifacts.tensors import write_tensors
from fedser.errors import CaptureError


@dataclass(frozen=True)
class Epoch:
    """One epoch's mean losses, its UAR on the held-out shadow updates, and the rate it was trained with."""

    train_loss: float
    validation_loss: float
    validation_uar: float
    learning_rate: float


@dataclass(frozen=True)
class Learned:
    """How far training has come, beside what network, optimiser and scheduler hold.

    ``best`` are the weights of the epoch with the highest validation UAR; ``lowest`` and ``waited`` are those of
    early stopping.
    """

    epochs: tuple[Epoch, ...] = ()
    best_uar: float = float("-inf")
    best: dict[str, Tensor] = field(default_factory=dict)
    lowest: float = float("inf")
    waited: int = 0


@dataclass(frozen=True)
class Machinery:
    """What training changes in place."""

    network: nn.Module
    optimizer: torch.optim.Optimizer
    scheduler: ReduceLROnPlateau


def save(path: Path, learned: Learned, machinery: Machinery) -> None:
    """Write everything that the next epoch depends on, atomically."""
    tensors = {f"best/{name}": tensor for name, tensor in learned.best.items()}
    tensors |= {f"model/{name}": tensor for name, tensor in machinery.network.state_dict().items()}
    tensors |= {f"adam/{key}": tensor for key, tensor in _moments(machinery).items()}
    header = {
        "epochs": [asdict(epoch) for epoch in learned.epochs],
        "best_uar": learned.best_uar,
        "lowest": learned.lowest,
        "waited": learned.waited,
        "scheduler": machinery.scheduler.state_dict(),
        "rate": machinery.optimizer.param_groups[0]["lr"],
    }
    arrays = {name: tensor.detach().contiguous().cpu().numpy() for name, tensor in tensors.items()}
    write_tensors(path, arrays, header, "checkpoint")


def load(path: Path, machinery: Machinery) -> Learned:
    """Bring ``machinery`` to where the file left it; where there is no file, nothing has been learned.

    Raises CaptureError when the file is damaged.
    """
    if not path.is_file():
        return Learned()
    try:
        with safe_open(path, framework="pt") as stored:
            file: Any = stored
            header = json.loads(file.metadata()["fedser"])
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise CaptureError(f"{path}: not a readable checkpoint ({error}); delete it to train again") from error
    machinery.network.load_state_dict(_below("model/", tensors))
    machinery.scheduler.load_state_dict(header["scheduler"])
    machinery.optimizer.param_groups[0]["lr"] = header["rate"]
    _restore_moments(machinery, _below("adam/", tensors))
    epochs = tuple(Epoch(**epoch) for epoch in header["epochs"])
    return Learned(epochs, header["best_uar"], _below("best/", tensors), header["lowest"], header["waited"])


def _moments(machinery: Machinery) -> dict[str, Tensor]:
    named = machinery.network.named_parameters()
    state = machinery.optimizer.state
    return {f"{name}/{key}": tensor for name, parameter in named for key, tensor in state[parameter].items()}


def _restore_moments(machinery: Machinery, moments: dict[str, Tensor]) -> None:
    for name, parameter in machinery.network.named_parameters():
        for key, stored in _below(f"{name}/", moments).items():
            # Of the parameter's own strides, since another memory format may take another path of arithmetic.
            like = parameter if stored.shape == parameter.shape else stored
            moment = torch.empty_like(like, device=parameter.device).copy_(stored)
            machinery.optimizer.state[parameter][key] = moment


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
