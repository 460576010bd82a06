"""What lies prepared for the trainings: each fold's partition in a file of its own, and whose each client is."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fedser.partition import BySpeaker, Single
from fedser.seeds import Stream
from simulations.stages.prepared import Prepared, write_prepared

FOLDS = (("03", "NA"), ("1",))


@pytest.fixture
def utterances() -> pd.DataFrame:
    """Ten utterances of three speakers, whose names are easily taken for numbers or for nothing."""
    return pd.DataFrame({"utterance": [f"u{n}" for n in range(10)], "speaker": ["03", "NA", "1", "1", "03"] * 2})


def prepare(folder: Path, partitioner: BySpeaker | Single, utterances: pd.DataFrame) -> Prepared:
    clients = partitioner.divide(utterances, Stream(1))
    speakers = pd.DataFrame({"speaker": ["03", "NA", "1"], "gender": ["f", "m", "f"]})
    x, y = np.arange(20, dtype=np.float32).reshape(10, 2), np.zeros(10, np.int64)
    write_prepared(folder, x, y, utterances, speakers, clients, FOLDS)
    return Prepared(folder)


@pytest.mark.parametrize("partitioner", [BySpeaker(), BySpeaker(parts=2), Single()], ids=repr)
def test_a_folds_speakers_are_its_test_and_nobody_elses(
    partitioner: BySpeaker | Single, utterances: pd.DataFrame, tmp_path: Path
) -> None:
    prepared = prepare(tmp_path / "private", partitioner, utterances)
    whole, speaker = prepared.clients, utterances["speaker"].to_numpy()
    for number, fold in enumerate(FOLDS):
        partition = prepared.data(number).open().partition
        assert sorted(speaker[partition.test]) == sorted(name for name in speaker if name in fold)
        for name in partition.names:
            assert set(partition.train_rows(name)) == {r for r in whole.train_rows(name) if speaker[r] not in fold}
            held = {row for row in whole.validation_rows(name) if speaker[row] not in fold}
            assert set(partition.validation_rows(name)) == held
        left_out = set(whole.names) - set(partition.names)
        assert all(speaker[row] in fold for name in left_out for row in whole.train_rows(name))


def test_every_client_has_its_speaker(utterances: pd.DataFrame, tmp_path: Path) -> None:
    prepared = prepare(tmp_path, BySpeaker(parts=2), utterances)
    for name, owner in zip(prepared.clients.names, prepared.owners, strict=True):
        rows = [*prepared.clients.train_rows(name), *prepared.clients.validation_rows(name)]
        assert set(utterances["speaker"][rows]) == {owner}
