"""What a model of frames makes of utterances: its learnt features, and where in time its weights lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fedser.models.frames import AT_ONCE, Frames, trimmed
from fedser.models.parameters import load
from fedser.seeds import Stream
from simulations.detection.answers import Split

Array = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Shown:
    """One utterance: its frames [time, features], and the weight of each step [steps]."""

    utterance: str
    path: Path | None
    score: float
    true: int
    frames: Array
    weights: Array


def reads_frames(split: Split) -> bool:
    """Whether its model does."""
    return isinstance(split.data.x, Frames)


def durations(split: Split, step: float = 0.01, frame: float = 0.025) -> Array:
    """Of every utterance of its corpora in seconds, by its number of frames of 25 ms every 10 ms."""
    assert isinstance(split.data.x, Frames)
    return ((split.data.x.lengths - 1) * step + frame).astype(np.float32)


def features(split: Split) -> tuple[Array, Array]:
    """Of each test row: the mean of its frames [rows, features], and what the model has made of them [rows, width]."""
    assert isinstance(split.data.x, Frames)
    test, network = split.data.partition.test, _network(split)
    inputs, learnt = [], []
    for start in range(0, len(test), AT_ONCE):
        batch = torch.from_numpy(split.data.x[test[start : start + AT_ONCE]])
        there = batch[..., -1:]
        inputs.append((batch[..., :-1] * there).sum(dim=1) / there.sum(dim=1))
        with torch.no_grad():
            learnt.append(network.found(trimmed(batch))[0])
    return torch.cat(inputs).numpy(), torch.cat(learnt).numpy()


def planes(rows: Array, seed: int) -> dict[str, Array]:
    """PCA and t-SNE (van der Maaten and Hinton 2008) of standardised ``rows``, each [rows, 2]."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    standard = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
    state = int(Stream(seed)("detection", "tsne").numpy().integers(2**31))
    near = TSNE(perplexity=min(30.0, (len(rows) - 1) / 3), init="pca", random_state=state)
    return {"PCA": PCA(2, random_state=state).fit_transform(standard), "t-SNE": near.fit_transform(standard)}


def surest(split: Split) -> Shown:
    """Of the test utterances of the second class, that which the model is surest of."""
    assert isinstance(split.data.x, Frames)
    place = int(np.argmax(np.where(split.truth == 1, split.scores, -1.0)))
    row = int(split.data.partition.test[place])
    batch = torch.from_numpy(split.data.x[np.array([row])])
    with torch.no_grad():
        weights = _network(split).found(batch)[1][0].numpy()
    known = split.utterances.iloc[row]
    path = Path(known["path"]) if "path" in known else None
    return Shown(
        known["utterance"], path, split.scores[place], int(split.truth[place]), batch[0, :, :-1].numpy(), weights
    )


def _network(split: Split) -> Any:
    network = split.simulation.network(split.data.x.shape[1]).eval()
    load(network, split.model)
    return network
