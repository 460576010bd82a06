"""Threads that each compute on a share of a batch with one core, so that none waits for another but at the end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import torch

Work = Callable[[int, slice], None]
"""Called with the number of a thread, from 0, and its share of the updates."""


class Crew:
    """So many threads beside the caller's, which waits for them; where it is one, the caller's own."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = _one_core_each(threads) if threads > 1 else None

    def run(self, updates: int, work: Work) -> None:
        """``work`` on all of ``updates``, without gradients; shares depend on the number of threads alone."""
        cuts = [updates * number // self.threads for number in range(self.threads + 1)]
        shares = list(map(slice, cuts[:-1], cuts[1:]))
        if self._pool is None:
            _without_gradients(work, 0, shares[0])
            return
        under_way = [self._pool.submit(_without_gradients, work, *each) for each in enumerate(shares)]
        for share in under_way:
            share.result()


def _one_core_each(threads: int) -> ThreadPoolExecutor:
    """All threads started, each of which computes on one core.

    Torch keeps how many cores a thread computes on for each thread, but one that has not yet computed nor asked takes
    over what was last set in any, as the caller's may.
    """
    pool, all_here = ThreadPoolExecutor(threads, "crew"), Barrier(threads)

    def begin(_: int) -> None:
        all_here.wait()
        torch.set_num_threads(1)
        torch.get_num_threads()

    list(pool.map(begin, range(threads)))
    torch.set_num_threads(threads)
    return pool


def _without_gradients(work: Work, number: int, share: slice) -> None:
    with torch.no_grad():
        work(number, share)
