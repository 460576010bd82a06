"""Who took part: what was trained on, what was kept for validation, and who was held out, in each private training."""

import numpy as np
import pandas as pd

from simulations.experiment import Experiment
from simulations.stages.prepared import Prepared

_COLUMNS = ["training", "unit", "candidate", "person", "standing"]


def membership_truth(experiment: Experiment, data: Prepared) -> pd.DataFrame:
    """One row per training and candidate, as ``simulations.scoring.membership`` takes it."""
    names, speaker = np.unique(data.utterances["speaker"].to_numpy(str), return_inverse=True)
    persons = np.array([data.persons[name] for name in names])
    parts = [
        _of_training(training, _standings(data, number), speaker, persons)
        for number, training in enumerate(experiment.trainings_of("private"))
    ]
    return pd.concat(parts, ignore_index=True)[_COLUMNS]


def _standings(data: Prepared, fold: int) -> np.ndarray:
    """What each utterance is, where that fold is held out; empty for what nobody holds."""
    partition = data.data(fold).open().partition
    standing = np.full(len(data.utterances), "", dtype=object)
    standing[partition.train.rows] = "member"
    standing[partition.validation.rows] = "same_speakers"
    standing[partition.test] = "other_speakers"
    return standing


def _of_training(training: str, standing: np.ndarray, speaker: np.ndarray, persons: np.ndarray) -> pd.DataFrame:
    heard = np.bincount(speaker, weights=standing == "member") > 0
    tables = [
        pd.DataFrame({"unit": unit, "candidate": np.arange(len(own)), "person": persons[whose], "standing": own})
        for unit, own, whose in (
            ("utterance", standing, speaker),
            ("speaker", np.where(heard, "member", "other_speakers"), np.arange(len(persons))),
        )
    ]
    return pd.concat(tables).assign(training=training)
