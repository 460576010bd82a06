"""Ray for this process: started when it is first needed, kept from training to training, ended by an error or at exit.

What stock Ray does otherwise (2.55): it joins a cluster it happens to find, and it does not replace a killed actor.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ray
import torch

from fedser.engine.flower.ray_worker import Worker
from fedser.errors import EngineError
from fedser.pool import cores

SHARE = 2**28
"""Bytes of shared memory for what travels, for each core and twice for the server: what does not fit goes to disk."""

_LOOPBACK = "127.0.0.2"
"""Ray turns 127.0.0.1 into the address that others would use; this one it leaves."""

_OPTIONS = {"num_cpus": 1, "max_restarts": -1, "max_task_retries": 3}
"""A worker that dies is replaced, and its messages are sent again."""


@dataclass
class _Ray:
    """The Ray that this process has started, with its workers, and who handled SIGTERM before."""

    process: int
    sigterm: Any
    on_gpus: bool = False
    workers: list[Any] = field(default_factory=list)


_running: _Ray | None = None


@contextmanager
def ray_workers(number: int, on_gpus: bool = False) -> Iterator[list[Any]]:
    """``number`` Worker actors of one core each, and one GPU each if ``on_gpus``; an exception inside ends Ray.

    Raises EngineError where Ray cannot start, or is in use in this process by someone else.
    """
    try:
        yield _hire(_started(), number, on_gpus)
    except BaseException:
        end()
        raise


def _started() -> _Ray:
    global _running
    if _running and _running.process == os.getpid() and ray.is_initialized():
        return _running
    if ray.is_initialized():
        raise EngineError("engine.grid: Ray is already in use in this process; choose grid: in_process here")
    _running = _Ray(os.getpid(), signal.getsignal(signal.SIGTERM))
    try:
        _init()
    except Exception as error:  # Ray raises just that where it takes too long
        raise EngineError(f"engine.grid: Ray has failed: {type(error).__name__}: {error}") from error
    _handle_sigterm(_exit if _running.sigterm is signal.SIG_DFL else _running.sigterm)
    return _running


def _init() -> None:
    gpus = torch.cuda.device_count()
    processors = max(cores(), gpus)
    ray.init(
        address="local",
        num_cpus=processors,
        num_gpus=gpus,
        object_store_memory=SHARE * (2 + processors),
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        _node_ip_address=_LOOPBACK,
    )


def _hire(running: _Ray, number: int, on_gpus: bool) -> list[Any]:
    if running.on_gpus != on_gpus:
        for worker in running.workers:
            ray.kill(worker)
        running.workers.clear()
    running.on_gpus = on_gpus
    actor: Any = ray.remote(Worker)
    while len(running.workers) < number:
        running.workers.append(actor.options(**_OPTIONS, num_gpus=int(on_gpus)).remote())
    return running.workers[:number]


def end() -> None:
    """End the Ray of this process, if it has started one; the next training starts another."""
    global _running
    if _running and _running.process == os.getpid():
        ray.shutdown()
        _handle_sigterm(_running.sigterm)
    _running = None


def _exit(number: int, frame: object) -> None:
    """End as at the end of a program: a process that SIGTERM ends at once leaves some of Ray's running for minutes."""
    raise SystemExit(128 + number)


def _handle_sigterm(handler: Any) -> None:
    """Undo what Ray does with SIGTERM, which it does in the main thread only."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
