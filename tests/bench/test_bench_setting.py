"""The timed training has the sizes that the paper's setting has, and is a function of its seed."""

from pathlib import Path

import numpy as np
import pytest

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


def test_data_may_be_written_with_nothing_held_out(tmp_path: Path) -> None:
    setting = Setting(clients=5, features=4)
    bare = write_data(setting, tmp_path, held_out=False).open()
    assert bare.partition.train.sizes.tolist() == setting.partition().train.sizes.tolist()
    assert len(bare.y) == bare.partition.train.rows.size


def test_data_do_not_depend_on_how_much_is_written_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting, folders = Setting(clients=3, features=4), [tmp_path / "whole", tmp_path / "parts"]
    for folder, chunk in zip(folders, (10**6, 40), strict=True):
        folder.mkdir()
        monkeypatch.setattr("simulations.bench.setting.CHUNK", chunk)
        write_data(setting, folder)
    assert (np.load(folders[0] / "x.npy") == np.load(folders[1] / "x.npy")).all()
