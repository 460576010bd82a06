"""Work in processes: each task once, heard in order, ended whole, and nothing left behind."""

import importlib
import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from fedser.pool import StoppedError, WorkerError, answer, ask, crew, run_all
from fedser.pool.line import Line

DIED = "a worker process died (killed, or out of memory?); finished {} are kept, run again to resume"


@pytest.fixture
def work(monkeypatch):
    """The module whose functions workers can import."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return importlib.import_module("pool_work")


@pytest.fixture(autouse=True)
def nothing_left():
    """After each test, no worker runs."""
    yield
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("processes", [1, 2])
def test_every_task_is_done_once_and_no_more_at_a_time_than_processes(work, processes):
    results, heard = [], []
    run_all(work.square, list(range(5)), processes, results.append, heard.append)
    assert sorted(results) == [(task, task * task) for task in range(5)]
    under_way, most = 0, 0
    for what, _ in heard:
        under_way += 1 if what == "begin" else -1
        most = max(most, under_way)
    assert most <= processes and len(heard) == 10
    assert sorted(heard) == sorted((what, task) for what in ("begin", "end") for task in range(5))


def test_what_hears_may_stop_the_workers(work):
    heard = []

    def stop(message):
        heard.append(message)
        if len(heard) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(work.until_stopped, [1, 2], 2, pytest.fail, stop)
    assert len(heard) == 5


def test_what_is_told_of_an_end_may_stop_the_others(work):
    def finished(result):
        raise LookupError("no place for it")

    with pytest.raises(LookupError, match=r"^no place for it$"):
        run_all(work.until_stopped, [None, 2], 2, finished)


def test_in_one_process_what_hears_stops_the_work_at_once(work):
    with pytest.raises(LookupError):
        run_all(work.square, [1, 2], 1, pytest.fail, lambda message: {}[message])


def test_a_killed_worker_is_an_error(work):
    with pytest.raises(WorkerError) as death:
        run_all(work.until_stopped, [1, 2], 2, pytest.fail, lambda pid: os.kill(pid, signal.SIGKILL))
    assert str(death.value) == DIED.format("batches") and death.value.exit_code == 1


def test_a_worker_that_ends_by_itself_is_an_error():
    with pytest.raises(WorkerError) as death:
        run_all(os._exit, [3, 3], 2, lambda result: None)
    assert str(death.value) == DIED.format("batches")


def test_workers_use_one_thread_each(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    seen = []
    run_all(os.getenv, ["OMP_NUM_THREADS"] * 2, 2, seen.append)
    assert seen == ["1", "1"] and os.environ["OMP_NUM_THREADS"] == "5"


def test_workers_never_hear_of_ctrl_c_and_this_process_does(work):
    before, seen = work.blocked(None), []
    run_all(work.blocked, [1, 2], 2, seen.append)
    with crew(work.blocked_in_crew, [()]) as (end,):
        seen.append(answer(end, set))
    assert [signal.SIGINT in mask for mask in seen] == [True] * 3
    assert work.blocked(None) == before and signal.SIGINT not in before


def test_a_worker_that_is_ready_too_late_begins_nothing(monkeypatch):
    """All has been stopped while it was starting."""
    batches = importlib.import_module("fedser.pool.batches")
    told = Line(writer=None, lock=threading.Lock(), stop=threading.Event())
    monkeypatch.setattr(batches, "_told", [told])
    assert batches._work(abs, -3) == 3
    told.stop.set()
    with pytest.raises(StoppedError):
        batches._work(pytest.fail, "begun")


def test_one_process_is_the_callers_own():
    seen = []
    run_all(lambda task: (task, os.getpid()), [1, 2, 3], 1, seen.append)
    assert seen == [(task, os.getpid()) for task in (1, 2, 3)]


@pytest.mark.parametrize("processes", [1, 2])
def test_what_work_raises_is_raised(processes):
    with pytest.raises(FileNotFoundError):
        run_all(os.stat, ["/no/such/file"] * 2, processes, lambda result: None)


def test_each_of_a_crew_answers_for_itself_until_the_end(work):
    with crew(work.echo, [("a",), ("b",)]) as ends:
        for message in (1, [2]):
            for end in ends:
                ask(end, message)
            prefixes, messages, pids = zip(*(answer(end, tuple) for end in ends), strict=True)
            assert prefixes == ("a", "b") and messages == (message, message)
            assert len({*pids, os.getpid()}) == 3


@pytest.mark.parametrize("asked", [True, False], ids=["while-at-work", "while-idle"])
def test_a_member_of_a_crew_that_is_killed_is_an_error(work, asked):
    with pytest.raises(WorkerError) as death, crew(work.echo, [("a",)]) as (end,):
        ask(end, 1)
        answer(end, tuple)
        (process,) = multiprocessing.active_children()
        if asked:
            os.kill(process.pid, signal.SIGSTOP)
            ask(end, 2)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        if not asked:
            ask(end, 2)
        answer(end, tuple)
    assert str(death.value) == DIED.format("rounds") and death.value.exit_code == 1


def test_an_error_in_the_block_ends_the_crew_and_is_raised(work):
    with pytest.raises(LookupError), crew(work.echo, [("a",), ("b",)]):
        raise LookupError


def test_a_member_that_does_not_end_is_killed(work, monkeypatch):
    monkeypatch.setattr(importlib.import_module("fedser.pool.crew"), "_PATIENCE", 0.1)
    with crew(work.deaf, [()]) as (end,):
        pid = answer(end, int)
    assert wait_for_end(pid)


def wait_for_end(pid, seconds=10):
    """Whether a child has ended, and is collected, within ``seconds``."""
    end = time.monotonic() + seconds
    while pid in {process.pid for process in multiprocessing.active_children()}:
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
