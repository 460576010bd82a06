"""Where batches come from: streamed, sent to a device or kept there, always the same, and never all in memory."""

import threading
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attacks.attack import silent
from attacks.cnn.ahead import ahead
from attacks.cnn.attack import Cnn
from attacks.cnn.layer_data import LayerData, runs
from attacks.cnn.on_device import Resident, Streamed, on_device
from attacks.cnn.settings import Convolution, Pool
from attacks.cnn.standard import standard
from attacks.shadow import Shadow
from attacks.update_set import UpdateSet
from fedser.errors import CaptureError
from fedser.seeds import Stream
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Round, Update

CPU = torch.device("cpu")
SMALL = Cnn(
    layers=("dense1",),
    convolutions=(Convolution(filters=2), Convolution(filters=2, batch_norm=True)),
    pools={"dense1": (Pool.square(2), Pool.square(2))},
    hidden=(4,),
    epochs=2,
    batch_size=5,
    split="update",
    threads=1,
    device="cpu",
)


@pytest.fixture(scope="module")
def noise(tmp_path_factory, public):
    """noise(rounds): a store of ten updates a round."""

    def store(rounds: int) -> UpdateSet:
        draws = np.random.default_rng(0)
        model = {"dense1.weight": np.zeros((12, 16), np.float32), "dense1.bias": np.zeros(12, np.float32)}
        folder = tmp_path_factory.mktemp(f"noise-{rounds}")
        write = StoreWriter(folder, public("shadow-0", model), Capture()).begin()
        for number in range(1, rounds + 1):
            each = [{k: draws.standard_normal(v.shape).astype(np.float32) for k, v in model.items()} for _ in range(10)]
            write(Round(number, model, tuple(Update(number, f"client-{c:04d}", 20, a) for c, a in enumerate(each))))
        return UpdateSet.of([UpdateStore(folder)])

    return store


@pytest.fixture(scope="module")
def data(noise) -> LayerData:
    updates = noise(3)
    return LayerData(updates, "dense1", standard(updates, "dense1", 1e-5, silent))


def labelled(updates: UpdateSet) -> Shadow:
    labels = tuple(int(row.client[-1]) % 2 for row in updates.rows)
    return Shadow(updates, labels, tuple(row.client for row in updates.rows), ("a", "b"))


@pytest.mark.parametrize("place", [Streamed, Resident.of])
def test_batches_are_the_same_wherever_they_lie(place, data):
    cut = runs(np.random.default_rng(1).permutation(len(data)), 7)
    for found, expected in zip(place(data, CPU).batches(cut), data.batches(cut), strict=True):
        assert (found[0] == expected[0]).all()
        assert torch.equal(found[1], expected[1]) and torch.equal(found[2], expected[2])


def test_the_normalised_updates_are_numpys(data):
    ((_, weight, bias),) = data.batches([np.array([4, 2])])
    gradient = data.updates.gradient(2, "dense1")
    assert weight.dtype == torch.float32 and weight.shape == (2, 12, 16) and bias.shape == (2, 12)
    np.testing.assert_array_equal(weight[1], data.standard(gradient)["weight"])
    np.testing.assert_array_equal(bias[1], data.standard(gradient)["bias"])


def test_updates_stay_on_a_gpu_where_they_fit_its_share(data, monkeypatch):
    assert data.size == 30 * (12 * 16 + 12) * 4
    placed = SimpleNamespace(of=lambda data, device: "resident")
    monkeypatch.setattr("attacks.cnn.on_device.Resident", placed)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2 * data.size, 10 * data.size))
    gpu = torch.device("cuda", 0)
    assert on_device(data, gpu, 0.5) == "resident"
    assert on_device(data, gpu, 0.49) == Streamed(data, gpu)
    assert on_device(data, CPU, 1.0) is data


@given(st.lists(st.integers(), max_size=20))
def test_what_is_made_ahead_comes_in_order(items):
    assert list(ahead(iter(items))) == items


def test_one_item_is_made_while_another_is_used():
    made, used = [], threading.Event()

    def items():
        for number in range(3):
            made.append((number, threading.current_thread().name))
            if number == 1:
                used.set()
            yield number

    coming = ahead(items())
    assert next(coming) == 0
    assert used.wait(60)
    assert next(coming) == 1 and list(coming) == [2]
    assert all(name.startswith("ahead") for _, name in made)


def test_what_fails_ahead_is_raised_and_the_thread_ends():
    def items():
        yield 1
        raise CaptureError("no round 2")

    before = threading.active_count()
    coming = ahead(items())
    assert next(coming) == 1
    with pytest.raises(CaptureError, match="no round 2"):
        next(coming)
    assert threading.active_count() == before


@pytest.mark.parametrize("rounds", [2, 8])
def test_no_more_than_a_batch_is_in_memory_however_many_updates_there_are(rounds, noise, tmp_path, monkeypatch):
    """The batch in use, and the one that is being read in its place."""
    living, most, read = weakref.WeakSet(), [0, 0], LayerData._read

    def counted(self, indices):
        found = read(self, indices)
        living.add(found[0])
        most[0], most[1] = max(most[0], len(living)), max(most[1], len(indices))
        return found

    monkeypatch.setattr(LayerData, "_read", counted)
    updates = noise(rounds)
    SMALL.fit(labelled(updates), Stream(1), tmp_path).scores(updates)
    assert most[0] <= 2 and most[1] <= SMALL.largest_batch


def test_a_training_on_kept_updates_ends_as_one_on_streamed_ones(noise, tmp_path, monkeypatch):
    shadow = labelled(noise(2))
    streamed = SMALL.fit(shadow, Stream(1), tmp_path / "streamed").scores(shadow.updates)
    monkeypatch.setattr("attacks.cnn.fit.on_device", lambda data, device, share: Resident.of(data, device))
    kept = SMALL.fit(shadow, Stream(1), tmp_path / "kept").scores(shadow.updates)
    assert (kept["dense1"] == streamed["dense1"]).all()
