"""Where tensors are computed: the names a configuration may give, and the device that each stands for here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from fedser.errors import ConfigError

if TYPE_CHECKING:
    import torch


def _named(device: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", device):
        raise ValueError(f"unknown {device!r} (choose from auto, cpu, cuda, cuda:0, cuda:1, ...)")
    return device


Device = Annotated[str, AfterValidator(_named)]
"""``auto`` (a GPU where there is one), ``cpu``, ``cuda`` (the current GPU) or ``cuda:N``."""


def resolve(device: Device, place: str) -> "torch.device":
    """The torch device of this name; ``place`` is its key in the configuration.

    Raises ConfigError, with the devices that this machine has, for a GPU that it has not.
    """
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "cpu" or (device == "auto" and not count):
        return torch.device("cpu")
    number = int(device.partition(":")[2] or (torch.cuda.current_device() if count else 0))
    if number >= count:
        good = ["auto", "cpu", *(f"cuda:{index}" for index in range(count))]
        found = f"{count} CUDA device{'' if count == 1 else 's'}" if count else "no CUDA device"
        raise ConfigError(f"{place}: {device!r}, but torch finds {found} here (choose from {', '.join(good)})")
    return torch.device("cuda", number)


@contextmanager
def one_thread() -> Iterator[None]:
    """One torch thread inside the block: equal results everywhere, and no thrashing on few cores."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
