"""The timed training has the sizes that the paper's setting has, and is a function of its seed."""

from pathlib import Path

import numpy as np

from simulations.bench.setting import Setting, without_evaluation, write_data


def test_default_is_the_papers_setting() -> None:
    setting = Setting()
    partition = setting.partition()
    sizes = partition.train.sizes.tolist()
    assert len(sizes) == 72
    assert setting.widths == (988, 256, 128, 4)
    assert [algorithm.cohort_size(72) for algorithm in setting.algorithms] == [7, 7]
    assert 38 < np.mean(sizes) < 46
    assert min(sizes) < 32 < 52 < max(sizes)
    assert partition.validation.sizes.tolist() == [size // 4 for size in sizes]
    assert len(partition.test) == partition.test[0] // 4


def test_data_follow_the_seed(tmp_path: Path) -> None:
    drawn = []
    for number, seed in enumerate((1, 1, 2)):
        folder = tmp_path / str(number)
        folder.mkdir()
        drawn.append(write_data(Setting(clients=3, features=4, seed=seed), folder).open())
    assert (drawn[0].x == drawn[1].x).all()
    assert (drawn[0].y == drawn[1].y).all()
    assert not np.array_equal(drawn[0].x, drawn[2].x)


def test_one_client_is_enough(tmp_path: Path) -> None:
    data = write_data(Setting(clients=1, utterances=2, features=1), tmp_path)
    assert len(data.open().partition.test) == 1


def test_nothing_is_held_out_for_client_updates(tmp_path: Path) -> None:
    data = write_data(Setting(clients=5, features=4), tmp_path)
    whole, bare = data.open().partition, without_evaluation(data).open().partition
    assert list(bare.names) == list(whole.names)
    assert [rows.tolist() for rows in bare.train] == [rows.tolist() for rows in whole.train]
    assert not bare.validation.rows.size and not bare.test.size
    assert data.open().partition == whole != bare
