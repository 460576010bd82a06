"""The true inputs that clients learn from, and what is made of them: means, means of each class, and single ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Inputs:
    """Utterances of one client: normalised features ``x`` [utterances, dims], classes ``y`` [utterances] of so many."""

    x: Array
    y: np.ndarray[Any, np.dtype[np.int64]]
    classes: int


def mean(inputs: Inputs) -> Array:
    """The mean of the utterances, float32 [dims]."""
    means: Array = inputs.x.mean(axis=0, dtype=np.float64).astype(np.float32)
    return means


def class_means(inputs: Inputs) -> Array:
    """The mean of each class's utterances, float32 [classes * dims]; 0, the normalised mean, where it has none."""
    of_class = (inputs.y == np.arange(inputs.classes)[:, None]).astype(np.float64)
    sums, counts = of_class @ inputs.x, of_class.sum(axis=1, keepdims=True)
    means: Array = (sums / np.maximum(counts, 1.0)).astype(np.float32).ravel()
    return means


def by_class(inputs: Inputs) -> Array:
    """Each utterance in the place of its class, zeros in the others, float32 [utterances, classes * dims]."""
    placed = np.zeros((len(inputs.y), inputs.classes, inputs.x.shape[1]), dtype=np.float32)
    placed[np.arange(len(inputs.y)), inputs.y] = inputs.x
    return placed.reshape(len(inputs.y), -1)
