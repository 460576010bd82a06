"""The features of an utterance from its frames as they come, so that of their mean no more is held than a part."""

from collections.abc import Iterable

import numpy as np

from fedser.features.extractor import Frames, Pooling, Vector


def described(parts: Iterable[Frames], dims: int, pooling: Pooling) -> Vector | Frames:
    """Frames [frames, dims], given in parts, as they are, or their mean [dims]: not finite where there are none."""
    if pooling == "none":
        return np.concatenate([np.empty((0, dims), np.float32), *parts])
    total, count = np.zeros(dims), 0
    for part in parts:
        total += part.sum(axis=0, dtype=np.float64)
        count += len(part)
    return (total / count if count else np.full(dims, np.nan)).astype(np.float32)
