"""Synthetic data in the shape of a cell: random features in which the class and the speaker's gender are planted.

They stand where a run's features stage would have put them, so that every stage after it is the real one.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.artifacts.manifest import stage
from fedser.partition.clients import BySpeaker
from fedser.partition.names import Names
from fedser.partition.partition import Partition
from fedser.partition.ragged import Ragged, Rows
from fedser.seeds import Stream
from simulations.bench.table4 import Cell, Shape
from simulations.experiment import Experiment, Role
from simulations.run_folder import RunFolder
from simulations.stages.prepared import Prepared, write_prepared

GENDERS = ("female", "male")
PLANTED = 0.15
"""Standard deviation of the means between the genders; that of the utterances is 1."""


def write_cell(cell: Cell, experiment: Experiment, folder: RunFolder) -> dict[Role, Prepared]:
    """Both roles' data, with the manifest of the stage whose place they take."""
    shapes: dict[Role, tuple[Shape, ...]] = {"private": (cell.private,), "shadow": cell.shadow}
    with stage(folder.features, "synthetic features", {"cell": cell.label}, {}, experiment.seed):
        return {role: _write(cell, role, group, experiment, folder.role(role)) for role, group in shapes.items()}


def _write(cell: Cell, role: Role, shapes: Sequence[Shape], experiment: Experiment, folder: Path) -> Prepared:
    speakers = pd.concat([_speakers(shape) for shape in shapes], ignore_index=True)
    stream = experiment.stream("cell", cell.label, role)
    said = pd.concat([_utterances(shape, stream(shape.corpus)) for shape in shapes], ignore_index=True)
    classes = {name: index for index, name in enumerate(experiment.task.classes)}
    y = said["emotion"].map(classes).to_numpy(np.int64)
    gender = said["speaker"].map(speakers.set_index("speaker")["gender"]).map(GENDERS.index).to_numpy(np.int64)
    return write_prepared(
        folder,
        x=_features(y, gender, cell.dims, experiment.stream("cell", cell.label), stream),
        y=y,
        utterances=said,
        speakers=speakers,
        clients=_clients(said, shapes, stream("clients")),
        folds=experiment.partition.folds.of(speakers, experiment.attribute.column, stream("folds")),
    )


def _speakers(shape: Shape) -> pd.DataFrame:
    genders = [GENDERS[0]] * shape.women + [GENDERS[1]] * shape.men
    names = [f"{shape.corpus}/{number:03d}" for number in range(len(genders))]
    return pd.DataFrame({"speaker": names, "corpus": shape.corpus, "gender": genders})


def _utterances(shape: Shape, stream: Stream) -> pd.DataFrame:
    """Dealt to the speakers as evenly as can be, in a drawn order of the classes."""
    labels = np.repeat(["neutral", "happy", "sad", "angry"], shape.utterances)
    emotions = stream("emotions").numpy().permutation(labels)
    speakers = _speakers(shape)["speaker"].to_numpy()
    names = [f"{shape.corpus}/{number:05d}" for number in range(len(emotions))]
    spoken = np.resize(speakers, len(emotions))
    return pd.DataFrame({"utterance": names, "speaker": spoken, "emotion": emotions, "corpus": shape.corpus})


def _features(y: Rows, gender: Rows, dims: int, shared: Stream, own: Stream) -> np.ndarray:
    """float32 [utterances, dims]: the means of classes and genders are the same in both roles."""
    centres = 0.1 * shared("classes").numpy().standard_normal((int(y.max()) + 1, dims), dtype=np.float32)
    genders = PLANTED * shared("genders").numpy().standard_normal((len(GENDERS), dims), dtype=np.float32)
    noise = own("features").numpy().standard_normal((len(y), dims), dtype=np.float32)
    x: np.ndarray = noise + centres[y] + genders[gender]
    return x


def _clients(said: pd.DataFrame, shapes: Sequence[Shape], stream: Stream) -> Partition:
    """The clients of all corpora, each divided in its own way; a fifth of their rows validates."""
    groups: list[Rows] = []
    for shape in shapes:
        rows = np.flatnonzero(said["corpus"] == shape.corpus)
        table = said.iloc[rows].reset_index(drop=True)
        groups += [rows[group] for group in BySpeaker(parts=shape.parts).groups(table, stream(shape.corpus))]
    counts = [4 * len(group) // 5 for group in groups]
    return Partition(
        names=Names.numbered(len(groups)),
        train=Ragged.of([group[:count] for group, count in zip(groups, counts, strict=True)]),
        validation=Ragged.of([group[count:] for group, count in zip(groups, counts, strict=True)]),
        test=np.empty(0, np.int64),
    )
