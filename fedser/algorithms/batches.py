"""Batches of one client, drawn from its own stream."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from fedser.seeds import Stream


def batches(utterances: int, size: int, stream: Stream) -> Iterator[np.ndarray[Any, np.dtype[np.int64]]]:
    """One pass over ``utterances`` rows in a drawn order, ``size`` at a time; the last batch may be smaller."""
    order = stream.numpy().permutation(utterances)
    return (order[start : start + size] for start in range(0, utterances, size))
