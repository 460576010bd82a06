"""Threads that share a batch: who computes what, on how many cores, and what becomes of a failure."""

import threading

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attacks.cnn.arithmetic import arithmetic
from attacks.cnn.attack import Cnn
from attacks.cnn.crew import Crew


@given(st.integers(1, 5), st.integers(0, 40))
def test_shares_are_all_updates_in_order(threads, updates):
    shares = {}
    with arithmetic(Cnn(device="cpu", threads=threads)):
        Crew(threads).run(updates, lambda number, share: shares.update({number: share}))
    assert sorted(shares) == list(range(threads))
    assert [index for number in sorted(shares) for index in range(updates)[shares[number]]] == list(range(updates))


def test_each_thread_computes_on_one_core_without_gradients_and_the_caller_as_before():
    seen = []
    before = torch.get_num_threads()
    with arithmetic(Cnn(device="cpu", threads=3)):
        crew = Crew(3)
        crew.run(9, lambda *_: seen.append((threading.current_thread().name, torch.get_num_threads())))
        crew.run(9, lambda *_: seen.append((torch.is_grad_enabled(),)))
        assert torch.get_num_threads() == 3 and torch.is_grad_enabled()
    assert all(name.startswith("crew") and cores == 1 for name, cores in seen[:3])
    assert seen[3:] == [(False,)] * 3
    assert torch.get_num_threads() == before


def test_what_fails_in_a_thread_is_raised():
    def work(number: int, share: slice) -> None:
        if number:
            raise ValueError(f"in thread {number}")

    with arithmetic(Cnn(device="cpu", threads=2)), pytest.raises(ValueError, match="in thread 1"):
        Crew(2).run(4, work)


def test_one_thread_is_the_callers():
    seen = []
    Crew(1).run(4, lambda number, share: seen.append((number, share, threading.current_thread())))
    assert seen == [(0, slice(0, 4), threading.current_thread())]
