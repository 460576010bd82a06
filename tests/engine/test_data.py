"""Data are opened by path, stay on disk, and are refused where they do not belong together."""

import os
import warnings

import numpy as np
import pytest

from fedser.engine.data import TrainingData
from fedser.errors import InputError
from fedser.partition.partition import ClientRows, Partition
from fedser.partition.stored import save_partition


@pytest.fixture
def data(tmp_path):
    """Three clients of a matrix of six rows."""
    np.save(tmp_path / "x.npy", np.arange(12, dtype=np.float32).reshape(6, 2))
    np.save(tmp_path / "y.npy", np.arange(6))
    clients = {"b": ClientRows([5, 0]), "a": ClientRows([2], [1]), "c": ClientRows([3])}
    save_partition(tmp_path / "p.safetensors", Partition.of(clients, [4]))
    return TrainingData(features=tmp_path / "x.npy", labels=tmp_path / "y.npy", partition=tmp_path / "p.safetensors")


def test_a_clients_data_are_its_rows(data):
    opened = data.open()
    assert list(opened.clients) == ["a", "b", "c"]
    rows = opened.train_rows("b")
    assert opened.x[rows].tolist() == [[10, 11], [0, 1]] and opened.y[rows].tolist() == [5, 0]


def test_torch_sees_the_same_memory_without_a_warning(data):
    opened = data.open()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x, y = opened.tensors()
    assert x.data_ptr() == opened.x.ctypes.data and y.data_ptr() == opened.y.ctypes.data
    assert not opened.x.flags.writeable


def test_paths_survive_json_and_another_working_directory(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    relative = TrainingData(**{name: place.relative_to(tmp_path) for name, place in data if place})
    assert relative.absolute() == data != relative
    assert TrainingData.model_validate_json(relative.absolute().model_dump_json()) == data


def test_data_larger_than_memory_are_opened(data):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    width = 2 * memory // (6 * 4)
    with data.features.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (6, width)})
        stream.truncate(stream.tell() + 6 * 4 * width)  # a hole: it takes no disk
    opened = data.open()
    assert opened.x.shape == (6, width) and opened.x[5, -1] == 0


def test_labels_of_another_matrix_are_refused(data):
    np.save(data.labels, np.arange(7))
    with pytest.raises(InputError) as caught:
        data.open()
    assert str(caught.value) == f"{data.labels}: 7 labels, but {data.features} has 6 rows"


def test_a_partition_of_another_matrix_is_refused(data):
    np.save(data.features, np.zeros((5, 2), dtype=np.float32))
    np.save(data.labels, np.arange(5))
    with pytest.raises(InputError) as caught:
        data.open()
    assert str(caught.value) == f"{data.partition}: row 5 is given to a client, but there are 5 rows"
