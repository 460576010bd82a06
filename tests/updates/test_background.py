"""Writing beside the training: in order, bounded, nothing lost, and no failure in silence."""

import errno
import threading

import pytest
import torch

from fedser.errors import CaptureError
from fedser.updates.background import BackgroundWriter
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Round, Update

SOON = 0.2


class Gate:
    """A write that waits until it is let go, and fails for the rounds ``failing``."""

    def __init__(self, failing=()):
        self.seen, self.started, self.go, self._failing = [], threading.Event(), threading.Event(), failing

    def __call__(self, part):
        self.started.set()
        self.go.wait()
        if part.number in self._failing:
            raise CaptureError(f"round {part.number}: the disk is full")
        self.seen.append(part.number)


def opened(failing=()):
    gate = Gate(failing)
    gate.go.set()
    return gate


def test_parts_are_written_in_order_by_one_other_thread(tmp_path, public, a_round, same):
    threads, store = set(), StoreWriter(tmp_path, public(), Capture()).begin()

    def write(part):
        threads.add(threading.current_thread())
        store(part)

    with BackgroundWriter(write) as writer:
        for number in range(1, 8):
            writer(a_round(number))
        writer.flush()
        assert UpdateStore(tmp_path).rounds == tuple(range(1, 8))
    assert len(threads) == 1 and threading.current_thread() not in threads
    for seen in UpdateStore(tmp_path).read():
        for got, sent in zip(seen.updates, a_round(seen.number).updates, strict=True):
            assert same(got.arrays, sent.arrays)


@pytest.mark.parametrize("waiting", [1, 2, 3])
def test_no_more_parts_wait_than_are_allowed(a_round, waiting):
    gate, taken, one_more = Gate(), [], threading.Event()
    writer = BackgroundWriter(gate, waiting)

    def train():
        for number in range(1, 7):
            writer(a_round(number))
            taken.append(number)
            if number > waiting:
                one_more.set()

    training = threading.Thread(target=train)
    training.start()
    gate.started.wait()
    too_many = one_more.wait(SOON)
    gate.go.set()
    training.join()
    writer.close()
    assert not too_many and gate.seen == taken == [1, 2, 3, 4, 5, 6]


def test_a_part_is_written_when_it_is_ready(a_round):
    done, threads = [], []

    def ready():
        threads.append(threading.current_thread())
        done.append("copied")

    with BackgroundWriter(lambda part: done.append(part.number)) as writer:
        writer(a_round(1), ready)
        writer(a_round(2))
    assert done == ["copied", 1, 2] and threads[0] is not threading.current_thread()


def test_what_fails_is_raised_as_itself_by_the_next_call_or_by_flush(a_round):
    for again in (lambda writer: writer(a_round(3)), lambda writer: writer.flush(), lambda writer: writer.close()):
        gate = Gate(failing=(1,))
        writer = BackgroundWriter(gate)
        writer(a_round(1))
        writer(a_round(2))
        gate.go.set()
        with pytest.raises(CaptureError, match=r"^round 1: the disk is full$"):
            again(writer)
        writer.close()
        assert gate.seen == [2]


def test_a_copy_that_fails_is_raised_and_nothing_written(a_round):
    def ready():
        raise RuntimeError("CUDA error")

    gate = opened()
    writer = BackgroundWriter(gate)
    writer(a_round(1), ready)
    with pytest.raises(RuntimeError, match=r"^CUDA error$"):
        writer.flush()
    writer.close()
    assert gate.seen == []


def test_a_crash_of_the_training_loses_no_part_that_was_taken(a_round):
    gate = Gate()
    with pytest.raises(KeyboardInterrupt) as crash, BackgroundWriter(gate) as writer:
        writer(a_round(1))
        writer(a_round(2))
        gate.go.set()
        raise KeyboardInterrupt
    assert gate.seen == [1, 2] and not hasattr(crash.value, "__notes__")


def test_an_error_under_way_is_not_masked_by_one_of_the_capture(a_round):
    with pytest.raises(KeyboardInterrupt) as crash, BackgroundWriter(opened(failing=(1,))) as writer:
        writer(a_round(1))
        raise KeyboardInterrupt
    assert crash.value.__notes__ == ["While this was under way, the capture failed too: round 1: the disk is full"]


def test_a_failure_that_nobody_flushed_is_raised_on_leaving(a_round):
    with pytest.raises(CaptureError, match="round 2: the disk is full"), BackgroundWriter(opened((2,))) as writer:
        writer(a_round(1))
        writer(a_round(2))


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no GPU")
def test_a_copy_from_a_gpu_is_waited_for_in_the_thread(tmp_path, public):
    """A copy that is still under way when the part is handed over, behind work that takes the GPU a while."""
    shape = public().parameters["dense1.weight"]
    busy, sent = torch.ones(4096, 4096, device="cuda"), torch.full(shape, 7.0, device="cuda")
    pinned, copied = torch.zeros(shape, pin_memory=True), torch.cuda.Event()
    for _ in range(50):
        busy = busy @ busy / 4096
    pinned.copy_(sent + 0 * busy[0, 0], non_blocking=True)
    copied.record()
    with BackgroundWriter(StoreWriter(tmp_path, public(), Capture()).begin()) as writer:
        update = Update(1, "client-0000", 1, {"dense1.weight": pinned.numpy()})
        writer(Round(1, {}, (update,)), copied.synchronize)
    assert (UpdateStore(tmp_path).arrays(1, "client-0000")["dense1.weight"] == 7).all()


def test_a_full_disk_is_told_by_the_store(tmp_path, public, a_round, monkeypatch):
    from fedser.artifacts import tensors

    def full(arrays, path, header):
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = BackgroundWriter(StoreWriter(tmp_path, public(), Capture()).begin())
    writer(a_round(1))
    writer.flush()
    monkeypatch.setattr(tensors, "save_file", full)
    writer(a_round(2))
    with pytest.raises(CaptureError, match=r"round-000002\.safetensors: cannot write this round: the disk is full;"):
        writer.close()
    assert UpdateStore(tmp_path).rounds == (1,)
