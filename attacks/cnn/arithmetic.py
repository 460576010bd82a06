"""Where and how exactly the networks compute: device, threads, and what a GPU may round."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from fedser.devices import resolve

if TYPE_CHECKING:
    from attacks.cnn.attack import Cnn


@contextmanager
def arithmetic(cnn: "Cnn") -> Iterator[torch.device]:
    """Within the block torch computes as ``cnn`` says, and repeatably; gives the device to compute on.

    Left to itself, cuDNN rounds the factors of float32 convolutions to TF32, and chooses algorithms that add up in
    another order each time.
    """
    device, threads = resolve(cnn.device, "attack cnn: device"), torch.get_num_threads()
    torch.set_num_threads(cnn.threads)
    try:
        with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=cnn.precision == "tf32"):
            yield device
    finally:
        torch.set_num_threads(threads)
